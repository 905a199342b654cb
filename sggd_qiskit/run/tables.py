"""Rows in, Arrow tables out: the same columns and types whatever was measured."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sggd_qiskit.run.files import reading, write_atomically
from sggd_qiskit.run.rows import JOB_COLUMNS, LAYOUT_VERSION, STEP_COLUMNS, Columns
from sggd_qiskit.train.recorder import Row

_FACTS = b"sggd_qiskit.ledger"


def steps_table(rows: Iterable[Row], run: str) -> pa.Table:
    """The steps of a run as a table with the columns of `StepRow`, then those of further terms.

    Args:
        rows: one mapping a step; a column that is left out, None or NaN is null.
        run: the run's name, for the table's metadata.

    Raises:
        ValueError: a row has an unknown column, or a value that isn't of its column's type.
    """
    return _table(list(rows), STEP_COLUMNS, run)


def jobs_table(rows: Iterable[Row], run: str) -> pa.Table:
    """The jobs of a run as a table with the columns of `JobRow`; see `steps_table`.

    Times are ISO strings or datetimes; one without a zone is taken as UTC.
    """
    return _table(list(rows), JOB_COLUMNS, run)


def predictions_table(columns: pd.DataFrame | Mapping[str, Any], run: str) -> pa.Table:
    """The predictions of a run, a row per data point, the columns as they come.

    Args:
        columns: a frame, or a mapping from column to its values; one that is nowhere known is of numbers.
        run: the run's name, for the table's metadata.

    Raises:
        ValueError: columns of different lengths, or one with values of different kinds.
    """
    found = {str(name): _inferred(str(name), values) for name, values in columns.items()}
    try:
        return pa.table(found, metadata=_metadata(run))
    except pa.ArrowException as error:
        lengths = {name: len(column) for name, column in found.items()}
        raise ValueError(f"the columns of the predictions differ in length: {lengths}") from error


def write_table(path: Path, table: pa.Table) -> None:
    """Replace the Parquet file ``path`` by ``table``.

    Raises:
        RecordError: it can't be written.
    """
    write_atomically(path, lambda file: pq.write_table(table, file, write_page_checksum=True))


def read_table(path: Path) -> pa.Table:
    """The table in a Parquet file.

    Raises:
        DamageError: there is none, or it isn't what was written.
    """
    with reading(path), path.open("rb") as file:
        return pq.read_table(file, page_checksum_verification=True)


def with_facts(jobs: pa.Table, facts: Mapping[str, str]) -> pa.Table:
    """The table of jobs with what else the ledger knows of the run, so that the ledger can be rebuilt from the tables."""
    return jobs.replace_schema_metadata({**jobs.schema.metadata, _FACTS: json.dumps(facts)})


def ledger_facts(jobs: pa.Table) -> dict[str, str]:
    """What `with_facts` has added.

    Raises:
        KeyError: nothing.
    """
    facts: dict[str, str] = json.loads(jobs.schema.metadata[_FACTS])
    return facts


def _table(rows: list[Row], columns: Columns, run: str) -> pa.Table:
    schema = columns.schema_for(rows)
    arrays = [_typed(field.name, [row.get(field.name) for row in rows], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema.with_metadata(_metadata(run)))


def _typed(name: str, values: list[Any], kind: pa.DataType) -> pa.Array:
    try:
        if pa.types.is_timestamp(kind):
            values = [_utc(value) for value in values]
        return pa.array(values, kind, from_pandas=True)
    except (TypeError, ValueError, OverflowError, pa.ArrowException) as error:
        raise ValueError(f"column {name!r} can't hold these values as {kind}: {error}") from error


def _inferred(name: str, values: Any) -> pa.Array:
    try:
        column = pa.array(values, from_pandas=True)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise ValueError(f"column {name!r} can't hold these values: {error}") from error
    if pa.types.is_large_string(column.type):  # as pandas holds text
        return column.cast(pa.string())
    return pa.nulls(len(column), pa.float64()) if pa.types.is_null(column.type) else column


def _utc(time: str | datetime | None) -> datetime | None:
    if time is None:
        return None
    moment = time if isinstance(time, datetime) else datetime.fromisoformat(time)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _metadata(run: str) -> dict[str, str]:
    return {"sggd_qiskit.layout_version": str(LAYOUT_VERSION), "sggd_qiskit.run": run}
