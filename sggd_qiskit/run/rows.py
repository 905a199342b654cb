"""Rows as they are stored: their columns and types, taken from the typed rows of the training, and their JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_type_hints

import numpy as np
import pandas as pd
import pyarrow as pa

from sggd_qiskit.train.recorder import JobRow, Row, StepRow

LAYOUT_VERSION = 3
"""Raised when an older version of the package couldn't read the ledger or the tables any more."""


@dataclass(frozen=True)
class Kind:
    """What a column holds.

    Attributes:
        arrow: its type in a table.
        fits: whether a value is of it, as it is or once it has been through JSON.
    """

    arrow: pa.DataType
    fits: Callable[[Any], bool]


class Columns:
    """The columns of a table.

    Args:
        row: the typed row; a column that may be None can be null.
        extra: how the names of further columns begin, all of numbers; None if there are none.

    Attributes:
        schema: without further columns.
    """

    def __init__(self, row: type[StepRow] | type[JobRow], extra: str | None = None):
        hints = {name: _without_none(hint) for name, hint in get_type_hints(row).items()}
        self._kinds = {name: _KINDS[hint] for name, (hint, _) in hints.items()}
        self._extra = extra
        self.schema = pa.schema(
            [pa.field(name, _KINDS[hint].arrow, nullable=null) for name, (hint, null) in hints.items()]
        )

    def check(self, row: Row) -> None:
        """Refuse a row that couldn't be made into a table later.

        Raises:
            ValueError: it has an unknown column, or a value that isn't of its column's type.
        """
        for name, value in row.items():
            kind = self._kinds.get(name)
            if kind is None:
                kind = self._further(name)
            if value is not None and not kind.fits(value):
                raise ValueError(f"column {name!r} can't hold {value!r} as {kind.arrow}")

    def schema_for(self, rows: Iterable[Row]) -> pa.Schema:
        """The schema with the further columns of these rows.

        Raises:
            ValueError: a row has an unknown column.
        """
        names = dict.fromkeys(name for row in rows for name in row if name not in self._kinds)
        return pa.schema([*self.schema, *(pa.field(name, self._further(name).arrow) for name in names)])

    def _further(self, name: str) -> Kind:
        if self._extra is None or not name.startswith(self._extra):
            raise ValueError(f"unknown column {name!r}; the table has {', '.join(self._kinds)}")
        return _KINDS[float]


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


def _without_none(hint: Any) -> tuple[Any, bool]:
    """A column's type, and whether it may be None."""
    options = get_args(hint)
    if NoneType not in options:
        return hint, False
    (option,) = (option for option in options if option is not NoneType)
    return option, True


def _is_count(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def _is_number(value: object) -> bool:
    return isinstance(value, float | np.floating) or _is_count(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool | np.bool_)


def _is_time(value: object) -> bool:
    if isinstance(value, str):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return False
        return True
    return isinstance(value, datetime) and value is not pd.NaT  # which is a datetime too


def _list_of(fits: Callable[[Any], bool], usual: type | None = None) -> Callable[[Any], bool]:
    """Whether a value is a list of what fits; all values of the usual type do."""

    def all_fit(values: object) -> bool:
        if isinstance(values, np.ndarray):
            values = values.tolist()
        # Asking for the types alone is ten times as fast, and lists are long.
        return isinstance(values, list | tuple) and ({*map(type, values)} <= {usual} or all(map(fits, values)))

    return all_fit


_KINDS: dict[Any, Kind] = {
    float: Kind(pa.float64(), _is_number),
    int: Kind(pa.int64(), _is_count),
    str: Kind(pa.string(), _is_text),
    bool: Kind(pa.bool_(), _is_flag),
    datetime: Kind(pa.timestamp("us", tz="UTC"), _is_time),
    list[float]: Kind(pa.list_(pa.float64()), _list_of(_is_number, float)),
    list[int]: Kind(pa.list_(pa.int64()), _list_of(_is_count)),
    list[str]: Kind(pa.list_(pa.string()), _list_of(_is_text)),
}

STEP_COLUMNS = Columns(StepRow, extra="term_")
JOB_COLUMNS = Columns(JobRow)
