"""The digest of a data set: equal for equal data in every process, and for nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit.circuit.library import UnitaryGate, XGate
from qiskit.quantum_info import Clifford

from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.data.werner import werner_states

RECIPE = """
import numpy as np
from qiskit import QuantumCircuit
from sggd_qiskit.data.dataset import Dataset

inner = QuantumCircuit(2, name="inner")
inner.h(0)
inner.cx(0, 1)
outer = QuantumCircuit(2)
outer.append(inner.to_gate(), [1, 0])
outer.unitary(np.array([[0, 1], [1, 0]]), 0)
circuits = Dataset.from_circuits([outer, inner], ["a", "b"])
arrays = Dataset.from_arrays(np.arange(6.0).reshape(3, 2) / 7, ["yes", "no", "yes"])
digests = [circuits.digest(), arrays.digest()]
"""


def test_equal_data_have_one_digest_in_every_process():
    here: dict[str, list[str]] = {}
    exec(RECIPE, here)
    again: dict[str, list[str]] = {}
    exec(RECIPE, again)
    assert here["digests"] == again["digests"]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    other = subprocess.run(
        [sys.executable, "-c", RECIPE + "print(*digests)"], env=environment, capture_output=True, text=True, check=True
    )
    assert other.stdout.split() == here["digests"]


BASE = Dataset.from_arrays(np.arange(8.0).reshape(4, 2), ["a", "b", "a", "b"]).train
OTHERS = {
    "point": replace(BASE, points=BASE.points + 1e-15),
    "preparation": replace(BASE, preparations=BASE.preparations * 2),
    "label": replace(BASE, labels=BASE.labels[::-1]),
    "classes": replace(BASE, classes=("b", "a")),
    "columns": replace(BASE, columns=("x1", "x3")),
    "weights": replace(BASE, weights=BASE.weights[[1, 0, 2, 3]]),
    "batch": BASE.batch(np.arange(3)),
}


def digest(sample: Sample) -> str:
    return Dataset(sample, sample).digest()


@pytest.mark.parametrize("what", OTHERS)
def test_other_data_have_another_digest(what):
    assert digest(OTHERS[what]) != digest(BASE)


def test_every_part_of_a_data_set_counts():
    other = OTHERS["label"]
    digests = {
        Dataset(*samples, invariant_states=flag).digest()
        for samples in ((BASE, BASE), (BASE, other), (other, BASE))
        for flag in (False, True)
    }
    assert len(digests) == 6


def test_the_storage_of_the_arrays_does_not_count():
    stored = replace(BASE, points=np.asfortranarray(BASE.points), labels=BASE.labels.astype(object))
    stored = replace(stored, labels=stored.labels.astype("U9"))
    assert digest(stored) == digest(BASE)
    states = werner_states(np.linspace(-1, 1, 5))
    swapped = states.weights.tocsc().tocsr()
    assert digest(replace(states, weights=swapped)) == digest(states)


def circuit(*gates, qubits: int = 2) -> QuantumCircuit:
    made = QuantumCircuit(qubits)
    for gate, *at in gates:
        made.append(gate, at)
    return made


def named_gate(name: str, *gates) -> Gate:
    gate = Gate(name, 2, [])
    gate.definition = circuit(*gates)
    return gate


def rotated(angle: float) -> QuantumCircuit:
    made = QuantumCircuit(2)
    made.rx(angle, 0)
    return made


DIFFERENT = {
    "nothing": circuit(),
    "more qubits": circuit(qubits=3),
    "x0": circuit((XGate(), 0)),
    "x1": circuit((XGate(), 1)),
    "twice": circuit((XGate(), 0), (XGate(), 0)),
    "angle": rotated(0.3),
    "nearly that angle": rotated(0.3 + 1e-15),
    "control": circuit((XGate().control(1), 0, 1)),
    "open control": circuit((XGate().control(1, ctrl_state=0), 0, 1)),
    "matrix": circuit((UnitaryGate([[1, 0], [0, 1j]]), 0)),
    "another matrix": circuit((UnitaryGate([[1, 0], [0, -1j]]), 0)),
    "a gate called x": circuit((named_gate("x"), 0, 1)),
    "own gate": circuit((named_gate("own", (XGate(), 0)), 0, 1)),
    "own gate of that name": circuit((named_gate("own", (XGate(), 1)), 0, 1)),
    "Clifford": circuit((Clifford(circuit((XGate(), 0))), 0, 1)),
    "another Clifford": circuit((Clifford(circuit((XGate(), 1))), 0, 1)),
}


def of_circuit(made: QuantumCircuit) -> str:
    return Dataset.from_circuits([made, made], [0, 1]).digest()


def test_different_circuits_have_different_digests():
    assert len({of_circuit(made) for made in DIFFERENT.values()}) == len(DIFFERENT)


def test_names_barriers_and_phases_do_not_count():
    made = rotated(0.3)
    other = QuantumCircuit(2, name="other", metadata={"made": "today"}, global_phase=1.0)
    other.barrier()
    other.rx(0.3, 0)
    assert of_circuit(made) == of_circuit(other)
