"""Random circuits, observables, states and a zoo of groups, for every test that compares with dense linear algebra."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Parameter, ParameterExpression, ParameterVector
from qiskit.circuit.library import (
    CPhaseGate,
    CRXGate,
    CRZGate,
    RXGate,
    RXXGate,
    RYGate,
    RZGate,
    RZXGate,
    RZZGate,
    UGate,
)
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.circuit.simulate import evolve
from sggd_qiskit.symmetry.group import SymmetryGroup
from sggd_qiskit.symmetry.twirl import conjugated

ComplexArray = NDArray[np.complex128]
FloatArray = NDArray[np.float64]

_SINGLE = (RXGate, RYGate, RZGate, UGate)
_DOUBLE = (CRXGate, CRZGate, CPhaseGate, RXXGate, RZXGate, RZZGate)
_EVERY = (CRXGate, CRZGate, CPhaseGate, UGate, RXXGate)  # these are in every ansatz of two qubits or more


def random_ansatz(
    rng: np.random.Generator, num_qubits: int, parameters: int = 12, *, affine: bool = False
) -> QuantumCircuit:
    """A circuit with parameters θ[0]…, each used, most of them several times and inside expressions.

    With 12 or more parameters an order by name, in which θ[10] comes before θ[2], is caught. They first appear in a
    random order. With ``affine`` no angle is a product or a sine of parameters.
    """
    theta = ParameterVector("θ", parameters)
    angles = _expressions(rng, theta, affine=affine)
    gates = list(_EVERY) if num_qubits > 1 else [UGate]
    needed = len(angles)
    while sum(_num_angles(gate) for gate in gates) < needed:
        gates.append(rng.choice(_SINGLE + (_DOUBLE if num_qubits > 1 else ())))
    rng.shuffle(gates)
    circuit = QuantumCircuit(num_qubits)
    for gate in gates:
        count = _num_angles(gate)
        taken = [angles.pop() if angles else float(rng.uniform(-3, 3)) for _ in range(count)]
        instruction = gate(*taken)
        circuit.append(instruction, rng.permutation(num_qubits)[: instruction.num_qubits].tolist())
        _random_fixed_gate(rng, circuit)
    return circuit


def _expressions(rng: np.random.Generator, theta: ParameterVector, *, affine: bool) -> list[ParameterExpression]:
    """Every parameter in one of the usual forms, and some of them again."""
    forms = [lambda a, b: a, lambda a, b: -a / 2, lambda a, b: 2 * a + 0.3, lambda a, b: a - 0.7 * b]
    if not affine:
        forms += [lambda a, b: a * b, lambda a, b: a.sin(), lambda a, b: (a + 0.4 * b) ** 2]
    order = [*rng.permutation(len(theta)), *rng.integers(len(theta), size=1 + len(theta) // 2)]
    # Every form occurs, if there are parameters enough.
    shuffled = rng.permutation(len(forms))
    return [
        forms[shuffled[i % len(forms)]](theta[k], theta[int(rng.integers(len(theta)))]) for i, k in enumerate(order)
    ]


def _num_angles(gate: type[Gate]) -> int:
    return 3 if gate is UGate else 1


def _random_fixed_gate(rng: np.random.Generator, circuit: QuantumCircuit) -> None:
    pairs = ("cx", "cz", "swap", "ecr", "iswap") if circuit.num_qubits > 1 else ()
    name = str(rng.choice(("h", "s", "t", "sx", "y", *pairs)))
    qubits = rng.permutation(circuit.num_qubits)[: 2 if name in pairs else 1]
    getattr(circuit, name)(*(int(q) for q in qubits))


def random_theta(rng: np.random.Generator, circuit: QuantumCircuit, *shape: int) -> FloatArray:
    """Parameter values of shape (*shape, parameter)."""
    return rng.uniform(-np.pi, np.pi, size=(*shape, circuit.num_parameters))


def plain_ansatz(rng: np.random.Generator, num_qubits: int, parameters: int) -> QuantumCircuit:
    """Rotations by single parameters t0, t1, …, t10 that are no vector, so that the circuit sorts them by name."""
    circuit = QuantumCircuit(num_qubits)
    for k in rng.permutation(parameters):
        circuit.append(rng.choice((RXGate, RYGate, RZGate))(Parameter(f"t{k}")), [int(rng.integers(num_qubits))])
        _random_fixed_gate(rng, circuit)
    return circuit


def random_pauli_sum(rng: np.random.Generator, num_qubits: int, terms: int) -> SparsePauliOp:
    """A Hermitian sum with an identity part and ``terms`` (at least 2) other strings, not all of which commute."""
    labels = ["X" + "I" * (num_qubits - 1), "Z" * num_qubits]
    while len(labels) < min(terms, 4**num_qubits - 1):
        label = "".join(rng.choice(list("IXYZ"), size=num_qubits))
        if label not in labels and set(label) != {"I"}:
            labels.append(label)
    coefficients = rng.uniform(0.2, 1.5, size=len(labels)) * rng.choice([-1, 1], size=len(labels))
    identity = ("I" * num_qubits, float(rng.uniform(0.2, 1)))
    return SparsePauliOp.from_list([identity, *zip(labels, coefficients, strict=True)])


def random_states(rng: np.random.Generator, num_qubits: int, batch: int) -> ComplexArray:
    """Haar-random states as columns, shape (2ⁿ, batch)."""
    states = random_operator(rng, 2**num_qubits, batch)
    return states / np.linalg.norm(states, axis=0)


def random_operator(rng: np.random.Generator, rows: int, columns: int | None = None) -> ComplexArray:
    """A complex Gaussian matrix, neither Hermitian nor normal."""
    shape = (rows, columns or rows)
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def random_unitary(rng: np.random.Generator, dimension: int) -> ComplexArray:
    """A Haar-random unitary."""
    q, r = np.linalg.qr(random_operator(rng, dimension))
    return q * (np.diag(r) / np.abs(np.diag(r)))


def kron_power(matrix: ComplexArray, power: int) -> ComplexArray:
    """matrix⊗…⊗matrix."""
    product = np.eye(1)
    for _ in range(power):
        product = np.kron(product, matrix)
    return product


def phase_distance(a: ComplexArray, b: ComplexArray) -> float:
    """The largest difference of the entries of two unitaries, or of two states, at the best common phase."""
    overlap = np.vdot(b, a)
    phase = overlap / abs(overlap) if abs(overlap) > 0 else 1.0
    return float(np.abs(a - phase * b).max())


@cache
def random_groups() -> list[tuple[str, SymmetryGroup]]:
    """Groups of every kind that the package tells apart, on 2 to 4 qubits, with a name for the test's id."""
    named = [
        ("swap", 4),
        ("cyclic", 3),
        ("dihedral_square", 4),
        ("full_permutation", 3),
        ("reflections", 2),
        ("parity", 3),
        ("u1_total_z", 3),
        ("collective_su2", 2),
    ]
    groups = [(f"{name}-{n}", SymmetryGroup.named(name, n)) for name, n in named]
    phases = QuantumCircuit(2, name="S⊗S")
    phases.s([0, 1])
    forward, backward, root = QuantumCircuit(2), QuantumCircuit(2), QuantumCircuit(2)
    forward.cx(0, 1)
    backward.cx(1, 0)
    root.t(0)
    hadamard = QuantumCircuit(3)
    hadamard.h(0)
    generated = {
        "pauli-permutation": [(1, 2, 0), "XYZ"],
        "phases": [phases],
        "non-abelian-circuits": [forward, backward],
        "circuit-pauli-permutation": [hadamard, "ZII", (1, 0, 2)],
        "non-clifford": [root, forward],
        "non-clifford-permutation": [root, (1, 0)],
    }
    groups += [(name, SymmetryGroup.from_generators(generators)) for name, generators in generated.items()]
    return groups


@cache
def random_characters() -> list[tuple[str, SymmetryGroup]]:
    """Groups of every kind with a character that is -1 at some elements, with a name for the test's id."""
    named = [
        ("swap", 4, [-1]),
        ("cyclic", 4, [-1]),
        ("dihedral_square", 4, [1, -1, -1]),
        ("dihedral_square", 2, [-1, 1, 1]),
    ]
    named += [("full_permutation", 3, [-1, 1]), ("reflections", 2, [1, -1]), ("parity", 3, [-1])]
    groups = [(f"{name}-{n}", SymmetryGroup.named(name, n, character=signs)) for name, n, signs in named]
    phases, forward, backward, root, wide = (QuantumCircuit(n) for n in (2, 2, 2, 2, 6))
    phases.s([0, 1])
    forward.cx(0, 1)
    backward.cx(1, 0)
    root.t(0)
    wide.t(0)
    generated = {
        "phases": ([phases], [-1]),
        "non-abelian-circuits": ([forward, backward], [-1, -1]),
        "non-clifford": ([root, forward], [1, -1]),
        "non-clifford-permutation": ([root, (1, 0)], [-1, 1]),
        "many-qubits": ([wide], [-1]),
    }
    groups += [(name, SymmetryGroup.from_generators(g, character=signs)) for name, (g, signs) in generated.items()]
    return groups


def unitary(form: RotationForm, angles: FloatArray) -> ComplexArray:
    """The circuit's matrix, shape (2ⁿ, 2ⁿ), for angles of shape (angle,)."""
    return evolve(form, angles, np.eye(2**form.num_qubits, dtype=complex))


def twirl(group: SymmetryGroup, operator: ComplexArray) -> ComplexArray:
    """T[X] as a matrix, shape (2ⁿ, 2ⁿ), element by element."""
    images = [sign * conjugated(e, operator) for e, sign in zip(group.elements, group.signs, strict=True)]
    return np.sum(images, axis=0) / group.order
