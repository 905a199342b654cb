"""What execution raises comes through a pool of processes as it was."""

from __future__ import annotations

import pickle

import pytest

from sggd_qiskit.execute.devices import DeviceError
from sggd_qiskit.execute.ibm.faults import HungError
from sggd_qiskit.execute.job import BudgetError, ExecutionError, JobsPending


@pytest.mark.parametrize("kind", [ExecutionError, DeviceError, BudgetError, HungError])
def test_errors_survive_pickle(kind):
    error = pickle.loads(pickle.dumps(kind("found 3; wanted 4")))
    assert type(error) is kind
    assert str(error) == "found 3; wanted 4"


@pytest.mark.parametrize("ids", [(), ("a", "b")])
def test_pending_jobs_survive_pickle(ids):
    assert pickle.loads(pickle.dumps(JobsPending(ids))).ids == ids
