"""The Parquet files beside the ledger."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sggd_qiskit.run.atomic import write_atomically
from sggd_qiskit.run.layout import JOBS, STEPS
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.tables import jobs_table, steps_table


def write_table(path: Path, table: pa.Table) -> None:
    """Replace the Parquet file ``path`` by ``table``."""
    write_atomically(path, lambda file: pq.write_table(table, file))


def write_tables(folder: Path, ledger: LedgerReader) -> None:
    """Replace the tables of steps and jobs in a run's folder by what its ledger says."""
    write_table(folder / STEPS, steps_table(ledger.rows(), folder.name))
    write_table(folder / JOBS, jobs_table(ledger.job_rows(), folder.name))
