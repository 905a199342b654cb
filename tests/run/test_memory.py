"""A run in memory is the run that a folder would hold."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from sggd_qiskit.run.memory import MemoryRecorder
from sggd_qiskit.run.results import Results, load_results, recorded_results
from sggd_qiskit.run.run_folder import RunFolder

from .conftest import CONFIG, NAME, job_row, step_row

DETAILS = {"backend": "aer", "seeds": {"training": 1}, "configuration": 1, "classes": ["cat", "dog"]}
TIMES = ["time", "start", "end", "latest_start"]


def train(recorder: RunFolder | MemoryRecorder) -> None:
    """Two steps, the second with a further term, and predictions of labels that are text."""
    assert (recorder.checkpoint(), recorder.last_row()) == (None, None)
    recorder.finish_step(step_row(0), {"step-0": job_row(0)}, {"next_step": 1})
    recorder.flush()
    recorder.finish_step(step_row(1) | {"term_more": 0.5, "layout": [1, 0]}, {}, {"next_step": 2})
    assert recorder.checkpoint() == {"next_step": 2}
    assert [row["step"] for row in recorder.rows()] == [0, 1]
    assert recorder.last_row() == recorder.rows()[-1]
    labels = {"label": ["cat", "dog"], "split": ["train", "test"], "predicted_label": ["cat", "cat"]}
    recorder.write_predictions(pd.DataFrame({"x0": [0.5, 0.25], "output_cat": [1.0, 0.5], **labels}))
    recorder.complete("all steps done")


def facts(results: Results) -> dict[str, object]:
    return {name: value for name, value in results.manifest.items() if name not in TIMES}


def test_it_is_equal_row_for_row(open_run: Callable[..., RunFolder]) -> None:
    recorder = MemoryRecorder(NAME, CONFIG, {})
    recorder.describe(DETAILS)
    with open_run() as folder:
        folder.describe(DETAILS)
        train(folder)
    train(recorder)
    stored, kept = load_results(folder.path), recorded_results(recorder)
    pd.testing.assert_frame_equal(kept.steps, stored.steps, check_exact=True)
    pd.testing.assert_frame_equal(kept.jobs.drop(columns="tag"), stored.jobs.drop(columns="tag"), check_exact=True)
    pd.testing.assert_frame_equal(kept.predictions, stored.predictions, check_exact=True)
    assert kept.theta.tolist() == stored.theta.tolist()
    assert (kept.config, kept.complete, facts(kept)) == (stored.config, stored.complete, facts(stored))
    assert kept.folder is None


def test_it_says_how_far_it_has_come() -> None:
    recorder = MemoryRecorder(NAME, CONFIG, {})
    begun = recorded_results(recorder)
    assert (len(begun.steps), begun.theta.shape, begun.predictions, begun.complete) == (0, (0,), None, False)
    recorder.write_predictions(pd.DataFrame({"label": [1]}))
    assert recorded_results(recorder).predictions is None
    recorder.complete("done")
    assert recorded_results(recorder).predictions is not None
    assert recorded_results(recorder).manifest["reason"] == "done"


def test_what_no_table_could_take_is_not_recorded() -> None:
    recorder = MemoryRecorder(NAME, CONFIG, {})
    for row, jobs in (({"step": 0, "cots": 1.0}, {}), ({"step": 0}, {"u": {"shots": "many"}})):
        with pytest.raises(ValueError, match="column"):
            recorder.finish_step(row, jobs, {})
    assert recorder.rows() == []
    assert recorder.checkpoint() is None


def test_a_row_that_is_changed_later_stays_as_it_was() -> None:
    recorder = MemoryRecorder(NAME, CONFIG, {})
    row = step_row(0)
    recorder.finish_step(row, {}, {})
    row["cost"] = 7.0
    recorder.rows().clear()
    assert recorder.rows() == [step_row(0)]
