"""The folder of a run, from its first start to its end."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence, Set
from contextlib import ExitStack, closing
from pathlib import Path
from time import monotonic
from typing import Any, Self

import pandas as pd
from qiskit import QuantumCircuit

from sggd_qiskit.run import common_budget, files
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.folders import claim_folder, lock_folder
from sggd_qiskit.run.ledger import Ledger
from sggd_qiskit.run.ledger_reader import PATCHES
from sggd_qiskit.run.manifest import environment, ledger_manifest, utc_now
from sggd_qiskit.run.memory import MemoryRecorder
from sggd_qiskit.run.mending import clear_the_way, mend_complete, mended_ledger
from sggd_qiskit.run.rows import to_json
from sggd_qiskit.run.tables import jobs_table, predictions_table, steps_table, with_facts, write_table
from sggd_qiskit.train.recorder import Row

logger = logging.getLogger(__name__)

_PAUSE = 1.0
"""Seconds from one rewriting of the tables to the next, at least."""
_SHARE = 0.1
"""Of the run's time that is spent on rewriting them, at most."""


class RunFolder:
    """A run's folder, held by this process alone; it records the training.

    The ledger is the truth, and the tables beside it are made from it: ``flush`` rewrites them whole, because a Parquet
    table can't be appended to. An exact step takes less than a millisecond, so they are rewritten at most once a second,
    and more rarely once they are so large that this would take a tenth of the run's time. So they are a second or so
    behind; `load_results` reads the ledger and never is. Opening a run, leaving it and ending it bring them up to date.

    Attributes:
        path: the folder.
        ledger: steps, jobs and checkpoint.
    """

    def __init__(self, path: Path, ledger: Ledger, details: Mapping[str, Any]):
        self.path = path
        self.ledger = ledger
        self._details = dict(details)
        self._held = ExitStack()
        self._due = 0.0

    @classmethod
    def open(
        cls, parent: Path, name: str, config_text: str, details: Mapping[str, Any], *, durable: bool = False
    ) -> Self:
        """Open the run ``name``, or create it; a complete one can be read but isn't changed.

        Args:
            parent: the folder of all results; it is made if need be.
            name: the run's name with its configuration's hash.
            config_text: the resolved configuration, as it is to be kept.
            details: for the manifest; see `run_manifest`.
            durable: see `Ledger.open`.

        Raises:
            RecordError: the folder can't be written, isn't this run's, is damaged, or another process works on it.
        """
        with ExitStack() as held:
            path = claim_folder(parent, name)
            held.callback(lock_folder(path).release)
            files.remove_stale(path)
            identity = details.get("configuration")
            ledger = held.enter_context(mended_ledger(path, identity, durable=durable))
            if ledger.is_complete:
                mend_complete(path, ledger)
            folder = cls(path, ledger, details)
            if not folder.is_complete:
                clear_the_way(path, ledger, identity, config_text)
                ledger.remember("config", config_text)
                files.write_text(path / files.CONFIG, config_text)
                ledger.record_start(environment())
                folder.describe({})
                folder.flush(force=True)
            folder._held = held.pop_all()
        return folder

    @staticmethod
    def mend(parent: Path, name: str, identity: object) -> None:
        """Mend the ledger of the run ``name``, if there is one, before anybody reads it.

        Args:
            parent: the folder of all results.
            name: the run's.
            identity: the canonical form of its configuration.

        Raises:
            RecordError: it can't be mended, or another process works on it.
        """
        if (parent / name).is_dir():
            path = claim_folder(parent, name)
            with lock_folder(path), closing(mended_ledger(path, identity, durable=True)):
                pass

    @property
    def tag(self) -> str:
        """Unlike any other run's."""
        return self.ledger.run_tag

    @property
    def is_complete(self) -> bool:
        """Whether the run has come to its end."""
        return self.ledger.is_complete

    @property
    def reason(self) -> str | None:
        """Why the run ended; None while it hasn't."""
        return self.ledger.reason

    def rows(self) -> list[dict[str, Any]]:
        """The rows of all finished steps, in their order."""
        return self.ledger.rows()

    def last_row(self) -> dict[str, Any] | None:
        """The row of the last finished step; None before the first."""
        return self.ledger.last_row()

    def checkpoint(self) -> dict[str, Any] | None:
        """The state that came with the last finished step; None before the first."""
        return self.ledger.checkpoint()

    def finish_step(self, row: Row, jobs: Mapping[str, Row], state: Mapping[str, Any]) -> None:
        """Record a finished step; see `Ledger.finish_step`.

        Args:
            row: the step's numbers.
            jobs: the records of its jobs, by unit of work.
            state: what the training needs to go on.
        """
        self.ledger.finish_step(row, jobs, state)

    def flush(self, *, force: bool = False) -> None:
        """Bring the tables of steps and jobs up to date, if it is time to or ``force`` is set.

        Raises:
            RecordError: they can't be written, or the run is complete.
        """
        self.ledger.refuse_if_complete()
        begin = monotonic()
        if force or begin >= self._due:
            # Jobs first: a ledger that is rebuilt from the tables must know the jobs of all steps.
            jobs = jobs_table(self.ledger.job_rows(), self.path.name)
            write_table(self.path / files.JOBS, with_facts(jobs, self.ledger.facts()))
            write_table(self.path / files.STEPS, steps_table(self.ledger.rows(), self.path.name))
            end = monotonic()
            self._due = end + max(_PAUSE, (end - begin) / _SHARE)

    def circuits(self) -> tuple[QuantumCircuit, ...] | None:
        """The run's circuits as they were transpiled by an earlier process; None if none did."""
        path = self.path / files.CIRCUITS
        return files.read_circuits(path) if path.exists() else None

    def keep_circuits(self, circuits: Sequence[QuantumCircuit]) -> None:
        """Keep the circuits for the processes that continue the run."""
        files.write_circuits(self.path / files.CIRCUITS, circuits)
        self._note_content(files.CIRCUITS)

    def keep_copy(self, circuits: Path) -> None:
        """Keep those of another run, if it has any."""
        if circuits.exists():
            with files.reading(circuits):
                content = circuits.read_bytes()
            files.write_atomically(self.path / files.CIRCUITS, lambda file: file.write(content))
            self._note_content(files.CIRCUITS)

    def keep_patches(self, unit: str, slots: Mapping[int, Sequence[int]]) -> None:
        """Keep which rows ran on which patches of the device, once for each unit; see `LedgerReader.patches`."""
        if slots and self.ledger.patches(unit) is None:
            self.ledger.remember(f"{PATCHES}{unit}", to_json(slots))

    def describe(self, facts: Mapping[str, Any]) -> None:
        """Add facts to the manifest that were not known when the run was opened."""
        self._details.update(facts)
        self.ledger.remember("details", to_json(self._details))
        self._write_manifest()

    def write_predictions(self, frame: pd.DataFrame | Mapping[str, Any]) -> None:
        """Write the table of predictions, a row per data point.

        Raises:
            ValueError: its columns don't fit a table.
            RecordError: it can't be written, or the run is complete.
        """
        self.ledger.refuse_if_complete()
        write_table(self.path / files.PREDICTIONS, predictions_table(frame, self.path.name))
        self._note_content(files.PREDICTIONS)

    def complete(self, reason: str) -> None:
        """End the run: tables first, then the manifest, and the ledger last, so that a kill in between is made good.

        Raises:
            RecordError: it can't be written, or the run is complete already.
        """
        self.flush(force=True)
        end = utc_now()
        self._write_manifest(end=end, reason=reason)
        self.ledger.finish(reason, end)

    def close(self) -> None:
        """Let go of the ledger and the lock."""
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *raised: object) -> None:
        try:
            if not self.is_complete:
                self.flush(force=True)
            common_budget.settle(self.path, self.ledger)
        except RecordError as failure:
            if kind is None:
                raise
            logger.warning("the tables are behind the ledger: %s", failure)  # the first error is the one to show
        finally:
            self.close()

    def _write_manifest(self, *, end: str | None = None, reason: str | None = None) -> None:
        manifest = ledger_manifest(self.path.name, self.ledger, end=end, reason=reason)
        files.write_text(self.path / files.MANIFEST, to_json(manifest, indent=2) + "\n")

    def _note_content(self, file: str) -> None:
        self.ledger.remember(f"sha256 {file}", files.digest(self.path / file))


def require_open_units(record: RunFolder | MemoryRecorder, units: Set[str]) -> None:
    """Check that units of work can be run again: that they were begun, and their step is not recorded.

    Raises:
        RecordError: naming one that can't, and those that can.
    """
    if not units:
        return
    begun = [] if isinstance(record, MemoryRecorder) else record.ledger.job_rows()
    known = [row["unit"] for row in begun if row["status"] != "done"]
    for unit in sorted(units - set(known)):
        path = Path("memory") if isinstance(record, MemoryRecorder) else record.path
        raise RecordError(
            path,
            f"unit {unit!r} can't be run again, since it was not begun, or its step is recorded",
            f"name one of {', '.join(known)}" if known else "leave --again out; there is none that could",
        )
