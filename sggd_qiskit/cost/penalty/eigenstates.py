"""An observable as an ensemble of product states: O/2ⁿ = Σ_k w_k |b_k⟩⟨b_k|, b_k eigenstates of its Pauli terms.

Terms that commute qubit by qubit share their eigenstates, so a set of them needs 2ⁿ states and not 2ⁿ each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import BoolArray, FloatArray
from sggd_qiskit.circuit.measurement import bases_of, parity_sum
from sggd_qiskit.circuit.simulate import all_bit_strings
from sggd_qiskit.cost.penalty.ensemble import Ensemble

# RY and RZ angles that take |0⟩ to the +1 eigenstate of a letter; a further RY by π leads to the -1 eigenstate.
_PLUS = {"Z": (0.0, 0.0), "X": (np.pi / 2, 0.0), "Y": (np.pi / 2, np.pi / 2)}
_ZERO = 1e-12


def state_preparation(num_qubits: int, name: str = "β") -> tuple[QuantumCircuit, tuple[Parameter, ...]]:
    """RY then RZ on every qubit, which makes any product of single-qubit states, and its parameters in order.

    The parameters are the RY angle of every qubit, then the RZ angle of every qubit.
    """
    parameters = ParameterVector(name, 2 * num_qubits)
    circuit = QuantumCircuit(num_qubits)
    for q in range(num_qubits):
        circuit.ry(parameters[q], q)
        circuit.rz(parameters[num_qubits + q], q)
    return circuit, tuple(parameters)


def eigenstate_angles(letters: list[str], bits: NDArray[np.integer] | BoolArray) -> FloatArray:
    """Angles of ``state_preparation``, shape (state, 2·qubit), for eigenstates of a letter of XYZ on every qubit.

    Args:
        letters: one for each qubit.
        bits: shape (state, qubit); 1 stands for the eigenvalue -1.
    """
    tilt, turn = np.array([_PLUS[letter] for letter in letters]).T
    return np.concatenate([tilt + np.pi * bits, np.broadcast_to(turn, bits.shape)], axis=1)


def eigenstates(observable: SparsePauliOp, most: int, rng: np.random.Generator) -> Ensemble:
    """All eigenstates if there are at most ``most``, else that many drawn."""
    sets = observable.group_commuting(qubit_wise=True)
    if len(sets) * 2**observable.num_qubits <= most:
        return all_eigenstates(observable)
    return drawn_eigenstates(observable, most, rng)


def all_eigenstates(observable: SparsePauliOp) -> Ensemble:
    """Every eigenstate of every commuting set, without those of weight zero."""
    n = observable.num_qubits
    bits = all_bit_strings(n)
    angles, weights = [], []
    for terms in observable.group_commuting(qubit_wise=True):
        weight = parity_sum(terms)(bits) / 2**n
        keep = np.abs(weight) > _ZERO
        angles.append(eigenstate_angles(bases_of(terms), bits[keep]))
        weights.append(weight[keep])
    return Ensemble(np.concatenate(angles), np.concatenate(weights), drawn=False)


def drawn_eigenstates(observable: SparsePauliOp, count: int, rng: np.random.Generator) -> Ensemble:
    """``count`` random eigenstates: a set by the root mean square of its eigenvalues, then bits uniformly."""
    sets = observable.group_commuting(qubit_wise=True)
    size = np.array([np.linalg.norm(terms.coeffs) for terms in sets])
    probability = size / size.sum()
    chosen = rng.choice(len(sets), size=count, p=probability)
    bits = rng.integers(0, 2, size=(count, observable.num_qubits))
    angles, weights = np.empty((count, 2 * observable.num_qubits)), np.empty(count)
    for number, terms in enumerate(sets):
        rows = chosen == number
        angles[rows] = eigenstate_angles(bases_of(terms), bits[rows])
        weights[rows] = parity_sum(terms)(bits[rows].astype(bool)) / (probability[number] * count)
    return Ensemble(angles, weights, drawn=True)


def eigenstate_pairs(observable: SparsePauliOp, most: int, rng: np.random.Generator) -> Ensemble:
    """Pairs of eigenstates, (O ⊗ O)/2ⁿ = Σ_kl w_kl |b_k b_l⟩⟨b_k b_l|: all if at most ``most``, else that many drawn."""
    n = observable.num_qubits
    count = len(observable.group_commuting(qubit_wise=True)) * 2**n
    if count**2 <= most:
        single = all_eigenstates(observable)
        first, second = (index.ravel() for index in np.indices((len(single), len(single))))
        angles = np.concatenate([single.angles[first], single.angles[second]], axis=1)
        return Ensemble(angles, 2**n * single.weights[first] * single.weights[second], drawn=False)
    left, right = (drawn_eigenstates(observable, most, rng) for _ in range(2))
    return Ensemble(
        np.concatenate([left.angles, right.angles], axis=1), 2**n * most * left.weights * right.weights, drawn=True
    )
