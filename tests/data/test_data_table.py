"""A user's own table, and what is said about one that can't be used."""

from __future__ import annotations

import gzip
import logging
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sggd_qiskit.config.data import TableData
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.table import table_data

WRITERS = {
    ".csv": lambda frame, path: frame.to_csv(path, index=False),
    ".parquet": lambda frame, path: frame.to_parquet(path),
}

TABLE = {"kind": "table", "path": "t.csv", "features": ["a", "b"], "label": "y"}
MODEL = {"qubits": 2, "encoding": {"kind": "angle"}, "ansatz": {"kind": "hardware_efficient"}}


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
        assert "found no training points among 40 rows" in message
        assert "test_fraction" in message
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
    assert key == "data.split"
    assert "found 'Train' in column 'side', row 4; wanted 'train' or 'test'" in message


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
    assert f"no column {missing!r}" in message
    assert message.endswith("'b', 'note', 'y', 'a'")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("column", "key"), [("b", "data.features"), ("y", "data.label")])
def test_a_value_that_is_not_finite(read, frame, suffix, bad, column, key):
    frame[column] = frame[column].astype(float)
    frame.loc[[4, 17], column] = bad
    found, message = complaint(read, frame)
    assert found == key
    assert f"found {bad} in " in message
    assert f"column {column!r}" in message
    assert "row 5" in message


def test_text_in_a_feature(read, frame):
    frame["a"] = frame["a"].astype(str)
    frame.loc[6, "a"] = "many"
    key, message = complaint(read, frame)
    assert key == "data.features"
    assert "found many in column 'a', row 7" in message
    assert complaint(read, frame, features=("note", "b"))[0] == "data.features"


def test_missing_values_of_pandas_own_types(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"a": pd.array([1, None, 3], dtype="Int64"), "y": [1, -1, 1]}).to_parquet(path)
    key, message = complaint(table_data, TableData(path=str(path), features=("a",), label="y"))
    assert key == "data.features"
    assert "found <NA> in column 'a', row 2" in message


@pytest.mark.parametrize(
    ("written", "classes"),
    [
        ({-1: "no", 1: "yes"}, ("no", "yes")),
        ({-1: 0, 1: 1}, (0, 1)),
        ({-1: 1.5, 1: 2}, (1.5, 2.0)),
        ({-1: False, 1: True}, (False, True)),
    ],
)
def test_labels_of_any_kind_are_found_and_sorted(read, frame, written, classes):
    dataset = read(frame.assign(y=frame["y"].map(written)))
    assert dataset.classes == classes
    assert [type(label) for label in dataset.classes] == [type(label) for label in classes]
    plain = read(frame)
    assert plain.classes == (-1, 1)
    for sample, reference in ((dataset.train, plain.train), (dataset.test, plain.test)):
        assert sample.classes == classes
        assert sample.labels.tolist() == [written[y] for y in reference.labels]
        np.testing.assert_array_equal(sample.targets(1), reference.targets(1))


def test_the_order_of_the_classes_is_the_configured_one(read, frame):
    named = frame.assign(y=frame["y"].map({-1: "no", 1: "yes"}))
    assert read(named, labels=("yes", "no")).classes == ("yes", "no")
    np.testing.assert_array_equal(read(named, labels=("yes", "no")).train.targets(1), -read(named).train.targets(1))


def test_a_label_that_is_not_configured(read, frame):
    named = frame.assign(y=frame["y"].map({-1: "no", 1: "yes"}))
    named.loc[[3, 9, 11], "y"] = "maybe"
    assert read(named).classes == ("maybe", "no", "yes")
    key, message = complaint(read, named, labels=("no", "yes"))
    assert key == "data.label"
    for word in ("'maybe'", "'y'", "row 4", "3 such rows", "'no', 'yes'"):
        assert word in message


def test_one_label_only(read, frame):
    key, message = complaint(read, frame.assign(y=1))
    assert key == "data.label"
    assert "found 1 " in message
    # A training set of one class is what a biased experiment may want; then the classes are named.
    assert read(frame.assign(y=1), labels=(-1, 1)).classes == (-1, 1)


@pytest.mark.parametrize(
    ("feature", "found"),
    [([True, False] * 20, "booleans"), (pd.to_timedelta(range(40), unit="s"), "times")],
)
def test_features_that_are_no_numbers(tmp_path, frame, feature, found):
    frame.assign(a=feature).to_parquet(tmp_path / "t.parquet")
    config = TableData(path=str(tmp_path / "t.parquet"), features=("b", "a"), label="y")
    key, message = complaint(table_data, config)
    assert key == "data.features"
    assert f"found {found} in column 'a'" in message


@pytest.mark.parametrize("name", ["t.CSV", "t.csv.gz", "T.Parquet"])
def test_other_spellings_of_the_suffix(tmp_path, frame, name):
    if name.endswith("et"):
        frame.to_parquet(tmp_path / name)
    else:
        frame.to_csv(tmp_path / name, index=False)
    assert len(table_data(TableData(path=str(tmp_path / name), features=("a", "b"), label="y")).train) == 30


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (["a,b,y", "0.1,0.2,-1,9", "0.3,0.4,1,9"], 2),  # pandas would take the first field for an index
        (["a,b,y", "0,1,0,2,-1", "0,3,0,4,1"], 2),
        (["a;b;y", "0,1;0,2;-1"], 1),
        (["a,b,y", "", '0.1,"0.2",-1', "0.3,0.4"], 4),
        (["a,b,y", "0.1,0.2,-1", "0.3,0.4,1,"], 3),
    ],
)
def test_rows_with_more_or_fewer_fields_than_the_header(tmp_path, rows, line):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(rows))
    key, message = complaint(table_data, TableData(path=str(path), features=("a", "b"), label="y"))
    assert key == "data.path"
    assert re.search(rf"line {line}\b", message)


def test_a_column_that_occurs_twice(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,a,y\n1,2,1\n3,4,-1\n")
    key, message = complaint(table_data, TableData(path=str(path), features=("a",), label="y"))
    assert key == "data.path"
    assert "'a' twice" in message


def test_quotes_empty_lines_and_a_byte_order_mark(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes('\ufeffa,b,y\r\n\r\n1,"2","x, y"\r\n3,4,"two\r\nlines"\r\n5,6,"x, y"\r\n'.encode())
    dataset = table_data(TableData(path=str(path), features=("a", "b"), label="y", test_fraction=0.3, seed=1))
    assert dataset.classes == ("two\r\nlines", "x, y")
    assert sorted([*dataset.train.points[:, 0], *dataset.test.points[:, 0]]) == [1, 3, 5]


def test_a_table_without_rows(read, frame):
    key, message = complaint(read, frame.iloc[:0])
    assert key == "data.path"
    assert message.startswith("found no rows in ")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", None, "can't open {path}: No such file or directory; check the path"),
        ("t.parquet", None, "can't open {path}: No such file or directory; check the path"),
        ("t.xlsx", b"", "found the file 't.xlsx'; wanted one that ends in .csv, .csv.gz, .parquet"),
        ("t.csv.gz", b"a,b,y\n1,2,1\n", "can't open {path}: "),
        ("t.csv.gz", gzip.compress(b"a,b,y\n1,2,1\n", mtime=0)[:-12], "can't read a table from {path}: "),
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
    assert "; " in found  # what to do
    assert "\n" not in found


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_folder_is_no_table(tmp_path, name):
    (tmp_path / name).mkdir()
    key, message = complaint(table_data, TableData(path=str(tmp_path / name), features=("a",), label="y"))
    assert key == "data.path"
    assert "Is a directory" in message


def csv(tmp_path: Path, content: str | bytes, **settings) -> TableData:
    """The configuration of a CSV file with that content."""
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return TableData(**{"path": str(path), "features": ("a", "b"), "label": "y", "test_fraction": 0.25, **settings})


GERMAN = "a;b;y\n0,1;0,2;größer\n0,3;-1,4;kleiner\n"


def test_delimiter_decimal_sign_and_encoding(tmp_path):
    config = csv(
        tmp_path,
        GERMAN.encode("latin-1"),
        delimiter=";",
        decimal=",",
        encoding="ISO-8859-1",
        test_fraction=0.5,
        labels=("größer", "kleiner"),
    )
    dataset = table_data(config)
    points = np.concatenate([dataset.train.points, dataset.test.points])
    assert sorted(points.tolist()) == [[0.1, 0.2], [0.3, -1.4]]


@pytest.mark.parametrize(
    ("settings", "key", "line", "remedy"),
    [
        ({}, "data.path", "line 1", "data.delimiter, perhaps to ';'"),
        ({"delimiter": ";"}, "data.features", ":2:", "decimal to ','"),
        ({"delimiter": ";", "decimal": ",", "encoding": "ascii"}, "data.path", "line 2", "data.encoding"),
    ],
)
def test_a_remedy_that_is_followed_leads_on(tmp_path, settings, key, line, remedy):
    found, message = complaint(table_data, csv(tmp_path, GERMAN, labels=("größer", "kleiner"), **settings))
    assert found == key
    assert line in message
    assert remedy in message


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"encoding": "utf-99"}, "encoding"),
        ({"delimiter": ",", "decimal": ","}, "delimiter"),
        ({"delimiter": "\n"}, "delimiter"),
        ({"path": "t.parquet", "decimal": ","}, "decimal"),
        ({"labels": {"u": 1, "v": 1}}, "labels"),
        ({"labels": {"u": 1, "v": -1, "w": 1}}, "labels"),
    ],
)
def test_settings_that_fit_no_table(settings, key):
    config = {"name": "t", "model": MODEL, "data": {**TABLE, **settings}}
    with pytest.raises(ConfigError) as caught:
        load_config(config)
    assert str(caught.value).startswith(f"data.{key}: found ")


GAPS = "a,b,y\n1,2,u\n\n3,,v\n5,6,\nNA,8,v\n9,1,v\n2,2,u\n"


@pytest.mark.parametrize("column", ["a", "b", "y"])
def test_a_missing_value_is_refused_by_its_line(tmp_path, column):
    rows = ["a,b,y", "", "1,2,u", "3,4,v", "5,6,u"]
    fields = rows[3].split(",")
    fields["aby".index(column)] = ""
    key, message = complaint(table_data, csv(tmp_path, "\n".join([*rows[:3], ",".join(fields), *rows[4:]])))
    assert key == ("data.label" if column == "y" else "data.features")
    assert "t.csv:4: " in message
    assert f"column {column!r}, row 2" in message
    assert "missing to 'drop'" in message


def test_rows_with_gaps_are_left_out_if_told(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, "sggd_qiskit"):
        dataset = table_data(csv(tmp_path, GAPS, missing="drop", labels=("u", "v")))
    left = [*zip(dataset.train.points.tolist(), dataset.train.labels, strict=True)]
    left += [*zip(dataset.test.points.tolist(), dataset.test.labels, strict=True)]
    assert sorted(left) == [([1, 2], "u"), ([2, 2], "u"), ([9, 1], "v")]
    assert ["3 of 6 rows" in record.message for record in caplog.records] == [True]


def test_lines_are_those_of_the_file_when_rows_were_left_out(tmp_path):
    key, message = complaint(table_data, csv(tmp_path, GAPS + "4,many,u\n", missing="drop"))
    assert key == "data.features"
    assert "t.csv:9: found many in column 'b', row 7" in message
    assert (
        "t.csv:8: found 'w'"
        in complaint(table_data, csv(tmp_path, GAPS.replace("2,2,u", "2,2,w"), missing="drop", labels=("u", "v")))[1]
    )


def test_a_table_of_gaps(tmp_path):
    assert "each of 2 rows" in complaint(table_data, csv(tmp_path, "a,b,y\n1,,u\n,2,v\n", missing="drop"))[1]


@pytest.mark.parametrize(
    ("written", "mapping", "classes"),
    [
        ({-1: "no", 1: "yes"}, {"no": 1, "yes": -1}, ("yes", "no")),
        ({-1: 0, 1: 1}, {"0": 1, "1": -1}, (1, 0)),
        ({-1: False, 1: True}, {"false": 1, "true": -1}, (True, False)),
    ],
)
def test_a_mapping_says_what_counts_as_what(read, frame, written, mapping, classes):
    dataset = read(frame.assign(y=frame["y"].map(written)), labels=mapping)
    assert dataset.classes == classes
    np.testing.assert_array_equal(dataset.train.targets(1), -read(frame).train.targets(1))


def test_one_label_of_several_that_are_named_is_told(read, frame, caplog):
    with caplog.at_level(logging.WARNING, "sggd_qiskit"):
        read(frame.assign(y=1), labels=(-1, 1))
    assert [record.message for record in caplog.records] == ["all 30 training points are labelled 1"]
