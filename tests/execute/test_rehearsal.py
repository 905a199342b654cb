"""A rehearsal: shots, their errors and seeds, the two primitives, and what can't be rehearsed."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz
from qiskit import QuantumCircuit
from qiskit.circuit import ClassicalRegister, Instruction, Parameter, QuantumRegister
from qiskit.quantum_info import SparsePauliOp
from scipy.stats import chi2

from sggd_qiskit.circuit.measurement import Measurement, Readout, Setting, readouts
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.job import ExecutionError, WorkUnit
from sggd_qiskit.execute.noisy.device_noise import DeviceNoise
from sggd_qiskit.execute.noisy.rehearsal import RehearsalExecutor
from sggd_qiskit.execute.noisy.rehearsal_estimator import RehearsalEstimator
from sggd_qiskit.execute.noisy.rehearsal_sampler import RehearsalSampler

SHOTS = 1000
SIGMAS = 5
OBSERVABLE = SparsePauliOp(["IZ", "ZI", "ZZ", "XX", "IX"], [0.7, -0.4, 1.1, 0.8, 0.5])


@pytest.fixture(scope="module")
def executor():
    return RehearsalExecutor(fake_device("fake_manila"), seeds=[1], initial_layout=[3, 2])


@pytest.fixture(scope="module")
def noise():
    return DeviceNoise(fake_device("fake_manila").target)


def random_job(executor, seed, sets=60, shots=SHOTS):
    rng = np.random.default_rng(seed)
    ansatz = random_ansatz(rng, 2, 12, affine=True)
    measurement = executor.prepare(Measurement(ansatz, OBSERVABLE))
    values = rng.uniform(-3, 3, size=(sets, ansatz.num_parameters))
    return measurement, Setting(0, {tuple(ansatz.parameters): values}, (sets,), shots)


def exact_values(noise, measurement, setting):
    pub = (measurement.circuit, measurement.observable, dict(setting.values), 0)
    return RehearsalEstimator(noise).run([pub]).result()[0].data.evs


def test_pulls_are_standard_normal(executor, noise):
    pulls = []
    for seed in range(12):
        measurement, setting = random_job(executor, seed)
        (outcome,), (job,) = executor.run([measurement], [setting], np.random.SeedSequence(seed), WorkUnit(0, "t"))
        pulls.extend((outcome.values - exact_values(noise, measurement, setting)) / np.sqrt(outcome.excess))
    assert 0.8 < np.var(pulls) < 1.25
    assert abs(np.mean(pulls)) < SIGMAS / np.sqrt(len(pulls))
    assert (job.backend, job.unit, job.session, job.parameter_sets) == ("fake_manila", "t", None, 60)
    assert job.shots == job.shots_requested == 2 * 60 * SHOTS  # two bases


def test_terms_of_a_basis_come_from_the_same_shots(executor, noise):
    # In a Bell state Z0 and Z1 agree but for the noise: their difference has next to none, their sum twice as much.
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    spreads = []
    for labels in ([1, -1], [1, 1]):
        measurement = executor.prepare(Measurement(circuit, SparsePauliOp(["IZ", "ZI"], labels)))
        pub = (measurement.circuit, measurement.observable, None, SHOTS**-0.5)
        draws = [RehearsalEstimator(noise, seed).run([pub]).result()[0].data for seed in range(200)]
        spread = np.std([draw.evs for draw in draws])
        assert spread == pytest.approx(np.mean([draw.stds for draw in draws]), rel=0.2)
        spreads.append(spread)
    assert spreads[0] < 0.5 * spreads[1]


def test_seeds_repeat_a_job(executor):
    measurement, setting = random_job(executor, 1, sets=5)
    readout = executor.prepare(Readout(*_bell_readout()))
    both = [measurement, readout], [setting, Setting(1, {}, (3,), SHOTS)]
    seed = np.random.SeedSequence(4)
    first, again = executor.run(*both, seed, WorkUnit(0, "t"))[0], executor.run(*both, seed, WorkUnit(0, "t"))[0]
    other = executor.run(*both, np.random.SeedSequence(5), WorkUnit(0, "t"))[0]
    for a, b, c in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
        np.testing.assert_array_equal(a.variances, b.variances)
        assert not np.array_equal(a.values, c.values)


def _bell_readout():
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit, lambda bits: 1 - 2.0 * bits[..., 0]


def test_sampler_and_estimator_agree(executor):
    rng = np.random.default_rng(2)
    ansatz = random_ansatz(rng, 2, 12, affine=True)
    measurement = Measurement(ansatz, OBSERVABLE)
    parts = readouts(measurement)
    values = {tuple(ansatz.parameters): rng.uniform(-3, 3, size=(40, ansatz.num_parameters))}
    items = [executor.prepare(item) for item in (measurement, *parts)]
    settings = [Setting(k, values, (40,), 20_000) for k in range(len(items))]
    (estimated, *read), jobs = executor.run(items, settings, np.random.SeedSequence(1), WorkUnit(0, "t"))
    assert [job.unit for job in jobs] == ["t", "t-sampler"]
    sampled = sum(outcome.values for outcome in read)
    # Turned bases are transpiled into the circuit here and follow it there, so that their few gates may differ.
    spread = np.sqrt(estimated.excess + sum(outcome.excess for outcome in read))
    assert np.abs(sampled - estimated.values).max() < SIGMAS * spread.max() + 0.01


def test_drawn_strings_have_the_noisy_probabilities(noise):
    circuit = QuantumCircuit(5, 2)
    circuit.sx(4)
    circuit.x(1)
    circuit.barrier()
    circuit.measure([4, 1], [0, 1])
    bits = RehearsalSampler(noise, 3).run([(circuit,)], shots=50_000).result()[0].data.c
    found = np.bincount(bits.array[:, 0], minlength=4)
    unmeasured = circuit.remove_final_measurements(inplace=False)
    labels = ["IIIII", "ZIIII", "IIIZI", "ZIIZI"]
    one, first, second, both = (
        float(RehearsalEstimator(noise).run([(unmeasured, label, None, 0)]).result()[0].data.evs) for label in labels
    )
    wanted = np.array(
        [one + a * first + b * second + a * b * both for a, b in ((1, 1), (-1, 1), (1, -1), (-1, -1))]
    ) * (50_000 / 4)
    assert ((found - wanted) ** 2 / wanted).sum() < chi2(3).isf(1e-6)


def test_parameters_that_transpiling_drops_are_not_bound(executor):
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(QuantumRegister(1), ClassicalRegister(1, "meas"))
    circuit.ry(a, 0)
    circuit.rz(b, 0)
    circuit.measure(0, 0)
    plain = RehearsalExecutor(fake_device("fake_manila"), seeds=[1])
    readout = plain.prepare(Readout(circuit, lambda bits: 1 - 2.0 * bits[..., 0]))
    assert b not in readout.circuit.parameters
    setting = Setting(0, {(a, b): np.array([[0.0, 1.0], [np.pi, 2.0]])}, (2,), SHOTS)
    (outcome,), _ = plain.run([readout], [setting], np.random.SeedSequence(1), WorkUnit(0, "t"))
    assert outcome.values == pytest.approx([1, -1], abs=0.15)


def test_a_parameter_of_the_global_phase_alone_has_no_effect(noise):
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(5, global_phase=a)
    circuit.rz(b, 0)
    circuit.sx(0)
    values = np.array([[0.0, 1.0], [2.0, 1.0]])
    found = RehearsalEstimator(noise).run([(circuit, "IIIIZ", values, 0)]).result()[0].data.evs
    assert found[0] == found[1]


def test_default_shots_are_4096_and_a_call_may_set_others(noise):
    circuit = QuantumCircuit(5)
    circuit.sx(0)
    first = RehearsalEstimator(noise, 1).run([(circuit, "IIIIZ")]).result()[0]
    second = RehearsalEstimator(noise, 1).run([(circuit, "IIIIZ")], precision=0.1).result()[0]
    assert (first.metadata["shots"], second.metadata["shots"]) == (4096, 100)
    circuit.measure_all()
    assert RehearsalSampler(noise, 1).run([circuit]).result()[0].data.meas.num_shots == 4096


def _of_two_registers():
    circuit = QuantumCircuit(5)
    circuit.add_register(ClassicalRegister(1, "a"), ClassicalRegister(1, "b"))
    circuit.measure([0, 1], [0, 1])
    return circuit


def _measured_amid():
    circuit = QuantumCircuit(5, 1)
    circuit.measure(0, 0)
    circuit.x(0)
    return circuit


def test_what_is_not_the_devices_is_refused(noise):
    foreign = QuantumCircuit(5)
    foreign.h(2)
    far = QuantumCircuit(5)
    far.cx(0, 4)
    for circuit, words in ((foreign, r"'h' on qubits \(2,\)"), (far, r"'cx' on qubits \(0, 4\)")):
        with pytest.raises(ExecutionError, match=words):
            RehearsalEstimator(noise).run([(circuit, "IIIIZ")]).result()
        with pytest.raises(ExecutionError, match=words):
            RehearsalSampler(noise).run([circuit.measure_all(inplace=False)]).result()
    with pytest.raises(ExecutionError, match="amid a circuit"):
        RehearsalEstimator(noise).run([(_measured_amid(), "IIIIZ")]).result()
    with pytest.raises(ExecutionError, match="'unknown' amid a circuit"):
        noise.part((0,)).channel(Instruction("unknown", 1, 0, []), (0,))
    with pytest.raises(ExecutionError, match="after a measurement"):
        RehearsalSampler(noise).run([_measured_amid()]).result()
    with pytest.raises(ExecutionError, match="several registers"):
        RehearsalSampler(noise).run([_of_two_registers()]).result()


def test_circuits_that_are_too_large_are_refused(executor):
    wide = QuantumCircuit(6)
    wide.h(range(6))
    with pytest.raises(ExecutionError, match="6 qubits for a device of 5"):
        executor.prepare(Measurement(wide, SparsePauliOp("ZIIIII")))
    many = QuantumCircuit(133)
    many.x(range(13))
    noise = DeviceNoise(fake_device("fake_torino").target)
    with pytest.raises(ExecutionError, match="13 qubits of the device"):
        RehearsalEstimator(noise).run([(many, "I" * 132 + "Z")]).result()
