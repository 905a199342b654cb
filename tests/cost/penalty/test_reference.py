"""The penalty with a reference: what noise scales comes back, its own noise is told, and it lasts for some steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from executors import ExactExecutor, NoiselessExecutor
from problems import configured
from qiskit.circuit.library import efficient_su2
from qiskit.quantum_info import Operator, SparsePauliOp

from sggd_qiskit import SymmetryGroup, symmetry_penalty
from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.cost.penalty.reference import Reference, repetitions
from sggd_qiskit.cost.penalty.symmetry_penalty import SymmetryPenalty
from sggd_qiskit.cost.request import Request
from sggd_qiskit.data.sample import classical
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.job import ExecutionError, WorkUnit
from sggd_qiskit.execute.noisy.rehearsal import RehearsalExecutor
from sggd_qiskit.gradient.directions import drawn_perturbations, spsa_gradient, squared_norm

SIGMAS = 4
STEP = 1e-5
NO_DATA = classical((), np.empty((0, 0)), np.empty(0))
NORM = "normalized_hilbert_schmidt"
GROUPS = {
    "swap": SymmetryGroup.named("swap", 2),
    "cyclic": SymmetryGroup.named("cyclic", 3),
    "su2": SymmetryGroup.named("collective_su2", 2),
    "square": SymmetryGroup.named("dihedral_square", 2),
}


def case(name, seed, family, parameters=3, ansatz=None, **more):
    rng = np.random.default_rng([seed, len(name)])
    group = GROUPS[name]
    ansatz = ansatz or random_ansatz(rng, group.num_qubits, parameters)
    observable = random_pauli_sum(rng, group.num_qubits, 3)
    settings = {"shots": 400, "states": 10**6, "reference": 1, **more}
    term = SymmetryPenalty(rotation_form(ansatz), (observable,), group, NORM, estimator=family, **settings)
    return ansatz, observable, term, rng.uniform(-np.pi, np.pi, size=ansatz.num_parameters)


def one_angle_each():
    """An ansatz in which no two components of the gradient come from the same circuits."""
    return efficient_su2(2, reps=1)


def asked(theta, step=0, **more):
    return Request(step, np.asarray(theta), (), NO_DATA, **more)


def planned(term, request, *, gradient=True):
    return term.plan(request, np.random.default_rng(0), gradient=gradient)


def scaled(outcome, share):
    return Outcome(share * outcome.values, outcome.variances)


def dense_overlaps(ansatz, observable, group, theta):
    """o_s/2ⁿ of each pair of inverses and Tr[O²]/2ⁿ, from Qiskit's matrices, of the observable without its identity part."""
    unitary = Operator(ansatz.assign_parameters(theta)).data
    evolved = unitary.conj().T @ observable.to_matrix() @ unitary
    evolved -= np.trace(evolved) / len(evolved) * np.eye(len(evolved))
    images = [Operator(element.full_circuit()).data for element, _ in group.inverse_pairs]
    overlaps = [np.trace(evolved @ v.conj().T @ evolved @ v).real / len(evolved) for v in images]
    return np.array(overlaps), np.trace(evolved @ evolved).real / len(evolved)


@pytest.mark.parametrize(
    ("family", "name", "seed"),
    [
        *(
            (family, name, seed)
            for family in ("echo", "bell_pair", "hadamard_test")
            for name in GROUPS
            for seed in range(2)
        ),
        *((family, "swap", 0) for family in ("destructive_swap_test", "swap_test")),
    ],
)
def test_each_overlap_is_divided_by_the_share_of_the_identitys(family, name, seed):
    """With shares that differ, so that each must have met the reference; the slopes by differences of dense algebra."""
    swaps = "swap_test" in family
    ansatz, observable, term, theta = case(name, seed, family, parameters=1 if swaps else 3)
    group, gradient = GROUPS[name], not swaps
    plan = planned(term, asked(theta), gradient=gradient)
    outcomes, _ = (ExactExecutor() if swaps else NoiselessExecutor()).run(plan.settings)
    shares = np.random.default_rng(seed).uniform(0.3, 0.9, size=len(group.inverse_pairs) + 1)
    circuits = len(outcomes) // len(shares)
    found = term.reduce(
        asked(theta), plan, [scaled(outcome, shares[k // circuits]) for k, outcome in enumerate(outcomes)]
    )
    multiplicities = np.array([m for _, m in group.inverse_pairs])

    def want(at):
        overlaps, square = dense_overlaps(ansatz, observable, group, at)
        return square * (1 - 1 / group.order) - multiplicities @ (shares[:-1] * overlaps) / group.order / shares[-1]

    assert found.value == pytest.approx(want(theta), abs=1e-9)
    assert found.learned["reference"]["share"] == pytest.approx(shares[-1], abs=1e-9)
    if gradient:
        slopes = [(want(theta + e) - want(theta - e)) / (2 * STEP) for e in STEP * np.eye(len(theta))]
        np.testing.assert_allclose(found.gradient, slopes, atol=1e-6)


def noisy_estimates(term, request, gradient, draws, size=0.02):
    """Estimates from outcomes at 0.6 of the exact ones with Gaussian noise of known variances."""
    plan = planned(term, request, gradient=gradient)
    outcomes, _ = NoiselessExecutor().run(plan.settings)
    rng = np.random.default_rng(5)
    # A row of the reference is a repetition; here they are as noisy in the mean as a third of a value's error.
    variances = [np.full(o.values.shape, size**2) for o in outcomes]
    variances[-1] *= len(outcomes[-1].values) / 9
    for _ in range(draws):
        noisy = [
            Outcome(0.6 * o.values + rng.normal(size=o.values.shape) * np.sqrt(v), v)
            for o, v in zip(outcomes, variances, strict=True)
        ]
        yield term.reduce(request, plan, noisy)


@pytest.mark.parametrize("family", ["echo", "bell_pair"])
@pytest.mark.parametrize("name", ["swap", "square"])
def test_value_and_gradient_know_the_noise_that_they_share(name, family):
    ansatz, observable, term, theta = case(name, 3, family, ansatz=one_angle_each())
    exact = symmetry_penalty(ansatz, observable, GROUPS[name], theta, estimator="exact", norm=NORM, gradient=True)
    found = list(noisy_estimates(term, asked(theta), True, 800))
    want = np.array([exact.value, *exact.gradient])
    got = np.array([[f.value, *f.gradient] for f in found])
    told = np.array([[f.variance, *f.gradient_variance] for f in found])
    moved = told.mean(axis=0) > 1e-12  # a parameter may have no influence at all
    pulls = ((got - want) / np.sqrt(np.where(moved, told, 1)))[:, moved]
    assert (np.abs(pulls.mean(axis=0)) < SIGMAS / np.sqrt(len(pulls))).all()
    assert (np.abs(pulls.var(axis=0) - 1) < SIGMAS * np.sqrt(2 / len(pulls))).all()
    # The direction in which the shared noise is largest has far more than the sum of the variances.
    shared = np.array([f.shared[0] for f in found])
    direction = shared.mean(axis=0) / np.linalg.norm(shared.mean(axis=0))
    apart = told @ direction**2
    together = apart - shared**2 @ direction**2 + (shared @ direction) ** 2
    along = (got - want) @ direction
    assert abs(np.var(along / np.sqrt(together)) - 1) < SIGMAS * np.sqrt(2 / len(found))
    assert np.var(along / np.sqrt(apart)) > np.var(along / np.sqrt(together))


def test_the_norm_of_the_gradient_and_spsa_know_it_too():
    _, _, term, theta = case("square", 3, "echo", ansatz=one_angle_each())
    estimates = list(noisy_estimates(term, asked(theta), True, 800))
    squares, errors = np.transpose([squared_norm(estimate) for estimate in estimates])
    assert np.mean(errors**2) == pytest.approx(squares.var(), rel=0.2)
    # The two sides of a pair are divided by one reference, which θ measures and hands on.
    (delta,) = drawn_perturbations(np.random.default_rng(1), len(theta), 1, 0.3)
    rng, found, told = np.random.default_rng(6), [], []
    share = Reference(0.6, 0.05)
    sides = [planned(term, asked(theta + sign * delta, beside=True), gradient=False) for sign in (1, -1)]
    exact = [NoiselessExecutor().run(side.settings)[0] for side in sides]
    for _ in range(800):
        known = replace(share, share=0.6 + 0.05 * rng.normal()).known()
        plus, minus = (
            term.reduce(
                asked(theta, beside=True, known=known),
                side,
                [
                    Outcome(0.6 * o.values + 0.01 * rng.normal(size=o.values.shape), np.full(o.values.shape, 1e-4))
                    for o in outcomes
                ],
            )
            for side, outcomes in zip(sides, exact, strict=True)
        )
        gradient, variance = spsa_gradient(delta[None], [plus.minus(minus)])
        found.append(gradient[0])
        told.append(variance[0])
    assert np.mean(told) == pytest.approx(np.var(found), rel=0.25)


@pytest.mark.parametrize("family", ["echo", "bell_pair"])
def test_with_shots_it_is_right_within_its_own_standard_errors(family):
    pulls = []
    for name in ("swap", "su2"):
        for seed in range(5):
            ansatz, observable, _, theta = case(name, seed, "echo", parameters=2)
            exact = symmetry_penalty(ansatz, observable, GROUPS[name], theta, estimator="exact", gradient=True)
            for states in (10**6, 24):
                found = symmetry_penalty(
                    *(ansatz, observable, GROUPS[name], theta),
                    estimator=family, reference="identity", gradient=True, shots=8192, states=states, seed=seed,
                )  # fmt: skip
                moved = found.gradient_stderr > 1e-9
                pulls.append((found.value - exact.value) / found.stderr)
                pulls.extend((found.gradient - exact.gradient)[moved] / found.gradient_stderr[moved])
                assert abs(found.reference - 1) < 5 * found.reference_stderr
    assert abs(np.mean(pulls)) < SIGMAS / np.sqrt(len(pulls)) * 1.5
    assert 0.6 < np.var(pulls) < 1.5


@pytest.mark.parametrize("family", ["echo", "bell_pair"])
def test_it_takes_the_bias_of_a_devices_noise(family):
    problem = configured("werner", "data.train=2", "data.test=2")
    qnn, group, executor = problem.qnn, problem.group, RehearsalExecutor(fake_device("fake_torino"), shot_noise=False)
    make = {"observables": qnn.observables, "group": group, "norm": NORM, "shots": 1}
    exact, plain, referred = (
        SymmetryPenalty(qnn.ansatz_form, **make, estimator=e, reference=r)
        for e, r in (("exact", None), (family, None), (family, 1))
    )
    prepared = {m: executor.prepare(m) for m in referred.measurements}
    prepared |= {m: executor.prepare(m) for m in plain.measurements}
    biases = []
    for theta in ([0.4], [1.3], [-2.2], [2.9]):
        want = exact.reduce(asked(theta), planned(exact, asked(theta)), ())
        row = []
        for term in (plain, referred):
            plan = planned(term, asked(theta))
            settings = [replace(s, measurement=prepared[s.measurement]) for s in plan.settings]
            outcomes, _ = executor.run(settings, np.random.SeedSequence(0), WorkUnit(0, "t"))
            found = term.reduce(asked(theta), plan, outcomes)
            row.append((abs(found.value - want.value), abs(found.gradient - want.gradient)[0]))
        biases.append(row)
    (plain_bias, referred_bias) = np.mean(biases, axis=0)
    assert (referred_bias < 0.1 * plain_bias).all()
    assert (plain_bias > 0.005).all()


def test_it_is_used_for_some_steps_and_then_measured_anew():
    _, _, term, theta = case("square", 1, "echo", reference=3)
    known, counts = {}, []
    for step in range(7):
        request = asked(theta, step, known=known)
        plan = planned(term, request)
        outcomes, _ = NoiselessExecutor().run(plan.settings)
        share = 0.9 - 0.05 * step  # a drift, which only a new reference sees
        found = term.reduce(request, plan, [scaled(outcome, share) for outcome in outcomes])
        known = found.learned
        assert known["reference"]["share"] == pytest.approx(0.9 - 0.05 * (step - step % 3), abs=1e-9)
        counts.append(len(plan.settings))
    assert counts == [max(counts) if step % 3 == 0 else max(counts) - 1 for step in range(7)]


def test_a_point_beside_measures_none():
    _, _, term, theta = case("square", 1, "echo")
    sets = [len(planned(term, asked(theta, beside=beside), gradient=False).settings) for beside in (False, True)]
    assert sets[0] == sets[1] + 1


@pytest.mark.parametrize(("every", "rows"), [(1, 9), (10, 9), (3, 97), (1, 400)])
@pytest.mark.parametrize("coefficients", [[0.5], [0.25, 0.25, 0.25], [0.1, 0.4, 0.1]])
def test_it_takes_the_shots_that_make_the_error_least(coefficients, every, rows):
    """Against all numbers of repetitions, by the variance for a given number of shots."""
    c = np.array(coefficients)

    def variance(times):
        value_shots = 1 / (every * rows + times)
        return (c @ c + c.sum() ** 2 / times) / value_shots

    best = min(range(1, rows + 1), key=variance)
    assert variance(repetitions(coefficients, rows, every)) <= 1.02 * variance(best)


@pytest.mark.parametrize(("share", "stderr"), [(0.0, 0.0), (-0.2, 0.01), (0.1, 0.04)])
def test_a_reference_that_noise_leaves_nothing_of_is_refused(share, stderr):
    with pytest.raises(ExecutionError) as raised:
        Reference(share, stderr)
    assert "cost.reference" in str(raised.value)
    assert Reference(0.5, stderr).share == 0.5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"estimator": "local_states", "norm": "local_states"}, "local_states"),
        ({"estimator": "exact"}, "exact"),
        ({"reference": "swap"}, "'swap'.*identity"),
    ],
)
def test_bad_input_gets_a_clear_error(changes, words):
    ansatz, _, _, theta = case("swap", 1, "echo", parameters=1)
    given = {"reference": "identity", **changes}
    with pytest.raises(ValueError, match=words):
        symmetry_penalty(ansatz, SparsePauliOp(["IZ"]), GROUPS["swap"], theta, **given)
    with pytest.raises(TypeError, match="reference"):
        symmetry_penalty(ansatz, SparsePauliOp(["IZ"]), GROUPS["swap"], theta, reference=3)
