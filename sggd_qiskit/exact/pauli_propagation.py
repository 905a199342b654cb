"""Pauli propagation: O_θ = U†OU in Pauli coordinates, and the gradient of functions of it, in one sweep each.

A segment of single-qubit gates rotates the letters X, Y, Z of its qubit, the two-qubit gates of a layer permute the strings,
with signs. So O goes through the circuit, last layer first, as 4ⁿ real numbers. The sweep for the gradient takes O_θ and the
slope of the function forward through the circuit, and reads the derivatives of each layer on the way; it stores nothing else.
"""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.exact.coordinates import WorkBuffers, qubit_pairs
from sggd_qiskit.exact.gates import TwoQubitGate
from sggd_qiskit.exact.layers import Layers
from sggd_qiskit.exact.signed_permutation import SignedPermutation, on_pauli_coordinates

MOST_ENTRIES = 2**23
"""Of the coordinates that are propagated together; more observables are taken one after the other."""


class PauliPropagation:
    """What is fixed of the two sweeps over a circuit, and the memory that they work in."""

    def __init__(self, layers: Layers):
        self._n, self._num_layers = layers.num_qubits, layers.num_layers
        self._sizes = [4 ** len(pair) for pair in qubit_pairs(self._n)]
        made: dict[tuple[TwoQubitGate, ...], tuple[SignedPermutation, SignedPermutation] | None] = {}
        for gates in layers.two_qubit_gates:
            if gates not in made:
                permutation = on_pauli_coordinates(gates, self._n)
                made[gates] = None if permutation is None else (permutation, permutation.inverse())
        self._permutations = [made[gates] for gates in layers.two_qubit_gates]
        self._buffers: dict[int, WorkBuffers] = {}

    def pair_matrices(self, rotations: FloatArray) -> list[FloatArray]:
        """Each layer's rotation of each pair of qubits, shape (layer, 4ᵏ, 4ᵏ), from all segments', shape (segment, 4, 4)."""
        single = rotations.reshape(self._num_layers, self._n, 4, 4)
        even = self._n - self._n % 2
        low, high = single[:, 0:even:2], single[:, 1:even:2]
        pairs = (high[..., :, None, :, None] * low[..., None, :, None, :]).reshape(self._num_layers, -1, 16, 16)
        alone = [single[:, -1]] if self._n % 2 else []
        return [*alone, *pairs.swapaxes(0, 1)[::-1]]

    def evolved(self, matrices: list[FloatArray], operators: FloatArray) -> FloatArray:
        """Coordinates of U†OU for every row, shape (operator, 4ⁿ).

        Args:
            matrices: from ``pair_matrices``.
            operators: coordinates of O, shape (operator, 4ⁿ).
        """
        if len(operators) > 1 and operators.size > MOST_ENTRIES:
            return np.concatenate([self.evolved(matrices, row) for row in operators[:, None]])
        buffers = self._buffers_for(len(operators))
        buffers.fill(operators)
        transposed = [matrix.swapaxes(1, 2) for matrix in matrices]
        for layer in reversed(range(self._num_layers)):
            permutations = self._permutations[layer]
            if permutations is not None:
                buffers.permute(permutations[0])
            for pair, matrix in enumerate(transposed):
                buffers.apply_factor(pair, matrix[layer])
        return np.array(buffers.vectors)

    def local_gradients(self, matrices: list[FloatArray], evolved: FloatArray, slope: FloatArray) -> FloatArray:
        """Derivatives of a function C by small rotations exp(-iε_a σ_a/2) before each segment, shape (segment, 3).

        They are g × o on the segment's qubit, coefficients of the commutator of slope and operator, summed over the
        observables.

        Args:
            matrices: from ``pair_matrices``.
            evolved: coordinates o of the evolved observables, shape (output, 4ⁿ).
            slope: g = ∂C/∂o, of the same shape.
        """
        count = len(slope)
        if count > 1 and slope.size > MOST_ENTRIES:
            rows = zip(evolved[:, None], slope[:, None], strict=True)
            return np.asarray(sum(self.local_gradients(matrices, *row) for row in rows))
        buffers = self._buffers_for(2 * count)
        buffers.fill(slope, evolved)
        halves = buffers.halves
        batch = (count,) if count > 1 else ()
        products = [np.empty((self._num_layers, *batch, size, size)) for size in self._sizes]
        end = self._num_layers - 1, len(matrices) - 1
        for layer, permutations in enumerate(self._permutations):
            for pair, (matrix, product) in enumerate(zip(matrices, products, strict=True)):
                slopes, operators = halves[buffers.current][pair]
                np.matmul(slopes, operators, out=product[layer])
                if (layer, pair) != end:
                    buffers.apply_factor(pair, matrix[layer])
            if permutations is not None and layer < end[0]:
                buffers.permute(permutations[1])
        if count > 1:
            products = [product.sum(axis=1) for product in products]
        # The sums of g_b o_c over the letters of the other pairs; the highest qubits came first.
        found = [p.reshape(self._num_layers, -1) @ _CROSS[size] for p, size in zip(products, self._sizes, strict=True)]
        return np.concatenate(found[::-1], axis=1).reshape(-1, 3)

    def _buffers_for(self, count: int) -> WorkBuffers:
        if count not in self._buffers:
            self._buffers[count] = WorkBuffers(count, self._sizes)
        return self._buffers[count]


def _cross_products(qubits: int) -> FloatArray:
    """From Σ g_b o_c, flat in (b, c), to g × o of each of one or two qubits, the lower first: shape (4ᵏ·4ᵏ, k·3)."""
    single = np.zeros((4, 4, 3))
    single[1:, 1:] = np.cross(np.eye(3)[:, None], np.eye(3))
    if qubits == 1:
        return single.reshape(16, 3)
    same = np.eye(4)
    higher = np.einsum("bca,ij->bicja", single, same).reshape(256, 3)
    lower = np.einsum("ij,bca->ibjca", same, single).reshape(256, 3)
    return np.concatenate([lower, higher], axis=1)


_CROSS = {4: _cross_products(1), 16: _cross_products(2)}
