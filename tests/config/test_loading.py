from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sggd_qiskit.config.cost import CostConfig, LinearWeight
from sggd_qiskit.config.data import PlaneData
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.identity import canonical
from sggd_qiskit.config.loading import load_config, validate
from sggd_qiskit.config.model import AngleEncoding
from sggd_qiskit.config.source import read_source
from sggd_qiskit.config.training import AdamConfig

CONFIGS = Path(__file__).parents[2] / "configs"

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


def test_overrides_are_applied(load, plane):
    config = load("cost.weight={kind: linear, start: 0, end: 1, steps: 5}", "data.train=7", "symmetry.group=parity")
    assert config.cost.weight.steps == 5
    assert config.data.train == 7
    assert config.symmetry.group == "parity"
    assert load_config(plane, "data.train=7") == load("data.train=7")


def test_lists_become_tuples_and_whole_numbers_floats(load):
    config = load("training.initial={kind: values, values: [1, 2]}", "cost.weight=1")
    assert config.training.initial.values == (1.0, 2.0)
    assert all(type(value) is float for value in (*config.training.initial.values, config.cost.weight))


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_experiments_of_the_repository_load(file):
    assert load_config(file).name == file.stem


@pytest.mark.parametrize("written", ["identity", "{kind: identity}"])
def test_files_of_the_first_version_load(load, written):
    assert load(f"model.postprocessing={written}") == load()


def test_an_unknown_postprocessing_is_refused_with_those_that_there_are(complaints):
    (line,) = complaints("model.postprocessing={kind: softmax}")
    assert line.startswith("model.postprocessing.kind")
    assert "softmax" in line
    assert "polynomial" in line


def test_the_identity_leaves_no_trace_in_what_names_a_run(load):
    assert "postprocessing" not in canonical(load("model.postprocessing=identity"))["model"]
    assert "postprocessing" in canonical(load("model.postprocessing={kind: tanh}"))["model"]


class TestFromPython:
    DATA: ClassVar = {
        "name": "plane-swap",
        "data": {"kind": "plane", "train": 20},
        "model": {"qubits": 4, "encoding": {"kind": "angle"}, "ansatz": {"kind": "hardware_efficient"}},
        "symmetry": {"group": "swap"},
    }

    def test_mappings_and_blocks_are_the_same_as_a_file(self, load):
        blocks = {
            "data": PlaneData(train=20),
            "model": {**self.DATA["model"], "encoding": AngleEncoding()},
            "cost": CostConfig(weight=LinearWeight(start=0, end=1, steps=3), loss="hinge"),
        }
        written = load("cost.weight={kind: linear, start: 0, end: 1, steps: 3}", "cost.loss=hinge")
        assert load_config(self.DATA) == load()
        assert load_config(self.DATA | blocks) == written
        assert load_config(written) == written

    def test_numpy_numbers_and_tuples_are_numbers_and_lists(self):
        initial = {"kind": "values", "values": np.array([1.0, 2.0])}
        training = {"steps": np.int64(3), "initial": initial, "optimizer": AdamConfig(learning_rate=0.1)}
        config = load_config(
            {**self.DATA, "symmetry": {"generators": [{"permutation": (1, 0, 3, 2)}]}, "training": training}
        )
        assert config.training.initial.values == (1.0, 2.0)
        assert config.training.steps == 3
        assert config.symmetry.generators[0].permutation == (1, 0, 3, 2)

    def test_overrides_go_on_top_and_leave_the_mapping_alone(self):
        assert load_config(self.DATA, "data.train=7").data.train == 7
        assert self.DATA["data"]["train"] == 20

    def test_the_same_checks(self):
        with pytest.raises(ConfigError, match=r"data\.trian: unknown key .*'train'"):
            load_config({**self.DATA, "data": {"kind": "plane", "trian": 3}})

    @pytest.mark.parametrize(
        ("data", "key", "said"),
        [
            ({"name": {1, 2}}, "name", "set"),
            ({"name": {1: 2}}, "name", "the key 1"),
            ({"name": 10**5000}, "name", "int"),
            ({"name": "\ud800"}, "name", "str"),
            ({"cost": {"weight": 1j}}, "cost.weight", "complex"),
        ],
    )
    def test_what_no_file_can_hold_is_named(self, data, key, said):
        with pytest.raises(ConfigError) as caught:
            load_config(data)
        (fault,) = caught.value.faults
        assert ".".join(fault.path) == key
        assert said in fault.message

    def test_nesting_ends(self):
        endless: dict = {}
        endless["a"] = endless
        with pytest.raises(ConfigError, match="nested"):
            load_config(endless)

    @pytest.mark.parametrize("given", [3, None, b"a.yaml", ["a.yaml"]])
    def test_other_types_are_told(self, given):
        with pytest.raises(TypeError, match=f"{type(given).__name__}; wanted the path of a YAML file"):
            load_config(given)

    def test_paths_are_taken_from_the_current_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        data = {"kind": "table", "path": Path("points.csv"), "features": ["x"], "label": "y"}
        assert load_config({**self.DATA, "data": data}).data.path == str(tmp_path / "points.csv")


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
