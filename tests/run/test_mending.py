"""A damaged run goes on to an equal result, or is refused with advice that leads there; ``damaged_runs`` tries every case."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from command_line import call
from damaged_runs import Prepared, damage, outcome, prepared
from training_runs import small

CASES = [
    ("middle", "ledger.sqlite", "emptied"),
    ("killed", "ledger.sqlite", "deleted"),
    ("finished", "ledger.sqlite", "noise"),
    ("finished", "ledger.sqlite", "swapped"),
    ("killed", "ledger.sqlite-wal", "deleted"),
    ("middle", "steps.parquet", "swapped"),
    ("finished", "steps.parquet", "cut"),
    ("finished", "jobs.parquet", "deleted"),
    ("finished", "predictions.parquet", "spoilt"),
    ("finished", "manifest.json", "swapped"),
    ("middle", "config.yaml", "cut"),
]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Prepared]:
    config = small("plane", "execution.backend=aer", "training.steps=4")
    states = ("middle", "killed", "finished")
    return {state: prepared(tmp_path_factory.mktemp(state), config, state) for state in states}


def spoil(run: Prepared, *damages: tuple[str, str]) -> Callable[[Path], None]:
    def spoil_all(folder: Path) -> None:
        for file, kind in damages:
            assert damage(folder / file, kind, run.other, np.random.default_rng(1))

    return spoil_all


@pytest.mark.parametrize(("state", "file", "kind"), CASES)
def test_a_damaged_file_is_mended(runs: dict[str, Prepared], tmp_path: Path, state: str, file: str, kind: str) -> None:
    run = runs[state]
    assert outcome(run, tmp_path / "results", spoil(run, (file, kind))) == "continued"


@pytest.mark.parametrize("state", ["middle", "finished"])
@pytest.mark.parametrize("other", ["steps.parquet", "jobs.parquet"])
def test_what_can_not_be_rebuilt_is_refused(runs: dict[str, Prepared], tmp_path: Path, state: str, other: str) -> None:
    run = runs[state]
    damages = spoil(run, ("ledger.sqlite", "deleted"), (other, "cut"))
    assert outcome(run, tmp_path / "results", damages) == "move the folder away"


@pytest.mark.parametrize(("file", "other"), [("steps.parquet", "jobs.parquet"), ("jobs.parquet", "steps.parquet")])
def test_a_table_in_the_place_of_the_other_is_mended(
    runs: dict[str, Prepared], tmp_path: Path, file: str, other: str
) -> None:
    def replace(folder: Path) -> None:
        shutil.copyfile(folder / other, folder / file)

    assert outcome(runs["finished"], tmp_path / "results", replace) == "continued"


def test_a_refusal_changes_no_file(runs: dict[str, Prepared], tmp_path: Path) -> None:
    """Though SQLite moves what is in the -wal file into a ledger that it opens for writing, even a damaged one."""
    place = tmp_path / "results" / runs["killed"].folder.name
    shutil.copytree(runs["killed"].folder, place)
    manifest = (place / "manifest.json").read_bytes()
    for name in ("ledger.sqlite", "jobs.parquet"):
        (place / name).write_bytes(manifest[: (place / name).stat().st_size])
    before = {path.name: path.read_bytes() for path in place.iterdir() if not path.name.endswith("-shm")}
    assert "ledger.sqlite-wal" in before
    refused = call("run", runs["killed"].experiment, "--results", place.parent)
    assert refused.returncode == 2
    after = {path.name: path.read_bytes() for path in place.iterdir() if not path.name.endswith("-shm")}
    assert after == before


def test_a_ledger_that_contradicts_the_tables_is_refused(runs: dict[str, Prepared], tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        with sqlite3.connect(folder / "ledger.sqlite") as ledger:
            (text,) = ledger.execute("SELECT row FROM steps WHERE step = 1").fetchone()
            ledger.execute("UPDATE steps SET row = ? WHERE step = 1", (json.dumps({**json.loads(text), "cost": 9.0}),))
        ledger.close()

    place = tmp_path / "results" / runs["finished"].folder.name
    shutil.copytree(runs["finished"].folder, place)
    change(place)
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    refused = call("run", runs["finished"].experiment, "--results", place.parent)
    assert refused.returncode == 2
    assert "differ at step 1" in refused.stderr
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    (place / "ledger.sqlite").rename(tmp_path / "moved")  # as it advises
    assert call("run", runs["finished"].experiment, "--results", place.parent).returncode == 0
    runs["finished"].same(place, runs["finished"].whole)


def test_tables_that_are_no_training_of_this_run_are_not_gone_on_from(
    runs: dict[str, Prepared], tmp_path: Path
) -> None:
    run = runs["middle"]

    def forge(folder: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        (folder / "ledger.sqlite").unlink()
        table = pq.read_table(folder / "steps.parquet")
        column = table.schema.get_field_index("theta")
        turned = pa.array([[-x for x in row] for row in table["theta"].to_pylist()], table.schema.field(column).type)
        pq.write_table(table.set_column(column, table.schema.field(column), turned), folder / "steps.parquet")

    assert outcome(run, tmp_path / "results", forge) == "move the folder away"
