"""Results of the service's primitives as outcomes."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import DataBin, PubResult
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import Measurement, Setting
from sggd_qiskit.execute.ibm.pubs import chunk_outcomes
from sggd_qiskit.execute.ibm.splitting import Chunk, JobPlan
from sggd_qiskit.execute.job import ExecutionError, WorkUnit

MEASUREMENT = Measurement(QuantumCircuit(1), (SparsePauliOp("Z"),))


def outcomes(data: DataBin, noise_factors: tuple[float, ...] = (1.0,), measurement: Measurement = MEASUREMENT):
    chunk = Chunk(0, 0, 3, 1)
    plan = JobPlan(WorkUnit.of_step(0), sampler=False, chunks=(chunk,), shots=400, delivered=400, circuits=3,
                   executions=1200, qpu_seconds=2.4, noise_factors=noise_factors)  # fmt: skip
    return chunk_outcomes([PubResult(data)], plan, [Setting(measurement, {}, (3,), 400)])[0]


def test_errors_are_those_of_all_shots_pooled():
    values = np.full((1, 1, 3), 0.2)
    pooled = np.full_like(values, 0.05)
    found = outcomes(
        DataBin(evs=values, stds=np.full_like(values, 9.0), ensemble_standard_error=pooled, shape=(1, 1, 3))
    )
    np.testing.assert_allclose(np.sqrt(found.excess), np.full((3, 1, 1), 0.05))


def test_an_extrapolation_never_claims_less_than_a_line_through_its_points():
    factors = np.array([1.0, 3.0, 5.0])
    values, spread = np.full((1, 1, 3), 0.2), np.array([0.03, 0.04, 0.05])
    fitted = np.array([1e-17, np.inf, 0.5]).reshape(1, 1, 3)  # exact by chance, failed, and honest
    at_factors = np.broadcast_to(spread, (1, 1, 3, 3))
    data = DataBin(evs=values, stds=fitted, ensemble_stds_noise_factors=at_factors, shape=(1, 1, 3))
    found = np.sqrt(outcomes(data, tuple(factors)).excess).ravel()
    rng = np.random.default_rng(0)
    draws = rng.normal(0, spread, size=(200_000, 3))
    line = np.polynomial.polynomial.polyfit(factors, draws.T, 1)[0].std()  # the value at 0 of each line
    np.testing.assert_allclose(found, [line, line, 0.5], rtol=0.01)


def test_entries_of_one_output_are_summed_and_outputs_are_independent():
    # Z of the first; Z of the second; X of the second.
    measurement = Measurement(QuantumCircuit(1), (SparsePauliOp("Z"), SparsePauliOp(["Z", "X"])))
    values, stderr = np.array([0.1, 0.2, 0.4]), np.array([0.03, 0.04, 0.05])
    spread = (np.broadcast_to(a[:, None, None], (3, 1, 3)) for a in (values, stderr))
    found = outcomes(DataBin(evs=next(spread), stds=next(spread), shape=(3, 1, 3)), measurement=measurement)
    np.testing.assert_allclose(found.values, [[0.1, 0.6]] * 3)
    np.testing.assert_allclose(found.excess, [np.diag([0.03**2, 0.04**2 + 0.05**2])] * 3)


def test_a_value_that_is_not_finite_is_refused():
    values = np.array([0.1, np.nan, 0.2]).reshape(1, 1, 3)
    with pytest.raises(ExecutionError, match="not finite"):
        outcomes(DataBin(evs=values, stds=np.zeros_like(values), shape=(1, 1, 3)))


def test_errors_of_terms_that_are_read_together_are_never_below_what_they_may_have_in_common():
    measurement = Measurement(QuantumCircuit(2), (SparsePauliOp(["ZI", "IZ", "ZZ", "II"]),))
    data = DataBin(evs=np.zeros((1, 1, 3)), stds=np.full((1, 1, 3), 0.05 * np.sqrt(3)), shape=(1, 1, 3))
    found = outcomes(data, measurement=measurement)  # three terms of 0.05 each
    np.testing.assert_allclose(np.sqrt(found.excess), np.full((3, 1, 1), 3 * 0.05))
