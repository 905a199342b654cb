"""A user's own table, and what is said about one that can't be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sggd_qiskit.config.data import TableData
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.data.sample import Dataset
from sggd_qiskit.data.table import table_data

WRITERS = {
    ".csv": lambda frame, path: frame.to_csv(path, index=False),
    ".parquet": lambda frame, path: frame.to_parquet(path),
}


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(40, 2))
    return pd.DataFrame({"b": features[:, 0], "note": "text", "y": rng.choice([-1, 1], size=40), "a": features[:, 1]})


@pytest.fixture(params=WRITERS)
def suffix(request) -> str:
    return request.param


@pytest.fixture
def read(tmp_path, suffix):
    """Write the frame and read it as data with the features a, b."""

    def _read(frame: pd.DataFrame, **settings) -> Dataset:
        path = tmp_path / f"table{suffix}"
        WRITERS[suffix](frame, path)
        return table_data(TableData(**{"path": str(path), "features": ("a", "b"), "label": "y", **settings}))

    return _read


def complaint(call, *arguments, **settings) -> tuple[str, str]:
    """(the key, the message) of the single fault."""
    with pytest.raises(ConfigError) as caught:
        call(*arguments, **settings)
    (fault,) = caught.value.faults
    return ".".join(fault.path), fault.message


def rows_of(points: np.ndarray, table: pd.DataFrame) -> list[int]:
    """Which rows of the table the points are."""
    values = table[["a", "b"]].to_numpy()
    return [int(np.flatnonzero((values == point).all(axis=1))[0]) for point in points]


def test_features_are_in_the_configured_order_with_their_labels(read, frame):
    dataset = read(frame)
    assert dataset.train.columns == dataset.test.columns == ("a", "b")
    assert (len(dataset.train), len(dataset.test)) == (30, 10)
    assert not dataset.invariant_states
    rows = []
    for sample in (dataset.train, dataset.test):
        found = rows_of(sample.points, frame)
        assert found == sorted(found)
        np.testing.assert_array_equal(sample.labels, frame["y"].to_numpy()[found])
        np.testing.assert_array_equal(sample.preparations, sample.points)
        rows += found
    assert sorted(rows) == list(range(40))


def test_the_seed_decides_the_split(read, frame):
    first = read(frame, seed=1).test.points
    np.testing.assert_array_equal(read(frame, seed=1).test.points, first)
    assert not np.array_equal(read(frame, seed=2).test.points, first)


@pytest.mark.parametrize(("fraction", "test"), [(0.5, 20), (0.1, 4), (0.99, 40)])
def test_the_test_fraction(read, frame, fraction, test):
    if test == 40:
        key, message = complaint(read, frame, test_fraction=fraction)
        assert key == "data"
        assert message == "found no training points among 40 rows; change the split or test_fraction"
    else:
        assert len(read(frame, test_fraction=fraction).test) == test


def test_a_split_column(read, frame):
    side = np.where(np.arange(40) % 3 == 0, "test", "train")
    dataset = read(frame.assign(side=side), split="side", test_fraction=0.9)
    assert rows_of(dataset.test.points, frame) == list(range(0, 40, 3))
    assert len(dataset.train) == 40 - len(dataset.test)


@pytest.mark.parametrize(("only", "other"), [("train", "test"), ("test", "training")])
def test_a_side_without_points(read, frame, only, other):
    key, message = complaint(read, frame.assign(side=only), split="side")
    assert key == "data"
    assert f"found no {other} points among 40 rows" in message


def test_another_word_in_the_split_column(read, frame):
    side = ["train", "test", "valid", "Train", *["train"] * 36]
    key, message = complaint(read, frame.assign(side=side), split="side")
    assert (key, message) == ("data.split", "found 'Train' in column 'side'; wanted 'train' or 'test'")


@pytest.mark.parametrize(
    ("settings", "key", "missing"),
    [
        ({"features": ("a", "c")}, "data.features", "c"),
        ({"label": "class"}, "data.label", "class"),
        ({"split": "side"}, "data.split", "side"),
    ],
)
def test_a_missing_column(read, frame, suffix, settings, key, missing):
    found, message = complaint(read, frame, **settings)
    assert found == key
    assert f"found no column {missing!r} in " in message
    assert message.endswith("it has 'b', 'note', 'y', 'a'")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("column", "key"), [("b", "data.features"), ("y", "data.label")])
def test_a_value_that_is_not_finite(read, frame, suffix, bad, column, key):
    frame[column] = frame[column].astype(float)
    frame.loc[[4, 17], column] = bad
    found, message = complaint(read, frame)
    assert found == key
    assert f"found {bad} in column {column!r}, row 5 of " in message
    assert "(2 such rows); wanted finite numbers" in message


def test_text_in_a_feature(read, frame):
    frame["a"] = frame["a"].astype(str)
    frame.loc[6, "a"] = "many"
    key, message = complaint(read, frame)
    assert key == "data.features"
    assert "found many in column 'a', row 7 of " in message
    assert complaint(read, frame, features=("note", "b"))[0] == "data.features"


def test_missing_values_of_pandas_own_types(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"a": pd.array([1, None, 3], dtype="Int64"), "y": [1, -1, 1]}).to_parquet(path)
    key, message = complaint(table_data, TableData(path=str(path), features=("a",), label="y"))
    assert key == "data.features"
    assert "found <NA> in column 'a', row 2" in message


@pytest.mark.parametrize("label", [0, 2, -1.5, 0.999])
def test_a_label_that_is_none(read, frame, label):
    frame["y"] = frame["y"].astype(float)
    frame.loc[[3, 9, 11], "y"] = label
    key, message = complaint(read, frame)
    assert key == "data.label"
    assert f"found the label {label:g} in row 4 of " in message
    assert "(3 such rows); labels are -1 and +1" in message


def test_a_table_without_rows(read, frame):
    key, message = complaint(read, frame.iloc[:0])
    assert key == "data.path"
    assert message.startswith("found no rows in ")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", None, "can't open {path}: No such file or directory; check the path"),
        ("t.parquet", None, "can't open {path}: No such file or directory; check the path"),
        ("t.xlsx", b"", "found the file 't.xlsx'; wanted one that ends in .csv or .parquet"),
        ("t.csv", b"", "can't read a table from {path}: No columns to parse from file"),
        ("t.csv", b"a,b,y\n1,2,1\n1,2,1,5,6\n", "can't read a table from {path}: "),
        ("t.csv", b"\xff\xfe\x00a", "can't read a table from {path}: "),
        ("t.parquet", b"", "can't read a table from {path}: "),
        ("t.parquet", b"PAR1, but nothing of the kind, PAR1", "can't read a table from {path}: "),
    ],
)
def test_a_file_that_can_not_be_read(tmp_path: Path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    key, found = complaint(table_data, TableData(path=str(path), features=("a", "b"), label="y"))
    assert key == "data.path"
    assert found.startswith(message.format(path=path))
    assert "\n" not in found


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_folder_is_no_table(tmp_path, name):
    (tmp_path / name).mkdir()
    key, message = complaint(table_data, TableData(path=str(tmp_path / name), features=("a",), label="y"))
    assert key == "data.path"
    assert "Is a directory" in message
