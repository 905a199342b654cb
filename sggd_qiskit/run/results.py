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
from sggd_qiskit.run import files
from sggd_qiskit.run.files import reading
from sggd_qiskit.run.folders import find_run
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.memory import MemoryRecorder
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

    def __repr__(self) -> str:
        state = "complete" if self.complete else "not complete"
        return f"Results({self.manifest.get('run')}: {len(self.steps)} steps, {len(self.jobs)} jobs, {state})"


def load_results(folder: Path | str) -> Results:
    """Read a run; nothing is changed, and a process that works on the run isn't disturbed.

    Args:
        folder: the run's folder, or a folder of results with exactly one run in it.

    Raises:
        RecordError: there is no such folder, no run or more than one in it, or a file of the run can't be read.
    """
    run = find_run(Path(folder))
    with reading(run / files.CONFIG) as path:
        config = YAML(typ="safe").load(path)
    with reading(run / files.MANIFEST) as path:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    if (run / files.LEDGER).exists():
        with LedgerReader.open(run / files.LEDGER) as ledger:
            steps, jobs = steps_table(ledger.rows(), run.name), jobs_table(ledger.job_rows(), run.name)
            complete = ledger.is_complete
    else:  # what is left of a run whose ledger was deleted
        steps, jobs = read_table(run / files.STEPS), read_table(run / files.JOBS)
        complete = manifest.get("end") is not None
    written = complete and (run / files.PREDICTIONS).exists()
    predictions = read_table(run / files.PREDICTIONS) if written else None
    return _results(run, (steps, jobs, predictions), config, manifest, complete=complete)


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
