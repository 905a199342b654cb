"""The user's own table: CSV or parquet, a row per data point."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from pathlib import Path

import pandas as pd
from pyarrow import parquet

from sggd_qiskit.config.data import TableData
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.files import read_file
from sggd_qiskit.data.errors import DataError
from sggd_qiskit.data.sample import Dataset

SUFFIXES = (".csv", ".csv.gz", ".parquet")
LARGEST = 200_000_000
"""Bytes of a table."""


def table_data(config: TableData) -> Dataset:
    """The table's rows, split into training and test points.

    Raises:
        ConfigError: if the file is missing, empty or of another kind, a row of a CSV has more or fewer fields than the
            header, a column is missing, a feature is not a finite number, a label is missing or none of ``labels``, there is
            one class only, or a side of the split is empty.
    """
    frame = _read(Path(config.path))
    try:
        return Dataset.from_frame(
            frame,
            label=config.label,
            features=config.features,
            split=config.split,
            test_fraction=config.test_fraction,
            seed=config.seed,
            classes=config.labels,
        )
    except DataError as error:
        key = f"data.{error.part}" if error.part else "data"
        raise ConfigError.at(key, f"{config.path}: {error}") from error


def _read(path: Path) -> pd.DataFrame:
    name = path.name.lower()
    if not name.endswith(SUFFIXES):
        raise ConfigError.at(
            "data.path", f"found the file {path.name!r}; wanted one that ends in {', '.join(SUFFIXES)}"
        )
    try:
        content = read_file(path, LARGEST)
        if name.endswith(".parquet"):
            shape = parquet.read_metadata(io.BytesIO(content))
            _check_size(8 * shape.num_rows * shape.num_columns)
            frame = pd.read_parquet(io.BytesIO(content))
        else:
            frame = _read_csv((_unpacked(content) if name.endswith(".gz") else content).decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError.at("data.path", f"can't open {path}: {error.strerror or error}; check the path") from error
    except (
        ValueError,
        csv.Error,
        EOFError,
        zlib.error,
    ) as error:  # the parsers of pandas and pyarrow raise ValueErrors
        raise ConfigError.at("data.path", f"can't read a table from {path}: {str(error).splitlines()[0]}") from error
    if frame.empty:
        raise ConfigError.at("data.path", f"found no rows in {path}; wanted a row per data point")
    return frame


def _unpacked(content: bytes) -> bytes:
    """What gzip has packed, which may be a thousand times as large."""
    unpacked = gzip.GzipFile(fileobj=io.BytesIO(content)).read(LARGEST + 1)
    _check_size(len(unpacked))
    return unpacked


def _check_size(size: int) -> None:
    if size > LARGEST:
        raise ValueError(
            f"found more than {LARGEST:,} bytes, unpacked; wanted a smaller table, such as a part of the rows"
        )


def _read_csv(text: str) -> pd.DataFrame:
    """A table with commas between fields, every row with as many fields as the header.

    Pandas makes an index of the fields that a row has more, and fills in those that it has less.
    """
    reader = csv.reader(io.StringIO(text, newline=""))
    header: list[str] = []
    for row in reader:
        if len(row) < 2 and not "".join(row).strip():
            continue  # an empty line
        header = header or row
        if len(row) != len(header):
            raise ValueError(
                f"found {len(row)} fields in line {reader.line_num} and {len(header)} in the header; wanted as many, with "
                "commas between fields and points in decimal numbers"
            )
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise ValueError(f"found the column {twice[0]!r} twice in the header; rename one")
    return pd.read_csv(io.StringIO(text), index_col=False, low_memory=False)
