"""A process that is killed outright, and what others see while it lives."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run_folder import RunFolder

from .conftest import step_row, steps_recorded
from .test_run_folder import assert_tables_equal_ledger

Start = Callable[[], "subprocess.Popen[bytes]"]
KILLS = 6
LONGEST_WAIT = 0.05  # seconds; some ten steps


def test_nothing_finished_is_lost_by_a_kill(
    start_process: Start, open_run: Callable[..., RunFolder], results: Path
) -> None:
    moments = random.Random(7)
    for _ in range(KILLS):
        process = start_process()
        time.sleep(moments.uniform(0, LONGEST_WAIT))
        process.kill()
        process.wait()
        seen = load_results(results)
        with open_run() as folder:
            rows = folder.rows()
            assert rows == [step_row(step) for step in range(len(rows))]
            assert seen.steps["step"].tolist() == [row["step"] for row in rows]
            assert folder.checkpoint() == {"theta": rows[-1]["theta"]}
            jobs = folder.ledger.job_rows()
            assert [job["status"] for job in jobs[: len(rows)]] == ["done"] * len(rows)
            assert len(jobs) <= len(rows) + 1
            assert_tables_equal_ledger(folder)
            assert list(folder.path.glob(".*.tmp")) == []


def test_a_run_that_goes_on_can_be_read_but_not_opened(
    start_process: Start, open_run: Callable[..., RunFolder], results: Path
) -> None:
    process = start_process()
    with pytest.raises(RecordError, match="another process is working on this run"):
        open_run()
    lengths = []
    while len(set(lengths)) < 5:
        found = load_results(results)
        assert not found.complete
        assert found.predictions is None
        assert found.steps["step"].tolist() == list(range(len(found.steps)))
        assert found.theta.tolist() == step_row(len(found.steps) - 1)["theta"]
        lengths.append(len(found.steps))
        assert process.poll() is None
    assert lengths == sorted(lengths)
    assert steps_recorded(found.folder) >= lengths[-1]
