"""Errors come back from a worker process as they went."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from sggd_qiskit.run.errors import DiskError, RecordError
from sggd_qiskit.train.divergence import DivergenceError


@pytest.mark.parametrize(
    "error",
    [
        RecordError(Path("a"), "reason", "remedy"),
        DiskError(Path("a"), "reason", "remedy"),
        DivergenceError("the training diverged"),
    ],
)
def test_errors_survive_pickle(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), vars(again)) == (str(error), vars(error))
