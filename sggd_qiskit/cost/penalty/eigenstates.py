"""Observables as ensembles of product states: O_k/2ⁿ = Σ_b w_bk |b⟩⟨b|, b eigenstates of their Pauli terms.

Terms that commute qubit by qubit share their eigenstates, so a set of them needs 2ⁿ states and not 2ⁿ each.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import BoolArray, FloatArray
from sggd_qiskit.circuit.measurement import Basis, joint_bases
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


def eigenstate_angles(letters: Sequence[str], bits: NDArray[np.integer] | BoolArray) -> FloatArray:
    """Angles of ``state_preparation``, shape (state, 2·qubit), for eigenstates of a letter of XYZ on every qubit.

    Args:
        letters: one for each qubit.
        bits: shape (state, qubit); 1 stands for the eigenvalue -1.
    """
    tilt, turn = np.array([_PLUS[letter] for letter in letters]).T
    return np.concatenate([tilt + np.pi * bits, np.broadcast_to(turn, bits.shape)], axis=1)


def eigenstates(observables: Sequence[SparsePauliOp], most: int, rng: np.random.Generator) -> Ensemble:
    """All eigenstates if there are at most ``most``, else that many drawn.

    Args:
        observables: O_k.
        most: states that are run at most.
        rng: draws them if there are more.
    """
    bases = joint_bases(observables)
    if len(bases) * 2 ** observables[0].num_qubits <= most:
        return _all(bases)
    return _drawn(bases, most, rng)


def eigenstate_pairs(observables: Sequence[SparsePauliOp], most: int, rng: np.random.Generator) -> Ensemble:
    """Pairs of eigenstates, mean of (O_k ⊗ O_k)/2ⁿ = Σ_bc w_bc |b c⟩⟨b c|: all if at most ``most``, else that many drawn.

    Args:
        observables: O_k.
        most: pairs that are run at most.
        rng: draws them if there are more.
    """
    bases = joint_bases(observables)
    n = observables[0].num_qubits
    scale = 2**n / len(observables)
    if (len(bases) * 2**n) ** 2 <= most:
        single = _all(bases)
        first, second = (index.ravel() for index in np.indices((len(single), len(single))))
        weights = np.sum(single.weights[first] * single.weights[second], axis=1)
        angles = np.concatenate([single.angles[first], single.angles[second]], axis=1)
        return Ensemble(angles, scale * weights[:, None], drawn=False)
    left, right = (_drawn(bases, most, rng) for _ in range(2))
    weights = most * np.sum(left.weights * right.weights, axis=1)
    return Ensemble(np.concatenate([left.angles, right.angles], axis=1), scale * weights[:, None], drawn=True)


def _all(bases: Sequence[Basis]) -> Ensemble:
    """Every eigenstate of every basis, without those of weight zero."""
    n = len(bases[0].letters)
    bits = all_bit_strings(n)
    angles, weights = [], []
    for basis in bases:
        weight = basis.outcome(bits) / 2**n
        keep = (np.abs(weight) > _ZERO).any(axis=1)
        angles.append(eigenstate_angles(basis.letters, bits[keep]))
        weights.append(weight[keep])
    return Ensemble(np.concatenate(angles), np.concatenate(weights), drawn=False)


def _drawn(bases: Sequence[Basis], count: int, rng: np.random.Generator) -> Ensemble:
    """``count`` random eigenstates: a basis by the root mean square of its eigenvalues, then bits uniformly."""
    n = len(bases[0].letters)
    size = np.array(
        [np.sqrt(sum(np.sum(np.abs(part.coeffs) ** 2) for part in basis.parts if part is not None)) for basis in bases]
    )
    probability = size / size.sum()
    chosen = rng.choice(len(bases), size=count, p=probability)
    bits = rng.integers(0, 2, size=(count, n))
    angles, weights = np.empty((count, 2 * n)), np.empty((count, len(bases[0].parts)))
    for number, basis in enumerate(bases):
        rows = chosen == number
        angles[rows] = eigenstate_angles(basis.letters, bits[rows])
        weights[rows] = basis.outcome(bits[rows].astype(bool)) / (probability[number] * count)
    return Ensemble(angles, weights, drawn=True)
