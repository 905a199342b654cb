"""Outputs of many prepared states and the gradient of functions of them, by statevectors and one sweep back.

For circuits on so many qubits that 4ⁿ numbers are more than all states together. The sweep back carries the states ψ and the
costates λ = (∂C/∂F) Oψ (Jones and Gacon, arXiv:2009.02823), λ as its complex conjugate.
"""

from __future__ import annotations

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import ComplexArray, FloatArray, IndexArray
from sggd_qiskit.circuit.paulis import PauliMap
from sggd_qiskit.circuit.simulate import MOST_AMPLITUDES
from sggd_qiskit.exact.coordinates import qubit_groups
from sggd_qiskit.exact.layers import Layers
from sggd_qiskit.exact.lowering import PAULIS, PairGate
from sggd_qiskit.exact.pair_gates import Shuffle, state_shuffle


class StatePicture:
    """What is fixed of the sweeps over a circuit."""

    def __init__(self, layers: Layers, observable: SparsePauliOp):
        self._n, self._num_layers = layers.num_qubits, layers.num_layers
        self._groups = qubit_groups(self._n)
        made: dict[tuple[PairGate, ...], tuple[Shuffle, Shuffle] | None] = {}
        for gates in layers.pairs:
            if gates not in made:
                shuffle = state_shuffle(gates, self._n)
                made[gates] = None if shuffle is None else (shuffle, shuffle.inverse())
        self._shuffles = [made[gates] for gates in layers.pairs]
        self._terms = _by_flip(observable)

    def chunks(self, count: int) -> list[slice]:
        """Slices of as many states as are carried together."""
        size = max(1, MOST_AMPLITUDES // 2**self._n)
        return [slice(start, min(start + size, count)) for start in range(0, count, size)]

    def factors(self, unitaries: ComplexArray) -> list[ComplexArray]:
        """The runs of each group of qubits, shape (layer, 2ᵏ, 2ᵏ), from runs of shape (run, 2, 2)."""
        single = unitaries.reshape(self._num_layers, self._n, 2, 2)
        return [
            single[:, group[0]]
            if len(group) == 1
            else np.einsum("lij,lab->liajb", single[:, group[0]], single[:, group[1]]).reshape(-1, 4, 4)
            for group in self._groups
        ]

    def evolved(self, factors: list[ComplexArray], states: ComplexArray) -> ComplexArray:
        """Uψ of the columns of ``states``, shape (2ⁿ, state)."""
        now, spare = np.array(states, order="C"), np.empty(states.shape, dtype=complex)
        for layer in range(self._num_layers):
            left = 1
            for factor in factors:
                matrix = factor[layer]
                shape = (left, len(matrix), -1)
                np.matmul(matrix, now.reshape(shape), out=spare.reshape(shape))
                now, spare = spare, now
                left *= len(matrix)
            shuffles = self._shuffles[layer]
            if shuffles is not None:
                shuffles[0].of_rows(now, spare)
                now, spare = spare, now
        return now

    def observed(self, evolved: ComplexArray) -> ComplexArray:
        """Oψ, shape (2ⁿ, state)."""
        return np.asarray(sum(phase[:, None] * evolved[flip] for flip, phase in self._terms))

    def expectations(self, evolved: ComplexArray) -> FloatArray:
        """⟨ψ|O|ψ⟩, shape (state,)."""
        return np.asarray(np.einsum("ds,ds->s", evolved.conj(), self.observed(evolved)).real)

    def torques(self, factors: list[ComplexArray], evolved: ComplexArray, costates: ComplexArray) -> FloatArray:
        """What ``Turns.gradient`` makes a gradient of, shape (run, 3).

        Args:
            factors: the runs.
            evolved: Uψ, shape (2ⁿ, state).
            costates: λ of each, of the same shape.
        """
        now = np.ascontiguousarray(np.stack([evolved, costates.conj()]))
        spare, size = np.empty(now.shape, dtype=complex), evolved.shape[1]
        torques = np.empty((self._num_layers, self._n, 3))
        for layer in reversed(range(self._num_layers)):
            shuffles = self._shuffles[layer]
            if shuffles is not None:
                shuffles[1].of_rows(now, spare)
                now, spare = spare, now
            left, right = 1, 2**self._n * size
            for group, factor in zip(self._groups, factors, strict=True):
                back = factor[layer].conj().T
                right //= len(back)
                shape = (2, left, len(back), right)
                np.matmul(np.stack([back, back.conj()])[:, None], now.reshape(shape), out=spare.reshape(shape))
                now, spare = spare, now
                states, conjugates = now.reshape(shape)
                product = np.matmul(states, conjugates.swapaxes(1, 2)).sum(axis=0)
                torques[layer, group] = (product.ravel() @ _READERS[len(group)]).imag.reshape(-1, 3)
                left *= len(back)
        return torques.reshape(-1, 3)


def _by_flip(observable: SparsePauliOp) -> list[tuple[IndexArray, ComplexArray]]:
    """O as a sum of index shuffles with phases: the terms with X or Y on the same qubits are one."""
    terms: dict[bytes, tuple[IndexArray, ComplexArray]] = {}
    for label, coefficient in observable.to_list():
        pauli = PauliMap(label)
        key = label.translate(str.maketrans("YZ", "XI")).encode()
        flip, phase = terms.get(key, (pauli.flip, np.zeros(len(pauli.flip), dtype=complex)))
        terms[key] = flip, phase + coefficient * pauli.phase
    return list(terms.values())


def _reader(qubits: int) -> ComplexArray:
    """From Σ ψ_x λ_y*, flat in (x, y), to the numbers whose imaginary parts are the torques -Im Tr[σ_a ψλ†]."""
    single = -PAULIS[1:].transpose(2, 1, 0)
    if qubits == 1:
        return single.reshape(4, 3)
    same = np.eye(2)
    higher = np.einsum("xya,ij->xiyja", single, same).reshape(16, 3)
    lower = np.einsum("ij,xya->ixjya", same, single).reshape(16, 3)
    return np.concatenate([higher, lower], axis=1)


_READERS = {1: _reader(1), 2: _reader(2)}
