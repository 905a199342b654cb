"""Bell pairs: U on one half of n Bell pairs and U* V_s* on the other; 2n qubits, one copy of the ansatz in depth.

(U ⊗ U* V_s*)|Φ⟩ has ⟨O ⊗ Oᵀ⟩ = o_s/2ⁿ. A permutation only pairs the qubits otherwise, at no gates.
"""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.conjugate import conjugate
from sggd_qiskit.circuit.measurement import Measurement
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.cost.penalty.ensemble import Ensemble, one_state
from sggd_qiskit.symmetry.element import Element


class BellPair:
    """Overlaps by Bell pairs (the Choi state of the ansatz), for an Estimator."""

    preparation: tuple[Parameter, ...] = ()

    def __init__(self, ansatz: RotationForm, observables: tuple[SparsePauliOp, ...], states: int):
        del states  # there is one input state
        self._n, self._observables = ansatz.num_qubits, observables
        self._here, self.first = ansatz.circuit("χ")
        there, self.second = ansatz.circuit("φ")
        self._there = conjugate(there)

    def circuits(self, element: Element) -> tuple[Measurement, ...]:
        """One circuit of 2n qubits, whose observable is the mean of all O ⊗ Oᵀ."""
        n = self._n
        circuit = QuantumCircuit(2 * n)
        circuit.h(range(n))
        circuit.cx(range(n), range(n, 2 * n))
        circuit.compose(self._here, qubits=range(n), inplace=True)
        other = QuantumCircuit(n)
        wires = [n + wire for wire in element.conjugate().apply_to(other)]
        circuit.compose(other, qubits=range(n, 2 * n), inplace=True)
        circuit.compose(self._there, qubits=wires, inplace=True)
        products = [
            o.apply_layout(list(range(n)), 2 * n).dot(o.transpose().apply_layout(wires, 2 * n))
            for o in self._observables
        ]
        mean = (SparsePauliOp.sum(products) / len(products)).simplify()
        return (Measurement(circuit, (mean,)),)

    def ensembles(self, rng: np.random.Generator) -> tuple[Ensemble, ...]:
        """The Bell pairs alone."""
        del rng
        return (one_state(),)
