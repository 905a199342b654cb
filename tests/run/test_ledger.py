"""The ledger keeps what it is given, or nothing of it."""

from __future__ import annotations

import math
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sggd_qiskit.execute.ibm.book import Bill, Spent, Unsettled
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.run.errors import DiskError, RecordError
from sggd_qiskit.run.ledger import Ledger
from sggd_qiskit.run.ledger_file import connect_writer
from sggd_qiskit.run.ledger_reader import LedgerReader

from .conftest import record_step, step_row


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        yield ledger


def contents(ledger: LedgerReader) -> tuple[object, ...]:
    return ledger.rows(), ledger.job_rows(), ledger.checkpoint(), ledger.is_complete


number = st.none() | st.floats(allow_infinity=False)
numbers = st.none() | st.lists(st.floats(allow_infinity=False))
rows = st.fixed_dictionaries({"cost": number, "penalty": number, "theta": numbers})
U, V = WorkUnit(0, "u"), WorkUnit(0, "v")


@given(st.lists(rows))
def test_rows_come_back_exactly(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    path = tmp_path_factory.mktemp("run") / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        for step, row in enumerate(rows):
            ledger.finish_step({"step": step, **row}, {}, row)
    with LedgerReader.open(path) as reader:
        # repr tells all floats apart, -0.0 and 0.0 too, and takes NaN for NaN.
        assert repr(reader.rows()) == repr([{"step": step, **row} for step, row in enumerate(rows)])
        assert repr(reader.checkpoint()) == repr(rows[-1] if rows else None)


@pytest.mark.parametrize("value", [5e-324, 2.2250738585072009e-308, -0.0, 1.7976931348623157e308, 0.1])
def test_extreme_floats_come_back_exactly(ledger: Ledger, value: float) -> None:
    ledger.finish_step({"step": 0, "cost": value}, {}, {})
    assert ledger.rows()[0]["cost"].hex() == value.hex()


def test_nan_is_kept(ledger: Ledger) -> None:
    ledger.finish_step({"step": 0, "cost": math.nan}, {}, {"best": math.nan})
    assert math.isnan(ledger.rows()[0]["cost"])


def test_a_step_is_its_row_its_jobs_and_its_checkpoint(ledger: Ledger) -> None:
    for step in range(3):
        record_step(ledger, step)
    assert ledger.rows() == [step_row(step) for step in range(3)]
    assert ledger.checkpoint() == {"theta": [0.2, -0.2]}
    assert [(job["unit"], job["tag"], job["step"], job["status"], job["id"]) for job in ledger.job_rows()] == [
        (f"step-{step}", f"{ledger.run_tag}-step-{step}", step, "done", f"job-{step}") for step in range(3)
    ]


def test_a_step_is_recorded_once(ledger: Ledger) -> None:
    record_step(ledger, 0)
    ledger.plan(WorkUnit(0, "again"))
    before = contents(ledger)
    with pytest.raises(RecordError, match="step 0 is recorded already"):
        ledger.finish_step(step_row(0), {"again": {"id": "other"}}, {"theta": []})
    assert contents(ledger) == before


@pytest.mark.parametrize(
    ("row", "jobs", "state", "error"),
    [
        ({"step": 1}, {"step-1": {}, "later": {}}, {}, RecordError),
        ({"step": 1}, {"step-1": {"shots": "many"}}, {}, ValueError),
        ({"step": 1, "cots": 0.1}, {"step-1": {}}, {}, ValueError),
        ({"step": 1}, {"step-1": {}}, {"amplitude": 1j}, TypeError),
    ],
)
def test_what_cannot_be_recorded_whole_is_not_recorded_at_all(
    ledger: Ledger, row: dict[str, Any], jobs: dict[str, dict[str, Any]], state: dict[str, Any], error: type[Exception]
) -> None:
    record_step(ledger, 0)
    ledger.plan(WorkUnit(1, "step-1"))
    ledger.plan(WorkUnit(2, "later"))
    before = contents(ledger)
    with pytest.raises(error):
        ledger.finish_step(row, jobs, state)
    assert contents(ledger) == before
    record_step(ledger, 1)


def test_a_unit_planned_again_is_one_unit_in_its_present_state(ledger: Ledger) -> None:
    first = ledger.plan(U)
    assert (first.new, first.doubtful, first.state, first.id) == (True, False, "planned", None)
    again = ledger.plan(U)
    assert (again.new, again.doubtful, again.tag) == (False, True, first.tag)
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    ledger.update(U, "submitted", {"id": "job", "backend": "aer", "calibration": noon})
    known = ledger.plan(U)
    assert (known.new, known.state, known.id, known.calibration) == (False, "submitted", "job", noon)
    ledger.update(U, "failed", {"id": None, "attempts": 1, "qpu_seconds_failed": 2.5, "duplicates": ["other"]})
    failed = ledger.plan(U)
    assert (failed.state, failed.id, failed.attempts, failed.qpu_seconds_failed) == ("failed", None, 1, 2.5)
    assert failed.duplicates == ("other",)
    ledger.finish_step({"step": 0}, {"u": {"shots": 10}}, {})
    (job,) = ledger.job_rows()
    assert (job["backend"], job["shots"], job["step"], job["status"]) == ("aer", 10, 0, "done")


def test_a_unit_that_was_not_planned_is_noted_with_its_step(ledger: Ledger) -> None:
    ledger.finish_step({"step": 3}, {"u": {"id": "job"}}, {})
    (job,) = ledger.job_rows()
    assert (job["step"], job["status"], job["id"]) == (3, "done", "job")


def test_what_is_spent_counts_failed_jobs_and_duplicates(ledger: Ledger) -> None:
    assert (ledger.spent().jobs, ledger.spent().qpu_seconds) == (0, 0.0)
    ledger.plan(U)
    ledger.update(U, "planned", {"qpu_seconds": 9.0})  # a forecast for a job that isn't there yet
    assert (ledger.spent().jobs, ledger.spent().qpu_seconds) == (0, 0.0)
    ledger.update(U, "submitted", {"id": "job", "attempts": 2, "qpu_seconds_failed": 1.5, "duplicates": ["other"]})
    assert (ledger.spent().jobs, ledger.spent().qpu_seconds) == (4, 10.5)
    ledger.finish_step({"step": 0}, {"u": {"qpu_seconds": 3.0, "attempts": 3}}, {})
    assert (ledger.spent().jobs, ledger.spent().qpu_seconds) == (4, 4.5)


def test_refuses_a_unit_that_contradicts_the_ledger(ledger: Ledger) -> None:
    ledger.plan(U)
    before = contents(ledger)
    with pytest.raises(RecordError, match="'u' is planned for step 0"):
        ledger.plan(WorkUnit(1, "u"))
    assert contents(ledger) == before


def test_no_two_ledgers_have_a_tag_in_common(tmp_path: Path) -> None:
    tags = set()
    for name in ("one", "other"):
        with Ledger.open(tmp_path / name) as ledger:
            tags |= {ledger.plan(U).tag, ledger.run_tag}
    assert len(tags) == 4


def test_notes_and_facts_survive(ledger: Ledger) -> None:
    assert ledger.recall("session") is None
    ledger.remember("session", "first")
    ledger.remember("session", "second")
    ledger.note("u", "something to know")
    with LedgerReader.open(ledger.path) as reader:
        assert reader.recall("session") == "second"
        assert [(note["unit"], note["text"]) for note in reader.notes()] == [("u", "something to know")]


def test_billed_time_comes_late_and_reaches_the_row_of_its_step(ledger: Ledger) -> None:
    jobs = {name: {"id": "job", "qpu_seconds": 2.0, "qpu_final": False} for name in ("u", "v")}
    ledger.finish_step({"step": 0, "qpu_seconds": 4.0}, jobs, {})
    u, v = (Unsettled(name, "job", 2.0, ()) for name in ("u", "v"))
    assert ledger.unsettled() == (u, v)
    ledger.finish("all steps done")  # a bill may come even later
    ledger.settle("u", Bill(3.5, 0.25, final=True))
    assert ledger.unsettled() == (v,)
    assert ledger.rows()[0]["qpu_seconds"] == 5.75
    assert ledger.spent() == Spent(2, 5.75)
    assert [(job["qpu_seconds"], job["qpu_final"]) for job in ledger.job_rows()] == [(3.5, True), (2.0, False)]
    with pytest.raises(RecordError, match="'w' wasn't planned"):
        ledger.settle("w", Bill(1.0, 0.0, final=True))


def test_refuses_states_and_units_that_do_not_exist(ledger: Ledger) -> None:
    ledger.plan(U)
    with pytest.raises(RecordError, match="CHECK constraint failed"):
        ledger.update(U, "lost", {})  # type: ignore[arg-type]
    with pytest.raises(RecordError, match="'v' wasn't planned"):
        ledger.update(V, "failed", {})


def test_a_complete_ledger_can_only_be_read(ledger: Ledger) -> None:
    record_step(ledger, 0)
    assert not ledger.is_complete
    assert ledger.reason is None
    ledger.finish("all steps done")
    assert ledger.is_complete
    assert ledger.reason == "all steps done"
    before = contents(ledger)
    for change in (
        lambda: record_step(ledger, 1),
        lambda: ledger.finish_step({"step": 1}, {}, {}),
        lambda: ledger.update(WorkUnit(0, "step-0"), "failed", {}),
        lambda: ledger.record_start({}),
        lambda: ledger.finish("again"),
    ):
        with pytest.raises(RecordError, match="the run is complete"):
            change()
    assert contents(ledger) == before


def test_a_reader_sees_one_moment_and_does_not_hold_up_the_writer(ledger: Ledger) -> None:
    record_step(ledger, 0)
    with LedgerReader.open(ledger.path) as reader:
        assert len(reader.rows()) == 1
        record_step(ledger, 1)
        assert len(reader.rows()) == len(reader.job_rows()) == 1
    with LedgerReader.open(ledger.path) as reader:
        assert len(reader.rows()) == 2


def test_the_writer_can_leave_while_it_is_read(ledger: Ledger) -> None:
    record_step(ledger, 0)
    with LedgerReader.open(ledger.path) as reader:
        ledger.close()
        assert len(reader.rows()) == 1
    with Ledger.open(ledger.path) as again:
        record_step(again, 1)


def test_a_closed_ledger_is_one_file(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        record_step(ledger, 0)
    with LedgerReader.open(ledger.path) as reader:
        assert len(reader.rows()) == 1
    assert list(tmp_path.iterdir()) == [ledger.path]


@pytest.mark.parametrize(("durable", "synchronous"), [(False, 1), (True, 2)])
def test_durable_waits_for_the_disk(tmp_path: Path, durable: bool, synchronous: int) -> None:
    with closing(connect_writer(tmp_path / "ledger.sqlite", durable=durable)) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (synchronous,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_full_disk_is_explained_and_the_ledger_goes_on_when_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    connection = connect_writer(path, durable=False)
    with Ledger(path, connection) as ledger:
        record_step(ledger, 0)
        before = contents(ledger)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DiskError, match="disk is full; free some space"):
            ledger.finish_step({"step": 1}, {}, {"large": "x" * 100_000})
        assert contents(ledger) == before
        connection.execute("PRAGMA max_page_count = 1000000")
        record_step(ledger, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is one of Linux's")
def test_a_disk_that_takes_no_more_is_no_mistake_of_the_user(ledger: Ledger) -> None:
    import resource

    record_step(ledger, 0)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(DiskError):
            ledger.finish_step({"step": 1}, {}, {"large": "x" * 1_000_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [row["step"] for row in ledger.rows()] == [0]
    record_step(ledger, 1)


def damage(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


@pytest.mark.parametrize("opener", [Ledger.open, LedgerReader.open])
class TestRefuses:
    def test_another_version(self, ledger: Ledger, opener: Any) -> None:
        damage(ledger.path, "UPDATE meta SET value = '99' WHERE key = 'layout_version'")
        with pytest.raises(RecordError, match=r"version 99, .* version 3"):
            opener(ledger.path)

    def test_no_version(self, ledger: Ledger, opener: Any) -> None:
        damage(ledger.path, "DELETE FROM meta")
        with pytest.raises(RecordError, match="has no version"):
            opener(ledger.path)

    def test_another_database(self, tmp_path: Path, opener: Any) -> None:
        path = tmp_path / "ledger.sqlite"
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE books (title)")
        connection.close()
        with pytest.raises(RecordError, match="isn't the ledger of a run"):
            opener(path)

    def test_a_file_that_is_no_database(self, tmp_path: Path, opener: Any) -> None:
        path = tmp_path / "ledger.sqlite"
        path.write_text("Dear diary, " * 100)
        with pytest.raises(RecordError, match=r"file is not a database.*; restore it from a copy"):
            opener(path)

    def test_a_file_in_a_missing_folder(self, tmp_path: Path, opener: Any) -> None:
        with pytest.raises(RecordError, match=r"unable to open database file|there is no ledger"):
            opener(tmp_path / "nowhere" / "ledger.sqlite")


def test_refuses_to_write_on_a_damaged_ledger(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        for step in range(200):
            record_step(ledger, step)
    content = bytearray(ledger.path.read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    ledger.path.write_bytes(content)
    with pytest.raises(RecordError, match=r"the ledger is damaged|malformed"):
        Ledger.open(ledger.path)


def test_an_empty_file_is_a_killed_start(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.touch()
    with pytest.raises(RecordError, match="the ledger is empty"):
        LedgerReader.open(path)
    with Ledger.open(path) as ledger:
        assert ledger.rows() == []
        assert ledger.checkpoint() is None
