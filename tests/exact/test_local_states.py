"""The local-states norm of several observables from drawn states: its mean, its spread, and differences of it."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.config.model import HardwareEfficientAnsatz
from sggd_qiskit.exact.circuit import ExactCircuit
from sggd_qiskit.exact.local_states import DrawnLocalNorm
from sggd_qiskit.exact.penalty import SquaredNorm
from sggd_qiskit.model.ansatzes import hardware_efficient
from sggd_qiskit.symmetry.group import SymmetryGroup

DRAWS, SIGMAS = 40, 5


@pytest.fixture
def case():
    rng = np.random.default_rng(4)
    circuit = ExactCircuit(rotation_form(random_ansatz(rng, 3, 6)), [random_pauli_sum(rng, 3, 3) for _ in range(3)])
    return rng, SymmetryGroup.from_generators([(1, 0, 2), "ZZI"]), circuit, rng.uniform(-3, 3, size=6)


def test_it_is_the_mean_over_the_observables_with_right_standard_errors(case):
    rng, group, circuit, theta = case
    point, norm = circuit.at(theta), DrawnLocalNorm(group, 64)
    value, slope = SquaredNorm(group, "local_states").value_and_slope(point.evolved)
    found = [norm.estimate(point, rng, gradient=True) for _ in range(DRAWS)]
    for values, variances, true in (
        ([e.value for e in found], [e.variance for e in found], value),
        ([e.gradient for e in found], [e.gradient_variance for e in found], point.gradient(slope)),
    ):
        spread = np.std(values, axis=0, ddof=1)
        assert np.all(np.abs(np.mean(values, axis=0) - true) <= SIGMAS * spread / np.sqrt(DRAWS))
        np.testing.assert_allclose(np.sqrt(np.mean(variances, axis=0)), spread, rtol=0.5)


def test_draws_add_up_to_the_value_and_tell_its_variance(case):
    rng, group, circuit, theta = case
    found = DrawnLocalNorm(group, 50).estimate(circuit.at(theta), rng, gradient=False)
    (draws,) = found.draws
    assert draws.shape == (50,)
    assert draws.sum() == pytest.approx(found.value)
    assert 50 * draws.var(ddof=1) == pytest.approx(found.variance)


def test_differences_with_the_same_states_have_the_variance_of_their_draws(case):
    rng, group, circuit, theta = case
    norm, delta = DrawnLocalNorm(group, 64), 0.02 * rng.choice([-1, 1], size=6)
    differences, variances = [], []
    for seed in range(DRAWS):
        plus, minus = (
            norm.estimate(circuit.at(at), np.random.default_rng(seed), gradient=False)
            for at in (theta + delta, theta - delta)
        )
        found = plus.minus(minus)
        differences.append(found.value)
        variances.append(found.variance)
        assert found.variance < 0.2 * (plus.variance + minus.variance)
    assert np.sqrt(np.mean(variances)) == pytest.approx(np.std(differences, ddof=1), rel=0.5)


@pytest.mark.parametrize("group", ["parity", "cyclic"])
def test_the_error_of_drawn_states_that_are_enough_is_right_for_a_ring_of_one_layer(group):
    # Of stabiliser states most would give 0 here, and few all of the norm.
    ansatz = hardware_efficient(HardwareEfficientAnsatz(layers=1), 4)
    theta = np.random.default_rng(3).uniform(-np.pi, np.pi, ansatz.num_parameters)
    symmetry = SymmetryGroup.named(group, 4)
    point = ExactCircuit(rotation_form(ansatz), (SparsePauliOp("IIIZ"),)).at(theta)
    truth, _ = SquaredNorm(symmetry, "local_states").value_and_slope(point.evolved)
    norm = DrawnLocalNorm(symmetry, 1050)
    found = [norm.estimate(point, np.random.default_rng(seed), gradient=False) for seed in range(300)]
    pulls = np.array([(estimate.value - truth) / estimate.stderr for estimate in found])
    assert abs(pulls.mean()) < 4 / np.sqrt(len(pulls)) + 0.3  # a skew distribution's own
    assert 0.75 < pulls.var() < 1.3  # 0.85 to 1.2, and 300 draws tell it to 8 %
