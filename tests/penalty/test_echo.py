"""Echo circuits: what they measure, what they cost, and what is drawn when there are many eigenstates."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp, Statevector

from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.circuit.paulis import traceless
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.circuit.simulate import unitary
from sggd_qiskit.execute.aer import AerExecutor
from sggd_qiskit.penalty import echo
from sggd_qiskit.penalty.eigenstates import all_eigenstates, drawn_eigenstates, state_preparation
from sggd_qiskit.penalty.exact import exact_penalty
from sggd_qiskit.symmetry.group import SymmetryGroup

SIGMAS = 4


def density(ensemble, n):
    circuit, parameters = state_preparation(n)
    total = np.zeros((2**n, 2**n), dtype=complex)
    for angles, weight in zip(ensemble.angles, ensemble.weights, strict=True):
        state = Statevector(circuit.assign_parameters(dict(zip(parameters, angles, strict=True)))).data
        total += weight * np.outer(state, state.conj())
    return total


@pytest.mark.parametrize("seed", range(6))
def test_eigenstates_make_up_the_observable(seed):
    rng = np.random.default_rng(seed)
    n = 1 + seed % 3
    observable = traceless(random_pauli_sum(rng, n, 5))
    np.testing.assert_allclose(2**n * density(all_eigenstates(observable), n), observable.to_matrix(), atol=1e-12)


def test_eigenstates_of_weight_zero_are_left_out():
    # Z0 + Z1 vanishes on half of the basis states.
    assert len(all_eigenstates(SparsePauliOp(["IZ", "ZI"])).weights) == 2


def test_drawn_eigenstates_make_up_the_observable_on_average():
    observable = SparsePauliOp(["XX", "ZI", "YZ"], [0.5, -1.0, 0.3])
    rng = np.random.default_rng(5)
    ensemble = drawn_eigenstates(observable, 20_000, rng)
    np.testing.assert_allclose(4 * density(ensemble, 2), observable.to_matrix(), atol=0.08)
    assert ensemble.drawn


def run_echo(form, observable, group, theta, shots, seed, gradient=True):
    estimator = echo.EchoPenalty(form, observable, group, shots)
    executor = AerExecutor()
    prepared = [executor.prepare(m) for m in estimator.measurements]
    plan = estimator.plan(theta, 0, np.random.default_rng(seed), gradient=gradient)
    outcomes, _ = executor.run(prepared, plan.settings, np.random.SeedSequence(seed), "test")
    return estimator.reduce(theta, plan, outcomes)


def test_drawn_eigenstates_give_an_unbiased_penalty_with_an_honest_error(monkeypatch):
    monkeypatch.setattr(echo, "MOST_STATES", 12)  # fewer than the 16 of Z0 on 4 qubits
    rng = np.random.default_rng(1)
    form = rotation_form(random_ansatz(rng, 4, 5))
    theta = rng.uniform(-3, 3, size=len(form.angles.parameters))
    observable, group = SparsePauliOp(["IIIZ", "XIIX"], [1.0, 0.4]), SymmetryGroup.named("dihedral_square", 4)
    evolve = unitary(form, form.angles(theta))
    evolved = evolve.conj().T @ observable.to_matrix() @ evolve
    value, slope = exact_penalty(evolved, group)
    found = [run_echo(form, observable, group, theta, 2000, seed) for seed in range(60)]
    pulls = np.array([(e.value - value) / e.stderr for e in found])
    assert abs(pulls.mean()) < SIGMAS / np.sqrt(len(pulls))
    assert np.all(np.abs(pulls) < 6)  # the error is itself estimated from 12 draws, so its tails are Student's
    assert 0.5 < pulls.var() < 2.0
    from sggd_qiskit.gradient.adjoint import adjoint_gradient
    from sggd_qiskit.gradient.shift import chain

    exact = chain(form.angles.jacobian(theta), adjoint_gradient(form, form.angles(theta), evolved, slope))
    gradients = np.array([e.gradient for e in found])
    errors = np.array([e.gradient_stderr for e in found])
    assert np.all(np.abs(gradients.mean(axis=0) - exact) < SIGMAS * gradients.std(axis=0, ddof=1) / np.sqrt(60) + 1e-12)
    moved = errors.mean(axis=0) > 0
    assert np.median(gradients.std(axis=0)[moved] / errors.mean(axis=0)[moved]) == pytest.approx(1, abs=0.2)


def test_a_permutation_costs_no_gates():
    form = rotation_form(random_ansatz(np.random.default_rng(0), 3, 4))
    observable = SparsePauliOp(["IIZ", "XXI"])
    swapped = echo.EchoPenalty(form, observable, SymmetryGroup.from_generators([(1, 0, 2)]), 100).measurements[0]
    preparation, _ = state_preparation(3)
    alone = preparation.size() + 2 * form.template.size()
    assert swapped.circuit.size() == alone
    assert swapped.circuit.num_qubits == 3


def test_one_circuit_for_each_pair_of_inverses():
    form = rotation_form(random_ansatz(np.random.default_rng(0), 3, 4))
    group = SymmetryGroup.named("cyclic", 3)
    estimator = echo.EchoPenalty(form, SparsePauliOp(["IIZ"]), group, 100)
    assert len(estimator.measurements) == 1
    plan = estimator.plan(np.zeros(len(form.angles.parameters)), 0, np.random.default_rng(0), gradient=True)
    # Both copies are shifted, as this element stands for its inverse too: 1 + 2·2K rows.
    assert plan.settings[0].shape == (1 + 4 * form.num_angles, 8)
    plan = estimator.plan(np.zeros(len(form.angles.parameters)), 0, np.random.default_rng(0), gradient=False)
    assert plan.settings[0].shape == (1, 8)


def test_a_symmetric_observable_has_no_penalty_whatever_its_identity_part():
    ansatz = QuantumCircuit(2)
    from qiskit.circuit import Parameter

    theta = Parameter("t")
    ansatz.rx(theta, 0)
    ansatz.rx(theta, 1)
    observable = SparsePauliOp(["II", "ZZ"], [3.0, 1.0])
    form, group = rotation_form(ansatz), SymmetryGroup.named("swap", 2)
    estimator = echo.EchoPenalty(form, observable, group, 64)
    plan = estimator.plan(np.array([0.4]), 0, np.random.default_rng(0), gradient=False)
    # With exact outcomes the penalty vanishes.
    ((setting, ensemble),) = zip(plan.settings, plan.ensembles, strict=True)
    circuit, shown = estimator.measurements[0].circuit, estimator.measurements[0].observable
    values = []
    for k in range(setting.shape[1]):
        bound = {p: v for ps, array in setting.values.items() for p, v in zip(ps, array[0, k], strict=True)}
        values.append(Statevector(circuit.assign_parameters(bound)).expectation_value(shown).real)
    outcome = Outcome(np.array([values]), np.zeros((1, len(values))))
    assert ensemble.weights.sum() == pytest.approx(0)
    assert estimator.reduce(np.array([0.4]), plan, (outcome,)).value == pytest.approx(0, abs=1e-12)
