"""Readout errors taken back, against draws of calibration and circuits alike."""

from __future__ import annotations

import numpy as np
import pytest

from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.execute.readout_errors import BitCounts, mitigated, walsh

SIGMAS = 5
FLIPS = np.array([0.03, 0.08])  # as twirled readouts have them, of qubits 4 and 7
WORTH = np.array([[2.0, 1.0], [0.0, -1.0], [0.0, -1.0], [-2.0, 1.0]])  # Z0 + Z1, Z0 Z1
CHANCES = np.array([[0.7, 0.1, 0.15, 0.05], [0.25, 0.25, 0.4, 0.1], [0.0, 0.9, 0.0, 0.1]])


def draw(rng, shots, calibration):
    confusion = np.kron(*(np.array([[1 - p, p], [p, 1 - p]]) for p in FLIPS[::-1]))
    counts = rng.multinomial(shots, CHANCES @ confusion)
    bits = rng.random((calibration, 1, 2)) < FLIPS
    (found,) = mitigated([BitCounts(counts, WORTH, np.array([2.0, 1.0]), (4, 7))], bits, (4, 7))
    return found


def test_values_are_unbiased_and_errors_go_together_as_drawn():
    rng, draws = np.random.default_rng(1), 2000
    found = [draw(rng, 400, 300) for _ in range(draws)]
    values = np.array([outcome.values.ravel() for outcome in found])  # 3 sets of 2 outputs, as one row
    wanted = (CHANCES @ WORTH).ravel()
    covariance = np.cov(values.T)
    assert np.all(np.abs(values.mean(axis=0) - wanted) < SIGMAS * np.sqrt(covariance.diagonal() / draws))
    told = np.zeros((6, 6))
    for outcome in found:
        common = outcome.common.reshape(6, -1)
        told += common @ common.T / draws
        for k in range(3):
            told[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] += outcome.covariance[k] / draws
    size = np.sqrt(np.outer(covariance.diagonal(), covariance.diagonal()))
    assert np.all(np.abs(told - covariance) < SIGMAS * np.sqrt(2 / draws) * size)
    assert told[0, 2] > 0.01 * size[0, 2]  # sets that have nothing but the calibration in common


def test_a_readout_that_tells_nothing_is_refused():
    bits = np.random.default_rng(0).random((1000, 1, 1)) < 0.48
    with pytest.raises(ExecutionError, match="resilience_level"):
        mitigated([BitCounts(np.array([[5, 5]]), np.array([[1.0], [-1.0]]), np.ones(1), (3,))], bits, (3,))


def test_twice_the_walsh_transform_is_a_multiple():
    table = np.random.default_rng(0).normal(size=(8, 2))
    np.testing.assert_allclose(walsh(walsh(table)), 8 * table)
    signs = [[(-1) ** bin(s & b).count("1") for b in range(8)] for s in range(8)]
    np.testing.assert_allclose(walsh(table), np.array(signs) @ table)
