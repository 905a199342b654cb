"""From the bytes of a file, and overrides, to plain data that know their lines."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sggd_qiskit.config import source as source_module
from sggd_qiskit.config.errors import ConfigError, Fault
from sggd_qiskit.config.plain import MAX_DEPTH
from sggd_qiskit.config.source import read_source
from sggd_qiskit.config.yaml_text import parse


def refused(path, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_source(path, overrides)
    message = str(caught.value)
    assert "\n" not in message
    return message


def places(source, *paths) -> list[str]:
    """What is said to be the place of each key path."""
    lines = source.describe(ConfigError(*(Fault(path, "?") for path in paths)))
    return [line.removesuffix("?").rstrip(": ") for line in lines]


def test_plain_values_are_those_of_yaml_1_2():
    values = {
        "1e-3": 1e-3, "none": "none", "no": "no", "~": None, "": None, "True": True, "017": 17, "0x1F": 31, "-0o17": -15,
        "1_000": 1000, "-.inf": -math.inf, "!!str 5": "5", "!!float 5": 5.0, "=": "=", "<<": "<<",
        "0.5 Z0 + 0.25 X0 X1": "0.5 Z0 + 0.25 X0 X1", "[1, [a, {b: c}]]": [1, ["a", {"b": "c"}]],
    }  # fmt: skip
    for text, value in values.items():
        data, _ = parse(f"key: {text}\n", str)
        assert data == {"key": value}
        assert type(data["key"]) is type(value)
    assert math.isnan(parse("key: .nan", str)[0]["key"])


class TestFiles:
    def test_that_cant_be_read(self, tmp_path):
        assert "no-such.yaml" in refused(tmp_path / "no-such.yaml")
        assert "folder" in refused(tmp_path)
        assert "can't read" in refused("a\0b")

    def test_a_byte_order_mark_is_no_content(self, write):
        assert read_source(write("\ufeffkey: 1")).data == {"key": 1}

    def test_not_utf8(self, tmp_path):
        file = tmp_path / "latin.yaml"
        file.write_bytes(b"name: a\ncomment: \xe9\n")
        assert f"{file}:2" in (message := refused(file))
        assert "UTF-8" in message

    def test_too_large(self, write, monkeypatch):
        monkeypatch.setattr(source_module, "MAX_BYTES", 10)
        assert "larger" in refused(write("name: 12345678"))

    @pytest.mark.parametrize("text", ["a: [" + "0," * 490_000 + "0]", "a:\n" + "- 0\n" * 249_000])
    def test_too_many_values_are_refused_before_all_are_read(self, write, text):
        started = time.process_time()
        assert "shorten" in refused(write(text))
        assert time.process_time() - started < 30

    @pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "null\n"])
    def test_empty(self, write, text):
        assert "empty" in refused(write(text))

    @pytest.mark.parametrize(("text", "kind"), [("- a\n- b\n", "a list"), ("token=abc\n", "a single value")])
    def test_top_level_is_no_mapping(self, write, text, kind):
        message = refused(write(text))
        assert kind in message
        assert "mapping" in message
        assert "abc" not in message


class TestSyntax:
    @pytest.mark.parametrize(
        ("text", "line", "said"),
        [
            ("a: 1\nb: [1,\n", 3, "column"),
            ("a: 1\nb: *nowhere\n", 2, "nowhere"),
            ("a: 1\nb: \x01\n", 2, "#x0001"),
            ("a: 1\n---\nb: 2\n", 3, "second document"),
            ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "python/object"),
            ("a: 1\nb: !custom {c: 1}\n", 2, "!custom"),
            ("a: 1\nb: !custom 1\n", 2, "!custom"),
            ("a: 1\nb: !!set {c}\n", 2, "set"),
            ("a: 1\nb: !!int many\n", 2, "int"),
            ("a: 1\nb: 2024-01-01\n", 2, "quote it"),
            ("a: 1\nb: " + "9" * 5000 + "\n", 2, "int"),
            ('a: 1\nb: "\\ud800"\n', 2, "str"),
            ("a: 1\nb:\n  1: c\n", 3, "not a string"),
            ("a: 1\n? [b, c]\n: 2\n", 2, "not a string"),
            ("a: 1\nb: {<<: 3}\n", 2, "merging"),
            ('a: "\\U99999999"\n', 1, "not YAML"),
            ("a: 1\nb: " + "[" * 5000, 2, "nested"),
            ("a: 1\nb: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH, 2, "nested"),
        ],
    )
    def test_message_names_the_line(self, write, text, line, said):
        file = write(text)
        message = refused(file)
        assert f"{file}:{line}" in message
        assert said in message

    def test_duplicate_keys_name_both_lines_and_no_value(self, write):
        file = write("cost:\n  token: s3cr\n  norm: x\n  token: s3cr\n")
        message = refused(file)
        assert f"{file}:2" in message
        assert f"{file}:4" in message
        assert "s3cr" not in message


class TestAliases:
    def test_repeat_without_sharing(self, write):
        data = read_source(write("a: &x {b: [1]}\nc: *x\n"), ["c.b.0=2"]).data
        assert data == {"a": {"b": [1]}, "c": {"b": [2]}}

    def test_an_anchor_may_be_set_again(self, write):
        assert read_source(write("a: &x 1\nb: &x 2\nc: *x\n")).data["c"] == 2

    def test_merge_keys_yield_to_own_keys_and_to_earlier_merges(self, write):
        text = "a: &a {x: 1, y: 1, z: 1}\nb: &b {x: 2, w: 2}\nc:\n  z: 3\n  <<: [*a, *b]\n"
        file = write(text)
        source = read_source(file)
        assert source.data["c"] == {"x": 1, "y": 1, "z": 3, "w": 2}
        assert places(source, ("c", "w"), ("c", "z"), ("c",)) == [f"{file}:2: c.w", f"{file}:4: c.z", f"{file}:3: c"]

    @pytest.mark.parametrize("text", ["a: &a [1, *a]\n", "a: &a {b: *a}\n", "a: &a {<<: *a}\n"])
    def test_an_alias_is_no_part_of_itself(self, write, text):
        assert "part of itself" in refused(write(text))

    @pytest.mark.parametrize(("head", "link"), [("[x, x]", "[*{0}, *{0}]"), ("{x: 1}", "{{<<: [*{0}, *{0}]}}")])
    def test_a_billion_laughs_are_not_laughed(self, write, head, link):
        lines = [f"a0: &a0 {head}", *(f"a{n}: &a{n} {link.format(f'a{n - 1}')}" for n in range(1, 40))]
        assert "aliases included" in refused(write("\n".join(lines)))


def test_places_are_lines_of_keys_and_items_or_of_what_is_around(write):
    file = write("name: a\nsymmetry:\n  generators:\n    - pauli: XX\n    - pauli:\n        ZZ\n")
    source = read_source(file, ["cost.weight=7"])
    generators = ("symmetry", "generators")
    paths = [
        ("name",),
        (*generators, 1),
        (*generators, "1", "pauli"),
        (*generators, 0, "no"),
        ("cost", "weight"),
        ("data",),
    ]
    assert [place.split(": ")[0] for place in places(source, *paths)] == [
        f"{file}:1", f"{file}:5", f"{file}:5", f"{file}:4", "--set cost.weight=7", str(file)
    ]  # fmt: skip
    assert places(source, ()) == [str(file)]


class TestOverrides:
    @pytest.mark.parametrize(
        ("override", "path", "value"),
        [
            ("a.b=2.5", ("a", "b"), 2.5),
            ("a.b=", ("a", "b"), None),
            ("a.b=x=y", ("a", "b"), "x=y"),
            ("a={kind: values, values: [0.1]}", ("a",), {"kind": "values", "values": [0.1]}),
            ("new.key.path=1", ("new", "key", "path"), 1),
            ("empty.key=1", ("empty", "key"), 1),
            ("list.1.c=XX", ("list", 1, "c"), "XX"),
        ],
    )
    def test_set_one_key(self, write, override, path, value):
        source = read_source(write("a: {b: 1}\nempty:\nlist: [{c: 1}, {c: 2}]\n"), [override])
        found = source.data
        for part in path:
            found = found[part]
        assert found == value
        (place,) = places(source, path)
        assert place.startswith(f"--set {override}: ")

    def test_later_ones_win(self, write):
        source = read_source(write("a: {b: 1}"), ["a.b=2", "a={c: 3}", "a.d=4"])
        assert source.data == {"a": {"c": 3, "d": 4}}
        assert places(source, ("a", "b"), ("a", "d")) == ["--set a={c: 3}: a.b", "--set a.d=4: a.d"]

    @pytest.mark.parametrize(
        ("override", "said"),
        [
            ("a.b", "key.path=value"),
            ("=3", "key.path=value"),
            ("a..b=3", "key.path=value"),
            ("a.b.c=3", "a.b is a single value"),
            ("list.2=3", "from 0 to 1"),
            ("list.c=3", "from 0 to 1"),
            ("none.0=3", "empty"),
            ("a.b=[1", "not YAML"),
            ("a.b=!foo 1", "!foo"),
            (".".join("a" * 100) + "=", "at most"),
        ],
    )
    def test_errors_name_the_override(self, write, override, said):
        message = refused(write("a: {b: 1}\nlist: [1, 2]\nnone: []\n"), override)
        assert f"--set {override}" in message
        assert said in message

    @pytest.mark.parametrize(
        "override", ["execution.token=[s3cr", "api_key=s3cr: [", "token s3cr", "a.b.password=s3cr"]
    )
    def test_errors_never_repeat_a_credential(self, write, override):
        assert "s3cr" not in refused(write("a: {b: 1}\n"), override)

    def test_places_never_repeat_a_credential(self, write):
        (place,) = places(read_source(write("a: 1"), ["execution.token=s3cr"]), ("execution", "token"))
        assert place.startswith("--set execution.token=...")


SIGNS = st.sampled_from("ab10 \n\t\x85[]{},:-?|>#@%&*!'\"\\~.=<")
WORDS = st.sampled_from(["&x ", "*x", "<<: ", "!!int ", "---\n", "%YAML 1.1\n", "1e3", "._", "\\ud800", "\\U99999999"])


@given(st.one_of(st.text(), st.lists(SIGNS | WORDS, max_size=30).map("".join)))
def test_any_text_is_read_or_refused(text):
    with suppress(ConfigError):
        parse(text, lambda line: f"line {line}")


@given(st.binary(max_size=200), st.lists(st.text(max_size=30), max_size=2))
def test_any_file_is_read_or_refused(tmp_path_factory, content, overrides):
    file = Path(tmp_path_factory.getbasetemp(), "any.yaml")
    file.write_bytes(content)
    try:
        source = read_source(file, overrides)
    except ConfigError:
        return
    assert isinstance(source.data, dict)
