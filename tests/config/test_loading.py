from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.loading import load_config, validate
from sggd_qiskit.config.source import read_source

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["none", "plane", "Z0", "0.1"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["kind", "values", "weight", "pauli", "data", "x"]), inner, max_size=3),
    ),
)
TABLE = """\
name: table
data: {kind: table, path: points.csv, features: [x], label: y}
model: {qubits: 1, encoding: {kind: file, path: ../maps/map.qasm}, ansatz: {kind: real_amplitudes}}
symmetry: {generators: [{permutation: [0]}, {circuit: /elsewhere/flip.qpy}]}
"""


def test_defaults_are_filled_in(load):
    config = load()
    assert config.name == "plane-swap"
    assert config.data.train == 20
    assert config.training.steps > 0


def test_overrides_are_applied(load):
    config = load("cost.weight={kind: linear, start: 0, end: 1, steps: 5}", "data.train=7", "symmetry.group=parity")
    assert config.cost.weight.steps == 5
    assert config.data.train == 7
    assert config.symmetry.group == "parity"


def test_lists_become_tuples_and_whole_numbers_floats(load):
    config = load("training.initial={kind: values, values: [1, 2]}", "cost.weight=1")
    assert config.training.initial.values == (1.0, 2.0)
    assert all(type(value) is float for value in (*config.training.initial.values, config.cost.weight))


@pytest.mark.parametrize(
    "override", ["data.train='300'", "data.train=true", "data.train=3.0", "data.enhance=1", "name=5"]
)
def test_nothing_is_converted_silently(load, override):
    with pytest.raises(ConfigError):
        load(override)


@pytest.mark.parametrize("number", [".nan", ".inf", "1e999", "1" + "0" * 400])
def test_numbers_are_finite(load, number):
    with pytest.raises(ConfigError, match=r"data\.radius"):
        load(f"data.radius={number}")


class TestPathsOfFiles:
    @pytest.fixture
    def folder(self, tmp_path) -> Path:
        folder = tmp_path / "configs"
        folder.mkdir()
        (folder / "table.yaml").write_text(TABLE + "cost: {guidance: penalty}\n")
        return folder

    def check(self, config, folder: Path):
        assert Path(config.data.path) == folder / "points.csv"
        assert Path(config.model.encoding.path).resolve() == folder.parent / "maps" / "map.qasm"
        assert config.symmetry.generators[1].circuit == "/elsewhere/flip.qpy"

    def test_are_taken_from_the_configuration(self, folder):
        self.check(load_config(folder / "table.yaml"), folder)

    def test_are_absolute_even_if_the_configuration_is_named_relatively(self, folder, monkeypatch):
        monkeypatch.chdir(folder.parent)
        self.check(load_config("configs/table.yaml"), folder)

    def test_may_not_be_empty(self, folder):
        with pytest.raises(ConfigError, match=r"data\.path.*file"):
            load_config(folder / "table.yaml", ["data.path=''"])


@given(st.text(max_size=200))
def test_any_text_loads_or_is_refused(tmp_path_factory, text):
    file = Path(tmp_path_factory.getbasetemp(), "any.yaml")
    file.write_bytes(text.encode("utf-8", "replace"))
    with pytest.raises(ConfigError):
        load_config(file)


KEYS = (
    "name data data.kind data.region model.observable model.encoding model.qubits symmetry symmetry.generators cost "
    "cost.weight training.initial training.initial.values training.batch"
)


@given(key=st.sampled_from(KEYS.split()), value=VALUES)
def test_any_value_under_a_known_key_is_taken_or_refused_in_a_line(tmp_path_factory, key, value):
    file = Path(tmp_path_factory.getbasetemp(), "base.yaml")
    file.write_text("name: a\nmodel: {qubits: 2, encoding: {kind: angle}, ansatz: {kind: hardware_efficient}}\n")
    source = read_source(file, ["data.kind=plane", "symmetry.group=swap", f"{key}=null"])
    parent = source.data
    *parents, last = key.split(".")
    for part in parents:
        parent = parent[part]
    parent[last] = value
    try:
        validate(source)
    except ConfigError as error:
        lines = source.describe(error)
        assert lines
        assert not any("\n" in line or "Input" in line for line in lines)
