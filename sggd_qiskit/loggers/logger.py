"""What a logger is to a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from sggd_qiskit.config.block import Block

State = Literal["complete", "interrupted", "pending", "failed"]


@dataclass(frozen=True)
class LoggedRun:
    """What a logger is told of a run at its start.

    Attributes:
        name: with the hash of its configuration.
        tag: unlike any other run's, and the same whenever this one is continued.
        config: the configuration as it counts for the hash, nested mappings of plain values.
        folder: of the run; None for one in memory.
    """

    name: str
    tag: str
    config: Mapping[str, Any]
    folder: Path | None


@dataclass(frozen=True)
class Summary:
    """What a logger is told at the end of a process.

    Attributes:
        state: of the run; ``pending`` if jobs are left at a service. Only a run that is complete isn't continued.
        reason: why it is complete.
    """

    state: State
    reason: str | None = None


class RunLog(Protocol):
    """A log that is open."""

    @property
    def steps(self) -> Collection[int]:
        """The steps that it has from earlier processes; they aren't handed over again."""
        ...

    def step(self, numbers: Mapping[str, float]) -> None:
        """Log a step: the columns of ``steps.parquet`` that are numbers and were measured."""
        ...

    def end(self, summary: Summary) -> None:
        """Write what is left, and close."""
        ...


class Logger(Block, ABC):
    """A way to log; its fields are its options in the configuration.

    It is called in a thread of its own, so it may take its time. What it raises is told to the user as a warning, and has no
    effect on the run; what it missed is handed over when the same command is given again.

    Attributes:
        kind: its name in the configuration.
        packages: that it imports when it starts.
        extra: of this package's that installs them; "" if it is none of this package's.
    """

    kind: str
    packages: ClassVar[tuple[str, ...]] = ()
    extra: ClassVar[str] = ""

    @abstractmethod
    def start(self, run: LoggedRun) -> RunLog:
        """Open the log of a run, or the one that an earlier process has begun."""
