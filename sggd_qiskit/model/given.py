"""Circuits from Python as blocks of the configuration, and back."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from io import BytesIO

from qiskit import QuantumCircuit, qpy

from sggd_qiskit.circuit.files import read_qpy
from sggd_qiskit.circuit.rotation_form import CircuitError, require_unitary
from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.config.circuits import GivenCircuit
from sggd_qiskit.data.digest import circuit_content


def given_circuit(circuit: QuantumCircuit) -> GivenCircuit:
    """The block that stands for a circuit, as ``model.encoding``, ``model.ansatz`` or ``given`` of a generator.

    Raises:
        TypeError: if it is no circuit.
        CircuitError: if it isn't unitary.
    """
    require_type("circuit", circuit, QuantumCircuit)
    require_unitary(circuit)
    stream = BytesIO()
    qpy.dump(circuit, stream)
    text = b64encode(stream.getvalue()).decode()
    return GivenCircuit(sha256=_digest(_loaded(text)), qpy=text)


def read_given(block: GivenCircuit) -> QuantumCircuit:
    """The circuit of a block.

    Raises:
        CircuitError: if it can't be read, or is another one than the digest says.
    """
    try:
        circuit = _loaded(block.qpy)
    except CircuitError:
        raise
    except Exception as error:
        raise CircuitError(
            f"can't read the circuit ({type(error).__name__}); make it by given_circuit(circuit)"
        ) from error
    found = _digest(circuit)
    if found != block.sha256:
        raise CircuitError(
            f"found a circuit of digest {found[:8]}…; wanted {block.sha256[:8]}…, so make the block again"
        )
    return circuit


def _loaded(text: str) -> QuantumCircuit:
    return read_qpy(b64decode(text, validate=True), "the configuration")


def _digest(circuit: QuantumCircuit) -> str:
    total = hashlib.sha256()
    for part in circuit_content(circuit):
        total.update(len(part).to_bytes(8, "little") + part)
    return total.hexdigest()
