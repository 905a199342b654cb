"""The twirl of Pauli coordinates, against that of matrices."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_groups, random_operator, twirl

from sggd_qiskit.exact import pauli_twirl as module
from sggd_qiskit.exact.coordinates import from_dense
from sggd_qiskit.exact.pauli_twirl import pauli_twirl
from sggd_qiskit.symmetry.group import SymmetryGroup

GROUPS = [
    *random_groups(),
    ("full_permutation-5", SymmetryGroup.named("full_permutation", 5)),
    ("u1_total_z-6", SymmetryGroup.named("u1_total_z", 6)),
]
EXACT = 1e-12


@pytest.mark.parametrize("most", [2**20, 0], ids=["matrices where small", "no matrices"])
@pytest.mark.parametrize(("name", "group"), GROUPS, ids=[name for name, _ in GROUPS])
def test_it_is_the_twirl_of_the_matrices(name, group, most, monkeypatch):
    monkeypatch.setattr(module, "MOST_MATRIX_ENTRIES", most)
    rng = np.random.default_rng(len(name))
    matrices = np.stack([random_operator(rng, 2**group.num_qubits) for _ in range(2)])
    matrices += matrices.conj().swapaxes(1, 2)
    given = from_dense(matrices)
    before = given.copy()
    found = pauli_twirl(group)(given)
    np.testing.assert_allclose(found, from_dense(np.stack([twirl(group, m) for m in matrices])), atol=EXACT)
    np.testing.assert_array_equal(given, before)


def test_strings_that_meet_their_negatives_are_averaged_out():
    group = SymmetryGroup.from_generators(["ZZ", (1, 0)])
    found = pauli_twirl(group)(np.eye(16))
    assert np.count_nonzero(found[1]) == 0  # IX anticommutes with ZZ
    np.testing.assert_allclose(found[3, [3, 12]], [0.5, 0.5])  # IZ and ZI are one orbit
