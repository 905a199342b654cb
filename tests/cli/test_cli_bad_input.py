"""Bad input ends before anything is run or written: with its place and key, what was found, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import call
from typer.testing import CliRunner

from sggd_qiskit.cli.app import app
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.problem import build_problem
from sggd_qiskit.run.run import open_run

BASE = """\
name: base
data:
  kind: plane
  train: 8
  test: 6
model:
  qubits: 2
  encoding: {kind: angle}
  ansatz: {kind: hardware_efficient, layers: 1}
  observable: Z0
symmetry:
  group: swap
cost:
  guidance: penalty
training:
  steps: 2
  initial: {kind: normal}
execution:
  backend: exact
"""
PLANE = "  kind: plane\n  train: 8\n  test: 6"
TABLE = "  kind: table\n  path: {}.csv\n  features: [{}]\n  label: {}"
ENCODING = "encoding: {kind: angle}"
ANSATZ = "ansatz: {kind: hardware_efficient, layers: 1}"
FILES = {
    "good.csv": "a,b,y\n0.1,0.2,1\n0.3,-0.2,-1\n0.5,0.6,1\n-0.1,0.4,-1\n",
    "nan.csv": "a,b,y\n0.1,0.2,1\nnan,-0.2,-1\n0.5,0.6,1\n-0.1,0.4,-1\n",
    "infinite.csv": "a,b,y\n0.1,0.2,1\n0.3,-0.2,-1\n0.5,-inf,1\n-0.1,0.4,-1\n",
    "labels.csv": "a,b,y\n0.1,0.2,yes\n0.3,-0.2,yes\n0.5,0.6,yes\n-0.1,0.4,yes\n",
    "measures.qasm": (
        'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float a;\nqubit[2] q;\nbit[1] c;\nrx(a) q[0];\n'
        "c[0] = measure q[0];\n"
    ),
    "plain.qasm": (
        'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float a;\ninput float b;\nqubit[2] q;\n'
        "rx(a) q[0];\nrx(b) q[1];\n"
    ),
}

# What stands in BASE, what is put there, the line and the key that are named, what was found, and a word of the remedy.
FAULTS = {
    "unknown key": ("train: 8", "trian: 8", 4, "data.trian", ("'trian'", "'train'")),
    "wrong type": ("train: 8", "train: eight", 4, "data.train", ("'eight'", "whole number")),
    "missing data file": (PLANE, TABLE.format("none", "a, b", "y"), 4, "data.path", ("none.csv", "check")),
    "missing column": (PLANE, TABLE.format("good", "a, c", "y"), 5, "data.features", ("'c'", "'a', 'b', 'y'")),
    "missing label": (PLANE, TABLE.format("good", "a, b", "z"), 6, "data.label", ("'z'", "'a', 'b', 'y'")),
    "feature is nan": (PLANE, TABLE.format("nan", "a, b", "y"), 5, "data.features", ("nan", "'a', row 2", "remove")),
    "feature is infinite": (
        PLANE, TABLE.format("infinite", "a, b", "y"), 5, "data.features", ("-inf", "'b', row 3", "remove")
    ),
    "one label only": (PLANE, TABLE.format("labels", "a, b", "y"), 6, "data.label", ("'yes'", "classes")),
    "observable too long": ("Z0", "ZZZ", 10, "model.observable", ("'ZZZ'", "2 qubits")),
    "observable elsewhere": ("Z0", "Z5", 10, "model.observable", ("Z5", "0 to 1")),
    "observable not Hermitian": ("Z0", "2j Z0", 10, "model.observable", ("2j", "real")),
    "coefficient not real": ("Z0", "{Z0: '1j'}", 10, "model.observable", ("1j", "real")),
    "swap on four qubits": (
        ("qubits: 2", "Z0"), ("qubits: 4", "SWAP"), 10, "model.observable", ("SWAP", "4 qubits", "Pauli sum")
    ),
    "group too large": (
        "group: swap",
        "generators: [{pauli: XI}, {pauli: ZI}, {pauli: IX}, {pauli: IZ}]\n  max_order: 7",
        12,
        "symmetry.generators",
        ("7 elements", "raise symmetry.max_order"),
    ),
    "no symmetry of the encoding": (
        "group: swap", "group: u1_total_z", 11, "symmetry", ("x1 = ", "x2 = ", "symmetry.check")
    ),
    "swap on three qubits": ("qubits: 2", "qubits: 3", 12, "symmetry.group", ("swap", "3 qubits", "even")),
    "no symmetry": ("symmetry:\n  group: swap\n", "", 12, "cost.guidance", ("'penalty'", "cost.guidance to none")),
    "zero shots": ("backend: exact", "backend: aer\n  shots: 0", 20, "execution.shots", ("0", "at least 2")),
    "batch too large": ("steps: 2", "batch: 9", 16, "training.batch", ("9", "8 training points", "choose")),
    "initial values": (
        "{kind: normal}", "{kind: values, values: [1, 2]}", 17, "training.initial.values", ("2 values", "6 parameters")
    ),
    "too many qubits for exact": (
        ("qubits: 2", "swap"), ("qubits: 12", "parity"), 19, "execution.backend", ("exact", "12 qubits", "use aer")
    ),
    "features and encoding": (
        ("qubits: 2", "swap", ENCODING),
        ("qubits: 3", "parity", "encoding: {kind: zz_feature_map}"),
        8,
        "model.encoding",
        ("3 features", "have 2", "choose"),
    ),
    "encoding of other data": (
        ENCODING, "encoding: {kind: bell_states}", 8, "model.encoding.kind", ("'bell_states'", "'plane'", "together")
    ),
    "missing circuit": (
        ENCODING, "encoding: {kind: file, path: none.qasm}", 8, "model.encoding.path", ("none.qasm", "check")
    ),
    "circuit measures": (
        ANSATZ, "ansatz: {kind: file, path: measures.qasm}", 9, "model.ansatz.path", ("'measure'", "remove")
    ),
    "parameter names clash": (
        (ENCODING, ANSATZ),
        ("encoding: {kind: file, path: plain.qasm}", "ansatz: {kind: file, path: plain.qasm}"),
        9,
        "model.ansatz",
        ("'a'", "rename"),
    ),
    "region outside the square": (
        "kind: plane", "kind: plane\n  region: {kind: half_plane, offset: 3}", 4, "data.region", ("3.0", "choose")
    ),
}  # fmt: skip


@pytest.fixture
def experiment(tmp_path: Path):
    """Writes the file with a text in place of another, beside the files that it may name."""
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")

    def write(old: str | tuple[str, ...] = (), new: str | tuple[str, ...] = ()) -> Path:
        text = BASE
        for one, other in zip(
            [old] if isinstance(old, str) else old, [new] if isinstance(new, str) else new, strict=True
        ):
            assert one in text
            text = text.replace(one, other, 1)
        file = tmp_path / "experiment.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def sggd(*arguments: object):
    return CliRunner().invoke(app, list(map(str, arguments)))


def refused(tmp_path: Path, *arguments: object) -> str:
    """The message of a command that is refused, after checking that it left nothing behind."""
    before = sorted(tmp_path.rglob("*"))
    ended = sggd(*arguments)
    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    assert ended.stderr.startswith("error: ")
    assert sorted(tmp_path.rglob("*")) == before
    return ended.stderr


@pytest.mark.parametrize(("old", "new", "line", "key", "words"), list(FAULTS.values()), ids=list(FAULTS))
def test_faults_are_named_with_their_place(tmp_path, experiment, old, new, line, key, words):
    file = experiment(old, new)
    message = refused(tmp_path, "run", file, "--results", tmp_path / "results")
    assert message.startswith(f"error: {file}:{line}: {key}: ")
    assert [word for word in words if word not in message] == []
    assert message.count("\n") == 1
    assert refused(tmp_path, "plan", file) == message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty; wanted a mapping"),
        ("# nothing\n", "is empty; wanted a mapping"),
        ("- name\n", "found a list.*mapping"),
        ("name: [base\ndata: 1\n", ":2, column 5: not YAML.*correct it"),
        ("name: !!python/object/apply:os.system [true]\n", ":1: found the tag .*python.*take the tag away"),
        ("name: \x00\n", "experiment.yaml"),
    ],
)
def test_files_that_are_no_configuration(tmp_path, text, words):
    file = tmp_path / "experiment.yaml"
    file.write_text(text, encoding="utf-8")
    message = refused(tmp_path, "run", file, "--results", tmp_path / "results")
    assert str(file) in message
    assert re.search(words, message)


def test_files_that_are_not_there(tmp_path):
    assert "there is no file" in refused(tmp_path, "run", tmp_path / "none.yaml")
    assert "is a folder; give the path of a YAML file" in refused(tmp_path, "plan", tmp_path)


def test_several_faults_are_said_at_once(tmp_path, experiment):
    file = experiment(("train: 8", "steps: 2"), ("train: 0", "steps: 0"))
    lines = refused(tmp_path, "run", file, "--results", tmp_path / "results").splitlines()
    assert [line.split(": ")[1:3] for line in lines] == [[f"{file}:4", "data.train"], [f"{file}:16", "training.steps"]]


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("training.stepz=5", "--set training.stepz=5: training.stepz: unknown key 'stepz'; did you mean 'steps'"),
        ("training.steps=0", "--set training.steps=0: training.steps: found 0"),
        ("nonsense", "--set nonsense: found no key and value, wanted key.path=value"),
    ],
)
def test_faults_of_overrides_are_named_by_them(tmp_path, experiment, override, words):
    assert words in refused(tmp_path, "run", experiment(), "--set", override, "--results", tmp_path / "results")


def test_results_that_cant_be_written(tmp_path, experiment):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file", encoding="utf-8")
    message = refused(tmp_path, "run", experiment(), "--results", blocked / "results")
    assert message.endswith("Not a directory; choose another folder with --results\n")
    assert str(blocked / "results") in message


def test_a_run_that_another_process_holds(tmp_path, experiment):
    file = experiment()
    with open_run(build_problem(load_config(file)), tmp_path / "results"):
        ended = sggd("run", file, "--results", tmp_path / "results")
    assert ended.exit_code == 2
    assert "another process is working on this run; wait for it to end" in ended.stderr


def test_a_symmetry_that_is_none_can_be_let_pass(tmp_path, experiment):
    file = experiment("group: swap", "group: u1_total_z\n  check: warn")
    ended = sggd("run", file, "--results", tmp_path / "results")
    assert ended.exit_code == 0
    assert ended.stdout.startswith("warning: the group is not a symmetry of the encoding: ")
    assert "Complete: all 2 steps are done." in ended.stdout
    planned = sggd("plan", file)
    assert planned.exit_code == 0
    assert "Symmetry  u1_total_z, 3 elements: the group is not a symmetry of the encoding" in planned.stdout


def test_a_process_says_it_without_a_traceback(tmp_path, experiment):
    file = experiment("train: 8", "trian: 8")
    ended = call("run", file, "--results", tmp_path / "results")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"error: {file}:4: data.trian: unknown key 'trian'; did you mean 'train'?\n"
    assert not (tmp_path / "results").exists()
