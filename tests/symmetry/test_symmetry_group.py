"""Groups as users ask for them, and what is said about those that can't be had."""

from __future__ import annotations

import numpy as np
import pytest
from builders import phase_distance, random_groups
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import Pauli

from sggd_qiskit.symmetry.element import SymmetryError, identity
from sggd_qiskit.symmetry.group import SymmetryGroup
from sggd_qiskit.symmetry.named import GENERATED, LISTED

GROUPS = pytest.mark.parametrize("group", [pytest.param(group, id=name) for name, group in random_groups()])


@GROUPS
def test_inverse_pairs_stand_for_every_element_but_the_identity(group):
    counted = {0: 1}
    for element, count in group.inverse_pairs:
        s = next(k for k, other in enumerate(group.elements) if other is element)
        assert count == (1 if group.inverses[s] == s else 2)
        assert not {s, group.inverses[s]} & counted.keys()
        counted |= {s: 1, group.inverses[s]: 1}
    assert sorted(counted) == list(range(group.order))
    assert 1 + sum(count for _, count in group.inverse_pairs) == group.order


def test_generators_of_every_kind_together():
    circuit = QuantumCircuit(3)
    circuit.h([0, 1, 2])
    group = SymmetryGroup.from_generators([(1, 2, 0), "ZZZ", circuit])
    # {1, X⊗X⊗X, Z⊗Z⊗Z, Y⊗Y⊗Y} times {1, H⊗H⊗H}, and the shift commutes with them all.
    assert group.order == 24
    assert group.name == "group of the generators"


def test_indexed_strings_read_as_labels():
    for written, label in (("Z1 Z3", "ZIZI"), ("X0", "IIIX")):
        group = SymmetryGroup.from_generators([written], num_qubits=4)
        assert phase_distance(group.elements[1].matrix, Pauli(label).to_matrix()) == 0


@pytest.mark.parametrize("alone", ["ZZZ", (1, 2, 0), np.array([1, 2, 0]), QuantumCircuit(3)])
def test_a_single_generator_need_not_be_in_a_list(alone):
    group, listed = SymmetryGroup.from_generators(alone), SymmetryGroup.from_generators([alone])
    assert group.num_qubits == 3
    assert [e.label for e in group.elements] == [e.label for e in listed.elements]


def test_a_group_is_shown_in_a_line():
    assert repr(SymmetryGroup.named("full_permutation", 4)) == "SymmetryGroup('full_permutation', qubits=4, order=24)"


def test_arrays_are_permutations():
    assert SymmetryGroup.from_generators([np.array([1, 2, 0])]).order == 3


def test_the_number_of_qubits_is_that_of_the_first_generator():
    assert SymmetryGroup.from_generators(["XYZI"]).num_qubits == 4
    assert SymmetryGroup.from_generators([(1, 0, 2)]).num_qubits == 3
    assert SymmetryGroup.from_generators([QuantumCircuit(2)]).num_qubits == 2


def _parametric() -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    circuit.rx(Parameter("a"), 0)
    return circuit


def _turning() -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    circuit.rz(1.0, 0)
    return circuit


def _measuring() -> QuantumCircuit:
    circuit = QuantumCircuit(3, 1)
    circuit.measure(0, 0)
    return circuit


@pytest.mark.parametrize(
    ("generators", "message"),
    [
        ([], "found no generators; wanted at least one"),
        ([(0, 1, 1)], "found the permutation .*; wanted each of the qubits 0 to 2 once"),
        ([(1, 0)], "found the permutation"),
        (["ZZ"], "found the label 'ZZ' of 2 letters; wanted one letter for each of 3 qubits"),
        (["Z0 Z3"], "found Z3; the model has the qubits 0 to 2"),
        (["hello"], "wanted a Pauli string"),
        ([QuantumCircuit(2)], "found a circuit of 2 qubits; wanted 3"),
        ([_parametric()], "found a circuit with the parameter 'a'"),
        ([_measuring()], "found the operation 'measure'"),
        ([_turning()], "no power up to 60 .*symmetry.max_order"),
        ([(1, 2, 0), _turning()], "no power up to 60"),
        ([3.5], "found the generator 3.5"),
        ([(1, 0, 2), None], "found the generator None"),
    ],
)
def test_generators_that_can_not_be_used(generators, message):
    with pytest.raises(SymmetryError, match=message):
        SymmetryGroup.from_generators(generators, num_qubits=3, max_order=60)


def test_indices_need_the_number_of_qubits():
    with pytest.raises(SymmetryError, match="found 'Z1 Z3' without the number of qubits; give num_qubits"):
        SymmetryGroup.from_generators(["Z1 Z3"])


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(SymmetryError, match="found the group 'rotations'; wanted one of swap, ") as caught:
        SymmetryGroup.named("rotations", 2)
    assert all(name in str(caught.value) for name in (*GENERATED, *LISTED))


def test_a_named_group_beyond_max_order():
    assert SymmetryGroup.named("full_permutation", 5).order == 120
    with pytest.raises(SymmetryError, match="more than 100 elements"):
        SymmetryGroup.named("full_permutation", 5, max_order=100)


def test_elements_that_are_no_group():
    circuit = QuantumCircuit(1)
    circuit.t(0)
    cyclic = SymmetryGroup.from_generators([circuit])
    with pytest.raises(SymmetryError, match="is not among the elements; a group contains it"):
        _ = SymmetryGroup((identity(1), cyclic.elements[1]), "half").inverses
