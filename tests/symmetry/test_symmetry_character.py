"""Characters of groups, and the weighted twirl, against dense linear algebra."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from builders import phase_distance, random_characters, random_operator, random_pauli_sum, twirl
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, SparsePauliOp

from sggd_qiskit.exact.coordinates import from_dense, to_dense
from sggd_qiskit.exact.pauli_twirl import pauli_twirl
from sggd_qiskit.symmetry.element import SymmetryError
from sggd_qiskit.symmetry.group import SymmetryGroup
from sggd_qiskit.symmetry.twirl import twirl_pauli_sum

EXACT = 1e-10
GROUPS = pytest.mark.parametrize("group", [pytest.param(group, id=name) for name, group in random_characters()])
phase = QuantumCircuit(2)
phase.s([0, 1])

# Generators, and the signs that are characters of what they span.
SPANNED = {
    "square": ([(1, 0), "IZ", "ZI"], {(1, 1, 1), (-1, 1, 1), (1, -1, -1), (-1, -1, -1)}),
    "S3": ([(1, 0, 2), (1, 2, 0)], {(1, 1), (-1, 1)}),
    "cycle of 4": ([(1, 2, 3, 0)], {(1,), (-1,)}),
    "cycle of 3": ([(1, 2, 0)], {(1,)}),
    "Paulis of one qubit": (["X", "Y", "Z"], {(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)}),
    "one twice": (["ZI", "ZI"], {(1, 1), (-1, -1)}),
    "nothing": (["II", "ZZ"], {(1, 1), (1, -1)}),
    "phases": ([phase, "ZI"], {(1, 1), (1, -1), (-1, 1), (-1, -1)}),
    "a Pauli string turned around": ([(1, 2, 0), "XYZ"], {(1, 1)}),
}


def matrices(group: SymmetryGroup) -> list[np.ndarray]:
    """V_s by Qiskit."""
    return [Operator(element.full_circuit()).data for element in group.elements]


def dense(group: SymmetryGroup, operator: np.ndarray) -> np.ndarray:
    """E_s χ(s) V†XV from Qiskit's matrices."""
    parts = zip(matrices(group), group.signs, strict=True)
    return sum(sign * v.conj().T @ operator @ v for v, sign in parts) / group.order


@GROUPS
def test_signs_multiply_as_elements_do(group):
    rows = np.array([v.ravel() for v in matrices(group)])
    size = 2**group.num_qubits
    rng = np.random.default_rng(0)
    for a, b in rng.integers(group.order, size=(60, 2)):
        overlaps = np.abs(rows.conj() @ (rows[a].reshape(size, size) @ rows[b].reshape(size, size)).ravel())
        (product_of_both,) = np.flatnonzero(np.isclose(overlaps, size))
        assert group.signs[product_of_both] == group.signs[a] * group.signs[b]
    assert group.turns_labels
    assert sum(group.signs) == 0


@pytest.mark.parametrize("name", SPANNED)
def test_just_the_characters_are_accepted(name):
    generators, wanted = SPANNED[name]
    for signs in product((1, -1), repeat=len(generators)):
        if signs not in wanted:
            with pytest.raises(SymmetryError, match="relation") as caught:
                SymmetryGroup.from_generators(generators, character=signs)
            assert str(list(signs)) in str(caught.value)
        else:
            group = SymmetryGroup.from_generators(generators, character=signs)
            given = [k for generator in generators for k, e in enumerate(group.elements) if _is(e, generator)]
            assert tuple(group.signs[k] for k in given) == signs


def _is(element, generator):
    alone = SymmetryGroup.from_generators([generator])
    other = alone.elements[1] if alone.order > 1 else alone.elements[0]
    return phase_distance(element.matrix, other.matrix) < EXACT


def test_the_broken_relation_is_shown():
    with pytest.raises(
        SymmetryError, match=r"\[1, -1, 1\].*\[\(0 1\)\(2 3\)\]·\[Z0 Z2\] = \[Z1 Z3\]·\[\(0 1\)\(2 3\)\]"
    ):
        SymmetryGroup.named("dihedral_square", 4, character=[1, -1, 1])
    with pytest.raises(SymmetryError, match="the identity"):
        SymmetryGroup.named("cyclic", 3, character=[-1])


@pytest.mark.parametrize("signs", [[1], [1, -1], [1, 0, 1], [1, 1, 1, 1], []])
def test_a_sign_for_each_generator(signs):
    with pytest.raises(SymmetryError, match="3 generators"):
        SymmetryGroup.named("dihedral_square", 2, character=signs)


@pytest.mark.parametrize("name", ["u1_total_z", "collective_su2"])
def test_a_connected_group_changes_no_sign(name):
    assert not SymmetryGroup.named(name, 3, character=[1]).turns_labels
    with pytest.raises(SymmetryError, match=name):
        SymmetryGroup.named(name, 3, character=[-1])


def test_signs_are_a_list():
    with pytest.raises(TypeError, match="character"):
        SymmetryGroup.named("swap", 2, character=-1)


@GROUPS
def test_the_weighted_twirl_is_a_self_adjoint_projection(group):
    rng = np.random.default_rng(2)
    a, b = (random_operator(rng, 2**group.num_qubits) for _ in range(2))
    once = twirl(group, a)
    np.testing.assert_allclose(once, dense(group, a), atol=EXACT)
    np.testing.assert_allclose(twirl(group, once), once, atol=EXACT)
    assert abs(np.vdot(b, once) - np.vdot(twirl(group, b), a)) < EXACT * len(a) ** 2
    assert abs(np.trace(once)) < EXACT
    for element, sign in list(zip(group.elements, group.signs, strict=True))[:24]:
        np.testing.assert_allclose(element.matrix @ once, sign * once @ element.matrix, atol=EXACT)


@GROUPS
def test_the_twirl_of_a_pauli_sum_and_of_coordinates_is_the_dense_one(group):
    rng = np.random.default_rng(group.order)
    operators = [random_pauli_sum(rng, group.num_qubits, 7) for _ in range(2)]
    wanted = np.array([dense(group, o.to_matrix()) for o in operators])
    for operator, image in zip(operators, wanted, strict=True):
        np.testing.assert_allclose(twirl_pauli_sum(operator, group).to_matrix(), image, atol=EXACT)
    rows = from_dense(np.array([o.to_matrix() for o in operators]))
    np.testing.assert_allclose(to_dense(pauli_twirl(group)(rows)), wanted, atol=EXACT)


def test_the_trivial_character_is_none_at_all():
    given, plain = (SymmetryGroup.named("dihedral_square", 4, character=c) for c in ([1, 1, 1], None))
    assert given.character is plain.character is None
    rows = np.random.default_rng(0).normal(size=(2, 256))
    np.testing.assert_array_equal(pauli_twirl(given)(rows), pauli_twirl(plain)(rows))


def test_what_changes_sign_is_kept_and_what_does_not_is_lost():
    group = SymmetryGroup.named("reflections", 2, character=[-1, -1])
    assert twirl_pauli_sum("Y0 Y1 + Z0 + 0.5 X0", group).equiv(SparsePauliOp("YY"))
    assert repr(group).endswith("order=4, turning labels over at 2)")
