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
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.errors import DataError

SUFFIXES = (".csv", ".csv.gz", ".parquet")
LARGEST = 200_000_000
"""Bytes of a table."""


def table_data(config: TableData) -> Dataset:
    """The table's rows, split into training and test points.

    Raises:
        ConfigError: if the file is missing, empty or of another kind, a row of a CSV has more or fewer fields than the
            header, a column is missing, a feature is not a finite number, something is missing, a label is none of
            ``labels``, there is one class only, a constant feature is to be scaled, or a side of the split is empty.
    """
    frame, lines = read_table(config)
    try:
        return Dataset.from_frame(
            frame,
            label=config.label,
            features=config.features,
            split=config.split,
            test_fraction=config.test_fraction,
            seed=config.seed,
            classes=config.labels,
            missing=config.missing,
            scaling=config.scaling,
        )
    except DataError as error:
        key = f"data.{error.part}" if error.part else "data"
        line = f":{lines[error.row]}" if lines and error.row is not None else ""
        raise ConfigError.at(key, f"{config.path}{line}: {error}") from error


def read_table(config: TableData) -> tuple[pd.DataFrame, list[int]]:
    """The whole table, and the lines of its rows, if it has lines.

    Raises:
        ConfigError: if the file is missing, empty or of another kind, or a row of a CSV has more or fewer fields than the
            header.
    """
    path, lines = Path(config.path), list[int]()
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
            frame, lines = _read_csv(_unpacked(content) if name.endswith(".gz") else content, config)
    except OSError as error:
        raise ConfigError.at("data.path", f"can't open {path}: {error.strerror or error}; check the path") from error
    except (ValueError, csv.Error, EOFError, zlib.error) as error:  # pandas and pyarrow raise ValueErrors
        raise ConfigError.at(
            "data.path",
            f"can't read a table from {path}: {str(error).splitlines()[0]}; give a CSV or parquet file with a row of column "
            "names and a row for each data point",
        ) from error
    if frame.empty:
        raise ConfigError.at("data.path", f"found no rows in {path}; wanted a row per data point")
    return frame, lines


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


def _read_csv(content: bytes, config: TableData) -> tuple[pd.DataFrame, list[int]]:
    """A table every row of which has as many fields as the header, and the line on which each row begins.

    Pandas makes an index of the fields that a row has more, and fills in those that it has less.
    """
    text = _decoded(content, config.encoding)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=config.delimiter)
    header: list[str] = []
    lines: list[int] = []
    before = 0
    for row in reader:
        line, before = before + 1, reader.line_num
        if len(row) < 2 and not "".join(row).strip():
            continue  # an empty line
        if header:
            lines.append(line)
        header = header or row
        if len(header) == 1:
            raise ValueError(
                f"found the single column {header[0][:60]!r} in line {line}; wanted features and a label, with "
                f"{config.delimiter!r} between them{_other(header, config)}"
            )
        if len(row) != len(header):
            raise ValueError(
                f"found {len(row)} fields in line {line} and {len(header)} in the header; wanted as many, with "
                f"{config.delimiter!r} between fields and {config.decimal!r} in decimal numbers{_other(header, config)}"
            )
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise ValueError(f"found the column {twice[0]!r} twice in the header; rename one")
    frame = pd.read_csv(
        io.StringIO(text), index_col=False, low_memory=False, sep=config.delimiter, decimal=config.decimal
    )
    return frame, lines


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"found bytes in line {line} that are not {encoding}; set data.encoding, perhaps to latin-1"
        ) from None


def _other(header: list[str], config: TableData) -> str:
    """The delimiter or decimal sign that was probably meant."""
    counts = {sign: ",".join(header).count(sign) for sign in ";\t|" if sign != config.delimiter}
    likely = max(counts, key=lambda sign: counts[sign])
    if counts[likely]:
        return f"; set data.delimiter, perhaps to {likely!r}"
    return "" if config.delimiter != "," else "; decimal commas need another data.delimiter"
