"""Every way to measure the penalty against dense linear algebra, exactly and with shots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from executors import ExactExecutor, NoiselessExecutor
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import efficient_su2
from qiskit.primitives import BackendSamplerV2, StatevectorEstimator, StatevectorSampler
from qiskit.quantum_info import Operator, SparsePauliOp
from qiskit.transpiler import CouplingMap, generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime.executor_sampler import Sampler

from sggd_qiskit import SymmetryGroup, symmetry_penalty
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.cost.penalty.symmetry_penalty import SymmetryPenalty, estimators_for
from sggd_qiskit.cost.request import Request
from sggd_qiskit.data.sample import classical
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.job import ExecutionError, WorkUnit
from sggd_qiskit.execute.local.aer import AerExecutor
from sggd_qiskit.execute.primitives.executor import PrimitivesExecutor

STEP = 1e-5
SIGMAS = 4
ALL = 10**9
FAMILIES = ["echo", "bell_pair", "hadamard_test", "destructive_swap_test", "swap_test", "local_states"]
ss = QuantumCircuit(2)
ss.s([0, 1])
tt = QuantumCircuit(2)
tt.t([0, 1])


def groups():
    yield "swap", SymmetryGroup.named("swap", 2)
    yield "cyclic", SymmetryGroup.named("cyclic", 3)
    yield "dihedral", SymmetryGroup.named("dihedral_square", 2)
    yield "S⊗S", SymmetryGroup.from_generators([ss])
    yield "parity", SymmetryGroup.named("parity", 2)
    yield "u1", SymmetryGroup.named("u1_total_z", 2)
    yield "su2", SymmetryGroup.named("collective_su2", 2)
    yield "odd under swap", SymmetryGroup.named("swap", 2, character=[-1])
    yield "quadrants", SymmetryGroup.named("dihedral_square", 2, character=[1, -1, -1])
    yield "T⊗T", SymmetryGroup.from_generators([tt], character=[-1])


GROUPS = dict(groups())
# 2 random circuits, observables and angles for each group; shots are compared on 3.
CASES = [(name, seed) for name in GROUPS for seed in range(2)]
MANY_CASES = [(name, seed) for name in GROUPS for seed in range(3)]


def case(name, seed, parameters=3):
    rng = np.random.default_rng([seed, len(name), ord(name[0])])
    group = GROUPS[name]
    n = group.num_qubits
    ansatz = random_ansatz(rng, n, parameters)
    observable = random_pauli_sum(rng, n, 3)
    return ansatz, observable, group, rng.uniform(-np.pi, np.pi, size=ansatz.num_parameters)


def dense(ansatz, observable, group, theta, norm):
    """The penalty from Qiskit's matrices."""
    unitary = Operator(ansatz.assign_parameters(theta)).data
    evolved = unitary.conj().T @ observable.to_matrix() @ unitary
    elements = [Operator(element.full_circuit()).data for element in group.elements]
    images = [sign * v.conj().T @ evolved @ v for v, sign in zip(elements, group.signs, strict=True)]
    difference = evolved - sum(images) / len(elements)
    if norm == "local_states":
        terms = SparsePauliOp.from_operator(difference)
        weights = (terms.paulis.x | terms.paulis.z).sum(axis=1)
        return float(np.sum(np.abs(terms.coeffs) ** 2 * 3.0**-weights))
    return float(np.linalg.norm(difference) ** 2) / (len(evolved) if norm == "normalized_hilbert_schmidt" else 1)


def norm_of(family):
    return "local_states" if family == "local_states" else "normalized_hilbert_schmidt"


def penalty_by(family, ansatz, observable, group, norm="hilbert_schmidt", **more):
    """The term, for the circuits of a family."""
    form = rotation_form(ansatz)
    return SymmetryPenalty(form, (observable,), group, norm, estimator=family, **{"shots": 1, **more})


def asked(theta):
    return Request(0, np.asarray(theta), (), classical((), np.empty((0, 0)), np.empty(0)))


FEW_PAIRS = ("swap", "S⊗S", "u1", "T⊗T")
"""Groups in which a swap test takes circuits for so few pairs of input states that all can be run."""


@pytest.mark.parametrize(
    ("family", "name"),
    [(family, name) for family in FAMILIES for name in GROUPS if "swap_test" not in family or name in FEW_PAIRS],
)
def test_with_exact_expectation_values_each_family_equals_dense_algebra(family, name):
    swaps = "swap_test" in family
    ansatz, observable, group, theta = case(name, 0, parameters=1 if swaps else 3)
    norm = norm_of(family)
    penalty = penalty_by(family, ansatz, observable, group, norm, states=ALL)
    # A swap test takes a circuit for each pair of input states, so its gradient is left out where they are many.
    gradient = not swaps or (group.order <= 2 and group.num_qubits == 2)
    plan = penalty.plan(asked(theta), np.random.default_rng(0), gradient=gradient)
    executor = ExactExecutor() if swaps or name == "parity" else NoiselessExecutor()
    outcomes, _ = executor.run(plan.settings)
    found = penalty.reduce(asked(theta), plan, outcomes)
    assert found.value == pytest.approx(dense(ansatz, observable, group, theta, norm), abs=1e-9)
    if gradient:
        exact = symmetry_penalty(ansatz, observable, group, theta, estimator="exact", norm=norm, gradient=True)
        np.testing.assert_allclose(found.gradient, exact.gradient, atol=1e-9)


@pytest.mark.parametrize("norm", ["hilbert_schmidt", "normalized_hilbert_schmidt", "local_states"])
@pytest.mark.parametrize(("name", "seed"), CASES)
def test_the_exact_penalty_and_its_gradient_equal_dense_algebra(norm, name, seed):
    ansatz, observable, group, theta = case(name, seed, parameters=6)
    found = symmetry_penalty(ansatz, observable, group, theta, estimator="exact", norm=norm, gradient=True)
    assert found.value == pytest.approx(dense(ansatz, observable, group, theta, norm), abs=1e-9)
    assert (found.stderr, found.jobs) == (0.0, ())
    differences = [
        (dense(ansatz, observable, group, theta + e, norm) - dense(ansatz, observable, group, theta - e, norm))
        / (2 * STEP)
        for e in STEP * np.eye(len(theta))
    ]
    np.testing.assert_allclose(found.gradient, differences, atol=1e-6)


@pytest.mark.parametrize("states", [ALL, 24], ids=["all states", "drawn states"])
@pytest.mark.parametrize("family", FAMILIES)
def test_with_shots_each_family_is_right_within_its_own_standard_errors(family, states):
    values, gradients = [], []
    norm = norm_of(family)
    for name, seed in MANY_CASES:
        ansatz, observable, group, theta = case(name, seed, parameters=6)
        if states == ALL and "swap_test" in family and name not in {"swap", "parity", "S⊗S", "odd under swap"}:
            continue  # the other groups take tens of thousands of pairs of eigenstates
        if states == ALL and "swap_test" in family and seed > 2:
            continue
        settings = {"estimator": family, "norm": norm, "states": states, "seed": seed}
        found = symmetry_penalty(ansatz, observable, group, theta, gradient=True, **settings)
        exact = symmetry_penalty(ansatz, observable, group, theta, estimator="exact", norm=norm, gradient=True)
        values.append((found.value - exact.value) / found.stderr)
        moved = found.gradient_stderr > 1e-9  # a parameter may have no influence at all
        gradients.extend((found.gradient - exact.gradient)[moved] / found.gradient_stderr[moved])
    pulls = np.array([*values, *gradients])
    # Errors that are estimated from 24 draws have Student's tails.
    assert np.mean(np.abs(pulls) > SIGMAS) < (0.003 if states == ALL else 0.015)
    assert 0.8 < pulls.var() < 1.25
    assert abs(pulls.mean()) < SIGMAS / np.sqrt(len(pulls)) * (1 if states == ALL else 1.5)


@pytest.mark.parametrize("shots", [36 * 2, 36 * 4, 36 * 16])
def test_squares_are_unbiased_at_a_few_shots_each(shots):
    # 36 product states share the shots; the outcomes of this observable have a large range.
    ansatz, group = plain(), GROUPS["swap"]
    observable = SparsePauliOp(["IZ", "ZI"], [3.0, 2.0])
    exact = symmetry_penalty(ansatz, observable, group, [0.4], estimator="exact", norm="local_states").value
    found = [
        symmetry_penalty(
            ansatz, observable, group, [0.4], estimator="local_states", norm="local_states", shots=shots, seed=seed
        ).value
        for seed in range(150)
    ]
    assert abs(np.mean(found) - exact) < SIGMAS * np.std(found, ddof=1) / np.sqrt(len(found))


def test_a_sampled_group_gives_an_unbiased_penalty_with_an_honest_error():
    rng = np.random.default_rng(3)
    group = SymmetryGroup.named("full_permutation", 4)  # 23 elements beside the identity, in 16 pairs
    ansatz, observable = random_ansatz(rng, 4, 2), SparsePauliOp(["IIIZ", "IXXI"], [1.0, 0.5])
    theta = rng.uniform(-np.pi, np.pi, size=ansatz.num_parameters)
    exact = symmetry_penalty(ansatz, observable, group, theta, estimator="exact", gradient=True)
    found = [
        symmetry_penalty(ansatz, observable, group, theta, gradient=True, group_samples=12, shots=64, seed=seed)
        for seed in range(40)
    ]
    assert found[0].jobs[0].pubs == 12
    # Each drawn element takes the same, whether or not it stands for its inverse too.
    assert len({f.jobs[0].parameter_sets for f in found}) == 1
    pulls = np.array([(f.value - exact.value) / f.stderr for f in found])
    assert abs(pulls.mean()) < SIGMAS / np.sqrt(len(pulls))
    assert 0.6 < pulls.var() < 1.8  # the error is estimated from 12 draws, so that pulls are Student's
    slopes = np.concatenate([(f.gradient - exact.gradient) / f.gradient_stderr for f in found])
    assert 0.6 < slopes.var() < 1.8


def test_a_group_is_not_drawn_from_if_all_of_it_takes_no_more():
    ansatz, observable, group, theta = case("su2", 1, parameters=1)
    found = symmetry_penalty(ansatz, observable, group, theta, group_samples=8, shots=64, seed=1)
    assert found.jobs[0].pubs == 7


@pytest.mark.parametrize("family", ["echo", "bell_pair", "hadamard_test"])
def test_a_permutation_costs_no_gates(family):
    ansatz, observable, _, _ = case("cyclic", 0)
    sizes = []
    for permutation in [(1, 2, 0), (0, 2, 1)]:
        group = SymmetryGroup.from_generators([permutation])
        sizes.append(penalty_by(family, ansatz, observable, group).measurements[0].circuit.size())
    assert sizes[0] == sizes[1]
    group = SymmetryGroup.from_generators(["ZZZ"])
    signed = penalty_by(family, ansatz, observable, group).measurements[0].circuit.size()
    assert signed == sizes[0] + (6 if family == "hadamard_test" else 3)


def test_qubits_of_the_families():
    ansatz, observable, group, _ = case("cyclic", 0)
    qubits = {
        family: penalty_by(family, ansatz, observable, group, norm_of(family)).measurements[0].circuit.num_qubits
        for family in FAMILIES
    }
    assert qubits == {
        "echo": 3,
        "bell_pair": 6,
        "hadamard_test": 4,
        "destructive_swap_test": 6,
        "swap_test": 7,
        "local_states": 3,
    }
    assert estimators_for("local_states") == ("local_states",)


@pytest.mark.parametrize("family", FAMILIES)
def test_handed_in_primitives(family):
    ansatz, observable, group, theta = case("swap", 2, parameters=1)
    norm = norm_of(family)
    exact = symmetry_penalty(ansatz, observable, group, theta, estimator="exact", norm=norm)
    primitives = (
        {"sampler_primitive": StatevectorSampler(seed=1)}
        if "swap_test" in family
        else {"estimator_primitive": StatevectorEstimator(seed=1)}
    )
    for given in (primitives, {"sampler_primitive": BackendSamplerV2(backend=AerSimulator(seed_simulator=3))}):
        found = symmetry_penalty(ansatz, observable, group, theta, estimator=family, norm=norm, seed=4, **given)
        assert found.stderr > 0
        assert abs(found.value - exact.value) < SIGMAS * found.stderr
        assert len(found.jobs) == 1


def test_an_estimator_and_a_sampler_job_at_most():
    ansatz, observable, group, theta = case("su2", 0, parameters=1)
    executor, rng = AerExecutor(), np.random.default_rng(0)
    settings = []
    for family in ("destructive_swap_test", "echo"):
        penalty = penalty_by(family, ansatz, observable, group, shots=64, states=8)
        plan = penalty.plan(asked(theta), rng, gradient=False)
        settings += [replace(s, measurement=executor.prepare(s.measurement)) for s in plan.settings]
    mixed = settings[::2] + settings[1::2]
    outcomes, jobs = executor.run(mixed, np.random.SeedSequence(0), WorkUnit(0, "t"))
    assert [job.unit for job in jobs] == ["t", "t-sampler"]
    assert [outcome.values.shape for outcome in outcomes] == [(*setting.shape, 1) for setting in mixed]
    assert sum(job.pubs for job in jobs) == len(mixed)


def test_seeds_repeat():
    ansatz, observable, group, theta = case("cyclic", 1)
    a, b, c = (symmetry_penalty(ansatz, observable, group, theta, states=8, seed=seed).value for seed in (1, 1, 2))
    assert a == b != c


def measuring():
    circuit = QuantumCircuit(2, 1)
    circuit.rx(Parameter("t"), 0)
    circuit.measure(0, 0)
    return circuit


def conditional():
    circuit = QuantumCircuit(2, 1)
    circuit.rx(Parameter("t"), 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(0)
    return circuit


def plain():
    circuit = QuantumCircuit(2)
    circuit.rx(Parameter("t"), 0)
    return circuit


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"ansatz": measuring()}, ValueError, "measure"),
        ({"ansatz": conditional()}, ValueError, "if_else"),
        ({"observable": SparsePauliOp(["ZZ"], [1j])}, ValueError, "Hermitian"),
        ({"observable": SparsePauliOp(["ZZZ"])}, ValueError, "3 qubits"),
        ({"observable": "Z7"}, ValueError, "qubits 0 to 1"),
        ({"observable": SparsePauliOp(["II"])}, ValueError, "identity"),
        ({"group": SymmetryGroup.named("cyclic", 3)}, ValueError, "group on 3 qubits"),
        ({"theta": [0.1, 0.2]}, ValueError, "1 parameters"),
        ({"theta": [np.nan]}, ValueError, "finite"),
        ({"shots": 0}, ValueError, "shots = 0"),
        ({"states": 1}, ValueError, "states = 1"),
        ({"shots": 2.5}, TypeError, "shots"),
        ({"norm": "euclid"}, ValueError, "euclid"),
        ({"group": ["ZZ"]}, TypeError, "SymmetryGroup"),
        ({"ansatz": "circuit"}, TypeError, "QuantumCircuit"),
        ({"group_samples": 1}, ValueError, "group_samples = 1"),
        ({"estimator": "local_states"}, ValueError, "norm"),
        ({"norm": "local_states"}, ValueError, "local_states"),
        ({"estimator": "telepathy"}, ValueError, "telepathy"),
        ({"estimator": "exact", "group_samples": 8}, ValueError, "sampled group"),
        ({"estimator_primitive": StatevectorSampler()}, TypeError, "estimator_primitive"),
        ({"sampler_primitive": StatevectorEstimator()}, TypeError, "sampler_primitive"),
        ({"estimator": "swap_test", "estimator_primitive": StatevectorEstimator()}, ExecutionError, "Sampler"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_bad_input_gets_a_clear_error(changes, error, words):
    given = {"ansatz": plain(), "observable": "Z0", "group": SymmetryGroup.named("swap", 2), "theta": [0.1], **changes}
    with pytest.raises(error, match=words):
        symmetry_penalty(given.pop("ansatz"), given.pop("observable"), given.pop("group"), given.pop("theta"), **given)


def test_a_layout_is_applied_to_circuit_and_observable():
    manager = generate_preset_pass_manager(
        optimization_level=1,
        coupling_map=CouplingMap.from_line(6),
        basis_gates=["rz", "sx", "x", "cz"],
        initial_layout=[4, 2, 3],
        seed_transpiler=1,
    )
    ansatz, observable, group, theta = case("cyclic", 3)
    exact = symmetry_penalty(ansatz, observable, group, theta, estimator="exact")
    found = symmetry_penalty(
        ansatz, observable, group, theta, estimator_primitive=StatevectorEstimator(seed=2), pass_manager=manager, seed=1
    )
    assert abs(found.value - exact.value) < SIGMAS * found.stderr
    executor = PrimitivesExecutor(StatevectorEstimator(), pass_manager=manager)
    prepared = executor.prepare(penalty_by("echo", ansatz, observable, group).measurements[0])
    assert prepared.circuit.num_qubits == prepared.observables[0].num_qubits == 6


@pytest.mark.parametrize(("family", "observable"), [("echo", "X0"), ("hadamard_test", "Y1")])
def test_a_devices_sampler_takes_the_gates_that_turn_the_basis(family, observable):
    """Transpiled with the rest: a device refuses h and sdg. Its noise takes some tenths from the overlaps."""
    device = fake_device("fake_manila")
    manager = generate_preset_pass_manager(optimization_level=1, backend=device, seed_transpiler=1)
    ansatz, group = efficient_su2(2, reps=1), GROUPS["swap"]
    theta = [0.3] * ansatz.num_parameters
    primitives = {"sampler_primitive": Sampler(mode=device), "pass_manager": manager}
    found = symmetry_penalty(ansatz, observable, group, theta, estimator=family, shots=512, seed=1, **primitives)
    exact = symmetry_penalty(ansatz, observable, group, theta, estimator="exact")
    assert abs(found.value - exact.value) < 0.4 + SIGMAS * found.stderr


@pytest.mark.parametrize(
    ("estimator", "qubits", "more", "said"),
    [
        ("echo", 6, {"states": 8}, "cost.states is 8"),
        ("echo", 6, {"states": 32}, ""),
        ("bell_pair", 6, {"states": 8}, ""),
        ("local_states", 4, {"states": 128}, "cost.states is 128"),
        ("local_states", 4, {"states": 256}, ""),
        ("local_states", 7, {"states": 256}, "6,123 or more"),
        ("exact", 7, {"states": 8}, ""),
        ("echo", 4, {"group_samples": 8}, "cost.group_samples is 8"),
        ("echo", 4, {"group_samples": 20}, ""),
    ],
)
def test_error_bars_of_few_draws_are_said_to_be_what_they_are(estimator, qubits, more, said):
    ansatz, observable = efficient_su2(qubits, reps=1), SparsePauliOp("Z" * qubits)
    group = SymmetryGroup.named("full_permutation" if qubits == 4 else "parity", qubits)
    caution = penalty_by(estimator, ansatz, observable, group, norm=norm_of(estimator), **more).caution
    assert said in caution
    assert bool(said) == bool(caution)


def test_elements_are_drawn_once_each():
    ansatz, observable = efficient_su2(3, reps=1), SparsePauliOp("IIZ")
    group = SymmetryGroup.named("collective_su2", 3)
    theta = np.random.default_rng(0).uniform(-3, 3, ansatz.num_parameters)
    exact = symmetry_penalty(
        ansatz, observable, group, theta, estimator="exact", norm="normalized_hilbert_schmidt"
    ).value
    penalty = penalty_by("echo", ansatz, observable, group, "normalized_hilbert_schmidt", group_samples=12)
    pulls = []
    for seed in range(60):
        plan = penalty.plan(asked(theta), np.random.default_rng(seed), gradient=False)
        outcomes, _ = NoiselessExecutor().run(plan.settings)
        found = penalty.reduce(asked(theta), plan, outcomes)
        pulls.append((found.value - exact) / found.stderr)
    assert abs(np.mean(pulls)) < 0.5
    assert 0.6 < np.var(pulls) < 1.5
