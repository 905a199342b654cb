"""A run's loggers, each in a thread of its own, so that none can delay or stop a training: QPU seconds are paid."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from queue import Full, Queue
from threading import Thread
from typing import Any

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.loggers.logger import LoggedRun, Logger, State, Summary

logger = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds for which the end of a process waits for its loggers."""
_MOST_WAITING = 10_000
"""Steps that wait for a logger that is slow."""
_LONGEST = 300

Rows = Callable[[], Sequence[Mapping[str, Any]]]


def require_packages(loggers: Sequence[Logger]) -> None:
    """Refuse loggers whose packages are not installed.

    Raises:
        ConfigError: naming the first of them.
    """
    for place, wanted in enumerate(loggers):
        missing = [package for package in wanted.packages if find_spec(package) is None]
        if missing:
            extra = f"'sggd-qiskit[{wanted.extra}]'" if wanted.extra else " ".join(missing)
            raise ConfigError.at(
                f"training.loggers.{place}",
                f"found {wanted.kind}, which needs {', '.join(missing)}: pip install {extra}, or leave it out",
            )


class Logging:
    """The loggers of a process.

    Args:
        loggers: as they are configured.
        run: what they are told of it.
        rows: the steps that are recorded so far.
    """

    def __init__(self, loggers: Sequence[Logger], run: LoggedRun, rows: Rows):
        self._rows = rows
        recorded = rows() if loggers else ()
        self._threads = [_LoggerThread(one, run, recorded) for one in loggers]
        self.state: State = "interrupted"
        self.reason: str | None = None

    def step(self, row: Mapping[str, Any]) -> None:
        """Hand a row over to all of them."""
        for thread in self._threads:
            thread.step(row)

    def end(self) -> None:
        """Let them end; one that had failed gets another try with all that is recorded, since it may be well again."""
        summary = Summary(self.state, self.reason)
        for thread in self._threads:
            thread.end(summary, self._rows if self.state != "failed" else None)
        for thread in self._threads:
            thread.wait()


@contextmanager
def logging_to(loggers: Sequence[Logger], run: LoggedRun, rows: Rows) -> Iterator[Logging]:
    """Log meanwhile.

    Args:
        loggers: as they are configured.
        run: what they are told of it.
        rows: the steps that are recorded so far.
    """
    log = Logging(loggers, run, rows)
    try:
        yield log
    except Exception:  # and not KeyboardInterrupt, which doesn't wait
        log.state = "failed"
        log.end()
        raise
    log.end()


class _LoggerThread:
    """A logger, and what it has not taken yet."""

    _thread: Thread

    def __init__(self, wanted: Logger, run: LoggedRun, rows: Sequence[Mapping[str, Any]]):
        self._wanted, self._run = wanted, run
        self._warned = False
        self._begin(rows)

    def step(self, row: Mapping[str, Any]) -> None:
        """Hand over a row."""
        self._put(numbers(row))

    def end(self, summary: Summary, rows: Rows | None) -> None:
        """Tell it to end, after another try if there are rows for it."""
        self._warn()
        if rows is not None and self._failure and not self._thread.is_alive():
            self._begin(rows())
        self._put(summary)

    def wait(self) -> None:
        """Wait until it has ended, with patience."""
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            self._failure = f"no answer for {PATIENCE:g} s"
        self._warn()

    def _begin(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._failure = ""
        self._queue: Queue[Mapping[str, float] | Summary] = Queue(_MOST_WAITING)
        self._thread = Thread(target=self._work, args=(self._queue, rows), daemon=True, name=f"log {self._wanted.kind}")
        self._thread.start()

    def _put(self, item: Mapping[str, float] | Summary) -> None:
        if not self._failure:
            try:
                self._queue.put_nowait(item)
            except Full:
                self._failure = f"{_MOST_WAITING:,} steps wait for it"
        self._warn()

    def _work(self, queue: Queue[Mapping[str, float] | Summary], rows: Sequence[Mapping[str, Any]]) -> None:
        try:
            log = self._wanted.start(self._run)
            known = frozenset(log.steps)
            for row in rows:
                if row["step"] not in known:
                    log.step(numbers(row))
            while not isinstance(item := queue.get(), Summary):
                log.step(item)
            log.end(item)
        except Exception as error:  # noqa: BLE001 - a logger may raise anything, and nothing of it concerns the run
            self._failure = _said(error)

    def _warn(self) -> None:
        """Warn once, from the training's own thread, in which warnings are listened to."""
        if self._failure and not self._warned:
            self._warned = True
            logger.warning(
                "%s logs nothing more (%s); the training goes on, and when the same command is given again, what it has "
                "missed is logged",
                self._wanted.kind,
                self._failure,
            )


def numbers(row: Mapping[str, Any]) -> dict[str, float]:
    """The columns of a row that are numbers."""
    return {name: value for name, value in row.items() if isinstance(value, int | float)}


def _said(error: Exception) -> str:
    """The error on a line, without a password in an address."""
    text = re.sub(r"://[^/\s@]+@", "://…@", " ".join(str(error).split()))
    return f"{type(error).__name__}: {text[:_LONGEST]}" if text else type(error).__name__
