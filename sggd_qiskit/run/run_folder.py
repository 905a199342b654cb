"""The folder of a run, from its first start to its end."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import pandas as pd
from qiskit import QuantumCircuit

from sggd_qiskit.run import layout
from sggd_qiskit.run.atomic import remove_stale, write_text
from sggd_qiskit.run.circuits import read_circuits, write_circuits
from sggd_qiskit.run.claim import check_config, claim_folder, lock_folder
from sggd_qiskit.run.environment import environment, utc_now
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.ledger import Ledger
from sggd_qiskit.run.manifest import run_manifest
from sggd_qiskit.run.plain_json import to_json
from sggd_qiskit.run.table_files import write_table, write_tables
from sggd_qiskit.run.tables import predictions_table
from sggd_qiskit.run.throttle import Throttle

logger = logging.getLogger(__name__)


class RunFolder:
    """A run's folder, held by this process alone.

    The ledger is the truth, and the tables beside it are made from it: ``flush`` rewrites them whole, because a Parquet
    table can't be appended to. An exact step takes some 2 ms, so they are rewritten at most once a second, and more
    rarely once they are so large that this would take a tenth of the run's time. So they are a second or so behind;
    `load_results` reads the ledger and never is. Opening a run, leaving it and ending it bring them up to date.

    Attributes:
        path: the folder.
        ledger: steps, jobs and checkpoint; what is recorded goes through it.
    """

    def __init__(self, path: Path, ledger: Ledger, details: Mapping[str, Any]):
        self.path = path
        self.ledger = ledger
        self._details = dict(details)
        self._held = ExitStack()
        self._throttle = Throttle(pause=1.0, share=0.1)

    @classmethod
    def open(
        cls, parent: Path, name: str, config_text: str, manifest: Mapping[str, Any], *, durable: bool = False
    ) -> Self:
        """Open the run ``name``, or create it; a complete one can be read but isn't changed.

        Args:
            parent: the folder of all results; it is made if need be.
            name: the run's name with its configuration's hash.
            config_text: the resolved configuration, as it is to be kept.
            manifest: what else the manifest should say: backend, seeds, names of the parameters, digests of data files.
            durable: see `Ledger.open`.

        Raises:
            RecordError: the folder can't be written, isn't this run's, is damaged, or another process works on it.
        """
        with ExitStack() as held:
            path = claim_folder(parent, name)
            held.callback(lock_folder(path).release)
            remove_stale(path)
            check_config(path, manifest.get("configuration"))
            ledger = held.enter_context(Ledger.open(path / layout.LEDGER, durable=durable))
            folder = cls(path, ledger, manifest)
            if not folder.is_complete:
                write_text(path / layout.CONFIG, config_text)
                ledger.record_start(environment())
                folder._write_manifest()
                folder.flush(force=True)
            folder._held = held.pop_all()
        return folder

    @property
    def is_complete(self) -> bool:
        """Whether the run has come to its end."""
        return self.ledger.is_complete

    def flush(self, *, force: bool = False) -> None:
        """Bring the tables of steps and jobs up to date, if it is time to or ``force`` is set."""
        self.ledger.refuse_if_complete()
        if force or self._throttle.is_due:
            with self._throttle.work():
                write_tables(self.path, self.ledger)

    def circuits(self) -> tuple[QuantumCircuit, ...] | None:
        """The run's circuits as they were transpiled by an earlier process; None if none did."""
        return read_circuits(self.path / layout.CIRCUITS)

    def keep_circuits(self, circuits: Sequence[QuantumCircuit]) -> None:
        """Keep the circuits for the processes that continue the run."""
        write_circuits(self.path / layout.CIRCUITS, circuits)

    def describe(self, facts: Mapping[str, Any]) -> None:
        """Add facts to the manifest that were not known when the run was opened."""
        self._details.update(facts)
        self._write_manifest()

    def write_predictions(self, columns: pd.DataFrame | Mapping[str, Any]) -> None:
        """Write the table of predictions; `predictions_table` says what the columns are."""
        self.ledger.refuse_if_complete()
        write_table(self.path / layout.PREDICTIONS, predictions_table(columns, self.path.name))

    def complete(self, reason: str) -> None:
        """End the run: tables first, then the manifest, and the ledger last, so that a kill in between is made good."""
        self.flush(force=True)
        self._write_manifest(end=utc_now(), reason=reason)
        self.ledger.finish(reason)

    def close(self) -> None:
        """Let go of the ledger and the lock."""
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *raised: object) -> None:
        try:
            if not self.is_complete:
                self.flush(force=True)
        except RecordError as failure:
            if kind is None:
                raise
            logger.warning("the tables are behind the ledger: %s", failure)  # the first error is the one to show
        finally:
            self.close()

    def _write_manifest(self, *, end: str | None = None, reason: str | None = None) -> None:
        facts = run_manifest(self.path.name, self._details, self.ledger.starts(), end=end, reason=reason)
        write_text(self.path / layout.MANIFEST, to_json(facts, indent=2) + "\n")
