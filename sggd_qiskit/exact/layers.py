"""A circuit as layers: first a segment of single-qubit gates on each qubit, then two-qubit Clifford gates.

A segment k = F A_s … A_1 is what acts on a qubit between two two-qubit gates: rotations A_j about fixed axes n_j, and one
fixed gate F. What does not depend on the angles is computed here, once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sggd_qiskit.aliases import ComplexArray, FloatArray, IndexArray
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.exact.gates import (
    PAULIS,
    ElementaryGate,
    SingleQubitGate,
    SingleQubitRotation,
    TwoQubitGate,
    decomposed,
)

_SAME = 1e-12


@dataclass(frozen=True, eq=False)
class Layers:
    """A circuit, its segments numbered layer · n + qubit; shorter ones are filled up with rotations about no axis.

    Attributes:
        num_qubits: n.
        two_qubit_gates: those that end each layer, in the order in which they act.
        axes: n_j, shape (rotation, segment, 3).
        index: number of the angle of each rotation, shape (rotation, segment); ``num_angles`` where there is none.
        fixed: F, shape (segment, 2, 2).
        position: where in (rotation, segment) each angle is, shape (angle,).
    """

    num_qubits: int
    two_qubit_gates: tuple[tuple[TwoQubitGate, ...], ...]
    axes: FloatArray
    index: IndexArray
    fixed: ComplexArray
    position: IndexArray

    @property
    def num_layers(self) -> int:
        """Number of layers L."""
        return len(self.two_qubit_gates)

    @property
    def num_angles(self) -> int:
        """Number of angles."""
        return len(self.position)


def layered(form: RotationForm) -> Layers:
    """The circuit with every gate in the first layer in which it can act."""
    builder = _LayerBuilder(form.num_qubits)
    for gate in decomposed(form):
        builder.add(gate)
    return builder.finished(form.num_angles)


@dataclass(eq=False)
class _Segment:
    """A segment while gates are added to it."""

    fixed: ComplexArray = field(default_factory=lambda: np.eye(2, dtype=complex))
    axes: list[FloatArray] = field(default_factory=list)
    index: list[int] = field(default_factory=list)

    def add_rotation(self, letter: str, index: int) -> None:
        """A rotation after F is one about another axis before it."""
        rotated = self.fixed.conj().T @ PAULIS["IXYZ".index(letter)] @ self.fixed
        self.axes.append(np.einsum("aij,ji->a", PAULIS[1:], rotated).real / 2)
        self.index.append(index)


class _LayerBuilder:
    """The layers of the gates that were added so far."""

    def __init__(self, num_qubits: int):
        self._n = num_qubits
        self._segments: dict[tuple[int, int], _Segment] = {}
        self._two_qubit_gates: list[list[TwoQubitGate]] = [[]]
        self._layer = [0] * num_qubits
        """Where the last gate on each qubit is."""
        self._ended = [False] * num_qubits
        """Whether that was a two-qubit gate, after which a single-qubit gate begins another layer."""
        self._pending = [np.eye(2, dtype=complex) for _ in range(num_qubits)]
        """Fixed gates on each qubit that are in no segment yet, as they may cancel."""

    def add(self, gate: ElementaryGate) -> None:
        """Add the next gate."""
        match gate:
            case SingleQubitGate(qubit, matrix):
                self._pending[qubit] = matrix @ self._pending[qubit]
            case SingleQubitRotation(qubit, letter, index):
                self._place_pending(qubit)
                self._open_segment(qubit).add_rotation(letter, index)
            case TwoQubitGate(_, control, target):
                self._place_pending(control)
                self._place_pending(target)
                layer = max(self._layer[control], self._layer[target])
                self._two_qubit_gates[layer].append(gate)
                for qubit in (control, target):
                    self._layer[qubit], self._ended[qubit] = layer, True

    def finished(self, num_angles: int) -> Layers:
        """All layers, after the last gate."""
        for qubit in range(self._n):
            self._place_pending(qubit)
        count = self._n * len(self._two_qubit_gates)
        longest = max((len(segment.index) for segment in self._segments.values()), default=0)
        axes = np.zeros((longest, count, 3))
        index = np.full((longest, count), num_angles)
        fixed = np.tile(np.eye(2, dtype=complex), (count, 1, 1))
        position = np.zeros(num_angles, dtype=np.intp)
        for (layer, qubit), segment in self._segments.items():
            number = layer * self._n + qubit
            fixed[number] = segment.fixed
            for rotation, (axis, angle) in enumerate(zip(segment.axes, segment.index, strict=True)):
                axes[rotation, number], index[rotation, number] = axis, angle
                position[angle] = rotation * count + number
        gates = tuple(tuple(gates) for gates in self._two_qubit_gates)
        return Layers(self._n, gates, axes, index, fixed, position)

    def _place_pending(self, qubit: int) -> None:
        """Put the pending fixed gates into a segment, unless their product is a phase."""
        matrix = self._pending[qubit]
        if np.abs(matrix - matrix[0, 0] * np.eye(2)).max() > _SAME:
            segment = self._open_segment(qubit)
            segment.fixed = matrix @ segment.fixed
        self._pending[qubit] = np.eye(2, dtype=complex)

    def _open_segment(self, qubit: int) -> _Segment:
        """The segment that the qubit's next single-qubit gate belongs to."""
        if self._ended[qubit]:
            self._layer[qubit], self._ended[qubit] = self._layer[qubit] + 1, False
        layer = self._layer[qubit]
        if layer == len(self._two_qubit_gates):
            self._two_qubit_gates.append([])
        return self._segments.setdefault((layer, qubit), _Segment())
