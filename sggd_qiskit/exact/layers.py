"""A circuit as layers: turns of single qubits, then Clifford gates on pairs. What is fixed of it is computed here, once.

The gates that meet on a qubit between two pair gates are a run, k = F A_s … A_1: turns A_j about fixed axes n_j, and one
fixed gate F. All runs of a circuit are evaluated together.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sggd_qiskit.aliases import ComplexArray, FloatArray, IndexArray
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.exact.lowering import PAULIS, LocalGate, PairGate, Turn, lowered

_NOTHING = 1e-12


@dataclass(frozen=True, eq=False)
class Layers:
    """A circuit, its runs numbered layer · n + qubit; shorter runs are filled up with turns about no axis.

    Attributes:
        num_qubits: n.
        pairs: the pair gates that end each layer, in the order in which they act.
        axes: n_j, shape (turn, run, 3).
        index: number of the angle of each turn, shape (turn, run); ``num_angles`` where there is none.
        fixed: F, shape (run, 2, 2).
        position: where in (turn, run) each angle is, shape (angle,).
    """

    num_qubits: int
    pairs: tuple[tuple[PairGate, ...], ...]
    axes: FloatArray
    index: IndexArray
    fixed: ComplexArray
    position: IndexArray

    @property
    def num_layers(self) -> int:
        """Number of layers L."""
        return len(self.pairs)

    @property
    def num_angles(self) -> int:
        """Number of angles."""
        return len(self.position)


@dataclass(eq=False)
class _Run:
    fixed: ComplexArray = field(default_factory=lambda: np.eye(2, dtype=complex))
    axes: list[FloatArray] = field(default_factory=list)
    index: list[int] = field(default_factory=list)


def layered(form: RotationForm) -> Layers:
    """Every gate in the first layer in which it can act."""
    n = form.num_qubits
    runs: dict[tuple[int, int], _Run] = {}
    pairs: list[list[PairGate]] = [[]]
    level, sealed = [0] * n, [False] * n  # a sealed qubit has pair gates in its layer already
    waiting = [np.eye(2, dtype=complex) for _ in range(n)]  # fixed gates, put off as they may cancel

    def run_of(qubit: int) -> _Run:
        if sealed[qubit]:
            level[qubit], sealed[qubit] = level[qubit] + 1, False
        while len(pairs) <= level[qubit]:
            pairs.append([])
        return runs.setdefault((level[qubit], qubit), _Run())

    def settle(qubit: int) -> None:
        if not _is_phase(waiting[qubit]):
            run = run_of(qubit)
            run.fixed = waiting[qubit] @ run.fixed
        waiting[qubit] = np.eye(2, dtype=complex)

    for gate in lowered(form):
        if isinstance(gate, LocalGate):
            waiting[gate.qubit] = gate.matrix @ waiting[gate.qubit]
        elif isinstance(gate, Turn):
            settle(gate.qubit)
            run = run_of(gate.qubit)
            turned = run.fixed.conj().T @ PAULIS["IXYZ".index(gate.letter)] @ run.fixed
            run.axes.append(np.einsum("aij,ji->a", PAULIS[1:], turned).real / 2)
            run.index.append(gate.index)
        else:
            both = (gate.first, gate.second)
            for qubit in both:
                settle(qubit)
            last = max(level[qubit] for qubit in both)
            pairs[last].append(gate)
            for qubit in both:
                level[qubit], sealed[qubit] = last, True
    for qubit in range(n):
        settle(qubit)
    return _packed(form, pairs, runs)


def _packed(form: RotationForm, pairs: list[list[PairGate]], runs: dict[tuple[int, int], _Run]) -> Layers:
    n, count = form.num_qubits, form.num_qubits * len(pairs)
    longest = max((len(run.index) for run in runs.values()), default=0)
    axes = np.zeros((longest, count, 3))
    index = np.full((longest, count), form.num_angles)
    fixed = np.tile(np.eye(2, dtype=complex), (count, 1, 1))
    position = np.zeros(form.num_angles, dtype=np.intp)
    for (layer, qubit), run in runs.items():
        number = layer * n + qubit
        fixed[number] = run.fixed
        for turn, (axis, angle) in enumerate(zip(run.axes, run.index, strict=True)):
            axes[turn, number], index[turn, number] = axis, angle
            position[angle] = turn * count + number
    return Layers(n, tuple(tuple(gates) for gates in pairs), axes, index, fixed, position)


def _is_phase(matrix: ComplexArray) -> bool:
    return bool(np.abs(matrix - matrix[0, 0] * np.eye(2)).max() < _NOTHING)
