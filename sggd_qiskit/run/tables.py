"""Rows in, Arrow tables out: the same columns and types whatever was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pyarrow as pa

from sggd_qiskit.run.layout import LAYOUT_VERSION
from sggd_qiskit.run.plain_json import from_json, to_json
from sggd_qiskit.run.schemas import JOBS_SCHEMA, PREDICTIONS_SCHEMA, STEPS_SCHEMA

Row = Mapping[str, Any]


def steps_table(rows: Iterable[Row], run: str) -> pa.Table:
    """The steps of a run as a table of `STEPS_SCHEMA`.

    Args:
        rows: one mapping a step; a column that is left out, None or NaN is null.
        run: the run's name, for the table's metadata.

    Raises:
        ValueError: a row has an unknown column, or a value that isn't of its column's type.
    """
    return _table(list(rows), STEPS_SCHEMA, run)


def jobs_table(rows: Iterable[Row], run: str) -> pa.Table:
    """The jobs of a run as a table of `JOBS_SCHEMA`; see `steps_table`.

    Times are ISO strings or datetimes; one without a zone is taken as UTC.
    """
    return _table(list(rows), JOBS_SCHEMA, run)


def predictions_table(columns: pd.DataFrame | Mapping[str, Any], run: str) -> pa.Table:
    """The predictions of a run: the columns of the features as they come, then those of `PREDICTIONS_SCHEMA`.

    Args:
        columns: a frame, or a mapping from column to its values; of the fixed columns, those left out are null.
        run: the run's name, for the table's metadata.

    Raises:
        ValueError: columns of different lengths, or values that aren't of their column's type.
    """
    named = {str(name): values for name, values in columns.items()}
    lengths = {name: len(values) for name, values in named.items()}
    if len(set(lengths.values())) > 1:
        message = f"the columns of the predictions differ in length: {lengths}"
        raise ValueError(message)
    unknown = [None] * max(lengths.values(), default=0)
    features = {name: _column(name, named[name]) for name in named if name not in PREDICTIONS_SCHEMA.names}
    fixed = {
        field.name: _column(field.name, named.get(field.name, unknown), field.type) for field in PREDICTIONS_SCHEMA
    }
    return pa.table({**features, **fixed}, metadata=_metadata(run))


def check_row(row: Row, schema: pa.Schema) -> None:
    """Raise ``ValueError`` if a table of ``schema`` couldn't take ``row`` once it has been through the ledger."""
    _check_names(row, schema)
    for name, value in from_json(to_json(row)).items():
        _column(name, [value], schema.field(name).type)


def _table(rows: list[Row], schema: pa.Schema, run: str) -> pa.Table:
    for row in rows:
        _check_names(row, schema)
    columns = [_column(field.name, [row.get(field.name) for row in rows], field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema.with_metadata(_metadata(run)))


def _check_names(row: Row, schema: pa.Schema) -> None:
    unknown = row.keys() - set(schema.names)
    if unknown:
        message = f"unknown columns {sorted(unknown)}; the table has {schema.names}"
        raise ValueError(message)


def _column(name: str, values: Any, kind: pa.DataType | None = None) -> pa.Array:
    """The values as a column of their own kind if none is given; one that is nowhere known is of numbers."""
    try:
        if kind is not None and pa.types.is_timestamp(kind):
            values = [_utc(value) for value in values]
        # Inferred first and cast then: asked for integers outright, Arrow cuts 1.5 down to 1.
        inferred = pa.array(values, from_pandas=True)
        if pa.types.is_null(inferred.type):
            return pa.nulls(len(inferred), kind or pa.float64())
        return inferred if kind in {None, inferred.type} else inferred.cast(kind)
    except (TypeError, ValueError, OverflowError, pa.ArrowException) as error:
        message = f"column {name!r} can't hold these values" + (f" as {kind}: {error}" if kind else f": {error}")
        raise ValueError(message) from error


def _utc(time: str | datetime | None) -> datetime | None:
    if time is None:
        return None
    moment = time if isinstance(time, datetime) else datetime.fromisoformat(time)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _metadata(run: str) -> dict[str, str]:
    return {"sggd_qiskit.layout_version": str(LAYOUT_VERSION), "sggd_qiskit.run": run}
