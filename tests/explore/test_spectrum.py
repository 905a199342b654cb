"""The spectrum of a broken symmetry against matrices."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_groups, random_pauli_sum, random_theta, twirl
from qiskit.quantum_info import Operator, Pauli

from sggd_qiskit import SymmetryGroup, symmetry_penalty
from sggd_qiskit.circuit.paulis import pauli_label
from sggd_qiskit.explore.spectrum import symmetry_spectrum
from sggd_qiskit.figures.spectrum import spectrum_figure


@pytest.mark.parametrize("group", [pytest.param(group, id=name) for name, group in random_groups()])
def test_strings_and_shares_are_those_of_the_matrices(group):
    rng, n = np.random.default_rng(5), group.num_qubits
    ansatz, observable = random_ansatz(rng, n), random_pauli_sum(rng, n, 3)
    theta = random_theta(rng, ansatz)
    table = symmetry_spectrum(ansatz, observable, group, theta)
    unitary = Operator(ansatz.assign_parameters(theta)).data
    evolved = unitary.conj().T @ observable.to_matrix() @ unitary
    difference = evolved - twirl(group, evolved)
    for row in table.itertuples():
        string = Pauli("I" * n if row.pauli == "1" else pauli_label(row.pauli, n)).to_matrix()
        assert np.vdot(string, evolved).real / 2**n == pytest.approx(row.coefficient, abs=1e-9)
        assert np.vdot(string, difference).real / 2**n == pytest.approx(row.breaking, abs=1e-9)
    assert table.penalty.sum() == pytest.approx(np.linalg.norm(difference) ** 2 / 2**n)
    wanted = symmetry_penalty(
        ansatz, observable, group, theta, estimator="exact", norm="normalized_hilbert_schmidt"
    ).value
    assert table.penalty.sum() == pytest.approx(wanted)
    assert table.penalty.is_monotonic_decreasing
    assert table.share.sum() == pytest.approx(1)
    assert len(spectrum_figure(table, 5).axes[0].patches) == min(5, int((table.penalty > 0).sum()))


def test_what_does_not_fit():
    ansatz = random_ansatz(np.random.default_rng(1), 2)
    with pytest.raises(ValueError, match="group on 4; wanted 2"):
        symmetry_spectrum(ansatz, "Z0", SymmetryGroup.named("swap", 4), np.zeros(12))
    with pytest.raises(ValueError, match=r"\(3,\); .*12 parameters"):
        symmetry_spectrum(ansatz, "Z0", SymmetryGroup.named("swap", 2), np.zeros(3))
