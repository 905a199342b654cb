"""O_θ in Pauli coordinates, and the gradient of functions of it: one sweep each, whatever the function is.

A turn of a qubit rotates its letters X, Y, Z, a pair gate shuffles the strings. So O goes through the circuit, last layer
first, as 4ⁿ real numbers. The sweep back takes O_θ and the slope G of the function along, from which each layer's
derivatives are read on the way; nothing is stored but what is carried.
"""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.exact.coordinates import Carried, qubit_groups
from sggd_qiskit.exact.layers import Layers
from sggd_qiskit.exact.lowering import PairGate
from sggd_qiskit.exact.pair_gates import Shuffle, heisenberg_shuffle

# ε_abc, so that (o × g)_a = Σ_bc ε_abc o_b g_c.
_EPSILON = np.array([np.cross(np.eye(3), row) for row in np.eye(3)]).swapaxes(0, 1)


class HeisenbergPicture:
    """What is fixed of the two sweeps over a circuit, and the memory that they work in."""

    def __init__(self, layers: Layers):
        self._n, self._num_layers = layers.num_qubits, layers.num_layers
        self._sizes = [4 ** len(group) for group in qubit_groups(self._n)]
        made: dict[tuple[PairGate, ...], tuple[Shuffle, Shuffle] | None] = {}
        for gates in layers.pairs:
            if gates not in made:
                shuffle = heisenberg_shuffle(gates, self._n)
                made[gates] = None if shuffle is None else (shuffle, shuffle.inverse())
        self._shuffles = [made[gates] for gates in layers.pairs]
        self._memory: dict[int, Carried] = {}

    def factors(self, rotations: FloatArray) -> list[FloatArray]:
        """The rotations of each group of qubits, shape (layer, 4ᵏ, 4ᵏ), from those of all runs, shape (run, 4, 4)."""
        single = rotations.reshape(self._num_layers, self._n, 4, 4)
        even = self._n - self._n % 2
        low, high = single[:, 0:even:2], single[:, 1:even:2]
        pairs = (high[..., :, None, :, None] * low[..., None, :, None, :]).reshape(self._num_layers, -1, 16, 16)
        alone = [single[:, -1]] if self._n % 2 else []
        return [*alone, *pairs.swapaxes(0, 1)[::-1]]

    def evolved(self, factors: list[FloatArray], operators: FloatArray) -> FloatArray:
        """Coordinates of U†OU for every row, shape (operator, 4ⁿ)."""
        carried = self._carried(len(operators))
        carried.load(operators)
        for layer in reversed(range(self._num_layers)):
            shuffles = self._shuffles[layer]
            if shuffles is not None:
                carried.shuffle(shuffles[0])
            for group, factor in enumerate(factors):
                carried.factor(group, factor[layer].T)
        return np.array(carried.vectors)

    def torques(self, factors: list[FloatArray], evolved: FloatArray, slope: FloatArray) -> FloatArray:
        """What ``Turns.gradient`` makes a gradient of, shape (run, 3).

        Args:
            factors: the runs.
            evolved: coordinates of O_θ, shape (1, 4ⁿ).
            slope: ∂C/∂o_P of a function C of it, shape (1, 4ⁿ).
        """
        carried = self._carried(2)
        carried.load(evolved, slope)
        products = [np.empty((self._num_layers, size, size)) for size in self._sizes]
        for layer in range(self._num_layers):
            for group, (factor, product) in enumerate(zip(factors, products, strict=True)):
                operator, derivative = carried.fronts[carried.now][group]
                np.matmul(derivative, operator.T, out=product[layer])
                carried.factor(group, factor[layer])
            shuffles = self._shuffles[layer]
            if shuffles is not None and layer < self._num_layers - 1:
                carried.shuffle(shuffles[1])
        # o × g on each qubit, from Σ g_c o_b over the letters of the other groups; the highest qubits came first.
        read = [p.reshape(self._num_layers, -1) @ _READERS[size] for p, size in zip(products, self._sizes, strict=True)]
        return np.concatenate(read[::-1], axis=1).reshape(-1, 3)

    def _carried(self, count: int) -> Carried:
        if count not in self._memory:
            self._memory[count] = Carried(count, self._sizes)
        return self._memory[count]


def _reader(qubits: int) -> FloatArray:
    """From Σ g_c o_b, flat in (c, b), to o × g of each of one or two qubits, the lower first: shape (4ᵏ·4ᵏ, k·3)."""
    single = np.zeros((4, 4, 3))
    single[1:, 1:] = _EPSILON.transpose(2, 1, 0)
    if qubits == 1:
        return single.reshape(16, 3)
    same = np.eye(4)
    higher = np.einsum("cba,ij->cibja", single, same).reshape(256, 3)
    lower = np.einsum("ij,cba->icjba", same, single).reshape(256, 3)
    return np.concatenate([lower, higher], axis=1)


_READERS = {4: _reader(1), 16: _reader(2)}
