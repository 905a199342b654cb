"""A rehearsal: shots, their errors and seeds, measurements and readouts, and what can't be rehearsed."""

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

SHOTS = 1000
SIGMAS = 5
OBSERVABLES = (SparsePauliOp(["IZ", "ZI", "ZZ", "XX", "IX"], [0.7, -0.4, 1.1, 0.8, 0.5]), SparsePauliOp(["ZI", "XI"]))
UNIT = WorkUnit(0, "t")


@pytest.fixture(scope="module")
def manila():
    return fake_device("fake_manila")


@pytest.fixture(scope="module")
def executor(manila):
    return RehearsalExecutor(manila, seeds=[1])


@pytest.fixture(scope="module")
def noise(manila):
    return DeviceNoise(manila.target)


def random_job(executor, seed, sets=60, shots=SHOTS):
    rng = np.random.default_rng(seed)
    ansatz = random_ansatz(rng, 2, 12, affine=True)
    measurement = executor.prepare(Measurement(ansatz, OBSERVABLES))
    values = rng.uniform(-3, 3, size=(sets, ansatz.num_parameters))
    return Setting(measurement, {tuple(ansatz.parameters): values}, (sets,), shots)


def run_one(executor, setting, seed=1):
    return executor.run([setting], np.random.SeedSequence(seed), UNIT)[0][0]


def exact_values(device, setting):
    return run_one(RehearsalExecutor(device, shot_noise=False), setting).values


def test_pulls_are_standard_normal(executor, manila):
    pulls, joint = [], []
    for seed in range(12):
        setting = random_job(executor, seed)
        (outcome,), (job,) = executor.run([setting], np.random.SeedSequence(seed), UNIT)
        error = outcome.values - exact_values(manila, setting)
        pulls.extend((error / np.sqrt(np.einsum("skk->sk", outcome.excess))).ravel())
        joint.extend(error.sum(axis=1) / np.sqrt(outcome.excess.sum(axis=(1, 2))))
    for found in (pulls, joint):
        assert 0.8 < np.var(found) < 1.25
        assert abs(np.mean(found)) < SIGMAS / np.sqrt(len(found))
    assert (job.backend, job.unit, job.session, job.parameter_sets) == ("fake_manila", "t", None, 60)
    assert job.shots == job.shots_requested == 2 * 60 * SHOTS  # two bases


def test_terms_of_a_basis_come_from_the_same_shots(executor):
    # In a Bell state Z0 and Z1 agree but for the noise: their difference has next to none, their sum twice as much.
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    spreads = []
    for signs in ([1, -1], [1, 1]):
        measurement = executor.prepare(Measurement(circuit, (SparsePauliOp(["IZ", "ZI"], signs),)))
        draws = run_one(executor, Setting(measurement, {}, (200,), SHOTS))
        spread = np.std(draws.values)
        assert spread == pytest.approx(np.mean(np.sqrt(draws.excess)), rel=0.2)
        spreads.append(spread)
    assert spreads[0] < 0.5 * spreads[1]


def _bell_readout():
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return Readout(circuit, lambda bits: 1 - 2.0 * bits[..., :1], np.ones(1))


def test_seeds_repeat_a_job(executor):
    settings = [random_job(executor, 1, sets=5), Setting(executor.prepare(_bell_readout()), {}, (3,), SHOTS)]
    seed = np.random.SeedSequence(4)
    first, again = (executor.run(settings, seed, UNIT)[0] for _ in range(2))
    other = executor.run(settings, np.random.SeedSequence(5), UNIT)[0]
    for a, b, c in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
        np.testing.assert_array_equal(a.variances, b.variances)
        assert not np.array_equal(a.values, c.values)


def test_readouts_and_measurements_agree(executor):
    rng = np.random.default_rng(2)
    ansatz = random_ansatz(rng, 2, 12, affine=True)
    measurement = Measurement(ansatz, OBSERVABLES)
    values = {tuple(ansatz.parameters): rng.uniform(-3, 3, size=(40, ansatz.num_parameters))}
    settings = [
        Setting(executor.prepare(item), values, (40,), 20_000) for item in (measurement, *readouts(measurement))
    ]
    (estimated, *read), jobs = executor.run(settings, np.random.SeedSequence(1), UNIT)
    assert [job.unit for job in jobs] == ["t", "t-sampler"]
    sampled = sum(outcome.values for outcome in read)
    # Turned bases are transpiled into the circuit here and follow it there, so that their few gates may differ.
    spread = np.sqrt(estimated.variances + sum(outcome.variances for outcome in read))
    assert np.abs(sampled - estimated.values).max() < SIGMAS * spread.max() + 0.01


def test_drawn_strings_have_the_noisy_probabilities(executor, manila):
    circuit = QuantumCircuit(QuantumRegister(5), ClassicalRegister(2, "meas"))
    circuit.sx(4)
    circuit.x(1)
    circuit.barrier()
    circuit.measure([4, 1], [0, 1])
    indicators = Readout(circuit, lambda bits: np.eye(4)[bits @ [1, 2]], np.ones(4))
    shots = 50_000
    found = run_one(executor, Setting(indicators, {}, (), shots)).values * shots
    unmeasured = circuit.remove_final_measurements(inplace=False)
    labels = ["IIIII", "ZIIII", "IIIZI", "ZIIZI"]
    whole = Measurement(unmeasured, tuple(SparsePauliOp(label) for label in labels))
    one, first, second, both = exact_values(manila, Setting(whole, {}, (), 2))
    signs = ((1, 1), (-1, 1), (1, -1), (-1, -1))
    wanted = np.array([one + a * first + b * second + a * b * both for a, b in signs]) * (shots / 4)
    assert ((found - wanted) ** 2 / wanted).sum() < chi2(3).isf(1e-6)


def test_parameters_that_transpiling_drops_are_not_bound(executor):
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(QuantumRegister(1), ClassicalRegister(1, "meas"))
    circuit.ry(a, 0)
    circuit.rz(b, 0)
    circuit.measure(0, 0)
    readout = executor.prepare(Readout(circuit, lambda bits: 1 - 2.0 * bits, np.ones(1)))
    assert b not in readout.circuit.parameters
    setting = Setting(readout, {(a, b): np.array([[0.0, 1.0], [np.pi, 2.0]])}, (2,), SHOTS)
    assert run_one(executor, setting).values[:, 0] == pytest.approx([1, -1], abs=0.15)


def test_a_parameter_of_the_global_phase_alone_has_no_effect(manila):
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(5, global_phase=a)
    circuit.rz(b, 0)
    circuit.sx(0)
    measurement = Measurement(circuit, (SparsePauliOp("IIIIZ"),))
    found = exact_values(manila, Setting(measurement, {(a, b): np.array([[0.0, 1.0], [2.0, 1.0]])}, (2,), 2))
    assert found[0] == found[1]


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


def _refused(executor, item, words):
    with pytest.raises(ExecutionError, match=words):
        run_one(executor, Setting(item, {}, (), SHOTS))


def test_what_is_not_the_devices_is_refused(executor, noise):
    def readout(circuit):
        return Readout(circuit, lambda bits: bits.astype(float), np.ones(circuit.num_clbits))

    def measurement(circuit):
        return Measurement(circuit, (SparsePauliOp("IIIIZ"),))

    foreign, far = QuantumCircuit(5), QuantumCircuit(5)
    foreign.h(2)
    far.cx(0, 4)
    for circuit, words in ((foreign, r"'h' on qubits \(2,\)"), (far, r"'cx' on qubits \(0, 4\)")):
        _refused(executor, measurement(circuit), words)
        _refused(executor, readout(circuit.measure_all(inplace=False)), words)
    _refused(executor, measurement(_measured_amid()), "amid a circuit")
    _refused(executor, readout(_measured_amid()), "after a measurement")
    _refused(executor, readout(_of_two_registers()), "several registers")
    with pytest.raises(ExecutionError, match="'unknown' amid a circuit"):
        noise.part((0,)).channel(Instruction("unknown", 1, 0, []), (0,))


def test_circuits_that_are_too_large_are_refused(executor):
    wide = QuantumCircuit(6)
    wide.h(range(6))
    with pytest.raises(ExecutionError, match="6 qubits for a device of 5"):
        executor.prepare(Measurement(wide, (SparsePauliOp("ZIIIII"),)))
    many = QuantumCircuit(133)
    many.x(range(13))
    torino = RehearsalExecutor(fake_device("fake_torino"))
    _refused(torino, Measurement(many, (SparsePauliOp("I" * 132 + "Z"),)), "13 qubits of the device")
