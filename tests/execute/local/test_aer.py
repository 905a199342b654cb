"""Simulation without a device's noise: exact means, real shots shared by all that is read from them, honest errors."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from qiskit import QuantumCircuit
from qiskit.circuit import ClassicalRegister, Parameter, QuantumRegister
from qiskit.primitives import StatevectorEstimator
from qiskit.quantum_info import SparsePauliOp
from qiskit.transpiler import PassManager

from sggd_qiskit.circuit.measurement import Measurement, Readout, Setting, readouts
from sggd_qiskit.execute.executor import Executor
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.execute.local import states
from sggd_qiskit.execute.local.aer import AerExecutor

SHOTS = 1000
SIGMAS = 4
UNIT = WorkUnit.of_step(7)


def setting_of(measurement, values, shots=SHOTS):
    """At parameter values of shape (*shape, parameter)."""
    return Setting(measurement, {tuple(measurement.circuit.parameters): values}, values.shape[:-1], shots)


def outcome_of(measurement, values, seed=1, *, shots=SHOTS, executor=None):
    setting = setting_of(measurement, values, shots)
    return (executor or AerExecutor()).run([setting], np.random.SeedSequence(seed), UNIT)[0][0]


def exact(measurement, values):
    return outcome_of(measurement, values, executor=AerExecutor(shot_noise=False)).values


def test_it_is_an_executor_that_accounts_for_its_jobs():
    executor: Executor = AerExecutor()
    circuit = random_ansatz(np.random.default_rng(0), 2, 6)
    measurement = executor.prepare(Measurement(circuit, (SparsePauliOp(["IZ", "XI"]), SparsePauliOp(["ZZ", "II"]))))
    setting = setting_of(measurement, np.zeros((2, 5, 6)), 400)
    outcomes, (job,) = executor.run([setting, setting], np.random.SeedSequence(1), UNIT)
    assert [outcome.values.shape for outcome in outcomes] == [(2, 5, 2)] * 2
    assert outcomes[0].variances.shape == (2, 5, 2)
    assert outcomes[0].excess.shape == (2, 5, 2, 2)
    assert (job.unit, job.backend, job.status, job.session) == ("step-000007", "aer", "done", None)
    assert (job.pubs, job.parameter_sets) == (2, 20)
    assert job.shots == job.shots_requested == 2 * 10 * measurement.num_bases * 400
    assert job.qpu_seconds == 0
    assert job.finished >= job.started
    executor.close(final=True)


def test_without_shot_noise_it_equals_the_statevector_estimator():
    rng = np.random.default_rng(0)
    circuit = random_ansatz(rng, 3, 12)
    observables = random_pauli_sum(rng, 3, 3), random_pauli_sum(rng, 3, 5), SparsePauliOp("III", 0.4)
    values = rng.uniform(-3, 3, size=(4, circuit.num_parameters))
    pub = (circuit, [[o] for o in observables], values, 0)
    theirs = StatevectorEstimator().run([pub]).result()[0].data.evs
    ours = outcome_of(Measurement(circuit, observables), values, executor=AerExecutor(shot_noise=False))
    np.testing.assert_allclose(ours.values, theirs.T, atol=1e-12)
    assert not ours.variances.any()
    assert not ours.excess.any()


def test_pulls_are_standard_normal_with_covariances_of_commuting_terms():
    rng = np.random.default_rng(4)
    pulls, joint = [], []
    for _ in range(20):
        circuit = random_ansatz(rng, 2, 6)
        # Terms that share a basis, within an observable and between two: their outcomes are correlated.
        first = SparsePauliOp(["IZ", "ZI", "ZZ", "XX", "IX", "II"], rng.normal(size=6))
        second = SparsePauliOp(["ZZ", "XI", "ZI", "YY"], rng.normal(size=4))
        measurement = Measurement(circuit, (first, second))
        values = rng.uniform(-3, 3, size=(60, circuit.num_parameters))
        found = outcome_of(measurement, values, int(rng.integers(2**31)))
        error = found.values - exact(measurement, values)
        pulls.extend((error / np.sqrt(np.einsum("skk->sk", found.excess))).ravel())
        for direction in rng.normal(size=(4, 2)):
            variance = np.einsum("k,skl,l->s", direction, found.excess, direction)
            joint.extend(error @ direction / np.sqrt(variance))
        assert np.all(found.variances >= np.einsum("skk->sk", found.excess))
    for found in (pulls, joint):
        assert np.mean(np.abs(found) > SIGMAS) < 2e-3
        assert 0.9 < np.var(found) < 1.1


def test_outputs_of_a_bell_state_share_their_shots():
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    measurement = Measurement(circuit, (SparsePauliOp("IZ"), SparsePauliOp("ZI", -1), SparsePauliOp("XX")))
    outcome = outcome_of(measurement, np.empty((50, 0)))
    np.testing.assert_array_equal(outcome.values[:, 0], -outcome.values[:, 1])
    np.testing.assert_allclose(outcome.excess[:, 0, 1], -outcome.excess[:, 0, 0], atol=1e-15)
    np.testing.assert_array_equal(outcome.values[:, 2], 1)
    assert not outcome.excess[:, 2].any()


def test_an_eigenstate_has_no_noise_but_its_outcome_never_claims_certainty():
    outcome = outcome_of(Measurement(QuantumCircuit(1), (SparsePauliOp("Z"),)), np.empty((3, 0)))
    assert outcome.values.tolist() == [[1], [1], [1]]
    assert np.all(outcome.variances > 0)
    assert np.all(outcome.variances < (2 / SHOTS) ** 2)
    # What is taken from a square to free it of bias is the noise alone.
    assert not outcome.excess.any()


def test_a_mean_of_shots_is_a_multiple_of_one_shot():
    circuit = QuantumCircuit(1)
    circuit.h(0)
    outcome = outcome_of(Measurement(circuit, (SparsePauliOp("Z"),)), np.empty((20, 0)), shots=100)
    counts = (outcome.values + 1) * 100 / 2
    np.testing.assert_allclose(counts, counts.round(), atol=1e-9)
    np.testing.assert_allclose(np.sqrt(outcome.variances), 0.1, rtol=0.1)


def both(rng):
    """A measurement and a readout."""
    circuit = random_ansatz(rng, 2, 6)
    measurement = Measurement(circuit, (SparsePauliOp(["IZ", "ZI", "XY"], [1, 2, 0.5]),))
    return measurement, readouts(measurement)[0]


def test_a_seed_repeats_a_job_and_two_seeds_differ():
    rng = np.random.default_rng(0)
    values = rng.uniform(-3, 3, size=(5, 6))
    settings = [setting_of(measurement, values) for measurement in both(rng)]
    seed = np.random.SeedSequence(3)
    seed.spawn(1)  # what else is done with the seed has no effect
    first, again, other = (
        AerExecutor().run(settings, s, UNIT)[0] for s in (np.random.SeedSequence(3), seed, np.random.SeedSequence(4))
    )
    for a, b, c in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
        np.testing.assert_array_equal(a.variances, b.variances)
        assert not np.array_equal(a.values, c.values)


def test_a_measurement_equals_the_sum_of_its_readouts():
    rng = np.random.default_rng(5)
    circuit = random_ansatz(rng, 3, 12)
    measurement = Measurement(circuit, (random_pauli_sum(rng, 3, 6), random_pauli_sum(rng, 3, 4)))
    values = rng.uniform(-3, 3, size=(4, circuit.num_parameters))
    parts = [exact(part, values) for part in readouts(measurement)]
    np.testing.assert_allclose(np.sum(parts, axis=0), exact(measurement, values), atol=1e-12)


def test_a_readout_has_the_mean_of_its_function_whatever_bits_are_read():
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(3, "meas"))
    circuit.ry(1.1, 2)
    circuit.cx(2, 0)
    circuit.x(1)
    circuit.measure([2, 1, 2], [0, 1, 2])  # one qubit twice, another not at all
    readout = Readout(
        circuit, lambda bits: np.stack([bits @ [1.0, 10, 100], 1 - 2.0 * bits[..., 0]], -1), np.array([111, 1])
    )
    one = np.sin(1.1 / 2) ** 2
    np.testing.assert_allclose(exact(readout, np.empty((1, 0))), [[10 + 101 * one, 1 - 2 * one]])
    outcomes, (job,) = AerExecutor().run([Setting(readout, {}, (40,), SHOTS)], np.random.SeedSequence(2), UNIT)
    assert job.unit == "step-000007-sampler"
    numbers = outcomes[0].values
    np.testing.assert_allclose(numbers[:, 0], 10 + 101 * (1 - numbers[:, 1]) / 2)  # of the same shots
    assert abs(numbers[:, 1].mean() - (1 - 2 * one)) < SIGMAS / np.sqrt(40 * SHOTS)


def test_a_second_step_transpiles_nothing(monkeypatch):
    rng = np.random.default_rng(1)
    circuit = QuantumCircuit(3)
    circuit.compose(random_ansatz(rng, 3, 6), inplace=True)
    circuit.cswap(2, 0, 1)
    executor, values = AerExecutor(), rng.uniform(-1, 1, size=(2, 6))
    measurement = executor.prepare(Measurement(circuit, (SparsePauliOp("ZII"),)))
    readout = executor.prepare(Readout(circuit.measure_all(inplace=False), lambda bits: bits.astype(float), np.ones(3)))
    settings = [setting_of(measurement, values), setting_of(readout, values)]
    calls = []
    run = PassManager.run

    def counted(manager, *arguments, **options):
        calls.append(manager)
        return run(manager, *arguments, **options)

    monkeypatch.setattr(PassManager, "run", counted)
    executor.run(settings, np.random.SeedSequence(1), WorkUnit.of_step(0))
    assert len(calls) == 2
    again = [setting_of(measurement, values + 1), setting_of(readout, values + 1)]
    executor.run(again, np.random.SeedSequence(2), WorkUnit.of_step(1))
    assert len(calls) == 2


def test_of_values_only_those_of_the_circuits_own_parameters_count():
    circuit = random_ansatz(np.random.default_rng(2), 2, 6)
    first, second = tuple(circuit.parameters)[:2], tuple(circuit.parameters)[2:]
    values = np.random.default_rng(3).uniform(-1, 1, size=(3, 4, 6))
    measurement = Measurement(circuit, (SparsePauliOp("ZX"),))
    split = {second: values[..., 2:], first: values[:, :1, :2], (Parameter("unused"),): np.zeros((3, 1, 1))}
    values[..., :2] = values[:, :1, :2]
    executor = AerExecutor(shot_noise=False)
    (outcome,), _ = executor.run([Setting(measurement, split, (3, 4), 2)], np.random.SeedSequence(0), UNIT)
    np.testing.assert_allclose(outcome.values, exact(measurement, values), atol=1e-12)


def test_no_parameter_sets_give_an_empty_outcome():
    outcome = outcome_of(Measurement(QuantumCircuit(1), (SparsePauliOp("Z"),)), np.empty((0, 4, 0)))
    assert outcome.values.shape == (0, 4, 1)
    assert outcome.excess.shape == (0, 4, 1, 1)


@pytest.mark.parametrize("together", [9, 0])
def test_large_batches_are_simulated_in_pieces(monkeypatch, together):
    rng = np.random.default_rng(0)
    monkeypatch.setattr(states, "MOST_QUBITS_TOGETHER", together)
    measurement = Measurement(random_ansatz(rng, 2, 5), (SparsePauliOp("ZZ"), SparsePauliOp("XY")))
    values = rng.uniform(-3, 3, size=(23, 5))
    whole = exact(measurement, values)
    monkeypatch.setattr(states, "AMPLITUDES_TOGETHER", 4 * 5)
    monkeypatch.setattr(states, "MOST_AMPLITUDES", 4 * 5)
    np.testing.assert_allclose(exact(measurement, values), whole, atol=1e-14)


@pytest.mark.parametrize("qubits", [1, 3])
def test_states_together_are_those_of_aer(monkeypatch, qubits):
    rng = np.random.default_rng(qubits)
    circuit = random_ansatz(rng, qubits, 8)
    circuit.global_phase = 0.3
    values = rng.uniform(-3, 3, size=(5, circuit.num_parameters))
    ((_, together),) = states.States(circuit).pieces(values)
    monkeypatch.setattr(states, "MOST_QUBITS_TOGETHER", 0)
    ((_, one_by_one),) = states.States(circuit).pieces(values)
    np.testing.assert_allclose(np.abs(np.sum(together.conj() * one_by_one, axis=0)), 1, atol=1e-12)
    ((_, bound),) = states.States(circuit.assign_parameters(values[0])).pieces(np.empty((5, 0)))
    np.testing.assert_allclose(np.abs(together[:, 0].conj() @ bound), 1, atol=1e-12)
