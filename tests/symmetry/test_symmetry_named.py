"""The named groups: their elements by definition, and that finite subgroups average as the continuous group does."""

from __future__ import annotations

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from builders import kron_power, phase_distance, random_operator, random_unitary, twirl
from qiskit.quantum_info import Pauli, SparsePauliOp

from sggd_qiskit.symmetry.element import SymmetryError
from sggd_qiskit.symmetry.group import SymmetryGroup

EXACT = 1e-10
NAMES = [
    "swap",
    "cyclic",
    "dihedral_square",
    "full_permutation",
    "reflections",
    "parity",
    "u1_total_z",
    "collective_su2",
]


def moved_bits(permutation: tuple[int, ...]) -> np.ndarray:
    """The matrix that moves the bit of qubit q to qubit permutation[q]."""
    n = len(permutation)
    matrix = np.zeros((2**n, 2**n))
    for b in range(2**n):
        matrix[sum((b >> q & 1) << r for q, r in enumerate(permutation)), b] = 1
    return matrix


@pytest.mark.parametrize("n", [2, 4, 6])
def test_swap_exchanges_neighbours(n):
    group = SymmetryGroup.named("swap", n)
    assert group.order == 2
    assert group.name == "swap"
    pairs = tuple(q + 1 if q % 2 == 0 else q - 1 for q in range(n))
    np.testing.assert_array_equal(group.elements[1].matrix, moved_bits(pairs))


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_cyclic_shifts_every_qubit(n):
    group = SymmetryGroup.named("cyclic", n)
    assert group.order == n
    shifts = {tuple((q + k) % n for q in range(n)) for k in range(n)}
    assert {element.permutation for element in group.elements} == shifts


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_full_permutation_is_every_permutation(n):
    group = SymmetryGroup.named("full_permutation", n)
    assert group.order == factorial(n)
    assert {element.permutation for element in group.elements} == set(permutations(range(n)))


@pytest.mark.parametrize("n", [2, 4])
def test_reflections_are_z_on_even_and_on_odd_qubits(n):
    paulis = {element.pauli for element in SymmetryGroup.named("reflections", n).elements}
    assert paulis == {"I" * n, "IZ" * (n // 2), "ZI" * (n // 2), "Z" * n}


@pytest.mark.parametrize("n", [2, 4, 6])
def test_dihedral_square_is_swap_and_reflections_together(n):
    group = SymmetryGroup.named("dihedral_square", n)
    assert group.order == 8
    assert {(e.permutation[0], e.pauli[-2:]) for e in group.elements} == {
        (target, pauli) for target in (0, 1) for pauli in ("II", "IZ", "ZI", "ZZ")
    }
    # The symmetry group of the square has two elements of order 4: the quarter turns.
    assert sum(count == 2 for _, count in group.inverse_pairs) == 1


@pytest.mark.parametrize("n", [1, 3])
def test_parity_is_z_on_all(n):
    group = SymmetryGroup.named("parity", n)
    assert group.order == 2
    assert phase_distance(group.elements[1].matrix, Pauli("Z" * n).to_matrix()) == 0


@pytest.mark.parametrize("n", range(1, 6))
def test_u1_averages_like_all_angles(n):
    group = SymmetryGroup.named("u1_total_z", n)
    assert group.order == n + 1
    operator = random_operator(np.random.default_rng(n), 2**n)
    weight = np.array([bin(b).count("1") for b in range(2**n)])
    # The average over all angles keeps what connects states of the same weight.
    wanted = operator * (weight[:, None] == weight)
    twirled = twirl(group, operator)
    np.testing.assert_allclose(twirled, wanted, atol=EXACT)
    for angle in np.random.default_rng(0).uniform(-np.pi, np.pi, size=4):
        v = np.exp(-0.5j * angle * (n - 2 * weight))
        np.testing.assert_allclose(v.conj()[:, None] * twirled * v, twirled, atol=EXACT)


@pytest.mark.parametrize(("n", "order"), [(1, 12), (2, 12), (3, 24), (4, 60), (5, 60)])
def test_collective_su2_averages_like_the_haar_measure(n, order):
    group = SymmetryGroup.named("collective_su2", n)
    assert group.order == order
    rng = np.random.default_rng(n)
    operator = random_operator(rng, 2**n)
    twirled = twirl(group, operator)
    for _ in range(5):
        v = kron_power(random_unitary(rng, 2), n)
        np.testing.assert_allclose(v.conj().T @ twirled @ v, twirled, atol=EXACT)
        # The average of what a Haar-random element has moved is the average still.
        np.testing.assert_allclose(twirl(group, v.conj().T @ operator @ v), twirled, atol=EXACT)
    # By Schur-Weyl duality the Haar average is the orthogonal projection on the span of the permutations.
    basis = np.array([moved_bits(p).ravel() for p in permutations(range(n))]).T
    left, sizes, _ = np.linalg.svd(basis, full_matrices=False)
    span = left[:, sizes > 1e-9]
    np.testing.assert_allclose(twirled.ravel(), span @ (span.conj().T @ operator.ravel()), atol=EXACT)


@pytest.mark.parametrize("n", [1, 3])
def test_collective_su2_elements_are_tensor_powers(n):
    single = [element.matrix for element in SymmetryGroup.named("collective_su2", 1).elements]
    group = SymmetryGroup.named("collective_su2", n)
    if n == 1:
        for matrix in single:
            turned = [SparsePauliOp.from_operator(matrix.conj().T @ Pauli(p).to_matrix() @ matrix) for p in "XYZ"]
            assert all(len(image.paulis) == 1 for image in turned)  # the tetrahedral group permutes the axes
    for element in group.elements:
        z = element.matrix.conj().T @ Pauli("I" * (n - 1) + "Z").to_matrix() @ element.matrix
        reduced = SparsePauliOp.from_operator(z)
        assert all(set(label[:-1]) <= {"I"} for label in reduced.paulis.to_labels())


@pytest.mark.parametrize(
    ("name", "n", "message"),
    [
        ("swap", 3, "found the group swap with 3 qubits; it pairs them, so their number must be even"),
        ("dihedral_square", 5, "found the group swap with 5 qubits"),
        ("reflections", 1, "found the group reflections with 1 qubits; wanted an even number"),
        (
            "collective_su2",
            6,
            "found the group collective_su2 with 6 qubits; its exact average is known here for up to 5",
        ),
    ],
)
def test_a_group_that_does_not_exist_on_so_many_qubits(name, n, message):
    with pytest.raises(SymmetryError, match=message):
        SymmetryGroup.named(name, n)


@pytest.mark.parametrize("name", NAMES)
def test_named_groups_are_groups(name):
    group = SymmetryGroup.named(name, 4)
    assert sorted(group.inverses) == list(range(group.order))
    assert group.num_qubits == 4
