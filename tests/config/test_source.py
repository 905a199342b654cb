from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sggd_qiskit.config import source as source_module
from sggd_qiskit.config.errors import ConfigError, Fault
from sggd_qiskit.config.source import read_source
from sggd_qiskit.config.plain import MAX_DEPTH
from sggd_qiskit.config.yaml_text import parse


def refused(path, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_source(path, overrides)
    message = str(caught.value)
    assert "\n" not in message
    return message


class TestPlainValues:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1e-3", 1e-3),
            ("none", "none"),
            ("no", "no"),
            ("~", None),
            ("", None),
            ("True", True),
            ("017", 17),
            ("0x1F", 31),
            ("-0o17", -15),
            ("1_000", 1000),
            ("-.inf", -math.inf),
            ("!!str 5", "5"),
            ("!!float 5", 5.0),
            ("=", "="),
            ("<<", "<<"),
            ("0.5 Z0 + 0.25 X0 X1", "0.5 Z0 + 0.25 X0 X1"),
            ("[1, [a, {b: c}]]", [1, ["a", {"b": "c"}]]),
        ],
    )
    def test_are_those_of_yaml_1_2(self, write, text, value):
        data = read_source(write(f"key: {text}\n")).data
        assert data == {"key": value}
        assert type(data["key"]) is type(value)

    def test_nan_is_a_number(self, write):
        assert math.isnan(read_source(write("key: .nan")).data["key"])

    def test_a_byte_order_mark_is_no_content(self, write):
        assert read_source(write("\ufeffkey: 1")).data == {"key": 1}


class TestFiles:
    def test_missing(self, tmp_path):
        assert "no-such.yaml" in refused(tmp_path / "no-such.yaml")

    def test_folder(self, tmp_path):
        assert "folder" in refused(tmp_path)

    def test_name_that_no_file_can_have(self):
        assert "can't read" in refused("a\0b")

    def test_not_utf8(self, tmp_path):
        file = tmp_path / "latin.yaml"
        file.write_bytes(b"name: a\ncomment: \xe9\n")
        assert f"{file}:2" in (message := refused(file))
        assert "UTF-8" in message

    def test_too_large(self, write, monkeypatch):
        monkeypatch.setattr(source_module, "MAX_BYTES", 10)
        assert "larger" in refused(write("name: 12345678"))

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
            ("a: 1\n\tb: 2\n", 2, "column"),
            ("a: 1\nb: *nowhere\n", 2, "nowhere"),
            ("a: 1\nb: \x01\n", 2, "#x0001"),
            ("a: 1\n---\nb: 2\n", 3, "second document"),
            ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "python/object"),
            ("a: 1\nb: !custom {c: 1}\n", 2, "!custom"),
            ("a: 1\nb: !custom 1\n", 2, "!custom"),
            ("a: 1\nb: !!set {c}\n", 2, "set"),
            ("a: 1\nb: !!int many\n", 2, "int"),
            ("a: 1\nb: !!bool maybe\n", 2, "bool"),
            ("a: 1\nb: 2024-01-01\n", 2, "date"),
            ("a: 1\nb: " + "9" * 5000 + "\n", 2, "int"),
            ('a: 1\nb: "\\ud800"\n', 2, "str"),
            ("a: 1\nb:\n  1: c\n", 3, "not a string"),
            ("a: 1\n? [b, c]\n: 2\n", 2, "wanted a string"),
            ("a: 1\nb: {<<: 3}\n", 2, "'<<'"),
            ("a: 1\nb: {<<: !custom {c: 1}}\n", 2, "'<<'"),
            ("a: 1\n~: 2\n", 2, "not a string"),
            ('a: "\\U99999999"\n', 1, "not YAML"),
            ("%YAML 1.17\n---\na: 1\n", 1, "not YAML"),
        ],
    )
    def test_message_names_the_line(self, write, text, line, said):
        file = write(text)
        message = refused(file)
        assert f"{file}:{line}" in message
        assert said in message

    def test_duplicate_keys_name_both_lines(self, write):
        file = write("cost:\n  weight: 1\n  norm: x\n  weight: 2\n")
        message = refused(file)
        assert message.startswith("cost.weight:")
        assert f"{file}:2" in message
        assert f"{file}:4" in message

    def test_far_too_deep_for_the_parser(self, write):
        assert "nested" in refused(write("a: " + "[" * 5000))

    def test_deeper_than_any_configuration(self, write):
        assert "nested" in refused(write("a: " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)))


class TestAliases:
    def test_repeat_without_sharing(self, write):
        data = read_source(write("a: &x {b: [1]}\nc: *x\n"), ["c.b.0=2"]).data
        assert data == {"a": {"b": [1]}, "c": {"b": [2]}}

    def test_an_anchor_may_be_set_again(self, write):
        assert read_source(write("a: &x 1\nb: &x 2\nc: *x\n")).data["c"] == 2

    def test_merge_keys_yield_to_own_keys_and_to_earlier_merges(self, write):
        text = "a: &a {x: 1, y: 1, z: 1}\nb: &b {x: 2, w: 2}\nc:\n  z: 3\n  <<: [*a, *b]\n"
        source = read_source(write(text))
        assert source.data["c"] == {"x": 1, "y": 1, "z": 3, "w": 2}
        assert source.places["c", "w"].endswith(":2")
        assert source.places["c", "z"].endswith(":4")

    @pytest.mark.parametrize("text", ["a: &a [1, *a]\n", "a: &a {b: *a}\n", "a: &a {<<: *a}\n"])
    def test_an_alias_is_no_part_of_itself(self, write, text):
        assert "part of itself" in refused(write(text))

    @pytest.mark.parametrize(("head", "link"), [("[x, x]", "[*{0}, *{0}]"), ("{x: 1}", "{{<<: [*{0}, *{0}]}}")])
    def test_a_billion_laughs_are_not_laughed(self, write, head, link):
        lines = [f"a0: &a0 {head}", *(f"a{n}: &a{n} {link.format(f'a{n - 1}')}" for n in range(1, 40))]
        assert "aliases included" in refused(write("\n".join(lines)))


class TestPlaces:
    def test_are_lines_of_keys_and_items(self, write):
        file = write("name: a\nsymmetry:\n  generators:\n    - pauli: XX\n    - pauli:\n        ZZ\n")
        places = read_source(file).places
        assert places["name",] == f"{file}:1"
        assert places["symmetry", "generators", 1] == f"{file}:5"
        assert places["symmetry", "generators", 1, "pauli"] == f"{file}:5"

    def test_describe_falls_back_on_what_is_around(self, write):
        file = write("name: a\nsymmetry:\n  generators:\n    - pauli: XX\n")
        source = read_source(file, ["cost.weight=7"])
        error = ConfigError(
            Fault((), "one"),
            Fault(("symmetry", "generators", "0", "pauli"), "two"),
            Fault(("symmetry", "generators", 0, "missing"), "three"),
            Fault(("cost", "weight"), "four"),
            Fault(("data",), "five"),
        )
        assert source.describe(error) == [
            f"{file}: one",
            f"{file}:4: symmetry.generators.0.pauli: two",
            f"{file}:4: symmetry.generators.0.missing: three",
            "--set cost.weight=7: cost.weight: four",
            f"{file}: data: five",
        ]


class TestOverrides:
    @pytest.mark.parametrize(
        ("override", "path", "value"),
        [
            ("a.b=2.5", ("a", "b"), 2.5),
            ("a.b=none", ("a", "b"), "none"),
            ("a.b=", ("a", "b"), None),
            ("a.b=x=y", ("a", "b"), "x=y"),
            ("a={kind: values, values: [0.1]}", ("a",), {"kind": "values", "values": [0.1]}),
            ("new.key.path=1", ("new", "key", "path"), 1),
            ("empty.key=1", ("empty", "key"), 1),
            ("list.1.c=XX", ("list", 1, "c"), "XX"),
            ("list.0=3", ("list", 0), 3),
        ],
    )
    def test_set_one_key(self, write, override, path, value):
        source = read_source(write("a: {b: 1}\nempty:\nlist: [{c: 1}, {c: 2}]\n"), [override])
        found = source.data
        for part in path:
            found = found[part]
        assert found == value
        assert source.places[path] == f"--set {override}"

    def test_later_ones_win(self, write):
        source = read_source(write("a: {b: 1}"), ["a.b=2", "a={c: 3}", "a.d=4"])
        assert source.data == {"a": {"c": 3, "d": 4}}
        assert source.places == {("a",): "--set a={c: 3}", ("a", "d"): "--set a.d=4"}

    @pytest.mark.parametrize(
        ("override", "said"),
        [
            ("a.b", "key.path=value"),
            ("=3", "key.path=value"),
            ("a..b=3", "key.path=value"),
            ("a.b.c=3", "a.b is a single value"),
            ("list.2=3", "from 0 to 1"),
            ("list.-1=3", "from 0 to 1"),
            ("list.c=3", "from 0 to 1"),
            ("none.0=3", "empty"),
            ("a.b=[1", "not YAML"),
            ("a.b=!foo 1", "!foo"),
            ("a.b=2024-01-01", "date"),
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
        places = read_source(write("a: 1"), ["execution.token=s3cr"]).places
        assert "s3cr" not in str(places)
        assert "token" in places["execution", "token"]


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
