"""Executors: what is asked for is what is checked and accounted for."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives import DataBin, PubResult
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import Measurement, Setting
from sggd_qiskit.execute.job import ExecutionError, WorkUnit
from sggd_qiskit.execute.local.aer import AerExecutor
from sggd_qiskit.execute.primitives.executor import PrimitivesExecutor


@pytest.fixture
def rotation():
    theta = Parameter("t")
    circuit = QuantumCircuit(1)
    circuit.ry(theta, 0)
    measurement = Measurement(circuit, SparsePauliOp(["Z", "X"]))
    return measurement, Setting(0, {(theta,): np.linspace(0, 3, 5)[:, None]}, (5,), 400)


def result(values, stds, **metadata):
    """The same for each of two bases."""
    values, stds = np.tile(np.asarray(values, dtype=float), (2, 1)), np.tile(np.asarray(stds, dtype=float), (2, 1))
    return PubResult(DataBin(evs=values, stds=stds, shape=values.shape), metadata)


def test_the_job_is_accounted_for(rotation):
    measurement, setting = rotation
    executor = AerExecutor()
    outcomes, (job,) = executor.run(
        [executor.prepare(measurement)], [setting, setting], np.random.SeedSequence(1), WorkUnit.of_step(7)
    )
    assert [outcome.values.shape for outcome in outcomes] == [(5,), (5,)]
    assert (job.unit, job.backend, job.status, job.session) == ("step-000007", "aer", "done", None)
    assert (job.pubs, job.parameter_sets) == (2, 10)
    assert job.shots == job.shots_requested == 2 * 5 * 2 * 400  # two bases
    assert job.qpu_seconds == 0
    assert job.finished >= job.started
    np.testing.assert_allclose(
        outcomes[0].values, np.cos(np.linspace(0, 3, 5)) + np.sin(np.linspace(0, 3, 5)), atol=0.3
    )


class Pretender:
    """An estimator that answers as it is told to."""

    def __init__(self, results):
        self._results = results

    def run(self, pubs):
        self.pubs = list(pubs)
        return self

    def result(self):
        return self._results

    def job_id(self):
        return "a-job"


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ([], "0 results of 1"),
        ([result(np.zeros(4), np.zeros(4))], "shape"),
        ([result([0, 0, np.nan, 0, 0], np.zeros(5))], "finite"),
        ([result(np.zeros(5), [0, np.inf, 0, 0, 0])], "finite"),
    ],
)
def test_results_are_checked_before_they_count(rotation, results, words):
    with pytest.raises(ExecutionError, match=words):
        PrimitivesExecutor(Pretender(results)).run(
            [rotation[0]], [rotation[1]], np.random.SeedSequence(1), WorkUnit(0, "t")
        )


@pytest.mark.parametrize(
    ("metadata", "shots"), [({"shots": 500}, 500), ({"target_precision": 0.1}, 100), ({}, 400)], ids=str
)
def test_delivered_shots_are_those_that_the_result_tells(rotation, metadata, shots):
    measurement, setting = rotation
    estimator = Pretender([result(np.zeros(5), np.full(5, 0.1), **metadata)])
    _, (job,) = PrimitivesExecutor(estimator).run([measurement], [setting], np.random.SeedSequence(1), WorkUnit(0, "t"))
    assert estimator.pubs[0][3] == pytest.approx(0.05)
    assert job.id == "a-job"
    assert job.shots == 5 * 2 * shots
    assert job.shots_requested == 5 * 2 * 400


def test_noise_that_an_estimator_does_not_report_is_that_of_the_precision(rotation):
    answers = [result(np.full(5, 0.3), np.zeros(5), target_precision=0.05)]
    (outcome,), _ = PrimitivesExecutor(Pretender(answers)).run(
        [rotation[0]], [rotation[1]], np.random.SeedSequence(1), WorkUnit(0, "t")
    )
    np.testing.assert_allclose(outcome.values, 2 * 0.3)
    np.testing.assert_allclose(outcome.variances, 2 * 0.05**2)
