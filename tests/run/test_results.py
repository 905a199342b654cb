"""A run can be read in every state that it can be in."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.results import Results, load_results
from sggd_qiskit.run.rows import JOB_COLUMNS, STEP_COLUMNS
from sggd_qiskit.run.run_folder import RunFolder

from .conftest import NAME, record_step

Open = Callable[..., RunFolder]


@pytest.fixture
def complete_run(open_run: Open) -> Path:
    with open_run() as folder:
        for step in range(3):
            record_step(folder.ledger, step)
        folder.write_predictions({"x0": [0.5, 0.1], "label": [1, -1], "split": ["train", "test"]})
        folder.complete("all steps done")
    return folder.path


def assert_is_the_complete_run(found: Results) -> None:
    assert found.complete
    assert list(found.steps) == STEP_COLUMNS.schema.names
    assert list(found.jobs) == JOB_COLUMNS.schema.names
    assert found.steps["cost"].tolist() == [1 / 3, 1 / 4, 1 / 5]
    assert found.jobs["id"].tolist() == ["job-0", "job-1", "job-2"]
    assert found.jobs["started"].tolist() == [pd.Timestamp("2030-01-01T10:00:00Z")] * 3
    assert found.predictions is not None
    assert found.predictions["label"].tolist() == [1, -1]
    assert found.theta.tolist() == [0.2, -0.2]
    assert found.config == {"name": "swap", "training": {"steps": 3, "seed": 1}}
    assert found.manifest["reason"] == "all steps done"


def test_a_complete_run_by_its_folder_or_the_one_above(complete_run: Path) -> None:
    for folder in (complete_run, complete_run.parent, str(complete_run)):
        found = load_results(folder)
        assert found.folder == complete_run
        assert_is_the_complete_run(found)


def test_reading_leaves_no_trace(complete_run: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (complete_run, *complete_run.iterdir())}
    load_results(complete_run)
    assert {path: path.stat().st_mtime_ns for path in (complete_run, *complete_run.iterdir())} == before


def test_a_complete_run_without_its_ledger(complete_run: Path) -> None:
    (complete_run / "ledger.sqlite").unlink()
    assert_is_the_complete_run(load_results(complete_run))


def test_tables_and_ledger_give_the_same_frames(complete_run: Path) -> None:
    found = load_results(complete_run)
    pd.testing.assert_frame_equal(found.steps, pd.read_parquet(complete_run / "steps.parquet"))
    pd.testing.assert_frame_equal(found.jobs, pd.read_parquet(complete_run / "jobs.parquet"))


def test_a_running_run_is_never_behind(open_run: Open) -> None:
    with open_run() as folder:
        begun = load_results(folder.path)
        assert begun.steps.empty
        assert begun.theta.shape == (0,)
        record_step(folder.ledger, 0)
        folder.write_predictions({"label": [1]})
        running = load_results(folder.path)
        assert running.steps["step"].tolist() == [0]
        assert running.predictions is None
        assert not running.complete


def test_a_step_without_parameters_has_no_theta(open_run: Open) -> None:
    with open_run() as folder:
        folder.finish_step({"step": 0}, {}, {})
        assert load_results(folder.path).theta.shape == (0,)


def test_a_run_of_the_layout_before_can_be_read_but_not_gone_on_with(complete_run: Path, open_run: Open) -> None:
    connection = sqlite3.connect(complete_run / "ledger.sqlite")
    with connection:
        connection.execute("UPDATE meta SET value = '2' WHERE key = 'layout_version'")
    connection.close()
    assert_is_the_complete_run(load_results(complete_run))
    with pytest.raises(RecordError, match="version 2"):
        open_run()


def test_a_result_is_short_on_the_screen(complete_run: Path) -> None:
    assert repr(load_results(complete_run)) == f"Results({NAME}: 3 steps, 3 jobs, complete)"


class TestRefuses:
    def test_a_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(RecordError, match="there is no such folder"):
            load_results(tmp_path / "nowhere")

    def test_a_folder_that_is_not_a_run(self, tmp_path: Path) -> None:
        (tmp_path / "notes").mkdir()
        with pytest.raises(RecordError, match="neither a run nor a folder of runs"):
            load_results(tmp_path)

    def test_to_choose_between_runs(self, open_run: Open, results: Path) -> None:
        open_run("a-1").close()
        open_run("b-2").close()
        with pytest.raises(RecordError, match="holds 2 runs: a-1, b-2; name one of them"):
            load_results(results)

    @pytest.mark.parametrize("content", [None, b"PAR1"])
    def test_missing_or_damaged_predictions(self, complete_run: Path, content: bytes | None) -> None:
        (complete_run / "predictions.parquet").unlink()
        if content is not None:
            (complete_run / "predictions.parquet").write_bytes(content)
        with pytest.raises(RecordError, match=r"predictions\.parquet: can't be read.* sggd run"):
            load_results(complete_run)

    @pytest.mark.parametrize("name", ["config.yaml", "manifest.json"])
    @pytest.mark.parametrize("content", [None, "name: [unclosed", "1"])
    def test_a_damaged_file_of_a_run_without_ledger(self, complete_run: Path, name: str, content: str | None) -> None:
        (complete_run / name).unlink()
        if content is not None:
            (complete_run / name).write_text(content)
        assert_is_the_complete_run(load_results(complete_run))
        (complete_run / "ledger.sqlite").unlink()
        with pytest.raises(RecordError, match=f"{name}: can't be read"):
            load_results(complete_run)

    def test_a_damaged_table_of_a_run_without_ledger(self, complete_run: Path) -> None:
        (complete_run / "ledger.sqlite").unlink()
        (complete_run / "jobs.parquet").write_bytes(b"PAR1")
        with pytest.raises(RecordError, match=r"jobs\.parquet: can't be read"):
            load_results(complete_run)


def test_a_run_without_ledger_that_never_ended_is_not_complete(complete_run: Path) -> None:
    (complete_run / "ledger.sqlite").unlink()
    manifest = json.loads((complete_run / "manifest.json").read_text())
    (complete_run / "manifest.json").write_text(json.dumps({**manifest, "end": None}))
    assert not load_results(complete_run).complete
    assert load_results(complete_run / ".." / NAME).theta.tolist() == [0.2, -0.2]
