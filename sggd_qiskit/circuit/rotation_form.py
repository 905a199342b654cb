"""Any unitary circuit as fixed gates and single Pauli rotations, each with an angle of its own.

The two-term parameter-shift rule holds for exp(-iφP/2), P² = 1, and for nothing else: a CRX(θ) has the frequencies
1/2 and 1, and two terms give a wrong gradient without any sign of it. So every parametric gate is first rewritten
into Pauli rotations (Vidal and Theis, arXiv:1812.06323), and each occurrence is shifted on its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import CircuitInstruction, Gate, Parameter, ParameterExpression, ParameterVector
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Operator

from sggd_qiskit.aliases import ComplexArray
from sggd_qiskit.circuit.angles import AngleMap
from sggd_qiskit.circuit.paulis import PauliMap

# Qiskit's rotation gates and their generators, the label's letters in the order of the gate's qubits.
ROTATIONS = {"rx": "X", "ry": "Y", "rz": "Z", "rxx": "XX", "ryy": "YY", "rzz": "ZZ", "rzx": "ZX"}
# Gates whose matrices are symmetric, or antisymmetric as that of Y, which makes a circuit easy to conjugate.
FIXED = ("id", "x", "y", "z", "h", "s", "sdg", "sx", "sxdg", "t", "tdg", "cx", "cz", "swap")
MOST_GATES = 50_000
"""Of a circuit; more would take minutes to rewrite."""
_STANDARD = frozenset(get_standard_gate_name_mapping())
_FEW_CONTROLS = 6


class CircuitError(ValueError):
    """A circuit that can't be used: not unitary, of another size, or with parameters in the wrong place."""


@dataclass(frozen=True)
class Rotation:
    """exp(-i φ P/2) with φ the angle number ``index``."""

    pauli: PauliMap
    index: int


@dataclass(frozen=True)
class FixedGate:
    """A gate without parameters: ``matrix`` on ``qubits``, the first of which is its least significant."""

    matrix: ComplexArray
    qubits: tuple[int, ...]


@dataclass(frozen=True)
class RotationForm:
    """A circuit rewritten into fixed gates and Pauli rotations.

    Attributes:
        num_qubits: n.
        operations: the gates, in the order in which they act.
        angles: θ → φ, one angle for each rotation.
        template: the same as a circuit, with the angles φ as its parameters.
    """

    num_qubits: int
    operations: tuple[Rotation | FixedGate, ...]
    angles: AngleMap
    template: QuantumCircuit

    @property
    def num_angles(self) -> int:
        """Number of rotations with an angle, that is of shift occurrences."""
        return len(self.angles.expressions)

    def circuit(
        self, name: str, taken: Iterable[Parameter] = ()
    ) -> tuple[QuantumCircuit, tuple[ParameterExpression, ...]]:
        """The rewritten circuit with fresh angle parameters ``name[0]…``, and these in the order of the angles.

        The name gets primes until it is unlike that of every parameter that is ``taken``, such as a user's.
        """
        names = {parameter.name.partition("[")[0] for parameter in taken}
        while name in names:
            name += "′"
        fresh = ParameterVector(name, self.num_angles)
        return self.template.assign_parameters(list(fresh)), tuple(fresh)


def rotation_form(circuit: QuantumCircuit) -> RotationForm:
    """Rewrite ``circuit``; the result is equal to it up to a global phase.

    Raises:
        CircuitError: if the circuit measures, resets, depends on classical values, has a gate without a definition, an angle
            that is not real and finite, or more gates than are taken.
    """
    require_unitary(circuit)
    if (gates := gate_count(circuit, {})) > MOST_GATES:
        raise CircuitError(f"found a circuit of some {gates:.0g} gates; up to {MOST_GATES:,} are taken")
    basis = [*ROTATIONS, *FIXED]
    try:
        # Qiskit's translator knows the exact identities, such as CRX(θ) = two rotations by ±θ/2 and fixed gates.
        flat = transpile(circuit, basis_gates=basis, optimization_level=0)
        # A file may define a gate of its own by a name such as rxx, and as it likes.
        while own := [i.operation for i in flat.data if i.operation.base_class is Gate]:
            if any(gate.definition is None for gate in own):
                raise CircuitError(f"found the gate {own[0].name!r} without a definition; define it by other gates")
            flat = transpile(flat.decompose([gate.name for gate in own]), basis_gates=basis, optimization_level=0)
    except QiskitError as error:
        raise CircuitError(f"can't rewrite the circuit into rotations and fixed gates: {error.message}") from error
    template = QuantumCircuit(circuit.num_qubits)
    operations: list[Rotation | FixedGate] = []
    expressions: list[ParameterExpression] = []
    parametric = [i for i in flat.data if _is_parametric(i)]
    vector = ParameterVector("φ", len(parametric))
    for instruction in flat.data:
        gate = instruction.operation
        qubits = tuple(flat.find_bit(q).index for q in instruction.qubits)
        if gate.name == "barrier":
            continue
        if _is_parametric(instruction):
            pauli = PauliMap.on(dict(zip(qubits, ROTATIONS[gate.name], strict=True)), circuit.num_qubits)
            operations.append(Rotation(pauli, len(expressions)))
            template.append(gate.base_class(vector[len(expressions)]), qubits)
            expressions.append(gate.params[0])
        else:
            operations.append(FixedGate(Operator(gate).data, qubits))
            template.append(gate, qubits)
    angles = AngleMap(tuple(circuit.parameters), tuple(expressions))
    if (unreal := angles.unreal()) is not None:
        raise CircuitError(f"found the angle {unreal} of a rotation; wanted a real and finite one")
    return RotationForm(circuit.num_qubits, tuple(operations), angles, template)


def require_unitary(circuit: QuantumCircuit) -> None:
    """Refuse what is not a unitary of its qubits.

    Raises:
        CircuitError: naming the first measurement, reset, classically controlled operation, or angle that is not finite.
    """
    for instruction in circuit.data:
        operation = instruction.operation
        name = operation.name
        classical = bool(instruction.clbits) or name in {
            "if_else",
            "while_loop",
            "for_loop",
            "switch_case",
            "box",
            "store",
        }
        if classical or name in {"measure", "reset", "initialize", "delay"}:
            raise CircuitError(
                f"found the operation {name!r}; wanted a unitary circuit, so remove what measures, resets or waits"
            )
        if strange := [
            p for p in getattr(operation, "params", ()) if isinstance(p, float | complex) and not np.isfinite(p)
        ]:
            raise CircuitError(f"found the angle {strange[0]} of {name!r}; wanted a finite number")
        nested = None if isinstance(operation, Gate) else getattr(operation, "definition", None)
        if nested is not None:
            require_unitary(nested)


def gate_count(circuit: QuantumCircuit, known: dict[str, float]) -> float:
    """About how many gates there are once definitions are written out, without writing them out.

    Args:
        circuit: whose gates may be defined by others, in many levels.
        known: counts of gates by name, which is filled.
    """
    total = 0.0
    for operation in (instruction.operation for instruction in circuit.data):
        # Definitions of one name are of one size, but for controls; those of many controls are not opened.
        key = f"{operation.name} {operation.num_qubits}"
        if key not in known:
            known[key] = 1.0
            if operation.name not in _STANDARD:
                controls = getattr(operation, "num_ctrl_qubits", 0)
                nested = None if controls > _FEW_CONTROLS else getattr(operation, "definition", None)
                known[key] = 4.0**controls if nested is None else 1 + gate_count(nested, known)
        total += known[key]
    return total


def _is_parametric(instruction: CircuitInstruction) -> bool:
    return any(isinstance(p, ParameterExpression) and p.parameters for p in instruction.operation.params)
