"""Generators close to groups: the right order, products and inverses inside, nothing twice."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from builders import phase_distance, random_groups
from qiskit import QuantumCircuit

from sggd_qiskit.symmetry.closure import MOST_DENSE_QUBITS, close_group, inverse_table
from sggd_qiskit.symmetry.element import SymmetryError, from_circuit, from_pauli, from_permutation, identity
from sggd_qiskit.symmetry.group import SymmetryGroup

EXACT = 1e-9
MOST_PRODUCTS = 150

GROUPS = pytest.mark.parametrize("group", [pytest.param(group, id=name) for name, group in random_groups()])

ORDERS = {
    "swap-4": 2,
    "cyclic-3": 3,
    "dihedral_square-4": 8,
    "full_permutation-3": 6,
    "reflections-2": 4,
    "parity-3": 2,
    "u1_total_z-3": 4,
    "collective_su2-2": 12,
    "pauli-permutation": 12,
    "phases": 4,
    "non-abelian-circuits": 6,
    "circuit-pauli-permutation": 16,
    "non-clifford": 16,
    "non-clifford-permutation": 128,
}


def where(group: SymmetryGroup, matrix: np.ndarray) -> list[int]:
    """Which elements are that matrix up to a phase."""
    stack = np.array([element.matrix for element in group.elements])
    overlaps = np.abs(np.einsum("sij,ij->s", stack.conj(), matrix)) / len(matrix)
    return np.flatnonzero(overlaps > 1 - EXACT).tolist()


def test_the_orders():
    assert {name: group.order for name, group in random_groups()} == ORDERS


@GROUPS
def test_no_two_elements_are_equal_and_the_identity_is_the_first(group):
    assert phase_distance(group.elements[0].matrix, np.eye(2**group.num_qubits)) < EXACT
    for element in group.elements:
        assert len(where(group, element.matrix)) == 1


@GROUPS
def test_products_are_in_the_group(group):
    pairs = list(np.ndindex(group.order, group.order))
    chosen = np.random.default_rng(0).permutation(len(pairs))[:MOST_PRODUCTS]
    for k in chosen:
        a, b = (group.elements[s] for s in pairs[k])
        assert len(where(group, a.matrix @ b.matrix)) == 1


@GROUPS
def test_the_inverse_table(group):
    for s, inverse in enumerate(group.inverses):
        product = group.elements[s].matrix @ group.elements[inverse].matrix
        assert phase_distance(product, np.eye(len(product))) < EXACT
        assert group.inverses[inverse] == s


def circuit(num_qubits: int, *gates: tuple) -> QuantumCircuit:
    result = QuantumCircuit(num_qubits)
    for name, *arguments in gates:
        getattr(result, name)(*arguments)
    return result


@pytest.mark.parametrize(
    ("gates", "order"),
    [
        ([("h", 0)], 2),
        ([("s", 0)], 4),
        ([("t", 0)], 8),
        ([("rz", 2 * np.pi / 7, 0)], 7),
        ([("u", 0.3, 0.2, -0.2, 0)], None),
        ([("sx", 0), ("s", 0)], 3),
    ],
)
def test_cyclic_groups_of_one_circuit(gates, order):
    generator = from_circuit(circuit(1, *gates), 1)
    if order is None:
        with pytest.raises(SymmetryError, match="no power up to 50"):
            close_group([generator], 1, 50)
    else:
        assert len(close_group([generator], 1, order)[0]) == order
        if order > 2:
            with pytest.raises(SymmetryError, match=rf"(more than|no power up to) {order - 1}"):
                close_group([generator], 1, order - 1)


def test_a_rotation_that_nearly_closes_is_of_no_finite_order():
    nearly = 2 * np.pi / 5 + 1e-5
    turn = circuit(1, ("rz", nearly, 0))
    with pytest.raises(SymmetryError, match=r"rz\(1.26\)\[0\], of which no power up to 1000"):
        SymmetryGroup.from_generators([turn])
    # 113 turns of 2π are 710 within 6e-5.
    with pytest.raises(SymmetryError, match="no power up to 100000"):
        SymmetryGroup.from_generators([circuit(1, ("rz", 1.0, 0))], max_order=100_000)
    # Two reflections are of order two, but their product turns by that angle.
    reflection = circuit(1, ("rz", nearly, 0), ("x", 0))
    with pytest.raises(SymmetryError, match="more than 60 elements"):
        SymmetryGroup.from_generators(["X", reflection], max_order=60)


@GROUPS
def test_every_element_is_a_generator_times_an_earlier_element(group):
    for s, (g, p) in enumerate(group.words, start=1):
        assert p < s
        assert g in group.generators
        product = group.elements[g].matrix @ group.elements[p].matrix
        assert phase_distance(group.elements[s].matrix, product) < EXACT


def test_elements_listed_by_hand_are_their_own_generators():
    swap = SymmetryGroup.named("dihedral_square", 2)
    listed = SymmetryGroup(swap.elements, "listed")
    assert listed.generators == tuple(range(1, 8))
    assert listed.words == tuple((s, 0) for s in range(1, 8))


def test_the_single_qubit_cliffords_are_24_however_they_are_compared():
    h, s = circuit(1, ("h", 0)), circuit(1, ("s", 0))
    assert SymmetryGroup.from_generators([h, s]).order == 24
    # Qiskit does not read these as Cliffords, so they are compared as matrices.
    dense_h, dense_s = circuit(1, ("u", np.pi / 2, 0, np.pi, 0)), circuit(1, ("rz", np.pi / 2, 0))
    unread = circuit(1, ("u", 1e-9, 0, np.pi / 2, 0))
    assert SymmetryGroup.from_generators([dense_h, dense_s, unread]).order == 24


def test_a_large_group_stops_at_max_order():
    generators = [circuit(2, ("h", 0)), circuit(2, ("s", 0)), circuit(2, ("cx", 0, 1)), (1, 0)]
    with pytest.raises(SymmetryError, match="more than 300 elements"):
        SymmetryGroup.from_generators(generators, max_order=300)


def test_a_pauli_group_up_to_phases_and_signs_do_not_count():
    for n in (1, 2):
        strings = ["I" * (n - 1 - q) + letter + "I" * q for q in range(n) for letter in "XZ"]
        assert SymmetryGroup.from_generators(strings).order == 4**n


def test_many_qubits_are_no_obstacle_to_permutations_paulis_and_cliffords():
    n = 20
    assert len(close_group([from_permutation([*range(1, n), 0], n)], n, 50)[0]) == n
    assert len(close_group([from_pauli("ZI" * 10), from_pauli("XX" * 10)], n, 50)[0]) == 4
    hadamards = circuit(n, ("h", range(n)))
    elements, _ = close_group([from_circuit(hadamards, n), from_pauli("Z" * n)], n, 50)
    assert len(elements) == 8  # {1, X…X, Z…Z, Y…Y} times {1, H…H}
    assert sorted(inverse_table(elements)) == list(range(len(elements)))


def test_other_unitaries_are_compared_on_few_qubits_only():
    n = MOST_DENSE_QUBITS + 1
    generator = from_circuit(circuit(n, ("t", 0)), n)
    with pytest.raises(SymmetryError, match=f"no Cliffords, on {n} qubits; such groups are closed on up to"):
        close_group([generator], n, 50)


def test_a_missing_inverse():
    phase = from_circuit(circuit(1, ("t", 0)), 1)
    with pytest.raises(SymmetryError, match=r"the inverse of t\[0\] is not among the elements"):
        inverse_table([identity(1), phase])
    with pytest.raises(SymmetryError, match=r"the inverse of \(0 1 2\) is not among the elements"):
        inverse_table([identity(3), from_permutation([1, 2, 0], 3)])


def test_each_element_is_a_shortest_product():
    shift = from_permutation([1, 2, 3, 4, 0], 5)
    elements, words = close_group([shift, shift.inverse()], 5, 10)
    assert words == ((1, 0), (2, 0), (1, 1), (2, 2))
    # Words of length 0, 1, 1, 2, 2.
    moves = [element.permutation[0] for element in elements]
    assert moves == [0, 1, 4, 2, 3]
    assert all(a.permutation != b.permutation for a, b in combinations(elements, 2))
