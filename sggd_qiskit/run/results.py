"""Reading a run back, whether it is complete, killed, or still going on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ruamel.yaml import YAML

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.run import layout
from sggd_qiskit.run.find_run import find_run, reading
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.tables import jobs_table, steps_table


@dataclass(frozen=True, eq=False)
class Results:
    """A run as it stands.

    Attributes:
        folder: where it was read from.
        steps: a row per finished step, with the columns of `STEPS_SCHEMA`; NaN is what wasn't measured.
        jobs: a row per unit of work, with the columns of `JOBS_SCHEMA`.
        predictions: a row per data point, with the features and the columns of `PREDICTIONS_SCHEMA`; None until the run
            is complete, and for a run that made none.
        config: the resolved configuration.
        manifest: versions, machine, seeds, start and end.
        complete: whether the run has come to its end.
        theta: the parameters after the last finished step, in the circuit's order; empty before the first.
    """

    folder: Path
    steps: pd.DataFrame
    jobs: pd.DataFrame
    predictions: pd.DataFrame | None
    config: dict[str, Any]
    manifest: dict[str, Any]
    complete: bool
    theta: FloatArray


def load_results(folder: Path | str) -> Results:
    """Read a run; nothing is changed, and a process that works on the run isn't disturbed.

    Args:
        folder: the run's folder, or a folder of results with exactly one run in it.

    Raises:
        RecordError: there is no such folder, no run or more than one in it, or a file of the run can't be read.
    """
    run = find_run(Path(folder))
    with reading(run / layout.CONFIG) as path:
        config = YAML(typ="safe").load(path)
    with reading(run / layout.MANIFEST) as path:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    steps, jobs, complete = _read_ledger(run) if (run / layout.LEDGER).exists() else _read_tables(run, manifest)
    predictions = None
    if complete and (run / layout.PREDICTIONS).exists():
        predictions = _read_table(run / layout.PREDICTIONS).to_pandas()
    theta = steps["theta"][-1].as_py() if len(steps) else None
    return Results(
        folder=run,
        steps=steps.to_pandas(),
        jobs=jobs.to_pandas(),
        predictions=predictions,
        config=config,
        manifest=manifest,
        complete=complete,
        theta=np.array([] if theta is None else theta, dtype=np.float64),
    )


def _read_ledger(run: Path) -> tuple[pa.Table, pa.Table, bool]:
    with LedgerReader.open(run / layout.LEDGER) as ledger:
        return steps_table(ledger.rows(), run.name), jobs_table(ledger.job_rows(), run.name), ledger.is_complete


def _read_tables(run: Path, manifest: dict[str, Any]) -> tuple[pa.Table, pa.Table, bool]:
    """What is left of a run whose ledger was deleted."""
    return _read_table(run / layout.STEPS), _read_table(run / layout.JOBS), manifest.get("end") is not None


def _read_table(path: Path) -> pa.Table:
    with reading(path):
        return pq.read_table(path)
