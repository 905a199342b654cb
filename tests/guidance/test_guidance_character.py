"""Every way of guidance with labels that change sign under the group: f(s·x) = χ(s) f(x)."""

from __future__ import annotations

import numpy as np
import pytest
from problems import CONFIGS

from sggd_qiskit import SGGDClassifier, SymmetryGroup, build_problem, load_config
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.data.plane import shape_labels
from sggd_qiskit.data.sample import classical
from sggd_qiskit.evaluate.exact import ExactEvaluator

QUADRANTS = CONFIGS / "plane_quadrants.yaml"
SMALL = ["data.train=6", "data.test=4"]


def sign_of_product(points):
    return shape_labels(load_config(QUADRANTS).data, np.asarray(points))


@pytest.mark.parametrize("guidance", ["twirled", "symmetrised_ansatz"])
def test_outputs_change_sign_as_labels_do(guidance):
    settings = [*SMALL, f"cost.guidance={guidance}", "model.observable=Y0 Y1 + Z2 + 0.3", "data.region=whole"]
    problem = build_problem(load_config(QUADRANTS, settings))
    rng = np.random.default_rng(3)
    points = rng.uniform(-1, 1, size=(5, 2))
    theta = rng.uniform(-np.pi, np.pi, size=len(problem.qnn.theta))
    evaluator = ExactEvaluator(problem)

    def outputs(found):
        return evaluator.outputs(theta, classical(("x1", "x2"), found, sign_of_product(found))).values

    plain = outputs(points)
    assert np.abs(plain).max() > 0.01
    for action, sign in zip(problem.equivariance.actions, problem.group.signs, strict=True):
        np.testing.assert_allclose(outputs(points @ action.T), sign * plain, atol=1e-12)


def test_images_are_labelled_by_the_character():
    train = build_problem(load_config(QUADRANTS, [*SMALL, "cost.guidance=enhanced"])).dataset.train
    assert len(train) == 8 * 6
    np.testing.assert_array_equal(train.labels, sign_of_product(train.points))
    assert sorted(set(train.labels.tolist())) == [-1, 1]


def test_a_group_from_python_keeps_its_character():
    group = SymmetryGroup.named("dihedral_square", 4, character=[1, -1, -1])
    points = np.random.default_rng(1).uniform(0.1, 1, size=(12, 2)) * [1, -1]
    points[:6] = np.abs(points[:6])
    model = SGGDClassifier(
        feature_map={"kind": "angle", "gate": "rx", "scale": 1.5708},
        ansatz={"kind": "hardware_efficient", "layers": 1},
        qubits=4,
        observable="Y0 Y1",
        symmetry=group,
        guidance="twirled",
        steps=1,
        random_state=0,
    ).fit(points, sign_of_product(points))
    outputs = model.decision_function(points)
    np.testing.assert_allclose(model.decision_function(points * [1, -1]), -outputs, atol=1e-12)
    np.testing.assert_allclose(model.decision_function(points[:, ::-1]), outputs, atol=1e-12)


def test_labels_of_three_classes_change_no_sign(tmp_path):
    rows = "\n".join(f"{x},{-x},{label}" for x, label in zip((0.1, 0.2, 0.3), "abc", strict=True))
    (tmp_path / "points.csv").write_text(f"u,v,label\n{rows}\n")
    data = f"data={{kind: table, path: {tmp_path / 'points.csv'}, features: [u, v], label: label}}"
    with pytest.raises(ConfigError, match=r"symmetry\.character.*3 classes.*leave it out"):
        build_problem(load_config(QUADRANTS, [data, "model.observable={a: Z0, b: Z1, c: Z2}"]))
