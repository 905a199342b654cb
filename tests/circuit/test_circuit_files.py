"""Circuits in OpenQASM 3 and QPY files, and what is said about files that can't be used."""

from __future__ import annotations

import os
import struct
from io import BytesIO
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from builders import plain_ansatz, random_ansatz, random_theta
from qiskit import QuantumCircuit, qasm3, qpy
from qiskit.circuit import Parameter
from qiskit.circuit.library import RXGate
from qiskit.quantum_info import Operator

from sggd_qiskit.circuit.files import read_circuit
from sggd_qiskit.circuit.rotation_form import CircuitError

QASM = """\
OPENQASM 3.0;
include "stdgates.inc";
input float a;
input angle b;
qubit[2] q;
rx(2 * a) q[0];
crz(-b / 2) q[0], q[1];
"""


def write_qpy(path: Path, *circuits: QuantumCircuit) -> Path:
    with path.open("wb") as stream:
        qpy.dump(list(circuits), stream)
    return path


def assert_same_circuit(found: QuantumCircuit, wanted: QuantumCircuit, theta: np.ndarray) -> None:
    assert [p.name for p in found.parameters] == [p.name for p in wanted.parameters]
    assert Operator(found.assign_parameters(theta)).equiv(Operator(wanted.assign_parameters(theta)))


def test_qpy_keeps_the_circuit_and_its_parameter_order(tmp_path):
    rng = np.random.default_rng(0)
    circuit = random_ansatz(rng, 3, 12)
    path = write_qpy(tmp_path / "ansatz.qpy", circuit)
    assert_same_circuit(read_circuit(path), circuit, random_theta(rng, circuit))


@pytest.mark.parametrize("suffix", [".qasm", ".qasm3"])
def test_qasm_keeps_the_circuit(tmp_path, suffix):
    rng = np.random.default_rng(1)
    circuit = plain_ansatz(rng, 2, 12)
    path = tmp_path / f"ansatz{suffix}"
    path.write_text(qasm3.dumps(circuit), encoding="utf-8")
    assert_same_circuit(read_circuit(str(path)), circuit, random_theta(rng, circuit))


def test_qasm_inputs_become_parameters(tmp_path):
    path = tmp_path / "own.qasm"
    path.write_text(QASM, encoding="utf-8")
    circuit = read_circuit(path)
    assert [p.name for p in circuit.parameters] == ["a", "b"]
    wanted = QuantumCircuit(2)
    wanted.rx(0.6, 0)
    wanted.crz(-0.25, 0, 1)
    assert Operator(circuit.assign_parameters([0.3, 0.5])).equiv(wanted)


@pytest.mark.parametrize("name", ["c.qasm", "c.qasm3", "c.qpy"])
def test_a_missing_file(tmp_path, name):
    with pytest.raises(CircuitError, match=f"can't open .*{name}: No such file or directory; check the path"):
        read_circuit(tmp_path / name)


@pytest.mark.parametrize("name", ["c.qasm", "c.qpy"])
def test_a_folder(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(CircuitError, match=r"can't open .*Is a directory"):
        read_circuit(tmp_path / name)


@pytest.mark.parametrize("name", ["c.json", "c", "c.QPY", "c.qasm2"])
def test_another_kind_of_file(tmp_path, name):
    with pytest.raises(CircuitError, match=f"found the file '{name}'; wanted OpenQASM 3 .* or QPY"):
        read_circuit(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.qasm", b""),
        ("c.qasm", b"\xff\xfe"),
        ("c.qasm", b"OPENQASM 3.0; qubit q; frobnicate q;"),
        ("c.qasm", b'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; cx q[0],q[1];'),
        ("c.qasm", QASM.replace(";", "", 1).encode()),
        ("c.qpy", b""),
        ("c.qpy", b"QISKIT"),
        ("c.qpy", b"not a QPY file at all, but long enough for a header"),
    ],
)
def test_a_broken_file(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CircuitError, match=f"can't read a circuit from .*{name}: .+") as caught:
        read_circuit(path)
    assert "\n" not in str(caught.value)


def test_a_truncated_file(tmp_path):
    path = write_qpy(tmp_path / "c.qpy", random_ansatz(np.random.default_rng(0), 2, 12))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CircuitError, match="can't read a circuit"):
        read_circuit(path)


@pytest.mark.parametrize("count", [0, 2])
def test_a_file_must_hold_one_circuit(tmp_path, count):
    circuit = QuantumCircuit(1)
    circuit.append(RXGate(0.3), [0])
    path = write_qpy(tmp_path / "c.qpy", *[circuit] * count)
    with pytest.raises(CircuitError, match=f"found {count} circuits in .*; wanted one"):
        read_circuit(path)


def test_a_circuit_that_measures(tmp_path):
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    qasm = tmp_path / "c.qasm"
    qasm.write_text(qasm3.dumps(circuit), encoding="utf-8")
    for path in (write_qpy(tmp_path / "c.qpy", circuit), qasm):
        with pytest.raises(CircuitError, match="found the operation 'measure'; wanted a unitary circuit"):
            read_circuit(path)


HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float a;\n'
DOUBLED = "gate g0 x { h x; }\n" + "".join(f"gate g{k} x {{ g{k - 1} x; g{k - 1} x; }}\n" for k in range(1, 40))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("qubit[1_000_000_000] q; rx(a) q[0];", "1,000,000,000"),
        ("const int n = 1000000000; qubit[n] q; rx(a) q[0];", "1,000,000,000"),
        ("qubit[2] q; pow(1000000) @ h q[0]; rx(a) q[0];", "pow"),
        (DOUBLED + "qubit[2] q; g39 q[0]; rx(a) q[0];", "written out"),
    ],
)
def test_a_page_of_text_that_stands_for_billions_is_refused_at_once(tmp_path, text, found):
    (tmp_path / "a.qasm").write_text(HEAD + text)
    start = perf_counter()
    with pytest.raises(CircuitError, match=found):
        read_circuit(tmp_path / "a.qasm")
    assert perf_counter() - start < 2


def test_a_damaged_qpy_file_is_refused_in_a_sentence(tmp_path):
    stream = BytesIO()
    circuit = QuantumCircuit(2)
    circuit.ry(Parameter("a"), 0)
    qpy.dump(circuit, stream)
    content, path = stream.getvalue(), tmp_path / "a.qpy"
    place = content.index(struct.pack("!II", 2, 0), 20)  # numbers of qubits and bits
    path.write_bytes(content[:place] + struct.pack("!I", 2**30) + content[place + 4 :])
    with pytest.raises(CircuitError, match="1,073,741,824"):
        read_circuit(path)
    for length in (10, 30, 60, len(content) - 5):
        path.write_bytes(content[:length])
        with pytest.raises(CircuitError, match=r"qpy\.dump") as refusal:
            read_circuit(path)
        assert len(str(refusal.value)) < 150 + len(str(path))


def test_a_pipe_is_no_circuit(tmp_path):
    os.mkfifo(tmp_path / "a.qpy")
    with pytest.raises(CircuitError, match="pipe"):
        read_circuit(tmp_path / "a.qpy")
