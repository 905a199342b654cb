"""The user's own table: CSV or parquet, a row per data point."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sggd_qiskit.aliases import BoolArray, FloatArray
from sggd_qiskit.config.data import TableData
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.data.sample import Dataset, classical


def table_data(config: TableData) -> Dataset:
    """The table's rows, split into training and test points.

    Raises:
        ConfigError: if the file is missing, empty or of another kind, a column is missing, a feature is not a finite
            number, a label is not -1 or +1, or a side of the split is empty.
    """
    frame = _read(Path(config.path))
    for key, name in (*(("features", f) for f in config.features), ("label", config.label), ("split", config.split)):
        if name is not None and name not in frame.columns:
            raise ConfigError.at(
                f"data.{key}",
                f"found no column {name!r} in {config.path}; it has {', '.join(map(repr, frame.columns))}",
            )
    points = np.column_stack([_numbers(frame, name, "features", config.path) for name in config.features])
    labels = _numbers(frame, config.label, "label", config.path)
    wrong = np.flatnonzero(~np.isin(labels, (-1, 1)))
    if wrong.size:
        raise ConfigError.at(
            "data.label",
            f"found the label {labels[wrong[0]]:g} in row {wrong[0] + 1} of {config.path} ({wrong.size} such rows); "
            "labels are -1 and +1, so map yours to them",
        )
    train = _split(frame, config)
    return Dataset(
        classical(config.features, points[train], labels[train]),
        classical(config.features, points[~train], labels[~train]),
    )


def _read(path: Path) -> pd.DataFrame:
    if path.suffix not in {".csv", ".parquet"}:
        raise ConfigError.at("data.path", f"found the file {path.name!r}; wanted one that ends in .csv or .parquet")
    try:
        with path.open("rb") as stream:
            frame = pd.read_csv(stream) if path.suffix == ".csv" else pd.read_parquet(stream)
    except OSError as error:
        raise ConfigError.at("data.path", f"can't open {path}: {error.strerror or error}; check the path") from error
    except ValueError as error:  # pandas' and pyarrow's parsers raise subclasses of it
        raise ConfigError.at("data.path", f"can't read a table from {path}: {str(error).splitlines()[0]}") from error
    if frame.empty:
        raise ConfigError.at("data.path", f"found no rows in {path}; wanted a row per data point")
    return frame


def _numbers(frame: pd.DataFrame, name: str, key: str, path: str) -> FloatArray:
    if pd.api.types.is_datetime64_any_dtype(frame[name]):
        raise ConfigError.at(
            f"data.{key}", f"found times in column {name!r} of {path}; wanted numbers, so convert them"
        )
    numbers = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if wrong.size:
        raise ConfigError.at(
            f"data.{key}",
            f"found {frame[name].iloc[wrong[0]]!s} in column {name!r}, row {wrong[0] + 1} of {path} ({wrong.size} such rows); "
            "wanted finite numbers, so remove or fill these rows",
        )
    return numbers


def _split(frame: pd.DataFrame, config: TableData) -> BoolArray:
    """Which rows are for training, shape (data,)."""
    if config.split is not None:
        sides = frame[config.split].astype(str).to_numpy()
        strange = sorted(set(sides) - {"train", "test"})
        if strange:
            raise ConfigError.at(
                "data.split", f"found {strange[0]!r} in column {config.split!r}; wanted 'train' or 'test'"
            )
        train: BoolArray = np.equal(sides, "train")
    else:
        order = np.random.default_rng(config.seed).permutation(len(frame))
        train = np.ones(len(frame), dtype=bool)
        train[order[: round(config.test_fraction * len(frame))]] = False
    for side, rows in (("training", train), ("test", ~train)):
        if not rows.any():
            raise ConfigError.at(
                "data", f"found no {side} points among {len(frame)} rows; change the split or test_fraction"
            )
    return train
