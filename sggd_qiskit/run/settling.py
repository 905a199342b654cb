"""Bills that come when a run is over already."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from sggd_qiskit.execute.ibm.billing import settle
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.run import files
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.folders import lock_folder
from sggd_qiskit.run.ledger import Ledger
from sggd_qiskit.run.tables import jobs_table, steps_table, write_table


def settle_run(folder: Path, service: Service) -> None:
    """Ask for billed times of a run that were forecasts when it was last seen, and bring its tables up to date.

    A run on which a process works is left to it.

    Args:
        folder: the run's.
        service: connected to the run's instance.
    """
    with suppress(RecordError):
        lock = lock_folder(folder)
        try:
            with Ledger.open(folder / files.LEDGER, durable=True) as ledger:
                before = ledger.unsettled()
                settle(service, ledger)
                if ledger.unsettled() != before:
                    write_table(folder / files.STEPS, steps_table(ledger.rows(), folder.name))
                    write_table(folder / files.JOBS, jobs_table(ledger.job_rows(), folder.name))
        finally:
            lock.release()
