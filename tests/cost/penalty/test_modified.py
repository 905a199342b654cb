"""The penalty of post-processing of order 2 by circuits, against linear algebra."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from executors import NoiselessExecutor
from problems import configured
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.cost.penalty.symmetry_penalty import SymmetryPenalty
from sggd_qiskit.cost.request import Request
from sggd_qiskit.data.sample import classical
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.execute.local.aer import AerExecutor
from sggd_qiskit.model.postprocessing import Postprocessing
from sggd_qiskit.symmetry.group import SymmetryGroup

SIGMAS = 4
ss = QuantumCircuit(2)
ss.s([0, 1])
GROUPS = {
    "swap": SymmetryGroup.named("swap", 2),
    "cyclic": SymmetryGroup.named("cyclic", 3),
    "S⊗S": SymmetryGroup.from_generators([ss]),
    "su2": SymmetryGroup.named("collective_su2", 2),
    "quadrants": SymmetryGroup.named("dihedral_square", 2, character=[1, -1, -1]),
}
ALL = 10**9


def case(name, observables, seed=0):
    """Form of a random ansatz, observables, group, g and θ."""
    rng = np.random.default_rng([seed, len(name), ord(name[0])])
    group = GROUPS[name]
    n = group.num_qubits
    found = {
        "sum": lambda: (random_pauli_sum(rng, n, 3),),
        "string": lambda: (SparsePauliOp("Z" * n),),
        "two": lambda: (
            SparsePauliOp("Z" * (n - 1) + "I", 0.7),
            SparsePauliOp.from_list([("Z" * n, 1), ("I" * n, 0.3)]),
        ),
    }[observables]()
    g = Postprocessing((0.0 if group.turns_labels else 0.4, *rng.normal(size=2)), 1.0)
    form = rotation_form(random_ansatz(rng, n, 2))
    return form, found, group, g, rng.uniform(-np.pi, np.pi, size=len(form.angles.parameters))


def asked(theta):
    return Request(0, theta, (), classical((), np.empty((0, 0)), np.empty(0)))


def measured(term, theta, executor, seed=0, gradient=True):
    plan = term.plan(asked(theta), np.random.default_rng(seed), gradient=gradient)
    prepared = {m: executor.prepare(m) for m in term.measurements}
    settings = [replace(s, measurement=prepared[s.measurement]) for s in plan.settings]
    outcomes, _ = executor.run(settings, np.random.SeedSequence(seed), WorkUnit(0, "t"))
    return term.reduce(asked(theta), plan, outcomes)


def repeated(term, theta, times):
    executor = AerExecutor()
    return [measured(term, theta, executor, seed) for seed in range(times)]


def both(form, observables, group, norm, g, **more):
    """The term by circuits and by linear algebra."""
    settings = {"shots": 4096, "g": g, **more}
    return (
        SymmetryPenalty(form, observables, group, norm, estimator=way, **settings) for way in ("hadamard_test", "exact")
    )


@pytest.mark.parametrize(
    ("name", "observables", "norm"),
    [
        ("swap", "sum", "normalized_hilbert_schmidt"),
        ("quadrants", "sum", "hilbert_schmidt"),
        ("cyclic", "two", "normalized_hilbert_schmidt"),
        ("S⊗S", "two", "hilbert_schmidt"),
        ("su2", "string", "normalized_hilbert_schmidt"),
        ("quadrants", "two", "normalized_hilbert_schmidt"),
    ],
)
def test_with_exact_expectation_values_value_and_gradient_equal_linear_algebra(name, observables, norm):
    form, observables, group, g, theta = case(name, observables)
    circuits, exact = both(form, observables, group, norm, g, states=ALL)
    found, wanted = measured(circuits, theta, NoiselessExecutor()), measured(exact, theta, NoiselessExecutor())
    assert found.value == pytest.approx(wanted.value, rel=1e-10, abs=1e-10)
    np.testing.assert_allclose(found.gradient, wanted.gradient, rtol=1e-10, atol=1e-10)
    alone = measured(circuits, theta, NoiselessExecutor(), gradient=False)
    assert alone.gradient is None
    assert alone.value == pytest.approx(wanted.value, rel=1e-10, abs=1e-10)


def test_with_shots_value_and_gradient_are_right_within_their_standard_errors():
    values, gradients = [], []
    for name, observables, states in [("swap", "sum", ALL), ("quadrants", "two", ALL), ("swap", "sum", 24)]:
        form, sums, group, g, theta = case(name, observables, seed=1)
        circuits, exact = both(form, sums, group, "hilbert_schmidt", g, states=states)
        wanted = measured(exact, theta, NoiselessExecutor())
        for found in repeated(circuits, theta, 20):
            values.append((found.value - wanted.value) / found.stderr)
            moved = found.gradient_stderr > 1e-9
            gradients.extend((found.gradient - wanted.gradient)[moved] / found.gradient_stderr[moved])
    for pulls in (np.array(values), np.array(gradients)):
        assert abs(pulls.mean()) < SIGMAS / np.sqrt(len(pulls))
        assert abs(pulls.var() - 1) < SIGMAS * np.sqrt(2 / len(pulls))


@pytest.mark.parametrize("states", [ALL, 3], ids=["few shots", "drawn states"])
def test_products_of_noisy_words_are_unbiased(states):
    """Tr[AB] is 0 at every θ here: all of its square, and of the product with its slope, is what noise makes."""
    circuit = QuantumCircuit(2)
    circuit.rx(Parameter("t"), 0)
    form, theta, g = rotation_form(circuit), np.array([0.7]), Postprocessing((0.0, 0.0, 1.0), 1.0)
    circuits, exact = both(
        form, (SparsePauliOp("IZ"),), GROUPS["swap"], "normalized_hilbert_schmidt", g, states=states, shots=8
    )
    wanted = measured(exact, theta, NoiselessExecutor())
    found = repeated(circuits, theta, 150)
    for each, truth in (([f.value for f in found], wanted.value), ([f.gradient[0] for f in found], wanted.gradient[0])):
        assert abs(np.mean(each) - truth) < SIGMAS * np.std(each, ddof=1) / np.sqrt(len(each))


def test_the_noise_of_a_word_counts_in_the_gradient_of_its_square():
    """Tr[AB] is cos 2t, 0 here, so that the gradient's noise is that of Tr[AB] times its slope."""
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("t"), 0)
    form, group, g = rotation_form(circuit), SymmetryGroup.from_generators(["Z"]), Postprocessing((0.0, 0.0, 1.0), 1.0)
    circuits, exact = both(form, (SparsePauliOp("Z"),), group, "hilbert_schmidt", g, shots=400)
    wanted = measured(exact, np.array([np.pi / 4]), NoiselessExecutor())
    found = repeated(circuits, np.array([np.pi / 4]), 150)
    pulls = np.array([(f.gradient[0] - wanted.gradient[0]) / f.gradient_stderr[0] for f in found])
    assert abs(pulls.mean()) < SIGMAS / np.sqrt(len(pulls))
    assert abs(pulls.var() - 1) < SIGMAS * np.sqrt(2 / len(pulls))


AER, TWO, HADAMARD = (
    "execution.backend=aer",
    "model.postprocessing={kind: polynomial, coefficients: [-1, 0, 2]}",
    "cost.estimator=hadamard_test",
)


@pytest.mark.parametrize(
    ("key", "words", "overrides"),
    [
        ("cost.estimator", ("'echo'", "hadamard_test or exact"), [TWO]),
        ("cost.estimator", ("order 3", "exact"), [HADAMARD, "model.postprocessing={kind: tanh, order: 3}"]),
        ("cost.group_samples", ("leave it out",), [TWO, HADAMARD, "cost.group_samples=8"]),
        ("cost.reference", ("identity", "leave it out"), [TWO, HADAMARD, "cost.reference=identity"]),
    ],
)
def test_what_circuits_cannot_do_is_refused_at_its_key(key, words, overrides):
    with pytest.raises(ConfigError) as refused:
        configured("plane", AER, *overrides)
    assert all(word in str(refused.value) for word in (key, *words))


def test_a_configuration_on_circuits_has_the_words_among_its_terms():
    problem = configured("plane", AER, TWO, HADAMARD)
    echo, longer = problem.terms[0].term.measurements
    assert (echo.circuit.num_qubits, longer.circuit.num_qubits) == (4, 5)
    assert not configured("plane", "execution.backend=exact", TWO, HADAMARD).terms[0].term.measurements
