"""An observable as an ensemble of product states: O/2ⁿ = Σ_k w_k |b_k⟩⟨b_k|, b_k eigenstates of its Pauli terms.

Terms that commute qubit by qubit share their eigenstates, so a set of them needs 2ⁿ states and not 2ⁿ each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import FloatArray

# RY and RZ angles that take |0⟩ to the +1 eigenstate of a letter, and the RY angle to its -1 eigenstate.
_PLUS = {"Z": (0.0, 0.0), "X": (np.pi / 2, 0.0), "Y": (np.pi / 2, np.pi / 2)}
_MINUS_TURN = np.pi
_ZERO = 1e-12


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Product states with weights.

    Attributes:
        angles: of ``state_preparation``, shape (state, 2·qubit): RY of every qubit, then RZ of every qubit.
        weights: w_k, shape (state,).
        drawn: whether the states are a random draw, over which only the mean is right, or all that there are.
    """

    angles: FloatArray
    weights: FloatArray
    drawn: bool

    def mean(self, values: FloatArray, variances: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Σ_k w_k v_k and its variance, over the last axis of ``values``; a draw's own spread is included."""
        terms = self.weights * values
        if not self.drawn:
            return terms.sum(axis=-1), (self.weights**2 * variances).sum(axis=-1)
        # The spread between the drawn states contains their shot noise already.
        count = terms.shape[-1]
        return terms.sum(axis=-1), count * terms.var(axis=-1, ddof=1)


def state_preparation(num_qubits: int) -> tuple[QuantumCircuit, tuple[Parameter, ...]]:
    """RY then RZ on every qubit, which makes any product of single-qubit states, and its parameters in order."""
    parameters = ParameterVector("β", 2 * num_qubits)
    circuit = QuantumCircuit(num_qubits)
    for q in range(num_qubits):
        circuit.ry(parameters[q], q)
        circuit.rz(parameters[num_qubits + q], q)
    return circuit, tuple(parameters)


def commuting_sets(observable: SparsePauliOp) -> list[SparsePauliOp]:
    """The terms, in sets whose members commute qubit by qubit."""
    return list(observable.group_commuting(qubit_wise=True))


def all_eigenstates(observable: SparsePauliOp) -> Ensemble:
    """Every eigenstate of every commuting set, without those of weight zero."""
    n = observable.num_qubits
    bits = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    angles, weights = [], []
    for terms in commuting_sets(observable):
        weight = _eigenvalues(terms, bits) / 2**n
        keep = np.abs(weight) > _ZERO
        angles.append(_angles(terms, bits[keep]))
        weights.append(weight[keep])
    return Ensemble(np.concatenate(angles), np.concatenate(weights), drawn=False)


def drawn_eigenstates(observable: SparsePauliOp, count: int, rng: np.random.Generator) -> Ensemble:
    """``count`` random eigenstates: a set by the root mean square of its eigenvalues, then bits uniformly."""
    sets = commuting_sets(observable)
    size = np.array([np.linalg.norm(terms.coeffs) for terms in sets])
    probability = size / size.sum()
    chosen = rng.choice(len(sets), size=count, p=probability)
    bits = rng.integers(0, 2, size=(count, observable.num_qubits))
    angles, weights = np.empty((count, 2 * observable.num_qubits)), np.empty(count)
    for number, terms in enumerate(sets):
        rows = chosen == number
        angles[rows] = _angles(terms, bits[rows])
        weights[rows] = _eigenvalues(terms, bits[rows]) / (probability[number] * count)
    return Ensemble(angles, weights, drawn=True)


def _eigenvalues(terms: SparsePauliOp, bits: NDArray[np.integer]) -> FloatArray:
    """Eigenvalues of the sum of commuting terms, shape (state,), at the eigenstates of those bits, shape (state, qubit)."""
    support = terms.paulis.x | terms.paulis.z
    signs = 1 - 2 * ((bits @ support.T.astype(int)) & 1)
    return np.asarray(signs @ terms.coeffs.real)


def _angles(terms: SparsePauliOp, bits: NDArray[np.integer]) -> FloatArray:
    x, z = terms.paulis.x.any(axis=0), terms.paulis.z.any(axis=0)
    letters = ["Y" if a and b else "X" if a else "Z" for a, b in zip(x, z, strict=True)]
    tilt = np.array([_PLUS[letter][0] for letter in letters])
    turn = np.array([_PLUS[letter][1] for letter in letters])
    return np.concatenate([tilt + _MINUS_TURN * bits, np.broadcast_to(turn, bits.shape)], axis=1)
