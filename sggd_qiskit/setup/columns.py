"""What the columns of the user's own table are likely to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from sggd_qiskit.config.data import RESERVED, TableData
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.data.features import DECIMAL_COMMA
from sggd_qiskit.data.labels import named
from sggd_qiskit.data.table import read_table

MOST_CLASSES = 12
MOST_FEATURES = 8
"""That are proposed, one on a qubit."""
_LABELS = ("label", "labels", "class", "classes", "target", "y", "species", "category", "outcome", "diagnosis")
_NUMBERS = ("", "id", "index", "row", "no", "nr", "number", "unnamed: 0")
_SIDES = {"train", "test"}


@dataclass(frozen=True)
class Columns:
    """The roles of a table's columns.

    Attributes:
        label: the column of the classes.
        features: columns of numbers.
        split: the column that says train or test, if there is one.
        left_out: why each of the others is not used.
    """

    label: str
    features: tuple[str, ...]
    split: str | None
    left_out: dict[str, str]


def read_any(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table, and how it had to be read: the keys of the ``data`` block that are not at their defaults.

    Raises:
        ConfigError: if it can't be read in any way; what is said is of the usual one.
    """
    first: ConfigError | None = None
    for encoding, delimiter in product(("utf-8", "latin-1"), ",;\t|"):
        settings = {"delimiter": delimiter, "encoding": encoding}
        try:
            frame = _read(path, settings)
        except ConfigError as error:
            first = first or error
            if not path.is_file() or path.suffix == ".parquet":
                break
            continue
        if delimiter != "," and any(map(_has_decimal_commas, _texts(frame))):
            settings["decimal"] = ","
            frame = _read(path, settings)
        usual = {"delimiter": ",", "encoding": "utf-8"}
        return frame, {key: value for key, value in settings.items() if usual.get(key) != value}
    if first is None:
        raise ConfigError.at("data.path", f"can't read {path}")
    raise first


def find_columns(frame: pd.DataFrame, label: str | None = None, features: Sequence[str] = ()) -> Columns:
    """The roles that the columns are likely to have.

    Args:
        frame: the table.
        label: the column of the classes, where that is known.
        features: those of the numbers, likewise.

    Raises:
        ConfigError: if a named column is not there, or none is likely to be the label or a feature.
    """
    for key, name in (("label", label), *(("features", name) for name in features)):
        if name is not None and name not in frame.columns:
            raise ConfigError.at(
                f"data.{key}", f"found no column {name!r}; the table has {', '.join(map(repr, frame.columns))}"
            )
    label = _label(frame, features) if label is None else label
    others = [name for name in frame.columns if name != label]
    split = next((n for n in others if n not in features and set(frame[n].dropna().unique()) == _SIDES), None)
    reasons = {name: _unfit(frame[name], name) for name in others if name != split}
    fit = [name for name, reason in reasons.items() if not reason]
    chosen = list(features) or fit[:MOST_FEATURES]
    if not chosen:
        told = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        raise ConfigError.at("data.features", f"found no column of numbers beside {label!r} ({told}); make one")
    left = {name: reasons[name] or "not chosen" for name in reasons if name not in chosen}
    if not features and len(fit) > MOST_FEATURES:
        left |= dict.fromkeys(fit[MOST_FEATURES:], f"beyond the first {MOST_FEATURES}; --feature chooses")
    return Columns(label, tuple(chosen), split, left)


def label_columns(frame: pd.DataFrame) -> list[str]:
    """The columns that can be labels, the likeliest first."""
    found: list[tuple[bool, bool, int, str]] = []
    for place, name in enumerate(frame.columns):
        column = frame[name]
        if _can_be_label(column) and set(column.dropna().unique()) != _SIDES:
            # Of those without a telling name text before numbers, and the last.
            found.append((name.lower() not in _LABELS, _is_number(column), -place, name))
    return [name for *_, name in sorted(found)]


def _label(frame: pd.DataFrame, features: Sequence[str]) -> str:
    found = [name for name in label_columns(frame) if name not in features]
    if not found:
        kinds = ", ".join(f"{name}: {frame[name].nunique()}" for name in frame.columns)
        raise ConfigError.at(
            "data.label",
            f"found no column of 2 to {MOST_CLASSES} kinds of labels (kinds in each column: {kinds}); name it with --label",
        )
    return found[0]


def _can_be_label(column: pd.Series) -> bool:
    kinds = column.dropna().unique()
    if not 2 <= len(kinds) <= min(MOST_CLASSES, max(2, len(column) // 2)):
        return False
    return not pd.api.types.is_float_dtype(column) or all(float(value).is_integer() for value in kinds)


def _unfit(column: pd.Series, name: str) -> str:
    """Why a column is no feature; "" if it is one."""
    if name in RESERVED:
        return "the name of a column of the predictions; rename it"
    if pd.api.types.is_bool_dtype(column) or not _is_number(column):
        return (
            f"no numbers, such as {named(column.dropna().unique()[:2].tolist())}" if column.notna().any() else "empty"
        )
    if column.nunique() < 2:
        return "the same in all rows"
    if name.lower() in _NUMBERS and column.is_unique:
        return "the number of the row"
    return ""


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column)) and not pd.api.types.is_complex_dtype(column)


def _read(path: Path, settings: dict[str, Any]) -> pd.DataFrame:
    # The columns are not known yet, and reading needs none.
    parquet = path.suffix == ".parquet"
    config = TableData(path=str(path), features=("a feature",), label="the label", **({} if parquet else settings))
    return read_table(config)[0].rename(columns=str)


def _texts(frame: pd.DataFrame) -> Iterator[pd.Series]:
    return (frame[name].dropna() for name in frame.columns if not _is_number(frame[name]))


def _has_decimal_commas(column: pd.Series) -> bool:
    return len(column) > 0 and all(DECIMAL_COMMA.fullmatch(str(value)) for value in column)
