"""Features of any numeric dtype as finite numbers, and which rows of a table are for training."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sggd_qiskit.aliases import BoolArray, FloatArray
from sggd_qiskit.config.data import RESERVED
from sggd_qiskit.data.errors import DataError, require_one_of

logger = logging.getLogger(__name__)

LARGEST = 1e15
"""Beyond it a number has no digit after the point, and an angle made of it is noise."""
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+\s*")


def feature_frame(features: ArrayLike | pd.DataFrame, columns: Sequence[str] | None, where: str) -> pd.DataFrame:
    """Features with the names of their columns.

    Args:
        features: shape (data, feature); a frame has its own names.
        columns: other names; by default those of the frame, or x1, x2, ….
        where: what messages call the features, such as ``"the training features"``.

    Raises:
        DataError: if the shape is another, there are no points or no features, or the names are not one for each feature.
    """
    frame = features if isinstance(features, pd.DataFrame) else _framed(features, where)
    if not all(frame.shape):
        raise DataError(f"found {where} of shape {frame.shape}; wanted at least one point and one feature", "features")
    names = [str(name) for name in (frame.columns if columns is None else columns)]
    if len(names) != frame.shape[1]:
        raise DataError(f"found {len(names)} names for {frame.shape[1]} features; wanted one for each", "features")
    check_names(names)
    return frame.set_axis(names, axis=1).reset_index(drop=True)


def _framed(features: ArrayLike, where: str) -> pd.DataFrame:
    try:
        array = np.asarray(features)
    except ValueError as error:  # rows of different lengths
        raise DataError(f"can't read {where} as an array: {error}; wanted shape (data, feature)", "features") from error
    if array.ndim != 2:
        raise DataError(f"found {where} of shape {array.shape}; wanted shape (data, feature)", "features")
    return pd.DataFrame(array, columns=[f"x{k + 1}" for k in range(array.shape[1])])


def feature_columns(frame: pd.DataFrame, features: Sequence[str], label: str, split: str | None) -> pd.DataFrame:
    """The feature columns of a table, after a look at whether all columns are there, once.

    Args:
        frame: the table.
        features: names of the feature columns.
        label: name of the label column.
        split: name of the split column, if there is one.

    Raises:
        DataError: if there are no rows or no features, or a column is missing or there twice.
    """
    frame = frame.rename(columns=str)
    if frame.empty or not features:
        raise DataError(f"found a table of {len(frame)} rows and {len(features)} features; wanted at least one of each")
    for part, name in (*(("features", f) for f in features), ("label", label), ("split", split)):
        count = [*frame.columns, None].count(name)
        if count != 1:
            found = f"no column {name!r}" if count == 0 else f"the column {name!r} {count} times"
            raise DataError(f"found {found}; the table has {', '.join(map(repr, frame.columns))}", part)
    check_names(features)
    twice = {label, split} & set(features) or ({label} if label == split else set())
    if twice:
        raise DataError(
            f"found the column {min(map(str, twice))!r} in two places; wanted features, label and split apart"
        )
    return frame[list(features)]


def complete_rows(frame: pd.DataFrame, missing: str, parts: Mapping[str, str]) -> pd.DataFrame:
    """The rows in which nothing is missing; their index keeps the numbers of their rows, from 0.

    Args:
        frame: the columns that are used.
        missing: ``refuse`` or ``drop`` those in which something is.
        parts: what the label's and the split's column are called in errors; the others are features.

    Raises:
        DataError: if there is one and ``missing`` is ``refuse``, or all are dropped.
    """
    require_one_of(missing, ("refuse", "drop"), "missing")
    rows = np.flatnonzero(frame.isna().any(axis=1))
    if not rows.size:
        return frame
    column = frame.columns[frame.iloc[rows[0]].isna().to_numpy()][0]
    found = f"found {frame[column].iloc[rows[0]]!s} in column {column!r}, row {rows[0] + 1}"
    if missing == "refuse":
        raise DataError(
            f"{found} ({rows.size} of {len(frame)} rows lack something); fill or remove these rows, or set missing to 'drop' "
            "to leave them out",
            parts.get(str(column), "features"),
            int(rows[0]),
        )
    if rows.size == len(frame):
        raise DataError(f"{found}, and something in each of {len(frame)} rows; wanted rows without gaps", "missing")
    logger.warning("%d of %d rows are left out, since something is missing in them", rows.size, len(frame))
    return frame.drop(index=frame.index[rows])


def check_names(names: Sequence[str]) -> None:
    """Refuse names of features that occur twice or that predictions.parquet uses itself.

    Raises:
        DataError: naming the first.
    """
    for name, count in Counter(names).items():
        if count > 1:
            raise DataError(f"found the feature {name!r} {count} times; wanted each once", "features")
        if name in RESERVED:
            raise DataError(f"found the feature {name!r}, a column of predictions.parquet; rename it", "features")


def numbers(frame: pd.DataFrame, where: str = "") -> FloatArray:
    """The columns as finite numbers, shape (data, feature).

    Raises:
        DataError: naming the first column and row that holds something else.
    """
    return np.column_stack([_column(frame[name], f"{where} column {name!r}".strip()) for name in frame.columns])


def _column(column: pd.Series, where: str) -> FloatArray:
    kind = column.dtype
    for word, matches in (
        ("booleans", pd.api.types.is_bool_dtype(kind) or any(isinstance(v, bool | np.bool_) for v in _objects(column))),
        ("times", pd.api.types.is_datetime64_any_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind)),
        ("complex numbers", pd.api.types.is_complex_dtype(kind)),
    ):
        if matches:
            raise DataError(
                f"found {word} in {where}; wanted numbers, so convert them, as with .astype(float)", "features"
            )
    plain = column.astype(object) if isinstance(kind, pd.CategoricalDtype) else column
    values = pd.to_numeric(plain, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = np.flatnonzero(~(np.abs(values) <= LARGEST))
    if wrong.size:
        found, row = str(column.iloc[wrong[0]]), int(column.index[wrong[0]])
        remedy = "set decimal to ','" if DECIMAL_COMMA.fullmatch(found) else "remove or mend these rows"
        raise DataError(
            f"found {found} in {where}, row {row + 1} ({wrong.size} such rows); wanted finite numbers up to {LARGEST:g} in "
            f"size, so {remedy}",
            "features",
            row,
        )
    return values


def _objects(column: pd.Series) -> list[object]:
    return column.tolist() if column.dtype == object else []


def training_rows(sides: pd.Series | None, count: int, test_fraction: float, seed: int) -> BoolArray:
    """Which rows are for training, shape (data,).

    Args:
        sides: ``train`` or ``test`` for each row; None for a drawn split.
        count: number of rows.
        test_fraction: share of the rows that the drawn split puts aside; 0 puts none aside.
        seed: seed of the drawn split.

    Raises:
        DataError: on another word in ``sides``, or if a side that is asked for has no rows.
    """
    if sides is not None:
        words = sides.astype(str).to_numpy()
        strange = sorted(set(words) - {"train", "test"})
        if strange:
            row = int(sides.index[np.flatnonzero(words == strange[0])[0]])
            raise DataError(
                f"found {strange[0]!r} in column {sides.name!r}, row {row + 1}; wanted 'train' or 'test'", "split", row
            )
        train: BoolArray = np.equal(words, "train")
    else:
        if not 0 <= test_fraction < 1:
            raise DataError(f"found test_fraction {test_fraction}; wanted a share from 0 to less than 1")
        order = np.random.default_rng(seed).permutation(count)
        train = np.ones(count, dtype=bool)
        train[order[: round(test_fraction * count)]] = False
    for side, rows in (("training", train), ("test", ~train)):
        if not rows.any() and (side == "training" or sides is not None or test_fraction > 0):
            raise DataError(f"found no {side} points among {count} rows; change the split or test_fraction")
    return train
