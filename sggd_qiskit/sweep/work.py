"""One run of a sweep in a process of its own."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import get_ident
from time import monotonic
from typing import Any

from sggd_qiskit.config.errors import ConfigError, Fault
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.run.run import run_experiment

_PAUSE = 0.2  # seconds between two looks for the wish to stop


@dataclass(frozen=True)
class Task:
    """A run that is to be done.

    Attributes:
        config: its configuration.
        folder: the sweep's.
        stop: a file; once it is there, the run stops after its step.
    """

    config: ExperimentConfig
    folder: Path
    stop: Path


@dataclass(frozen=True)
class Outcome:
    """What became of a run.

    Attributes:
        reason: why it is complete; None if it isn't.
        was_complete: whether it was so before.
        row: its last recorded row.
        failure: what went wrong, and what to do; None if nothing did.
        faults: of its configuration, if that can't be used.
        notes: what the package warned of.
    """

    reason: str | None = None
    was_complete: bool = False
    row: dict[str, Any] | None = None
    failure: str | None = None
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()


def work(task: Task) -> Outcome:
    """Do a run, or continue it; what goes wrong with it is its outcome, and no error, so that the others go on."""
    if task.stop.exists():
        return Outcome()
    notes = _Notes()
    logger = logging.getLogger("sggd_qiskit")
    logger.addHandler(notes)
    try:
        result = run_experiment(task.config, task.folder, interrupted=_seldom(task.stop.exists))
    except ConfigError as error:
        return Outcome(failure=str(error), faults=error.faults, notes=notes.texts)
    except Exception as error:  # noqa: BLE001 - of whatever kind, it is the one run's
        return Outcome(failure=_told(error), notes=notes.texts)
    finally:
        logger.removeHandler(notes)
    return Outcome(result.reason, result.was_complete, result.row, notes=notes.texts)


def _seldom(question: Callable[[], bool]) -> Callable[[], bool]:
    """Ask at most every so often, as a step may take less than a millisecond."""
    due = 0.0

    def asked() -> bool:
        nonlocal due
        if monotonic() < due:
            return False
        due = monotonic() + _PAUSE
        return question()

    return asked


def _told(error: Exception) -> str:
    if type(error).__module__.startswith("sggd_qiskit."):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} (line {last.lineno} of {Path(last.filename).name})"


class _Notes(logging.Handler):
    """Keeps what the package warns of in this thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._texts: dict[str, None] = {}
        self._thread = get_ident()

    @property
    def texts(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(self._texts)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        if record.thread == self._thread:
            self._texts[record.getMessage()] = None
