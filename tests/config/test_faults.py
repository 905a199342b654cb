from __future__ import annotations

import pytest
from pydantic import ValidationError

from sggd_qiskit.config.errors import ConfigError, Fault, key_name, misfit
from sggd_qiskit.config.faults import faults_of
from sggd_qiskit.config.loading import load_config, validate
from sggd_qiskit.config.source import read_source


@pytest.mark.parametrize(
    ("override", "key", "said"),
    [
        # keys
        ("cost.wieght=1", "cost.wieght", ["unknown key 'wieght'", "did you mean 'weight'"]),
        ("learning_rate=1", "learning_rate", ["training.optimizer.learning_rate"]),
        ("optimiser=1", "optimiser", ["training.optimizer"]),
        ("train=20", "train", ["'training'", "'data.train'"]),
        ("zzz=1", "zzz", ["known keys: name, data, model"]),
        ("data.region={kind: quadrant, angel: 1}", "data.region.angel", ["'angle'"]),
        ("model.encoding.reps=2", "model.encoding.reps", ["kind 'angle'", "'z_feature_map'", "scale"]),
        ("symmetry={generators: [{paulo: XX}]}", "symmetry.generators.0.paulo", ["'pauli'"]),
        # a kind with the name of a key
        ("training.initial={kind: values, values: [1], low: 2}", "training.initial.low", ["'uniform'"]),
        ("training.initial={kind: values, values: [a]}", "training.initial.values.0", ["'a'", "a number"]),
        ("training.initial={kind: values, values: []}", "training.initial.values", ["empty list", "at least one item"]),
        ("data={kind: plane, center: [0]}", "data.center", ["a list of 2 items"]),
        ("training.initial={kind: values}", "training.initial.values", ["missing"]),
        # missing
        (
            "model={encoding: {kind: angle}, ansatz: {kind: crx}}",
            "model.qubits",
            ["missing", "whole number", "qubits n"],
        ),
        ("cost.weight={kind: linear, start: 1, steps: 2}", "cost.weight.end", ["missing", "at least 0"]),
        # kinds
        ("training.optimizer={kind: adm}", "training.optimizer.kind", ["'adm'", "did you mean 'adam'"]),
        ("training.optimizer={}", "training.optimizer.kind", ["missing", "'adam'"]),
        ("training.optimizer.kind=3", "training.optimizer.kind", ["found 3", "'adam'"]),
        ("cost.weight={kind: [1]}", "cost.weight.kind", ["a list"]),
        ("data=3", "data", ["found 3", "mapping of kind 'werner', 'plane', 'table' or 'given'"]),
        # types and ranges
        ("data.train=many", "data.train", ["'many' (a string)", "a whole number", "at least 1"]),
        ("data.train='300'", "data.train", ["'300' (a string)", "without quotes"]),
        ("model.qubits=3.0", "model.qubits", ["found 3.0 (a number)", "write 3"]),
        ("model.qubits=true", "model.qubits", ["found true", "a whole number", "at most 127"]),
        ("model.qubits={token: abc}", "model.qubits", ["found a mapping"]),
        ("data.radius=.nan", "data.radius", ["nan (not a finite number)", "greater than 0"]),
        ("data.radius=1" + "0" * 400, "data.radius", ["too large"]),
        ("cost.weight=-1", "cost.weight", ["found -1", "at least 0", "'linear'"]),
        ("data.enhance=1", "data.enhance", ["true or false"]),
        ("training.batch=some", "training.batch", ["whole number", "or null"]),
        (f"name={'x' * 500}", "name", ["xxx...", "matches"]),
        ("cost=null", "cost", ["mapping with keys loss, guidance"]),
        ("symmetry={generators: {a: 1}}", "symmetry.generators", ["found a mapping", "a list"]),
        (
            "symmetry={generators: [{permutation: [0, a]}]}",
            "symmetry.generators.0.permutation.1",
            ["'a'", "whole number"],
        ),
        ("symmetry={generators: [{circuit: 3}]}", "symmetry.generators.0.circuit", ["path of a file"]),
        # choices
        ("symmetry.group=swp", "symmetry.group", ["'swp'", "did you mean 'swap'"]),
        ("data.region=right_haf", "data.region", ["did you mean 'right_half'", "'quadrant'"]),
        ("execution.backend=pluto", "execution.backend", ["'pluto'", "'exact'", "'aer'"]),
        # blocks that do not fit
        ("symmetry=null", "cost.guidance", ["symmetry"]),
        ("symmetry.generators=[{pauli: XX}]", "symmetry", ["both"]),
        ("symmetry={generators: [{}]}", "symmetry.generators.0", ["exactly one"]),
        ("data={kind: table, path: a.csv, features: [x, x], label: y}", "data", ["'x'", "twice"]),
    ],
)
def test_fault_names_key_and_remedy(complaints, override, key, said):
    (line,) = complaints(override)
    assert line.startswith(f"{key}: ")
    for part in said:
        assert part in line


def test_all_faults_are_told_at_once(complaints):
    lines = complaints("cost.wieght=1", "data.train=0", "model.encoding.kind=angel")
    assert {line.split(":")[0] for line in lines} == {"cost.wieght", "data.train", "model.encoding.kind"}


def test_of_very_many_faults_the_first_are_told(complaints):
    lines = complaints(f"training.initial={{kind: values, values: [{', '.join('a' * 3000)}]}}")
    assert 10 < len(lines) < 1000
    assert "more faults" in lines[-1]


def test_a_whole_list_is_not_blamed_for_its_items(complaints):
    lines = complaints("symmetry={generators: [{pauli: 1}, {pauli: XX}, {pauli: 2}]}")
    assert [line.split(":")[0] for line in lines] == ["symmetry.generators.0.pauli", "symmetry.generators.2.pauli"]


@pytest.mark.parametrize(
    "key", ["token", "execution.api_key", "execution.apikey", "IBM_TOKEN", "model.password", "cost.secret"]
)
@pytest.mark.parametrize("value", ["s3cr3t", "{value: s3cr3t}"])
def test_credentials_are_sent_away_and_never_repeated(write, key, value):
    source = read_source(write("name: a\n"), [f"{key}={value}"])
    with pytest.raises(ConfigError) as caught:
        validate(source)
    told = "\n".join([*source.describe(caught.value), str(caught.value), repr(caught.value)])
    assert "s3cr3t" not in told
    (fault,) = (fault for fault in caught.value.faults if key_name(fault.path) == key)
    assert "environment" in fault.message
    assert "saved account" in fault.message


def test_missing_blocks_are_named_at_the_file(write):
    source = read_source(write("{}\n"))
    with pytest.raises(ConfigError) as caught:
        validate(source)
    lines = source.describe(caught.value)
    assert [line.removeprefix(f"{source.file}: ").split(":")[0] for line in lines] == ["name", "model"]


def test_line_of_a_fault_is_that_of_its_key(write):
    source = read_source(write("name: a\ndata:\n  kind: plane\n  train: many\nmodel:\n  qubits: 2\n"))
    with pytest.raises(ConfigError) as caught:
        validate(source)
    places = [line.split(": ")[:2] for line in source.describe(caught.value)]
    assert [f"{source.file}:4", "data.train"] in places
    assert [f"{source.file}:5", "model.encoding"] in places


def test_causes_in_pydantic_are_not_shown(write):
    with pytest.raises(ConfigError) as caught:
        load_config(write("name: 3\n"))
    assert caught.value.__suppress_context__


def test_misfits_name_keys_below_the_block_that_notices_them():
    data = {"symmetry": {"generators": [{"pauli": "XX"}]}}
    noticed = {"type": misfit("generators.0.pauli", "does\nnot fit"), "loc": ("symmetry",), "input": data["symmetry"]}
    (fault,) = faults_of(ValidationError.from_exception_data("test", [noticed]), data)
    assert fault == Fault(("symmetry", "generators", 0, "pauli"), "does not fit")


def test_misfits_may_concern_the_block_itself():
    noticed = {"type": misfit("", "does not fit"), "loc": ("cost",), "input": {}}
    (fault,) = faults_of(ValidationError.from_exception_data("test", [noticed]), {"cost": {}})
    assert fault.path == ("cost",)
