"""A run that is kept in memory, without a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self
from uuid import uuid4

import pandas as pd
import pyarrow as pa
from qiskit import QuantumCircuit

from sggd_qiskit.run.manifest import environment, run_manifest, utc_now
from sggd_qiskit.run.rows import JOB_COLUMNS, STEP_COLUMNS
from sggd_qiskit.run.tables import jobs_table, predictions_table, steps_table
from sggd_qiskit.train.recorder import Row


class MemoryRecorder:
    """Records a training in memory; its tables are those that a run's folder would have, but for times and tags.

    Args:
        name: the run's name with its configuration's hash.
        config_text: the resolved configuration.
        details: for the manifest; see `run_manifest`.

    Attributes:
        name: likewise.
        config_text: likewise.
        tag: unlike any other run's.
        reason: why the run ended; None while it hasn't.
        predictions: a row per data point; None before the end.
    """

    def __init__(self, name: str, config_text: str, details: Mapping[str, Any]):
        self.name, self.config_text = name, config_text
        self.reason: str | None = None
        self.predictions: pa.Table | None = None
        self._details, self._start = dict(details), environment()
        self._end: str | None = None
        self.tag = f"sggd-{uuid4().hex[:12]}"
        self._rows: list[dict[str, Any]] = []
        self._jobs: list[dict[str, Any]] = []
        self._state: dict[str, Any] | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the run has come to its end."""
        return self.reason is not None

    @property
    def steps(self) -> pa.Table:
        """The table of the steps."""
        return steps_table(self._rows, self.name)

    @property
    def jobs(self) -> pa.Table:
        """The table of the jobs."""
        return jobs_table(self._jobs, self.name)

    @property
    def manifest(self) -> dict[str, Any]:
        """Versions, machine, seeds, start and end."""
        return run_manifest(self.name, self._details, [self._start], end=self._end, reason=self.reason)

    def rows(self) -> list[dict[str, Any]]:
        """The rows of all finished steps, in their order."""
        return list(self._rows)

    def last_row(self) -> dict[str, Any] | None:
        """The row of the last finished step; None before the first."""
        return self._rows[-1] if self._rows else None

    def checkpoint(self) -> dict[str, Any] | None:
        """The state that came with the last finished step; None before the first."""
        return self._state

    def finish_step(self, row: Row, jobs: Mapping[str, Row], state: Mapping[str, Any]) -> None:
        """See `Recorder`.

        Args:
            row: the step's numbers.
            jobs: the records of its jobs, by unit of work.
            state: what the training needs to go on.
        """
        STEP_COLUMNS.check(row)
        for record in jobs.values():
            JOB_COLUMNS.check(record)
        self._rows.append(dict(row))
        for unit, record in jobs.items():
            own = {"unit": unit, "tag": f"{self.tag}-{unit}", "step": row["step"], "status": "done"}
            self._jobs.append({**record, **own})
        self._state = dict(state)

    def write_predictions(self, frame: pd.DataFrame | Mapping[str, Any]) -> None:
        """Keep the table of predictions, a row per data point.

        Raises:
            ValueError: its columns don't fit a table.
        """
        self.predictions = predictions_table(frame, self.name)

    def complete(self, reason: str) -> None:
        """End the run."""
        self.reason, self._end = reason, utc_now()

    def flush(self) -> None:
        """Nobody looks on."""

    def circuits(self) -> None:
        """No earlier process has transpiled any."""

    def keep_circuits(self, circuits: Sequence[QuantumCircuit]) -> None:
        """No later process needs them."""

    def keep_patches(self, unit: str, slots: Mapping[int, Sequence[int]]) -> None:
        """They can be drawn again from the seed."""

    def describe(self, facts: Mapping[str, Any]) -> None:
        """Add facts to the manifest that were not known when the run was opened."""
        self._details.update(facts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        pass
