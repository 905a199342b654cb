"""Rows as they are stored: their columns and types, taken from the typed rows of the training, and their JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import pyarrow as pa

from sggd_qiskit.train.recorder import JobRow, Row, StepRow

LAYOUT_VERSION = 3
"""Raised when an older version of the package couldn't read the ledger or the tables any more."""

_ARROW = {
    float: pa.float64(),
    int: pa.int64(),
    str: pa.string(),
    bool: pa.bool_(),
    datetime: pa.timestamp("us", tz="UTC"),
}
_FITTING: dict[type, tuple[type, ...]] = {
    float: (float, int, np.floating, np.integer),
    int: (int, np.integer),
    str: (str,),
    bool: (bool, np.bool_),
    datetime: (datetime,),
}


class Columns:
    """The columns of a table.

    Args:
        row: the typed row; a column that may be None can be null.
        extra: how the names of further columns begin, all of numbers; None if there are none.

    Attributes:
        schema: without further columns.
    """

    def __init__(self, row: type[StepRow] | type[JobRow], extra: str | None = None):
        hints = get_type_hints(row)
        self._kinds = {name: _without_none(hint) for name, hint in hints.items()}
        self._extra = extra
        fields = [pa.field(name, _arrow(kind), nullable=kind != hints[name]) for name, kind in self._kinds.items()]
        self.schema = pa.schema(fields)

    def check(self, row: Row) -> None:
        """Refuse a row that couldn't be made into a table later.

        Raises:
            ValueError: it has an unknown column, or a value that isn't of its column's type.
        """
        for name, value in row.items():
            kind = self._kinds.get(name) or self._further(name)
            if value is not None and not _fits(value, kind):
                raise ValueError(f"column {name!r} can't hold {value!r} as {_arrow(kind)}")

    def schema_for(self, rows: Iterable[Row]) -> pa.Schema:
        """The schema with the further columns of these rows.

        Raises:
            ValueError: a row has an unknown column.
        """
        names = dict.fromkeys(name for row in rows for name in row if name not in self._kinds)
        return pa.schema([*self.schema, *(pa.field(name, _arrow(self._further(name))) for name in names)])

    def _further(self, name: str) -> type:
        if self._extra is None or not name.startswith(self._extra):
            raise ValueError(f"unknown column {name!r}; the table has {', '.join(self._kinds)}")
        return float


def to_json(value: object, *, indent: int | None = None) -> str:
    """The value as JSON, floats to the last bit, NaN included; arrays become lists, times ISO strings, keys strings.

    Raises:
        TypeError: it holds something else.
    """
    return json.dumps(value, default=_plain, indent=indent)


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a run's record holds numbers, text, lists and mappings, not {type(value).__name__}")


def _without_none(hint: Any) -> Any:
    """A column's type if it is known: float of float | None."""
    options = get_args(hint)
    return next(option for option in options if option is not NoneType) if NoneType in options else hint


def _arrow(kind: Any) -> pa.DataType:
    return pa.list_(_ARROW[get_args(kind)[0]]) if get_origin(kind) is list else _ARROW[kind]


def _fits(value: object, kind: Any) -> bool:
    if get_origin(kind) is not list:
        return isinstance(value, _FITTING[kind])
    entries = value.tolist() if isinstance(value, np.ndarray) else value
    fitting = _FITTING[get_args(kind)[0]]
    # The types alone are looked at, since lists are long.
    return isinstance(entries, list | tuple) and all(issubclass(found, fitting) for found in set(map(type, entries)))


STEP_COLUMNS = Columns(StepRow, extra="term_")
JOB_COLUMNS = Columns(JobRow)
