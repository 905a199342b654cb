"""Any primitives as an executor: what is asked for is what is checked, accounted for, and read from shared shots."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives import BitArray, DataBin, PubResult, StatevectorEstimator, StatevectorSampler
from qiskit.quantum_info import SparsePauliOp, Statevector
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_ibm_runtime import EstimatorV2, SamplerV2

from sggd_qiskit.circuit.measurement import Measurement, Readout, Setting, readouts
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.executor import Executor
from sggd_qiskit.execute.job import ExecutionError, WorkUnit
from sggd_qiskit.execute.noisy.rehearsal import RehearsalExecutor
from sggd_qiskit.execute.primitives.executor import PrimitivesExecutor
from sggd_qiskit.execute.transpiling import require_isa

SEED = np.random.SeedSequence(1)
UNIT = WorkUnit.of_step(7)
SIGMAS = 5


@pytest.fixture
def setting():
    """Five parameter sets of an observable in two bases."""
    theta = Parameter("t")
    circuit = QuantumCircuit(1)
    circuit.ry(theta, 0)
    measurement = Measurement(circuit, (SparsePauliOp(["Z", "X"]),))
    return Setting(measurement, {(theta,): np.linspace(0, 3, 5)[:, None]}, (5,), 400)


def result(values, stds, **metadata):
    """The same for each of two bases."""
    values, stds = np.tile(np.asarray(values, dtype=float), (2, 1)), np.tile(np.asarray(stds, dtype=float), (2, 1))
    return PubResult(DataBin(evs=values, stds=stds, shape=values.shape), metadata)


class Pretender:
    """A primitive that answers as it is told to."""

    def __init__(self, results):
        self._results = results

    def run(self, pubs):
        self.pubs = list(pubs)
        return self

    def result(self):
        return self._results

    def job_id(self):
        return "a-job"


def answered(setting, *results):
    return PrimitivesExecutor(Pretender(results)).run([setting], SEED, UNIT)


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ([], "0 results of 1"),
        ([result(np.zeros(4), np.zeros(4))], "shape"),
        ([result([0, 0, np.nan, 0, 0], np.zeros(5))], "finite"),
        ([result(np.zeros(5), [0, np.inf, 0, 0, 0])], "finite"),
    ],
)
def test_results_are_checked_before_they_count(setting, results, words):
    with pytest.raises(ExecutionError, match=words):
        answered(setting, *results)


@pytest.mark.parametrize(
    ("metadata", "shots"), [({"shots": 500}, 500), ({"target_precision": 0.1}, 100), ({}, 400)], ids=str
)
def test_delivered_shots_are_those_that_the_result_tells(setting, metadata, shots):
    estimator = Pretender([result(np.zeros(5), np.full(5, 0.1), **metadata)])
    _, (job,) = PrimitivesExecutor(estimator, backend="mine").run([setting], SEED, UNIT)
    assert estimator.pubs[0][3] == pytest.approx(0.05)
    assert (job.id, job.backend, job.unit) == ("a-job", "mine", "step-000007")
    assert job.shots == 5 * 2 * shots
    assert job.shots_requested == 5 * 2 * 400


@pytest.mark.parametrize("shots", [1, 3, 1000, 4096, 10**7])
def test_a_precision_stands_for_whole_shots(setting, shots):
    answer = result(np.zeros(5), np.full(5, 0.1), target_precision=shots**-0.5)
    _, (job,) = answered(setting, answer)
    assert job.shots == 5 * 2 * shots


def test_noise_that_an_estimator_does_not_report_is_that_of_the_precision(setting):
    (outcome,), _ = answered(setting, result(np.full(5, 0.3), np.zeros(5), target_precision=0.05))
    np.testing.assert_allclose(outcome.values, np.full((5, 1), 2 * 0.3))
    np.testing.assert_allclose(outcome.variances, np.full((5, 1), 2 * 0.05**2))


def random_setting(rng, shots, *, terms=(5, 4)):
    circuit = random_ansatz(rng, 3, 12)
    measurement = Measurement(circuit, tuple(random_pauli_sum(rng, 3, count) for count in terms))
    values = rng.uniform(-3, 3, size=(2, 3, 12))
    return Setting(measurement, {tuple(circuit.parameters): values}, (2, 3), shots)


def exact_values(setting):
    (values,) = setting.values.values()
    circuit = setting.measurement.circuit
    return np.array(
        [
            [
                [
                    Statevector(circuit.assign_parameters(v)).expectation_value(o).real
                    for o in setting.measurement.observables
                ]
                for v in row
            ]
            for row in values
        ]
    )


def test_an_estimators_outputs_are_summed_over_the_bases_and_taken_as_independent():
    setting = random_setting(np.random.default_rng(3), 10_000)
    executor: Executor = PrimitivesExecutor(StatevectorEstimator(seed=1))
    (outcome,), (job,) = executor.run([setting], SEED, UNIT)
    assert (job.backend, job.pubs) == ("StatevectorEstimator", 1)
    assert outcome.values.shape == outcome.variances.shape == (2, 3, 2)
    assert np.all(np.abs(outcome.values - exact_values(setting)) < SIGMAS * np.sqrt(outcome.variances))
    off_diagonal = outcome.excess * (1 - np.eye(2))
    assert not off_diagonal.any()
    executor.close(final=True)


@pytest.mark.parametrize("both", [True, False])
def test_a_sampler_reads_several_outputs_from_shared_shots(both):
    rng = np.random.default_rng(4)
    estimator = Pretender([]) if both else None  # it is not asked
    executor = PrimitivesExecutor(estimator, StatevectorSampler(seed=2))
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    pair = Setting(Measurement(circuit, (SparsePauliOp("IZ"), SparsePauliOp("ZI"))), {}, (4,), 300)
    setting = random_setting(rng, 2000)
    outcomes, (job,) = executor.run([setting, pair], SEED, UNIT)
    assert job.unit == "step-000007-sampler"
    assert job.pubs == setting.measurement.num_bases + 1
    assert job.shots == job.shots_requested == setting.circuits * 2000 + 4 * 300
    np.testing.assert_array_equal(outcomes[1].values[:, 0], outcomes[1].values[:, 1])
    np.testing.assert_allclose(outcomes[1].excess[:, 0, 1], outcomes[1].excess[:, 0, 0])
    direction = np.array([1.0, -0.7])
    spread = np.sqrt(np.einsum("k,abkl,l->ab", direction, outcomes[0].excess, direction))
    assert np.all(np.abs((outcomes[0].values - exact_values(setting)) @ direction) < SIGMAS * spread)


def test_with_both_primitives_a_single_output_is_the_estimators():
    rng = np.random.default_rng(5)
    executor = PrimitivesExecutor(StatevectorEstimator(seed=1), StatevectorSampler(seed=2))
    single = random_setting(rng, 500, terms=(4,))
    settings = [random_setting(rng, 500), single, Setting(readouts(single.measurement)[0], single.values, (2, 3), 500)]
    outcomes, jobs = executor.run(settings, SEED, UNIT)
    assert [outcome.values.shape for outcome in outcomes] == [(2, 3, 2), (2, 3, 1), (2, 3, 1)]
    assert [job.unit for job in jobs] == ["step-000007", "step-000007-sampler"]
    assert jobs[0].pubs == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"other": BitArray.from_samples([0, 1], 1)}, "'meas'"),
        ({"meas": BitArray.from_samples([0, 1], 2)}, "2 bits"),
        ({"meas": BitArray.from_samples([0, 1], 1).reshape(2, 1)}, "shape"),
    ],
    ids=["register", "bits", "shape"],
)
def test_sampled_bits_are_checked_before_they_count(data, words):
    circuit = QuantumCircuit(1)
    circuit.measure_all()
    setting = Setting(Readout(circuit, lambda bits: 1.0 * bits, np.ones(1)), {}, (), 2)
    answer = PubResult(DataBin(**data, shape=next(iter(data.values())).shape))
    with pytest.raises(ExecutionError, match=words):
        PrimitivesExecutor(sampler=Pretender([answer])).run([setting], SEED, UNIT)


def test_a_readout_needs_a_sampler_and_an_executor_a_primitive():
    circuit = QuantumCircuit(1)
    circuit.measure_all()
    with pytest.raises(ExecutionError, match="Sampler"):
        PrimitivesExecutor(StatevectorEstimator()).prepare(Readout(circuit, lambda bits: 1.0 * bits, np.ones(1)))
    with pytest.raises(ExecutionError, match="no primitive"):
        PrimitivesExecutor()


class Checked:
    """A primitive that refuses circuits which the device does not have."""

    def __init__(self, primitive, target):
        self._primitive, self._target = primitive, target

    def run(self, pubs):
        for circuit, *_ in pubs:
            require_isa(circuit, self._target)
        return self._primitive.run(pubs)


@pytest.mark.parametrize("label", ["IX", "YZ"])
@pytest.mark.parametrize("given", ["estimator", "sampler", "both"])
def test_a_pass_manager_translates_all_that_is_sent(label, given):
    device = fake_device("fake_manila")
    manager = generate_preset_pass_manager(1, backend=device, seed_transpiler=1, initial_layout=[3, 2])
    primitives = {
        "estimator": Checked(EstimatorV2(mode=device, options={"simulator": {"seed_simulator": 1}}), device.target),
        "sampler": Checked(SamplerV2(mode=device, options={"simulator": {"seed_simulator": 1}}), device.target),
    }
    chosen = primitives if given == "both" else {given: primitives[given]}
    theta = Parameter("t")
    circuit = QuantumCircuit(2)
    circuit.ry(theta, 0)
    circuit.cx(0, 1)
    circuit.s(1)
    plain = Measurement(circuit, (SparsePauliOp(label), SparsePauliOp("ZX")))
    values = {(theta,): np.array([[0.4], [1.9]])}
    executor = PrimitivesExecutor(**chosen, pass_manager=manager)
    measurement = executor.prepare(plain)
    (outcome,), _ = executor.run([Setting(measurement, values, (2,), 4000)], SEED, UNIT)
    translated = PrimitivesExecutor(Pretender([]), pass_manager=manager).prepare(plain)
    rehearsal = RehearsalExecutor(device, shot_noise=False)
    (wanted,), _ = rehearsal.run([Setting(translated, values, (2,), 2)], SEED, UNIT)
    assert np.abs(outcome.values - wanted.values).max() < SIGMAS * np.sqrt(outcome.variances.max()) + 0.01
