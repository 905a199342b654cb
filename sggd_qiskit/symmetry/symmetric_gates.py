"""The gates of a circuit, ordered so that those that a group exchanges meet; fixed ones are kept where they are symmetric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import pi
from operator import itemgetter
from typing import TypeAlias

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Gate, ParameterExpression
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Clifford, Operator, Pauli

from sggd_qiskit.circuit.paulis import label_of
from sggd_qiskit.circuit.rotation_form import ROTATIONS, Rotation, RotationForm, rotation_form
from sggd_qiskit.symmetry.element import Element
from sggd_qiskit.symmetry.group import SymmetryGroup

MOST_DENSE_QUBITS = 8
"""On which gates and groups that are no Cliffords are looked at as matrices."""
_SAME = 1e-9

Angle: TypeAlias = ParameterExpression | float

# Gates as rotations, up to a phase: letters in the order of the gate's qubits, and angles in radians.
_AS_ROTATIONS: dict[str, tuple[tuple[str, float], ...]] = {
    "id": (),
    "x": (("X", pi),),
    "y": (("Y", pi),),
    "z": (("Z", pi),),
    "h": (("Z", pi / 2), ("X", pi / 2), ("Z", pi / 2)),
    "s": (("Z", pi / 2),),
    "sdg": (("Z", -pi / 2),),
    "sx": (("X", pi / 2),),
    "sxdg": (("X", -pi / 2),),
    "t": (("Z", pi / 4),),
    "tdg": (("Z", -pi / 4),),
    "cx": (("ZI", -pi / 2), ("IX", -pi / 2), ("ZX", pi / 2)),
    "cz": (("ZI", -pi / 2), ("IZ", -pi / 2), ("ZZ", pi / 2)),
    "swap": (("XX", pi / 2), ("YY", pi / 2), ("ZZ", pi / 2)),
}


@dataclass(frozen=True, eq=False)
class PauliRotation:
    """exp(-i angle P/2), P by its label with a sign."""

    label: str
    angle: Angle

    @property
    def qubits(self) -> list[int]:
        """Those that it acts on."""
        return [q for q, letter in enumerate(reversed(self.label.lstrip("-"))) if letter != "I"]


SymmetricGate: TypeAlias = PauliRotation | QuantumCircuit


def symmetric_gates(circuit: QuantumCircuit, group: SymmetryGroup) -> Iterator[SymmetricGate]:
    """Fixed gates that commute with every V_s up to a phase, and all else as rotations.

    Fixed gates that meet are kept together if they commute with the group together, else each that does alone.

    Args:
        circuit: unitary.
        group: V_s.
    """
    for fixed, run in groupby(_in_turns(circuit), key=lambda gate: isinstance(gate, QuantumCircuit)):
        if not fixed:
            yield from run
            continue
        gates = [gate for gate in run if isinstance(gate, QuantumCircuit)]
        block = QuantumCircuit(circuit.num_qubits)
        for gate in gates:
            block.compose(gate, inplace=True)
        if _is_symmetric(block, group):
            yield block
            continue
        for gate in gates:
            yield from [gate] if _is_symmetric(gate, group) else _as_rotations(gate)


def _in_turns(circuit: QuantumCircuit) -> list[SymmetricGate]:
    """The same circuit, trained rotations and fixed gates in turns, those that act at the same time one after the other."""
    last: dict[int, tuple[int, int]] = {}
    placed = []
    for gate in _gates(circuit):
        trained = isinstance(gate, PauliRotation)
        qubits = gate.qubits if isinstance(gate, PauliRotation) else _qubits(gate, gate.data[0])
        # Even turns are those of the rotations, in which they are sorted by depth.
        turn, depth = max((last.get(q, (0, 0)) for q in qubits), default=(0, 0))
        if trained != (turn % 2 == 0):
            turn, depth = turn + 1, 0
        place = turn, depth + trained
        last.update(dict.fromkeys(qubits, place))
        placed.append((place, gate))
    return [gate for _, gate in sorted(placed, key=itemgetter(0))]


def _gates(circuit: QuantumCircuit) -> Iterator[SymmetricGate]:
    """Each gate as rotations with parameters, if it is a product of such alone; else those and fixed gates."""
    for instruction in circuit.data:
        gate, qubits = instruction.operation, _qubits(circuit, instruction)
        if gate.name == "barrier":
            continue
        own = gate.base_class is Gate  # and may be named as it likes
        if not own and gate.name == "u" and any(isinstance(p, ParameterExpression) for p in gate.params):
            theta, phi, lam = gate.params
            rotations = [PauliRotation(letter, angle) for letter, angle in (("Z", lam), ("Y", theta), ("Z", phi))]
        elif not own and gate.name in ROTATIONS and isinstance(gate.params[0], ParameterExpression):
            rotations = [PauliRotation(ROTATIONS[gate.name][::-1], gate.params[0])]
        else:
            alone = QuantumCircuit(len(qubits))
            alone.append(gate, range(len(qubits)))
            form = rotation_form(alone)
            found = _rotations(form)
            if found is None:
                yield from (_placed(part, qubits, circuit.num_qubits) for part in _parts(form))
                continue
            rotations = found
        yield from (_placed(rotation, qubits, circuit.num_qubits) for rotation in rotations)


def _rotations(form: RotationForm) -> list[PauliRotation] | None:
    """A trained gate as rotations alone, if its fixed gates are Cliffords that cancel; else None."""
    if not form.num_angles:
        return None
    frame, rotations = Clifford(QuantumCircuit(form.num_qubits)), []
    for part in _parts(form):
        if isinstance(part, PauliRotation):
            # What comes before is C†PC after.
            rotations.append(PauliRotation(Pauli(part.label).evolve(frame, frame="h").to_label(), part.angle))
            continue
        try:
            frame = frame.compose(Clifford(part))
        except QiskitError:
            return None
    return rotations if frame == Clifford(QuantumCircuit(form.num_qubits)) else None


def _parts(form: RotationForm) -> Iterator[SymmetricGate]:
    for operation, instruction in zip(form.operations, form.template.data, strict=True):
        if isinstance(operation, Rotation):
            yield PauliRotation(operation.pauli.label, form.angles.expressions[operation.index])
        else:
            part = QuantumCircuit(form.num_qubits)
            part.append(instruction.operation, _qubits(form.template, instruction))
            yield part


def _placed(gate: SymmetricGate, qubits: Sequence[int], num_qubits: int) -> SymmetricGate:
    """The same on ``qubits`` of a wider circuit."""
    if isinstance(gate, QuantumCircuit):
        return QuantumCircuit(num_qubits).compose(gate, qubits=qubits)
    sign = "-" if gate.label.startswith("-") else ""
    letters = dict(zip(qubits, reversed(gate.label.lstrip("-")), strict=True))
    return PauliRotation(sign + label_of(letters, num_qubits), gate.angle)


def _as_rotations(gate: QuantumCircuit) -> Iterator[PauliRotation]:
    """A single fixed gate."""
    operation, qubits = gate.data[0].operation, _qubits(gate, gate.data[0])
    name = operation.name
    numbers = ((ROTATIONS[name], float(operation.params[0])),) if name in ROTATIONS else _AS_ROTATIONS[name]
    for letters, angle in numbers:
        yield PauliRotation(label_of(dict(zip(qubits, letters, strict=True)), gate.num_qubits), angle)


def _qubits(circuit: QuantumCircuit, instruction: CircuitInstruction) -> list[int]:
    return [circuit.find_bit(q).index for q in instruction.qubits]


def _is_symmetric(block: QuantumCircuit, group: SymmetryGroup) -> bool:
    """Whether a circuit without parameters is known to commute with every V_s up to a phase."""
    generators = [group.elements[number] for number in group.generators]
    return all(_commutes(block, element) for element in generators)


def _commutes(block: QuantumCircuit, element: Element) -> bool:
    try:
        gates = Clifford(block)
    except QiskitError:
        gates = None
    if gates is not None and element.clifford is not None:
        return bool(gates.compose(element.clifford) == element.clifford.compose(gates))
    if block.num_qubits > MOST_DENSE_QUBITS:
        return False
    matrix = Operator(block).data
    one, other = element.matrix @ matrix, matrix @ element.matrix
    return bool(abs(np.vdot(one, other)) > (1 - _SAME) * len(matrix))
