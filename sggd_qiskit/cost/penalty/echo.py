"""Echo: U†, then V_s, then U, on an eigenstate of the observable; n qubits, two copies of the ansatz in depth.

o_s/2ⁿ is Σ_b w_b ⟨O⟩ after U V_s U† on |b⟩, where O/2ⁿ = Σ_b w_b |b⟩⟨b|. No second register and no ancilla; a permutation only
relabels the qubits of the second copy. Observables that commute qubit by qubit share their eigenstates and their shots.
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

    def __init__(self, ansatz: RotationForm, observables: tuple[SparsePauliOp, ...], states: int):
        self._observables, self._states = observables, states
        self._prepare, self.preparation = state_preparation(ansatz.num_qubits)
        back, self.first = ansatz.circuit("χ")
        self._back = back.inverse()
        self._forth, self.second = ansatz.circuit("φ")

    def circuits(self, element: Element) -> tuple[Measurement, ...]:
        """One circuit of n qubits, an output for each observable."""
        circuit = self._prepare.compose(self._back)
        wires = element.apply_to(circuit)
        circuit.compose(self._forth, qubits=wires, inplace=True)
        return (Measurement(circuit, tuple(o.apply_layout(list(wires)) for o in self._observables)),)

    def ensembles(self, rng: np.random.Generator) -> tuple[Ensemble, ...]:
        """Eigenstates of the observables, with the mean over these in the weights."""
        found = eigenstates(self._observables, self._states, rng)
        return (Ensemble(found.angles, found.weights / len(self._observables), found.drawn),)
