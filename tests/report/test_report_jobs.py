"""The bill of a run: every job that was submitted counts, planned ones don't, and forecasts are marked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sggd_qiskit.report.jobs_view import MOST_ROWS, jobs_view

PRICED = {"execution": {"rate": 1.5}}


@pytest.fixture
def jobs():
    """Two done, one of them after a failure and with a duplicate, one at the service and one planned."""
    start = pd.Timestamp("2030-01-01T10:00:00Z")
    return pd.DataFrame(
        {
            "unit": ["a", "b", "c", "d"],
            "id": ["j1", "j2", "j3", None],
            "step": [0, 1, 2, 3],
            "status": ["done", "done", "submitted", "planned"],
            "shots": [100, 200, np.nan, np.nan],
            "started": [start, start, pd.NaT, pd.NaT],
            "finished": [start + pd.Timedelta("90s"), start + pd.Timedelta("3s"), pd.NaT, pd.NaT],
            "qpu_seconds": [2.0, 3.0, 4.0, 100.0],
            "qpu_final": [True, True, False, None],
            "qpu_seconds_failed": [None, 0.5, None, 0.25],
            "qpu_seconds_duplicates": [None, 1.0, None, None],
        }
    )


def test_the_bill_is_of_all_that_was_submitted(jobs):
    view = jobs_view(jobs, PRICED, None, listed=True)
    assert view.states == "2 done, 1 submitted, 1 planned"
    assert view.qpu_seconds == f"~{2 + 4.5 + 4 + 0.25:,.1f}"
    assert view.price == f"~{1.5 * 10.75:,.2f}"
    by_title = [dict(zip(view.table.titles, row, strict=True)) for row in view.table.rows]
    assert [row["QPU seconds"].key for row in by_title] == [2, 4.5, 4, 0.25]
    assert [row["price"].text for row in by_title] == ["3.00", "6.75", "~6.00", "0.38"]
    assert [row["duration"].text for row in by_title] == ["90 s", "3 s", "–", "–"]
    assert [row["shots"].text for row in by_title] == ["100", "200", "–", "–"]
    assert dict(zip(view.table.titles, view.table.numeric, strict=True))["shots"]


def test_the_ledger_knows_better_and_what_is_final_has_no_mark(jobs):
    view = jobs_view(jobs.head(2), PRICED, 60.0, listed=False)
    assert (view.qpu_seconds, view.price, view.table) == ("60.0", "90.00", None)


def test_without_a_rate_or_a_device_there_is_no_price(jobs):
    view = jobs_view(jobs, {}, None, listed=True)
    assert (view.price, "price" in view.table.titles) == ("", False)
    simulated = jobs.assign(qpu_seconds=0.0, qpu_seconds_failed=None, qpu_seconds_duplicates=None, qpu_final=None)
    assert jobs_view(simulated, PRICED, 0.0, listed=True).qpu_seconds == ""
    assert jobs_view(jobs.head(0), PRICED, None, listed=True) is None


def test_of_very_many_jobs_the_first_are_listed(jobs):
    view = jobs_view(pd.concat([jobs] * 200), PRICED, None, listed=True)
    assert (len(view.table.rows), view.count) == (MOST_ROWS, 800)
