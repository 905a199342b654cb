"""Echo: U†, then V_s, then U, on an eigenstate of the observable; n qubits, two copies of the ansatz in depth.

o_s/2ⁿ is Σ_k w_k ⟨O⟩ after U V_s U† on |b_k⟩, where O/2ⁿ = Σ_k w_k |b_k⟩⟨b_k|. No second register and no ancilla; a
permutation only relabels the qubits of the second copy.
"""

from __future__ import annotations

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import Measurement
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.cost.penalty.eigenstates import eigenstates, state_preparation
from sggd_qiskit.cost.penalty.ensemble import Ensemble
from sggd_qiskit.symmetry.element import Element


class Echo:
    """Overlaps by echoes, for an Estimator."""

    def __init__(self, ansatz: RotationForm, observable: SparsePauliOp, states: int):
        self._observable, self._states = observable, states
        self._prepare, self.preparation = state_preparation(ansatz.num_qubits)
        back, self.first = ansatz.circuit("χ")
        self._back = back.inverse()
        self._forth, self.second = ansatz.circuit("φ")

    def circuits(self, element: Element) -> tuple[Measurement, ...]:
        """One circuit of n qubits."""
        circuit = self._prepare.compose(self._back)
        wires = element.apply_to(circuit)
        circuit.compose(self._forth, qubits=wires, inplace=True)
        return (Measurement(circuit, self._observable.apply_layout(list(wires))),)

    def ensembles(self, rng: np.random.Generator) -> tuple[Ensemble, ...]:
        """Eigenstates of the observable."""
        return (eigenstates(self._observable, self._states, rng),)
