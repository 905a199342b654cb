"""What a training hands over to be kept: its rows, and who takes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypedDict

import pandas as pd

Row: TypeAlias = Mapping[str, Any]
"""Columns by name, as `StepRow` and `JobRow` have them; a step's may hold further numbers, called ``term_…``."""


class StepRow(TypedDict, total=False):
    """``steps.parquet``: a row per finished step. None is what wasn't measured; every estimate has its standard error.

    Further columns ``term_<name>``, ``term_<name>_stderr`` and ``term_<name>_weight`` are numbers, for terms of the cost
    beside the penalty.
    """

    step: int
    cost: float | None  # data_term + weight * penalty, and further terms
    cost_stderr: float | None
    data_term: float | None
    data_term_stderr: float | None
    penalty: float | None
    penalty_stderr: float | None
    weight: float | None  # of the penalty, at this step
    reference: float | None  # ô_e/Tr[O²], the share that noise leaves of an overlap, as this step's penalty uses it
    reference_stderr: float | None
    gradient_norm: float | None  # Euclidean
    gradient_norm_stderr: float | None
    theta: list[float] | None  # radians; one entry a parameter, in the circuit's order
    gradient: list[float] | None
    gradient_stderr: list[float] | None
    train_accuracy: float | None  # between 0 and 1
    train_accuracy_stderr: float | None
    test_accuracy: float | None
    test_accuracy_stderr: float | None
    jobs: int | None
    pubs: int | None
    parameter_sets: int | None
    shots: int | None  # delivered
    shots_requested: int | None
    qpu_seconds: float | None  # of all jobs of its units, failed ones and duplicates included
    wall_seconds: float | None
    session: str | None  # in which its jobs ran, the last of them
    layout: list[int] | None  # physical qubits of the outputs' circuit, in the order of its qubits


class JobRow(TypedDict, total=False):
    """``jobs.parquet``: a row per unit of work, planned ones included."""

    unit: str  # of work, as the plan names it
    id: str | None  # the service's; None until the job is submitted
    tag: str  # sent with the job, so that it can be found after a kill
    step: int
    backend: str | None
    session: str | None
    pubs: int | None
    parameter_sets: int | None
    shots: int | None  # delivered, over all parameter sets and measurement bases
    shots_requested: int | None
    status: str  # planned, submitted, done or failed
    started: datetime | None
    finished: datetime | None
    qpu_seconds: float | None
    qpu_seconds_forecast: float | None  # before it ran
    qpu_final: bool | None  # False while it is a forecast, as the service says the billed time late
    qpu_seconds_failed: float | None  # of earlier jobs for the unit, which failed
    qpu_seconds_duplicates: float | None  # of further jobs for the unit that ran
    wall_seconds: float | None
    attempts: int | None  # jobs that were run until one succeeded
    duplicates: list[str] | None  # ids of further jobs of the same unit, cancelled if it was not too late
    calibration: datetime | None  # of the device
    prepare_seconds: float | None  # for which this machine made the circuits ready to be sent
    idle_seconds: float | None  # for which its session had waited for it, since the job before it had ended


class Recorder(Protocol):
    """Keeps a training: each step before the next begins, and enough to go on after it."""

    def rows(self) -> list[dict[str, Any]]:
        """The rows of all finished steps, in their order."""
        ...

    def checkpoint(self) -> dict[str, Any] | None:
        """The state that came with the last finished step; None before the first."""
        ...

    def finish_step(self, row: Row, jobs: Mapping[str, Row], state: Mapping[str, Any]) -> None:
        """Record a finished step: its row, its jobs and the checkpoint after it, all of them or none.

        Args:
            row: the step's numbers, columns of `StepRow`.
            jobs: from each unit of work that is done to the record of its job, columns of `JobRow`.
            state: what the training needs to go on: plain numbers, text, lists and mappings.

        Raises:
            ValueError: a row has an unknown column, or a value that isn't of its column's type.
            RecordError: the step is recorded already, or can't be written.
        """
        ...

    def write_predictions(self, frame: pd.DataFrame) -> None:
        """Keep the table of predictions, a row per data point.

        Raises:
            RecordError: it can't be written, or the run is complete.
        """
        ...

    def complete(self, reason: str) -> None:
        """End the run; nothing is changed any more.

        Raises:
            RecordError: it can't be written, or the run is complete already.
        """
        ...

    def flush(self) -> None:
        """Let onlookers see what is recorded, if it is time to."""
        ...
