"""The table of a group against its matrices."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from builders import random_groups, random_pauli_sum, twirl
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Statevector

from sggd_qiskit.symmetry.element import SymmetryError
from sggd_qiskit.symmetry.group import SymmetryGroup

GROUPS = pytest.mark.parametrize("group", [pytest.param(group, id=name) for name, group in random_groups()])


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two unitaries are equal up to a phase."""
    return bool(abs(np.vdot(a, b)) > (1 - 1e-9) * len(a))


def plane_encoding() -> QuantumCircuit:
    x, circuit = ParameterVector("x", 2), QuantumCircuit(4)
    for q in range(4):
        circuit.rx(np.pi / 2 * x[q % 2], q)
    return circuit


@GROUPS
def test_words_multiply_to_their_element(group):
    table = group.table()
    letters = {row.word: group.elements[s].matrix for s, row in table.iterrows() if row.word.isalnum()}
    for s, word in enumerate(table.word):
        total = np.eye(2**group.num_qubits)
        for factor in word.split("·"):
            letter, _, power = factor.partition("^")
            total = total @ np.linalg.matrix_power(letters[letter], int(power or 1))
        assert same(total, group.elements[s].matrix)


@GROUPS
def test_orders_and_classes_are_those_of_the_matrices(group):
    table, matrices = group.table(), [element.matrix for element in group.elements]
    one = np.eye(2**group.num_qubits)
    for s, order in enumerate(table.order):
        powers = [np.linalg.matrix_power(matrices[s], k) for k in range(1, order + 1)]
        assert [same(power, one) for power in powers] == [False] * (order - 1) + [True]
    few = range(min(group.order, 24))
    for s, t in product(few, few):
        conjugate = any(same(v @ matrices[s] @ v.conj().T, matrices[t]) for v in matrices)
        assert conjugate == (table.conjugacy_class[s] == table.conjugacy_class[t])


def test_what_the_group_of_the_square_does_to_the_plane():
    group, encoding = SymmetryGroup.named("dihedral_square", 4), plane_encoding()
    table = group.table(encoding, columns=["a", "b"])
    assert sorted(np.bincount(table.conjugacy_class)) == [1, 1, 2, 2, 2]
    assert table.features[0] == "a → a, b → b"
    assert set(table.features[table.element == "(0 1)(2 3)"]) == {"a → b, b → a"}
    x = np.array([0.37, -0.81])
    for element, words in zip(group.elements, table.features, strict=True):
        image = [eval(text.split("→")[1], {"a": x[0], "b": x[1]}) for text in words.split(",")]
        moved = element.matrix @ Statevector(encoding.assign_parameters(x)).data
        assert abs(np.vdot(moved, Statevector(encoding.assign_parameters(image)).data)) == pytest.approx(1)


def test_an_element_that_is_no_symmetry_of_the_encoding_says_nothing_of_the_features():
    group = SymmetryGroup.from_generators([(1, 0, 3, 2), "XIII"])
    table = group.table(plane_encoding(), np.random.default_rng(1).uniform(-1, 1, (5, 2)))
    assert table.features[table.element == "(0 1)(2 3)"].item() == "x[0] → x[1], x[1] → x[0]"
    assert table.features[table.element == "X3"].item() == ""


def test_a_group_that_turns_labels_shows_its_signs():
    table = SymmetryGroup.named("swap", 2, character=[-1]).table()
    assert table.sign.tolist() == [1, -1]


def test_a_group_without_known_products_has_a_letter_for_each_element():
    group = SymmetryGroup.from_generators([(1, 0, 3, 2), "ZIZI", "IZIZ"])
    every = SymmetryGroup(group.elements, "listed").table()
    assert every.word.tolist() == ["1", *"abcdefg"]
    assert every.order.tolist() == group.table().order.tolist()


@GROUPS
def test_twirl_as_a_method(group):
    observable = random_pauli_sum(np.random.default_rng(4), group.num_qubits, 5)
    np.testing.assert_allclose(group.twirl(observable).to_matrix(), twirl(group, observable.to_matrix()), atol=1e-10)


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((QuantumCircuit(3),), "3 qubits; wanted 4"),
        ((plane_encoding(), np.zeros((2, 3))), r"\(2, 3\)"),
        ((plane_encoding(), None, ["a"]), "1 columns"),
    ],
)
def test_encodings_that_do_not_fit(arguments, found):
    with pytest.raises(SymmetryError, match=found):
        SymmetryGroup.named("swap", 4).table(*arguments)


def test_elements_that_are_no_group_have_no_table():
    group = SymmetryGroup.named("cyclic", 3)
    with pytest.raises(SymmetryError, match="not among the elements"):
        SymmetryGroup(group.elements[:2], "part").table()
