from __future__ import annotations

import hashlib
import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sggd_qiskit.config import identity
from sggd_qiskit.config.cost import CostConfig, LinearWeight
from sggd_qiskit.config.data import HalfPlane, PlaneData, TableData
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.identity import canonical, config_hash, data_files, json_schema, run_name, to_yaml
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.config.model import AngleEncoding, FileEncoding, HardwareEfficientAnsatz, ModelConfig
from sggd_qiskit.config.symmetry import Generator, SymmetryConfig
from sggd_qiskit.config.training import GivenInitial, TrainingConfig

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ANGLES = st.floats(-1e6, 1e6)
TEXT = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable())

CONFIGS = st.builds(
    ExperimentConfig,
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
    data=st.one_of(
        st.builds(PlaneData, region=st.builds(HalfPlane, angle=FINITE), seed=st.integers(0, 2**63 - 1)),
        st.builds(
            TableData, path=st.just("/data.csv"), features=st.tuples(TEXT.map("f".__add__)), label=TEXT.map("l".__add__)
        ),
    ),
    model=st.builds(
        ModelConfig,
        qubits=st.integers(1, 127),
        encoding=st.builds(AngleEncoding, scale=ANGLES.filter(bool)),
        ansatz=st.just(HardwareEfficientAnsatz()),
        observable=st.one_of(
            TEXT,
            st.dictionaries(TEXT, FINITE, min_size=1, max_size=3),
            st.fixed_dictionaries({"-1": TEXT, "1": st.dictionaries(TEXT, FINITE, min_size=1, max_size=3)}),
        ),
    ),
    symmetry=st.just(SymmetryConfig(generators=(Generator(permutation=(1, 0)), Generator(pauli="XX")))),
    cost=st.builds(CostConfig, weight=st.one_of(st.floats(0, 1e300), st.just(LinearWeight(start=1, end=0, steps=3)))),
    training=st.builds(
        TrainingConfig, initial=st.builds(GivenInitial, values=st.lists(ANGLES, min_size=1, max_size=4).map(tuple))
    ),
)


@pytest.fixture
def table(tmp_path) -> ExperimentConfig:
    """An experiment that reads three files, each at a different depth of the configuration."""
    for name in ("points.csv", "map.qasm", "flip.qpy"):
        (tmp_path / name).write_text(f"content of {name}")
    file = tmp_path / "table.yaml"
    file.write_text(
        "name: table\n"
        "data: {kind: table, path: points.csv, features: [x], label: y}\n"
        "model: {qubits: 2, encoding: {kind: file, path: map.qasm}, ansatz: {kind: real_amplitudes}}\n"
        "symmetry: {generators: [{pauli: XX}, {circuit: flip.qpy}]}\n"
    )
    return load_config(file)


def moved(config: ExperimentConfig, folder: Path) -> ExperimentConfig:
    """The same experiment, with the data file in another folder."""
    folder.mkdir()
    path = folder / "other.csv"
    path.write_bytes(Path(config.data.path).read_bytes())
    return config.model_copy(update={"data": config.data.model_copy(update={"path": str(path)})})


class TestHash:
    def test_is_eight_hex_digits_and_names_the_run(self, load):
        config = load()
        assert re.fullmatch("[0-9a-f]{8}", config_hash(config))
        assert run_name(config) == f"plane-swap-{config_hash(config)}"

    def test_is_the_same_whether_a_default_is_written_or_not(self, load):
        assert config_hash(load()) == config_hash(load("training.steps=300", "cost.norm=normalized_hilbert_schmidt"))

    @pytest.mark.parametrize("pair", [("cost.weight=1", "cost.weight=1.0"), ("cost.weight=0.0", "cost.weight=-0.0")])
    def test_is_the_same_for_equal_numbers(self, load, pair):
        first, second = (config_hash(load(override)) for override in pair)
        assert first == second

    def test_is_the_same_for_numbers_inside_lists_and_maps(self, load):
        first = load("training.initial={kind: values, values: [0, 1]}", "model.observable={Z0: 1, Z1: 0.5}")
        second = load("training.initial={kind: values, values: [-0.0, 1.0]}", "model.observable={Z1: 0.5, Z0: 1.0}")
        assert config_hash(first) == config_hash(second)

    def test_tells_a_number_from_its_text(self, load):
        assert config_hash(load("model.observable={Z0: 1}")) != config_hash(load("model.observable={Z0: '1'}"))

    @pytest.mark.parametrize("override", ["training.seed=1", "name=other", "cost.weight=1.0000000000000002"])
    def test_changes_with_every_value(self, load, override):
        assert config_hash(load()) != config_hash(load(override))

    def test_changes_with_the_schema_version(self, load, monkeypatch):
        before = config_hash(load())
        monkeypatch.setattr(identity, "SCHEMA_VERSION", identity.SCHEMA_VERSION + 1)
        assert config_hash(load()) != before


class TestFiles:
    def test_are_found_at_any_depth(self, table):
        assert [path for path, _ in data_files(table)] == [
            ("data", "path"),
            ("model", "encoding", "path"),
            ("symmetry", "generators", 1, "circuit"),
        ]

    def test_count_by_content(self, table):
        content = Path(table.data.path).read_bytes()
        plain = canonical(table)
        assert plain["data"]["path"] == {"sha256": hashlib.sha256(content).hexdigest()}
        assert set(plain["symmetry"]["generators"][1]["circuit"]) == {"sha256"}
        assert plain["symmetry"]["generators"][0]["pauli"] == "XX"
        json.dumps(plain, allow_nan=False)

    def test_may_lie_anywhere(self, table, tmp_path):
        assert config_hash(moved(table, tmp_path / "elsewhere")) == config_hash(table)

    def test_change_the_hash_when_edited(self, table):
        before = config_hash(table)
        Path(table.model.encoding.path).write_text("other content")
        assert config_hash(table) != before

    @pytest.mark.parametrize("name", ["/no/such/file.qasm", "/", "a\0b"])
    def test_missing_ones_are_named_with_their_key(self, table, name):
        model = table.model.model_copy(update={"encoding": FileEncoding(path=name)})
        with pytest.raises(ConfigError) as caught:
            run_name(table.model_copy(update={"model": model}))
        (fault,) = caught.value.faults
        assert fault.path == ("model", "encoding", "path")
        assert str(Path(name).absolute()) in fault.message


class TestYaml:
    @given(CONFIGS)
    def test_loads_as_an_equal_configuration(self, tmp_path_factory, config):
        file = Path(tmp_path_factory.getbasetemp(), "resolved.yaml")
        file.write_text(to_yaml(config), encoding="utf-8")
        assert load_config(file) == config

    def test_keeps_the_meaning_of_files(self, table, tmp_path):
        elsewhere = tmp_path / "runs"
        elsewhere.mkdir()
        (elsewhere / "config.yaml").write_text(to_yaml(table))
        again = load_config(elsewhere / "config.yaml")
        assert again == table
        assert config_hash(again) == config_hash(table)

    def test_shows_every_key_in_the_order_of_the_models_and_in_blocks(self, load):
        text = to_yaml(load())
        top = [line.split(":")[0] for line in text.splitlines() if not line.startswith(" ")]
        assert top == list(ExperimentConfig.model_fields)
        assert "{" not in text.replace("options: {}", "")
        assert "learning_rate: 0.05" in text
        assert "batch: null" in text

    def test_keeps_numbers_exactly(self, load):
        assert f"scale: {math.pi / 2!r}" in to_yaml(load())


class TestJsonSchema:
    def test_says_what_it_is(self):
        schema = json_schema()
        assert schema["$schema"].startswith("https://json-schema.org/")
        assert schema["title"]
        json.dumps(schema)

    def test_helps_an_editor(self):
        schema = json_schema()
        assert schema["additionalProperties"] is False
        assert set(schema["required"]) == {"name", "model"}
        optimizer = schema["$defs"]["TrainingConfig"]["properties"]["optimizer"]
        assert set(optimizer["discriminator"]["mapping"]) == {"adam", "gradient_descent", "qiskit_machine_learning"}
        assert schema["$defs"]["AdamConfig"]["properties"]["kind"]["const"] == "adam"
        assert all(block.get("description") for name, block in schema["$defs"].items() if name != "JsonValue")
        assert schema["$defs"]["ModelConfig"]["properties"]["qubits"]["description"]
