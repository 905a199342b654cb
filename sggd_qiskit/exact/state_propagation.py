"""Expectation values of many prepared states and the gradient of functions of them, by statevectors and one sweep back.

For circuits on so many qubits that 4ⁿ numbers are more than all states together. The sweep back carries the states ψ and the
costates λ = Σ_k (∂C/∂F_k) O_k ψ of all observables (Jones and Gacon, arXiv:2009.02823), λ as its complex conjugate.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import ComplexArray, FloatArray, IndexArray
from sggd_qiskit.circuit.paulis import PauliMap
from sggd_qiskit.exact.coordinates import qubit_pairs
from sggd_qiskit.exact.gates import PAULIS, TwoQubitGate
from sggd_qiskit.exact.layers import Layers
from sggd_qiskit.exact.signed_permutation import SignedPermutation, on_amplitudes


class StatePropagation:
    """What is fixed of the sweeps over a circuit."""

    def __init__(self, layers: Layers, observables: Sequence[SparsePauliOp]):
        self._n, self._num_layers = layers.num_qubits, layers.num_layers
        self._pairs = qubit_pairs(self._n)
        made: dict[tuple[TwoQubitGate, ...], tuple[SignedPermutation, SignedPermutation] | None] = {}
        for gates in layers.two_qubit_gates:
            if gates not in made:
                permutation = on_amplitudes(gates, self._n)
                made[gates] = None if permutation is None else (permutation, permutation.inverse())
        self._permutations = [made[gates] for gates in layers.two_qubit_gates]
        self._num_outputs, self._terms = len(observables), _by_flip(observables)

    def pair_matrices(self, unitaries: ComplexArray) -> list[ComplexArray]:
        """Each layer's segments on each pair of qubits, shape (layer, 2ᵏ, 2ᵏ), from all segments, shape (segment, 2, 2)."""
        single = unitaries.reshape(self._num_layers, self._n, 2, 2)
        return [
            single[:, pair[0]]
            if len(pair) == 1
            else np.einsum("lij,lab->liajb", single[:, pair[0]], single[:, pair[1]]).reshape(-1, 4, 4)
            for pair in self._pairs
        ]

    def evolved(self, matrices: list[ComplexArray], states: ComplexArray) -> ComplexArray:
        """Uψ of the columns of ``states``, shape (2ⁿ, state).

        Args:
            matrices: from ``pair_matrices``.
            states: ψ, shape (2ⁿ, state).
        """
        now, spare = np.array(states, order="C"), np.empty(states.shape, dtype=complex)
        for layer in range(self._num_layers):
            left = 1
            for matrices_of_pair in matrices:
                matrix = matrices_of_pair[layer]
                shape = (left, len(matrix), -1)
                np.matmul(matrix, now.reshape(shape), out=spare.reshape(shape))
                now, spare = spare, now
                left *= len(matrix)
            permutations = self._permutations[layer]
            if permutations is not None:
                permutations[0].permute_rows(now, spare)
                now, spare = spare, now
        return now

    def expectations(self, evolved: ComplexArray) -> FloatArray:
        """⟨ψ|O_k|ψ⟩ of the columns ψ, shape (output, state)."""
        conjugate = evolved.conj()
        found = np.zeros((self._num_outputs, evolved.shape[1]))
        for flip, phases in self._terms:
            found += (phases @ (conjugate * evolved[flip])).real
        return found

    def costates(self, evolved: ComplexArray, slope: FloatArray) -> ComplexArray:
        """λ = Σ_k (∂C/∂F_k) O_k ψ of a function C of the expectation values F, shape (2ⁿ, state).

        Args:
            evolved: ψ, shape (2ⁿ, state).
            slope: ∂C/∂F, shape (output, state).
        """
        return np.asarray(sum((phases.T @ slope) * evolved[flip] for flip, phases in self._terms))

    def local_gradients(
        self, matrices: list[ComplexArray], evolved: ComplexArray, costates: ComplexArray
    ) -> FloatArray:
        """Derivatives of a function C by small rotations exp(-iε_a σ_a/2) before each segment, shape (segment, 3).

        Args:
            matrices: from ``pair_matrices``.
            evolved: Uψ, shape (2ⁿ, state).
            costates: λ of each, of the same shape.
        """
        now = np.ascontiguousarray(np.stack([evolved, costates.conj()]))
        spare, size = np.empty(now.shape, dtype=complex), evolved.shape[1]
        found = np.empty((self._num_layers, self._n, 3))
        for layer in reversed(range(self._num_layers)):
            permutations = self._permutations[layer]
            if permutations is not None:
                permutations[1].permute_rows(now, spare)
                now, spare = spare, now
            left, right = 1, 2**self._n * size
            for pair, matrices_of_pair in zip(self._pairs, matrices, strict=True):
                back = matrices_of_pair[layer].conj().T
                right //= len(back)
                shape = (2, left, len(back), right)
                np.matmul(np.stack([back, back.conj()])[:, None], now.reshape(shape), out=spare.reshape(shape))
                now, spare = spare, now
                states, conjugates = now.reshape(shape)
                product = np.matmul(states, conjugates.swapaxes(1, 2)).sum(axis=0)
                found[layer, pair] = (product.ravel() @ _OVERLAPS[len(pair)]).imag.reshape(-1, 3)
                left *= len(back)
        return found.reshape(-1, 3)


def _by_flip(observables: Sequence[SparsePauliOp]) -> list[tuple[IndexArray, ComplexArray]]:
    """The observables as sums of index permutations with phases, shape (output, 2ⁿ): X and Y on the same qubits are one."""
    terms: dict[str, tuple[IndexArray, ComplexArray]] = {}
    for output, observable in enumerate(observables):
        for label, coefficient in observable.to_list():
            pauli = PauliMap(label)
            key = label.translate(str.maketrans("YZ", "XI"))
            if key not in terms:
                terms[key] = pauli.flip, np.zeros((len(observables), len(pauli.flip)), dtype=complex)
            terms[key][1][output] += coefficient * pauli.phase
    return list(terms.values())


def _overlaps(qubits: int) -> ComplexArray:
    """From Σ ψ_x λ_y*, flat in (x, y), to ⟨λ|σ_a|ψ⟩ on each of one or two qubits, the higher first."""
    single = PAULIS[1:].transpose(2, 1, 0)
    if qubits == 1:
        return single.reshape(4, 3)
    same = np.eye(2)
    higher = np.einsum("xya,ij->xiyja", single, same).reshape(16, 3)
    lower = np.einsum("ij,xya->ixjya", same, single).reshape(16, 3)
    return np.concatenate([higher, lower], axis=1)


_OVERLAPS = {1: _overlaps(1), 2: _overlaps(2)}
