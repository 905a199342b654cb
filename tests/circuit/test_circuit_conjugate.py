"""U* as a circuit, against the complex conjugate of the matrix."""

from __future__ import annotations

import numpy as np
import pytest
from builders import phase_distance, random_ansatz, random_theta
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator

from sggd_qiskit.circuit.conjugate import conjugate
from sggd_qiskit.circuit.rotation_form import FIXED, ROTATIONS, rotation_form

EXACT = 1e-10


@pytest.mark.parametrize("name", [*FIXED, *ROTATIONS])
def test_every_gate_of_the_rotation_form(name):
    circuit = QuantumCircuit(2)
    angle = [0.7] if name in ROTATIONS else []
    qubits = [1, 0] if len(ROTATIONS.get(name, "")) == 2 or name in {"cx", "cy", "cz", "swap", "ecr"} else [1]
    getattr(circuit, name)(*angle, *qubits)
    assert phase_distance(Operator(conjugate(circuit)).data, Operator(circuit).data.conj()) < EXACT


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
@pytest.mark.parametrize("seed", range(2))
def test_the_conjugate_of_a_random_circuit(num_qubits, seed):
    rng = np.random.default_rng([seed, num_qubits])
    circuit = random_ansatz(rng, num_qubits, 12)
    form = rotation_form(circuit)
    theta = random_theta(rng, circuit)
    template, fresh = form.circuit("a")
    values = dict(zip(fresh, form.angles(theta), strict=True))
    matrix = Operator(conjugate(template).assign_parameters(values)).data
    assert phase_distance(matrix, Operator(circuit.assign_parameters(theta)).data.conj()) < EXACT


def test_the_conjugate_has_the_same_parameters():
    circuit = QuantumCircuit(2)
    circuit.ryy(Parameter("a"), 0, 1)
    circuit.ry(Parameter("b"), 0)
    assert conjugate(circuit).parameters == circuit.parameters
