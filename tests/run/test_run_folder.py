"""A run's folder is whole whenever it is opened, and nobody else's."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from sggd_qiskit.run import files, run_folder
from sggd_qiskit.run.errors import DiskError, RecordError
from sggd_qiskit.run.ledger import Ledger
from sggd_qiskit.run.run_folder import RunFolder
from sggd_qiskit.run.tables import jobs_table, steps_table

from .conftest import CONFIG, NAME, record_step

Open = Callable[..., RunFolder]


def assert_tables_equal_ledger(folder: RunFolder) -> None:
    assert pq.read_table(folder.path / "steps.parquet").equals(steps_table(folder.ledger.rows(), NAME))
    assert pq.read_table(folder.path / "jobs.parquet").equals(jobs_table(folder.ledger.job_rows(), NAME))


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir() if path.name != ".lock"
    }


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_run_from_start_to_end(open_run: Open, results: Path) -> None:
    with open_run() as folder:
        assert not folder.is_complete
        assert_tables_equal_ledger(folder)
        for step in range(3):
            record_step(folder.ledger, step)
            folder.flush()
        folder.write_predictions(
            {"x0": [0.5], "label": [1], "split": ["test"], "output": [0.3], "predicted_label": [1]}
        )
        folder.complete("all steps done")
        assert folder.is_complete
        assert_tables_equal_ledger(folder)
    assert sorted(path.name for path in (results / NAME).iterdir() if path.name != ".lock") == [
        "config.yaml", "jobs.parquet", "ledger.sqlite", "manifest.json", "predictions.parquet", "steps.parquet"
    ]  # fmt: skip
    assert (results / NAME / "config.yaml").read_text() == CONFIG
    manifest = json.loads((results / NAME / "manifest.json").read_text())
    assert manifest["backend"] == "aer"
    assert manifest["run"] == NAME
    assert manifest["reason"] == "all steps done"
    assert manifest["resumes"] == 0
    assert manifest["start"] <= manifest["end"]
    assert {"qiskit", "numpy", "pyarrow"} <= manifest["packages"].keys()
    assert pd.read_parquet(results / NAME / "steps.parquet")["step"].tolist() == [0, 1, 2]


def test_a_complete_run_is_not_changed(open_run: Open, results: Path) -> None:
    with open_run() as folder:
        record_step(folder.ledger, 0)
        folder.complete("all steps done")
    before = snapshot(results / NAME)
    with open_run() as folder:
        assert folder.is_complete
        for change in (
            folder.flush,
            lambda: record_step(folder.ledger, 1),
            lambda: folder.write_predictions({"label": [1]}),
            lambda: folder.complete("again"),
        ):
            with pytest.raises(RecordError, match="the run is complete"):
                change()
    assert snapshot(results / NAME) == before


def test_a_run_left_early_goes_on(open_run: Open, results: Path) -> None:
    def interrupted() -> None:
        with open_run() as folder:
            record_step(folder.ledger, 0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert pd.read_parquet(results / NAME / "steps.parquet")["step"].tolist() == [0]
    with open_run() as folder:
        assert folder.checkpoint() == {"theta": [0.0, -0.2]}
        record_step(folder.ledger, 1)
    manifest = json.loads((results / NAME / "manifest.json").read_text())
    assert manifest["resumes"] == 1
    assert manifest["end"] is None
    assert manifest["earlier_starts"][0]["time"] == manifest["start"] <= manifest["latest_start"]


def test_tables_are_rewritten_when_it_is_time(open_run: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(run_folder, "monotonic", lambda: now)

    def rows_in_table() -> int:
        return int(pq.read_metadata(folder.path / "steps.parquet").num_rows)

    with open_run() as folder:
        record_step(folder.ledger, 0)
        folder.flush()
        assert rows_in_table() == 0
        now += 1.0
        folder.flush()
        assert rows_in_table() == 1
        record_step(folder.ledger, 1)
        folder.flush(force=True)
        assert rows_in_table() == 2


def test_tables_that_take_long_are_put_off_for_longer(open_run: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    now, written = 0.0, []

    def slowly(path: Path, table: object) -> None:
        nonlocal now
        now += 1.5
        written.append(path.name)

    with open_run() as folder:
        monkeypatch.setattr(run_folder, "monotonic", lambda: now)
        monkeypatch.setattr(run_folder, "write_table", slowly)
        folder.flush(force=True)  # for three seconds, so that a tenth of the time is over at 33
        now = 32.9
        folder.flush()
        assert len(written) == 2
        now = 33.0
        folder.flush()
        assert len(written) == 4


class TestKilled:
    """A kill in the middle of something, stood in for by an error that nothing after it survives."""

    def kill_at(self, monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> None:
        def die(*_: object, **__: object) -> None:
            raise SystemExit

        monkeypatch.setattr(owner, name, die)

    @pytest.mark.parametrize(
        ("owner", "name"),
        [(Ledger, "open"), (Ledger, "record_start"), (RunFolder, "describe"), (RunFolder, "flush")],
    )
    def test_while_starting(self, open_run: Open, owner: object, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            self.kill_at(patch, owner, name)
            with pytest.raises(SystemExit):
                open_run()
        with open_run() as folder:
            assert_tables_equal_ledger(folder)
            assert (folder.path / "config.yaml").read_text() == CONFIG
            assert (folder.path / "manifest.json").exists()

    @pytest.mark.parametrize(
        ("owner", "name"), [(run_folder, "write_table"), (files, "write_text"), (Ledger, "finish")]
    )
    def test_while_completing(self, open_run: Open, owner: object, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = open_run()
        record_step(folder.ledger, 0)
        with monkeypatch.context() as patch:
            self.kill_at(patch, owner, name)
            with pytest.raises(SystemExit):
                folder.complete("all steps done")
        folder.close()
        with open_run() as folder:
            assert not folder.is_complete
            assert_tables_equal_ledger(folder)
            assert json.loads((folder.path / "manifest.json").read_text())["end"] is None
            folder.complete("all steps done")
            assert json.loads((folder.path / "manifest.json").read_text())["reason"] == "all steps done"

    def test_leaves_temporaries_that_the_next_start_removes(self, open_run: Open, results: Path) -> None:
        open_run().close()
        (results / NAME / ".steps.parquet.0123abcd.tmp").write_bytes(b"PAR1")
        with open_run():
            assert list((results / NAME).glob("*.tmp")) == []


class TestRefuses:
    def test_a_second_holder(self, open_run: Open) -> None:
        with open_run(), pytest.raises(RecordError, match="another process is working on this run"):
            open_run()
        open_run().close()

    def test_a_parent_below_a_file_and_creates_nothing(self, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.write_text("mine")
        with pytest.raises(RecordError, match=r"Not a directory; choose another folder with --results"):
            RunFolder.open(file / "results", NAME, CONFIG, {})
        assert list(tmp_path.iterdir()) == [file]

    def test_a_parent_that_cannot_be_written_and_creates_nothing(
        self, open_run: Open, results: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        results.mkdir()

        def denied(*_: object, **__: object) -> None:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        monkeypatch.setattr(Path, "mkdir", denied)
        with pytest.raises(RecordError, match=r"Permission denied; choose another folder with --results"):
            open_run()
        assert list(results.iterdir()) == []

    def test_a_folder_of_somebody_else_and_leaves_it_alone(self, open_run: Open, results: Path) -> None:
        (results / NAME).mkdir(parents=True)
        (results / NAME / "thesis.tex").write_text("mine")
        with pytest.raises(RecordError, match=r"holds files but no ledger\.sqlite"):
            open_run()
        assert [path.name for path in (results / NAME).iterdir()] == ["thesis.tex"]

    def test_another_configuration_under_the_same_name(self, open_run: Open, results: Path) -> None:
        open_run().close()
        before = snapshot(results / NAME)
        with pytest.raises(RecordError, match="the run in this folder was made with another"):
            open_run(identity=2)
        assert snapshot(results / NAME) == before
        open_run().close()


def fill_the_disk(open_run: Open, monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
    """Record a step, find the disk full when the tables are due, and maybe run into an error before."""
    with monkeypatch.context() as patch, open_run() as folder:
        record_step(folder.ledger, 0)
        patch.setattr(files.os, "fsync", full_disk)
        if error is not None:
            raise error


def test_full_disk_stops_the_run_but_not_its_next_start(open_run: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DiskError, match="No space left on device"):
        fill_the_disk(open_run, monkeypatch)
    with open_run() as folder:
        assert len(folder.ledger.rows()) == 1
        assert_tables_equal_ledger(folder)


def test_the_first_error_is_the_one_that_is_shown(
    open_run: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ZeroDivisionError):
        fill_the_disk(open_run, monkeypatch, ZeroDivisionError())
    assert "the tables are behind the ledger" in caplog.text
    open_run().close()
