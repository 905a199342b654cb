"""A circuit whose gates are symmetric: generators twirled over the group (Meyer et al., PRX Quantum 4, 010328).

A rotation exp(-iφP/2) becomes exp(-iφT[P]/2), which commutes with every V_s since T[P] does. T[P] is 0, and the gate is left
out; or a Pauli sum. If its terms commute, the gate is a product of Pauli rotations that share an angle, each of which has a
shift of its own. If they do not, no product of their rotations is symmetric in general, and the circuit is refused.

Gates without parameters stay where they are symmetric, alone or with those beside them, and are twirled as products of
rotations where they are not. T is a projection, so that a circuit that is symmetric gate by gate is not changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import pi
from typing import TypeAlias

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterExpression
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Clifford, Pauli, PauliList, SparsePauliOp

from sggd_qiskit.circuit.angles import AngleMap
from sggd_qiskit.circuit.paulis import traceless
from sggd_qiskit.circuit.rotation_form import CircuitError
from sggd_qiskit.symmetry.group import SymmetryGroup
from sggd_qiskit.symmetry.symmetric_gates import Angle, symmetric_gates
from sggd_qiskit.symmetry.twirl import twirl_pauli_sum

_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class _Evolution:
    """exp(-i angle G/2) with the terms of G commuting and the first coefficient 1."""

    generator: SparsePauliOp
    angle: Angle

    @property
    def is_trained(self) -> bool:
        """Whether the angle depends on θ."""
        return isinstance(self.angle, ParameterExpression)


_Gate: TypeAlias = _Evolution | QuantumCircuit  # the latter without parameters


def symmetrised(ansatz: QuantumCircuit, group: SymmetryGroup, observables: Sequence[SparsePauliOp]) -> QuantumCircuit:
    """The circuit with every gate twirled, which commutes with every V_s up to a phase.

    Rotations of one generator that meet become one. Where all angles are affine in θ, parameters on which they depend in the
    same way become the first of these, so that no angle becomes unreachable.

    Args:
        ansatz: a unitary circuit.
        group: V_s.
        observables: T[O_k], on which some gate has to act.

    Raises:
        CircuitError: if the terms of a twirled generator do not commute, or no parameter is left that moves an observable.
    """
    gates: list[_Gate] = []
    twirls: dict[str, SparsePauliOp] = {}
    for gate in symmetric_gates(ansatz, group):
        if isinstance(gate, QuantumCircuit):
            gates.append(gate)
            continue
        if gate.label not in twirls:
            twirls |= _twirls(gate.label, group)
        twirled = twirls[gate.label]
        if twirled.coeffs.any():
            lead = float(twirled.coeffs[0].real)
            _add(gates, _Evolution(twirled / lead, lead * gate.angle))
    gates = [gate for gate in gates if isinstance(gate, QuantumCircuit) or not _is_phase(gate)]
    if not _moves(gates, observables):
        raise CircuitError(
            "found no trained gate with a symmetric part that moves the symmetric part of an observable; choose an ansatz "
            "with other generators, such as XX, YY or ZZ on qubits that the group treats alike, a smaller group, or another "
            "guidance"
        )
    circuit = QuantumCircuit(ansatz.num_qubits)
    for gate in gates:
        circuit.compose(gate if isinstance(gate, QuantumCircuit) else _product(gate), inplace=True)
    return _shared(circuit, [gate.angle for gate in gates if isinstance(gate, _Evolution) and gate.is_trained])


def _twirls(label: str, group: SymmetryGroup) -> dict[str, SparsePauliOp]:
    """T[P], and over Cliffords that of its images ±V†PV, which is the same up to the sign."""
    twirled = _twirled(label, group)
    if any(group.elements[number].clifford is None for number in group.generators):
        return {label: twirled}
    signs = np.sign(twirled.coeffs.real)
    return {p.to_label(): sign * twirled for p, sign in zip(twirled.paulis, signs, strict=True)} | {label: twirled}


def _twirled(label: str, group: SymmetryGroup) -> SparsePauliOp:
    """T[P], the terms of which commute; a single zero term if it vanishes."""
    twirled = traceless(twirl_pauli_sum(Pauli(label), group)).sort()
    for one, other in combinations(twirled.paulis, 2):
        if one.anticommutes(other):
            raise CircuitError(
                f"the rotation about {_written(label)} becomes one about {_listed(twirled)}, of which "
                f"{_written(one.to_label())} and {_written(other.to_label())} do not commute, so that it is no product of "
                "rotations; choose gates whose images commute, such as RZZ, CZ or RXX, a smaller group, or another guidance"
            )
    return twirled


def _add(gates: list[_Gate], new: _Evolution) -> None:
    """Add a gate, to the one of its generator if nothing that it does not commute with is between them."""
    for number in reversed(range(len(gates))):
        earlier = gates[number]
        if isinstance(earlier, QuantumCircuit):
            break
        if _alike(earlier.generator, new.generator):
            gates[number] = replace(earlier, angle=_without_cancelled(earlier.angle + new.angle))
            return
        if not all(one.commutes(other) for one in earlier.generator.paulis for other in new.generator.paulis):
            break
    gates.append(new)


def _without_cancelled(angle: Angle) -> Angle:
    """The angle without parameters that it does not depend on, which Qiskit keeps in a sum such as θ - θ."""
    if not isinstance(angle, ParameterExpression):
        return angle
    angle = angle.bind({p: 0.0 for p in angle.parameters if angle.gradient(p) == 0})
    return angle if angle.parameters else float(angle)


def _alike(one: SparsePauliOp, other: SparsePauliOp) -> bool:
    return len(one) == len(other) and one.paulis == other.paulis and bool(np.allclose(one.coeffs, other.coeffs))


def _is_phase(evolution: _Evolution) -> bool:
    """Whether it is fixed and every one of its rotations is by a multiple of 2π."""
    if evolution.is_trained:
        return False
    turns = float(evolution.angle) * evolution.generator.coeffs.real / (2 * pi)
    return bool(np.abs(turns - turns.round()).max() < _SAME)


def _product(evolution: _Evolution) -> QuantumCircuit:
    circuit = QuantumCircuit(evolution.generator.num_qubits)
    for term, qubits, coefficient in evolution.generator.to_sparse_list():
        # Qiskit's gate is exp(-i time P).
        angle = float(coefficient.real) * evolution.angle
        rotation = PauliEvolutionGate(Pauli(term[::-1]), time=angle / 2).definition
        if len(rotation) == 1:
            circuit.compose(rotation, qubits, inplace=True)
        else:
            rotation.name = f"r{term.lower()}"
            circuit.append(rotation.to_gate(), qubits)
    return circuit


def _moves(gates: Sequence[_Gate], observables: Sequence[SparsePauliOp]) -> bool:
    """Whether a trained gate does not commute with all that makes up O between it and the end."""
    seen: PauliList = PauliList([p for observable in observables for p in observable.paulis])
    for gate in reversed(gates):
        if isinstance(gate, QuantumCircuit):
            try:
                seen = seen.evolve(Clifford(gate), frame="h")
            except QiskitError:
                return any(isinstance(g, _Evolution) and g.is_trained for g in gates)  # not known
        elif not all(seen.commutes(p).all() for p in gate.generator.paulis):
            if gate.is_trained:
                return True
            seen = seen + gate.generator.paulis
    return False


def _shared(circuit: QuantumCircuit, angles: Sequence[ParameterExpression]) -> QuantumCircuit:
    """The circuit with one parameter for all on which the angles depend in the same way, up to a factor."""
    parameters = tuple(circuit.parameters)
    angle_map = AngleMap(parameters, tuple(angles))
    if not angle_map.is_affine:
        return circuit
    columns = angle_map.jacobian(np.zeros(len(parameters))).T
    first: list[int] = []
    takes: dict[Parameter, ParameterExpression] = {}
    for number, column in enumerate(columns):
        for earlier in first:
            overlap = columns[earlier] @ column
            if abs(overlap) > (1 - _SAME) * np.linalg.norm(columns[earlier]) * np.linalg.norm(column):
                takes[parameters[number]] = float(np.sign(overlap)) * parameters[earlier]
                break
        else:
            first.append(number)
    return circuit.assign_parameters(takes)


def _written(label: str) -> str:
    return " ".join(f"{letter}{q}" for q, letter in enumerate(reversed(label.lstrip("-"))) if letter != "I")


def _listed(operator: SparsePauliOp) -> str:
    return " + ".join(
        f"{c.real:.3g} {_written(p.to_label())}" for p, c in zip(operator.paulis, operator.coeffs, strict=True)
    )
