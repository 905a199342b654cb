"""Reading a run back, whether it is complete, killed, or still going on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from ruamel.yaml import YAML

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.run import files
from sggd_qiskit.run.errors import MENDS, DamageError
from sggd_qiskit.run.files import reading
from sggd_qiskit.run.folders import find_run
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.manifest import ledger_manifest
from sggd_qiskit.run.memory import MemoryRecorder
from sggd_qiskit.run.plots import RunPlots
from sggd_qiskit.run.rows import to_json
from sggd_qiskit.run.tables import jobs_table, read_table, steps_table


@dataclass(frozen=True, eq=False, repr=False)
class Results:
    """A run as it stands.

    Attributes:
        folder: where it was read from; None for a run that was kept in memory.
        steps: a row per finished step, with the columns of `StepRow`; NaN is what wasn't measured.
        jobs: a row per unit of work, with the columns of `JobRow`.
        predictions: a row per data point: its features, then ``label``, ``split``, ``output`` and ``output_stderr`` (with
            several outputs one pair for each class), and ``predicted_label``; None until the run is complete.
        config: the resolved configuration.
        manifest: versions, machine, seeds, classes, start and end.
        complete: whether the run has come to its end.
        theta: the parameters after the last finished step, in the circuit's order; empty before the first.
    """

    folder: Path | None
    steps: pd.DataFrame
    jobs: pd.DataFrame
    predictions: pd.DataFrame | None
    config: dict[str, Any]
    manifest: dict[str, Any]
    complete: bool
    theta: FloatArray

    @property
    def plot(self) -> RunPlots:
        """The figures of the run: ``plot.training()``, ``decision_map()``, ``landscape()`` and ``costs()``."""
        return RunPlots(self)

    def __repr__(self) -> str:
        state = "complete" if self.complete else "not complete"
        return f"Results({self.manifest.get('run')}: {len(self.steps)} steps, {len(self.jobs)} jobs, {state})"


def load_results(folder: Path | str) -> Results:
    """Read a run; nothing is changed, and a process that works on the run isn't disturbed.

    Args:
        folder: the run's folder, or a folder of results with exactly one run in it.

    Raises:
        TypeError: the folder is no path.
        RecordError: there is no such folder, no run or more than one in it, or a file of the run can't be read.
    """
    require_type("folder", folder, (str, Path), "the run's; a RunResult has results of its own")
    run = find_run(Path(folder))
    config, digest = recorded_config(run), None
    if (run / files.LEDGER).exists():
        with LedgerReader.open(run / files.LEDGER) as ledger:
            ledger.refuse_if_damaged()
            steps, jobs = steps_table(ledger.rows(), run.name), jobs_table(ledger.job_rows(), run.name)
            complete, digest = ledger.is_complete, ledger.recall(f"sha256 {files.PREDICTIONS}")
            manifest = ledger_manifest(run.name, ledger) or _manifest(run)
    else:  # what is left of a run whose ledger was deleted
        steps, jobs, manifest = read_table(run / files.STEPS), read_table(run / files.JOBS), _manifest(run)
        complete = manifest.get("end") is not None
    written = complete and (digest is not None or (run / files.PREDICTIONS).exists())
    if written and digest not in {None, files.digest(run / files.PREDICTIONS)}:
        raise DamageError(run / files.PREDICTIONS, "can't be read: it is lost, or not what was written", MENDS)
    predictions = read_table(run / files.PREDICTIONS) if written else None
    return _results(run, (steps, jobs, predictions), config, manifest, complete=complete)


def recorded_config(run: Path) -> dict[str, Any]:
    """The configuration of the run in that folder, as its ledger knows it, or else its file.

    Raises:
        RecordError: it can't be read.
    """
    text = None
    if (run / files.LEDGER).exists():
        with LedgerReader.open(run / files.LEDGER) as ledger:
            text = ledger.recall("config")
    with reading(run / files.CONFIG) as path:
        return _mapping(YAML(typ="safe").load(path if text is None else text))


def _manifest(run: Path) -> dict[str, Any]:
    with reading(run / files.MANIFEST) as path:
        return _mapping(json.loads(path.read_text(encoding="utf-8")))


def _mapping(found: object) -> dict[str, Any]:
    if isinstance(found, dict):
        return found
    raise ValueError("it holds no mapping")


def recorded_results(recorder: MemoryRecorder) -> Results:
    """A run that was kept in memory, as `load_results` would read it from a folder."""
    tables = (recorder.steps, recorder.jobs, recorder.predictions if recorder.is_complete else None)
    config = YAML(typ="safe").load(recorder.config_text)
    manifest = json.loads(to_json(recorder.manifest))
    return _results(None, tables, config, manifest, complete=recorder.is_complete)


def _results(
    folder: Path | None,
    tables: tuple[pa.Table, pa.Table, pa.Table | None],
    config: dict[str, Any],
    manifest: dict[str, Any],
    *,
    complete: bool,
) -> Results:
    steps, jobs, predictions = tables
    theta = steps["theta"][-1].as_py() if len(steps) else None
    return Results(
        folder=folder,
        steps=steps.to_pandas(),
        jobs=jobs.to_pandas(),
        predictions=None if predictions is None else predictions.to_pandas(),
        config=config,
        manifest=manifest,
        complete=complete,
        theta=np.array([] if theta is None else theta, dtype=np.float64),
    )
