"""Damaged run folders, and what must become of each: an equal result, or a refusal whose advice leads there.

``python tests/damaged_runs.py`` tries each file, each damage and each state of a run, on simulators and at a stand-in service.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq
from command_line import call
from ibm_runs import assert_same_result, plane, serving
from training_runs import assert_same_run, small

from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.identity import to_yaml
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run import run_experiment
from sggd_qiskit.run.tables import steps_table

FILES = ("ledger.sqlite", "steps.parquet", "jobs.parquet", "predictions.parquet", "manifest.json", "config.yaml",
         "circuits.qpy", "ledger.sqlite-wal")  # fmt: skip
DAMAGES = ("emptied", "cut", "noise", "spoilt", "deleted", "swapped")
STATES = ("planned", "middle", "killed", "finished")
_MOST = 4  # commands until a damaged run is complete
_LINES = 10  # of a message


@dataclass(frozen=True)
class Prepared:
    """A run in some state, the same one undamaged and complete, and the file of its configuration."""

    folder: Path
    whole: Path
    other: Path
    experiment: Path
    same: Callable[[Path, Path], None] = assert_same_run


class _StopError(Exception):
    """Leaves a run where it is."""


def prepared(place: Path, config: ExperimentConfig, state: str) -> Prepared:
    """A run of a simulator in that state.

    Args:
        place: an empty folder.
        config: the run's.
        state: one of ``STATES``; ``killed`` is ``middle``, as a kill leaves it.
    """
    experiment = place / "experiment.yaml"
    experiment.write_text(to_yaml(config))
    whole = run_experiment(config, place / "whole").folder
    other = run_experiment(config.model_copy(update={"name": "other"}), place / "other").folder
    folder = place / state / whole.name
    if state == "killed":
        _copy_while_it_runs(config, place / "left", folder)
    else:
        _leave(config, place / state, state)
    return Prepared(folder, whole, other, experiment)


def _leave(config: ExperimentConfig, results: Path, state: str) -> None:
    def begin(*_: object) -> None:
        if state == "planned":
            raise _StopError

    left = iter(range(3))
    with suppress(_StopError):
        run_experiment(
            config, results, on_start=begin, interrupted=lambda: state == "middle" and next(left, None) is None
        )


def _copy_while_it_runs(config: ExperimentConfig, results: Path, folder: Path) -> None:
    def look(row: dict[str, object]) -> None:
        if row["step"] == 3:
            shutil.copytree(next(results.iterdir()), folder)
            raise _StopError

    with suppress(_StopError):
        run_experiment(config, results, on_step=look)


def damage(path: Path, kind: str, other: Path, rng: np.random.Generator) -> bool:
    """Damage a file; whether there was anything to damage.

    Args:
        path: the file.
        kind: one of ``DAMAGES``; ``spoilt`` is noise in the middle, ``swapped`` the same file of another run.
        other: the folder of that run.
        rng: of the noise.
    """
    theirs = other / path.name
    if not path.exists() or (kind == "swapped" and not theirs.exists()):
        return False
    content = bytearray(path.read_bytes())
    if kind == "deleted":
        path.unlink()
        return True
    if kind == "swapped":
        shutil.copy(theirs, path)
        return True
    half = len(content) // 2
    match kind:
        case "emptied":
            content = bytearray()
        case "cut":
            del content[half:]
        case "noise":
            content = bytearray(rng.bytes(len(content)))
        case "spoilt":
            content[half : half + 64] = rng.bytes(len(content[half : half + 64]))
    path.write_bytes(content)
    return True


def outcome(run: Prepared, place: Path, spoil: Callable[[Path], object]) -> str:
    """What became of a damaged copy of a run: ``continued``, or the advice that was followed.

    Args:
        run: the run.
        place: an empty folder.
        spoil: damages the copy that it is given.

    Raises:
        AssertionError: it ended in something else than an equal result.
    """
    folder = place / run.folder.name
    shutil.copytree(run.folder, folder)
    spoil(folder)
    _look(folder)
    advice = []
    for _ in range(_MOST):
        before = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}
        result = call("run", run.experiment, "--results", place)
        message = result.stderr.strip()
        if result.returncode == 0 and "at the service" not in result.stdout:
            _check_kept(folder, before)
            run.same(folder, run.whole)
            _check_consistent(folder)
            again = call("run", run.experiment, "--results", place)
            assert again.returncode == 0
            assert "note:" not in again.stdout, again.stdout
            return " / ".join(advice) or "continued"
        assert result.returncode in {0, 2}, message
        assert len(message.splitlines()) <= _LINES, message
        if result.returncode == 2:
            advice.append(followed(message, folder))
    raise AssertionError(f"{advice} don't lead to the end: {message}")


def followed(message: str, folder: Path) -> str:
    """Do literally what a refusal says, and return it."""
    *_, remedy = message.partition("; ")
    if "move steps.parquet away" in remedy:
        (folder / "steps.parquet").rename(folder.parent.parent / f"steps-{folder.parent.name}")
        return "move steps.parquet away"
    if "move the run's folder away" in remedy:
        folder.rename(folder.parent.parent / f"moved-{folder.parent.name}")
        return "move the folder away"
    raise AssertionError(f"no advice that can be followed in: {message}")


def _look(folder: Path) -> None:
    """Those who only read either can, or say what to do."""
    result = call("status", folder, "--offline")
    assert result.returncode in {0, 2}, result.stderr
    assert len(result.stderr.splitlines()) <= _LINES
    if result.returncode == 2 and folder.exists():
        assert any(word in result.stderr for word in ("sggd run", "name the folder", "config.yaml")), result.stderr


def _check_kept(folder: Path, before: dict[str, bytes]) -> None:
    """What could not be used is still there."""
    now = {path.read_bytes() for path in folder.iterdir() if ".damaged" in path.name}
    for name, content in before.items():
        if ".damaged" in name:
            assert content in now


def _check_consistent(folder: Path) -> None:
    """Ledger, tables, manifest and configuration say the same."""
    results = load_results(folder)
    assert results.complete
    with sqlite3.connect(folder / "ledger.sqlite") as ledger:
        rows = [json.loads(row) for (row,) in ledger.execute("SELECT row FROM steps ORDER BY step")]
    assert pq.read_table(folder / "steps.parquet").equals(steps_table(rows, folder.name))
    assert len(pq.read_table(folder / "jobs.parquet")) == len(results.jobs)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["run"] == folder.name
    assert manifest["reason"] is not None
    assert load_config(folder / "config.yaml").training.steps == manifest["configuration"]["training"]["steps"]


def cases(run: Prepared, place: Path, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Each file and each damage of a run in its state, and what became of it.

    Args:
        run: the run.
        place: an empty folder.
        rng: of the noise.
    """
    for file in FILES:
        for kind in DAMAGES:
            here = place / f"{file}-{kind}"
            probe = place / "probe"
            shutil.copytree(run.folder, probe)
            possible = damage(probe / file, kind, run.other, rng)
            shutil.rmtree(probe)
            if possible:
                yield (
                    f"{file} {kind}",
                    outcome(
                        run, here, lambda folder, file=file, kind=kind: damage(folder / file, kind, run.other, rng)
                    ),
                )


def _pending(place: Path) -> Prepared:
    """A run with a job at the service."""
    config = plane("training.steps=2")
    experiment = place / "experiment.yaml"
    experiment.write_text(to_yaml(config))
    with serving():
        whole = run_experiment(config, place / "whole").folder
    other = run_experiment(config.model_copy(update={"name": "other"}), place / "other").folder
    done = []
    run_experiment(config, place / "pending", on_step=done.append, interrupted=lambda: len(done) > 0)
    left = run_experiment(config, place / "pending", detach=True)
    return Prepared(left.folder, whole, other, experiment, assert_same_result)


def main() -> None:
    """Try all, and print what became of them."""
    rng, counts = np.random.default_rng(), Counter[str]()
    runs = {"exact": ("plane", ()), "aer": ("werner", ())}
    runs["rehearsal"] = ("werner", ("execution.backend=fake_manila", "execution.transpiler.trials=1"))
    chosen = sys.argv[1:] or [*runs, "device"]
    with TemporaryDirectory() as root:
        for kind, (name, overrides) in runs.items():
            if kind not in chosen:
                continue
            for state in STATES:
                place = Path(root, kind, state)
                place.mkdir(parents=True)
                run = prepared(place, small(name, *overrides), state)
                for case, what in cases(run, place / "cases", rng):
                    counts[what] += 1
                    sys.stdout.write(f"{kind:10} {state:9} {case:30} {what}\n")
        with serving():
            place = Path(root, "device")
            place.mkdir()
            found = cases(_pending(place), place / "cases", rng) if "device" in chosen else ()
            for case, what in found:
                counts[what] += 1
                sys.stdout.write(f"{'device':10} {'pending':9} {case:30} {what}\n")
    sys.stdout.write(f"{sum(counts.values())} damaged runs: {dict(counts)}\n")


if __name__ == "__main__":
    main()
