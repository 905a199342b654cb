"""What is made of tables as people have them."""

from __future__ import annotations

import pandas as pd
import pytest

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.setup.columns import find_columns, label_columns, read_any

ROWS = 8


def frame(**columns):
    base = {"a": [0.1 * k for k in range(ROWS)], "b": [3 + k for k in range(ROWS)]}
    return pd.DataFrame({**base, **columns})


@pytest.mark.parametrize(
    ("columns", "label"),
    [
        ({"kind": ["x", "y"] * 4}, "kind"),
        ({"flag": [0, 1] * 4, "kind": ["x", "y"] * 4}, "kind"),  # text before numbers
        ({"first": ["x", "y"] * 4, "second": ["v", "w"] * 4}, "second"),  # the last
        ({"target": [0.0, 1.0] * 4, "kind": ["x", "y"] * 4}, "target"),  # a telling name
        ({"kind": ["x", "y"] * 4, "side": ["train", "test"] * 4}, "kind"),
        ({"name": list("abcdefgh"), "yes": [True, False] * 4}, "yes"),  # not a kind for each row
    ],
)
def test_the_label_is_proposed(columns, label):
    table = frame(**columns)
    assert find_columns(table).label == label == label_columns(table)[0]


def test_the_others_are_features_or_left_out_with_a_reason():
    table = frame(
        id=range(ROWS),
        output=[0.5 * k for k in range(ROWS)],
        same=[1.0] * ROWS,
        word=list("abcdefgh"),
        side=["train", "test"] * 4,
        label=["x", "y"] * 4,
    )
    found = find_columns(table)
    assert (found.label, found.features, found.split) == ("label", ("a", "b"), "side")
    assert set(found.left_out) == {"id", "output", "same", "word"}
    chosen = find_columns(table, features=["b"])
    assert chosen.features == ("b",)
    assert set(chosen.left_out) == {"a", "id", "output", "same", "word"}


def test_of_many_features_the_first_are_proposed():
    many = {f"f{k}": [0.1 * k + 0.2 * row for row in range(ROWS)] for k in range(12)}
    found = find_columns(frame(**many, label=["x", "y"] * 4))
    assert found.features == ("a", "b", *(f"f{k}" for k in range(6)))
    assert "--feature" in found.left_out["f11"]


@pytest.mark.parametrize(
    ("columns", "arguments", "key", "said"),
    [
        ({}, {}, "data.label", "--label"),
        ({"kind": ["x", "y"] * 4}, {"label": "knd"}, "data.label", "'kind'"),
        ({"kind": ["x", "y"] * 4}, {"features": ["c"]}, "data.features", "'a'"),
    ],
)
def test_says_what_it_does_not_find(columns, arguments, key, said):
    with pytest.raises(ConfigError) as caught:
        find_columns(frame(**columns), **arguments)
    assert str(caught.value).startswith(f"{key}: ")
    assert said in str(caught.value)


def test_no_feature_is_left():
    with pytest.raises(ConfigError) as caught:
        find_columns(pd.DataFrame({"word": list("abcd"), "label": [0, 1] * 2}))
    assert str(caught.value).startswith("data.features: ")
    assert "word" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "encoding", "settings"),
    [
        ("a,b,kind\n0.5,1,x\n0.25,2,y\n", "utf-8", {}),
        ("a,b,kind\n0.5,1,x\n0.25,2,y\n", "utf-8-sig", {}),
        ("a;b;kind\n0,5;1;x\n0,25;2;y\n", "utf-8", {"delimiter": ";", "decimal": ","}),
        ("a\tb\tkind\n0.5\t1\tx\n0.25\t2\ty\n", "utf-8", {"delimiter": "\t"}),
        ("a|b|Größe\n0.5|1|x\n0.25|2|y\n", "latin-1", {"delimiter": "|", "encoding": "latin-1"}),
    ],
)
def test_a_table_is_read_however_it_is_written(tmp_path, text, encoding, settings):
    (tmp_path / "t.csv").write_text(text, encoding=encoding)
    table, found = read_any(tmp_path / "t.csv")
    assert found == settings
    assert table["a"].tolist() == [0.5, 0.25]
    assert [name[0] for name in table.columns] in (["a", "b", "k"], ["a", "b", "G"])


def test_a_parquet_file_is_read(tmp_path):
    frame(kind=["x", "y"] * 4).to_parquet(tmp_path / "t.parquet")
    assert read_any(tmp_path / "t.parquet")[1] == {}


@pytest.mark.parametrize(
    ("name", "text"), [("none.csv", None), ("t.txt", "a,b\n1,2\n"), ("t.csv", "just text\n"), ("t.csv", "")]
)
def test_what_is_no_table_is_told(tmp_path, name, text):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_any(tmp_path / name)
    assert str(caught.value).startswith("data.path: ")
