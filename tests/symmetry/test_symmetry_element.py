"""One element V = C·P·Π: products, inverses, matrices and circuits agree."""

from __future__ import annotations

import numpy as np
import pytest
from builders import phase_distance, random_ansatz, random_states, random_unitary
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import Operator, Pauli

from sggd_qiskit.symmetry.element import (
    LONGEST_LABEL,
    Element,
    SymmetryError,
    from_circuit,
    from_pauli,
    from_permutation,
    identity,
)

EXACT = 1e-10


def random_circuit(rng: np.random.Generator, num_qubits: int) -> QuantumCircuit:
    circuit = random_ansatz(rng, num_qubits, 4)
    return circuit.assign_parameters(rng.normal(size=circuit.num_parameters))


def random_element(rng: np.random.Generator, num_qubits: int, *, monomial: bool) -> Element:
    permutation = tuple(int(q) for q in rng.permutation(num_qubits))
    if monomial:
        return Element(permutation, "".join(rng.choice(list("IXYZ"), size=num_qubits)))
    return Element(permutation, "I" * num_qubits, random_circuit(rng, num_qubits))


def permutation_matrix(permutation: tuple[int, ...]) -> np.ndarray:
    """Π by its definition: what is on qubit q goes to permutation[q]."""
    n = len(permutation)
    matrix = np.zeros((2**n, 2**n))
    for b in range(2**n):
        matrix[sum((b >> q & 1) << r for q, r in enumerate(permutation)), b] = 1
    return matrix


def dense(element: Element) -> np.ndarray:
    """C·P·Π by its definition."""
    matrix = Pauli(element.pauli).to_matrix() @ permutation_matrix(element.permutation)
    return matrix if element.circuit is None else Operator(element.circuit).data @ matrix


CASES = [(monomial, seed) for monomial in (True, False) for seed in range(3)]


@pytest.mark.parametrize(("monomial", "seed"), CASES)
def test_the_matrix_and_the_circuit_are_c_p_pi(monomial, seed):
    rng = np.random.default_rng(seed)
    element = random_element(rng, 3, monomial=monomial)
    assert element.is_monomial == monomial
    assert element.num_qubits == 3
    assert phase_distance(element.matrix, dense(element)) < EXACT
    assert phase_distance(Operator(element.full_circuit()).data, dense(element)) < EXACT
    assert (
        phase_distance(Operator(element.gates()).data @ permutation_matrix(element.permutation), dense(element)) < EXACT
    )
    states = random_states(rng, 3, 4)
    assert phase_distance(element.apply_to_states(states), dense(element) @ states) < EXACT


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_a_product_is_the_product_of_the_matrices(first, second, seed):
    rng = np.random.default_rng(seed)
    a, b = random_element(rng, 3, monomial=first), random_element(rng, 3, monomial=second)
    product = a.times(b)
    assert product.is_monomial == (first and second)
    assert phase_distance(product.matrix, dense(a) @ dense(b)) < EXACT


@pytest.mark.parametrize(("monomial", "seed"), CASES)
def test_an_inverse_is_the_adjoint(monomial, seed):
    element = random_element(np.random.default_rng(seed), 3, monomial=monomial)
    assert phase_distance(element.inverse().matrix, dense(element).conj().T) < EXACT
    assert phase_distance(element.times(element.inverse()).matrix, np.eye(8)) < EXACT


@pytest.mark.parametrize(("monomial", "seed"), CASES)
def test_a_conjugate_is_the_complex_conjugate(monomial, seed):
    element = random_element(np.random.default_rng(seed), 3, monomial=monomial)
    assert phase_distance(element.conjugate().matrix, dense(element).conj()) < EXACT


@pytest.mark.parametrize(("monomial", "seed"), CASES)
def test_appended_to_a_circuit_it_acts_after_it_on_relabelled_wires(monomial, seed):
    rng = np.random.default_rng(seed)
    element, before, after = (
        random_element(rng, 3, monomial=monomial),
        random_circuit(rng, 3),
        random_circuit(rng, 3),
    )
    circuit = before.copy()
    wires = element.apply_to(circuit)
    # What follows acts on the wires where its qubits are found.
    circuit.compose(after, qubits=wires, inplace=True)
    matrix = Operator(after).data @ dense(element) @ Operator(before).data
    # Relabelling: qubit q is on wire wires[q].
    relabelled = permutation_matrix(wires) @ matrix
    assert phase_distance(Operator(circuit).data, relabelled) < EXACT
    if monomial:
        assert circuit.count_ops().get("swap", 0) == before.count_ops().get("swap", 0) + after.count_ops().get(
            "swap", 0
        )


def test_products_of_long_pauli_strings():
    # Qiskit shortens the text of a string of more than 50 qubits.
    product = from_pauli("Z" * 60).times(from_pauli("X" * 59 + "I"))
    assert product.pauli == "Y" * 59 + "Z"


def test_the_identity():
    element = identity(3)
    np.testing.assert_array_equal(element.matrix, np.eye(8))
    assert element.label == "identity"


@pytest.mark.parametrize(
    ("element", "label"),
    [
        (from_permutation([1, 0, 3, 2], 4), "(0 1)(2 3)"),
        (from_permutation([1, 2, 0], 3), "(0 1 2)"),
        (from_pauli("ZIX"), "X0 Z2"),
        (Element((1, 0, 2, 3), "IIZI"), "(0 1) Z1"),
    ],
)
def test_labels_of_permutations_and_strings(element, label):
    assert element.label == label


def test_labels_of_circuits():
    circuit = QuantumCircuit(2)
    circuit.rx(0.5, 1)
    circuit.cx(1, 0)
    assert from_circuit(circuit, 2).label == "rx(0.5)[1] cx[1,0]"
    for _ in range(10):
        circuit.cx(0, 1)
    label = from_circuit(circuit, 2).label
    assert len(label) == LONGEST_LABEL
    assert label.endswith("…")


def test_a_unitary_gate_has_a_label_too():
    circuit = QuantumCircuit(1)
    circuit.append(UnitaryGate(random_unitary(np.random.default_rng(0), 2)), [0])
    assert from_circuit(circuit, 1).label == "unitary[0]"


@pytest.mark.parametrize("permutation", [[0, 0, 1], [0, 1], [1, 2, 3], [0, 1, 2, 3], []])
def test_a_bad_permutation(permutation):
    with pytest.raises(SymmetryError, match=r"found the permutation .*; wanted each of the qubits 0 to 2 once"):
        from_permutation(permutation, 3)


def test_a_circuit_with_parameters():
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("a"), 0)
    with pytest.raises(SymmetryError, match="found a circuit with the parameter 'a'; bind its parameters first"):
        from_circuit(circuit, 1)


def test_a_circuit_of_another_size():
    with pytest.raises(SymmetryError, match="found a circuit of 2 qubits; wanted 3"):
        from_circuit(QuantumCircuit(2), 3)


@pytest.mark.parametrize("name", ["measure", "reset"])
def test_a_circuit_that_is_not_unitary(name):
    circuit = QuantumCircuit(1, 1)
    getattr(circuit, name)(0, *([0] if name == "measure" else []))
    with pytest.raises(SymmetryError, match=f"found the operation '{name}'; wanted a unitary circuit"):
        from_circuit(circuit, 1)


def test_barriers_do_nothing():
    circuit = random_circuit(np.random.default_rng(1), 2)
    barred = QuantumCircuit(2)
    barred.barrier()
    barred.compose(circuit, inplace=True)
    assert phase_distance(from_circuit(barred, 2).matrix, Operator(circuit).data) < EXACT
