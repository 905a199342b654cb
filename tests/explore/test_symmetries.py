"""Symmetries of encodings and of labels."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Statevector

from sggd_qiskit.explore.symmetries import find_symmetries, holm, recommended_group
from sggd_qiskit.symmetry.group import SymmetryGroup


def encoding_of(features: int, qubits: int) -> QuantumCircuit:
    x, circuit = ParameterVector("x", features), QuantumCircuit(qubits)
    for q in range(qubits):
        circuit.rx(np.pi / 2 * x[q % features], q)
    return circuit


def uniform(count: int, features: int = 2, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (count, features))


def test_what_is_listed_moves_states_to_states():
    encoding, points = encoding_of(2, 4), uniform(10)
    table = find_symmetries(encoding, points)
    actions = {"x[0] → x[1], x[1] → x[0]", "x[0] → -x[0], x[1] → x[1]", "x[0] → -x[0], x[1] → -x[1]"}
    assert actions <= set(table.features)
    assert table.features.is_unique
    for row in table.itertuples():
        group = SymmetryGroup.from_generators([list(row.permutation), row.pauli])
        (element,) = [e for e in group.elements if (e.permutation, e.pauli) == (row.permutation, row.pauli)]
        for x in points[:3]:
            image = [eval(t.split("→")[1], {"x": x}) for t in row.features.split(",")]
            moved = element.matrix @ Statevector(encoding.assign_parameters(x)).data
            assert abs(np.vdot(moved, Statevector(encoding.assign_parameters(image)).data)) == pytest.approx(1)


def test_a_circle_has_the_symmetries_of_the_square():
    points = uniform(60)
    found = find_symmetries(encoding_of(2, 2), points, np.hypot(*points.T) < 0.8, draws=399)
    assert found.recommended[found.element.isin(["(0 1)", "Z0", "Z1", "Z0 Z1"])].all()
    group = recommended_group(found)
    assert group.order == 8


def test_noise_has_none():
    for seed in range(3):
        labels = np.random.default_rng(seed).permutation(np.repeat(["a", "b"], 30))
        found = find_symmetries(encoding_of(2, 2), uniform(60, seed=seed), labels, draws=199, seed=seed)
        assert not found.recommended.any()
        assert recommended_group(found) is None


def test_images_without_points_tell_nothing():
    points = uniform(60)
    points[:, 0] = np.abs(points[:, 0])
    found = find_symmetries(encoding_of(2, 2), points, np.hypot(*points.T) < 0.8, draws=199)
    reflected = found[found.element == "Z0"]
    assert reflected.p.isna().all()
    assert not reflected.recommended.any()
    assert found.p_holm[found.element == "Z1"].item() < 0.05


def test_holm():
    np.testing.assert_allclose(holm(np.array([0.04, np.nan, 0.01, 0.03])), [0.06, np.nan, 0.03, 0.06])


@pytest.mark.parametrize(
    ("points", "labels", "found"),
    [
        (np.zeros((3, 3)), None, r"\(3, 3\); .*2 features"),
        (uniform(5), [1, 2], r"\(2,\); .*5 points"),
        (uniform(5), [1] * 5, "class 1 alone"),
    ],
)
def test_data_that_do_not_fit(points, labels, found):
    with pytest.raises(ValueError, match=found):
        find_symmetries(encoding_of(2, 2), points, labels)
