"""Landscapes and decision maps of runs, against dense linear algebra and against what the runs have recorded."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from problems import dense_terms
from qiskit import QuantumCircuit, qasm3
from qiskit.circuit import Parameter
from training_runs import after, small

from sggd_qiskit import Dataset, load_config, load_results, predict, run_experiment
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.figures.style import TINTS
from sggd_qiskit.problem import build_problem
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.landscape import run_landscape


@pytest.fixture(scope="module")
def plane(tmp_path_factory):
    """A run of two parameters on two features, with λ that changes."""
    folder = tmp_path_factory.mktemp("plane")
    circuit, (a, b) = QuantumCircuit(2), map(Parameter, "ab")
    circuit.crx(a, 0, 1)
    circuit.ry(b / 2, 0)
    circuit.cx(1, 0)
    (folder / "two.qasm").write_text(qasm3.dumps(circuit), encoding="utf-8")
    ansatz = f"model.ansatz={{kind: file, path: {folder / 'two.qasm'}}}"
    weight = "cost.weight={kind: linear, start: 1, end: 3, steps: 4}"
    config = small(
        "plane", ansatz, weight, "execution.backend=exact", "training.initial={kind: values, values: [4, 1]}"
    )
    return run_experiment(config, folder).results


@pytest.fixture(scope="module")
def werner(tmp_path_factory):
    return run_experiment(small("werner", "cost.norm=normalized_hilbert_schmidt"), tmp_path_factory.mktemp("w")).results


@pytest.mark.parametrize("name", ["plane", "werner"])
def test_a_landscape_is_that_of_dense_matrices(request, name):
    results = request.getfixturevalue(name)
    landscape = run_landscape(results, points=4)
    problem = build_problem(small(name) if name == "werner" else load_config(results.config))
    weight = {"plane": 3.0, "werner": 1.0}[name]
    for place in np.ndindex(*landscape.parts["cost"].shape):
        theta = np.array([values[k] for values, k in zip(landscape.ranges, place, strict=True)])
        error, penalty = dense_terms(problem, theta, problem.dataset.train)
        assert landscape.parts["data term"][place] == pytest.approx(error)
        assert landscape.parts["λ · penalty"][place] == pytest.approx(weight * penalty)
        assert landscape.parts["cost"][place] == pytest.approx(error + weight * penalty)


def test_a_landscape_reaches_as_far_as_the_training_went(plane):
    first, second = run_landscape(plane, points=3).ranges
    visited = np.array(plane.steps["theta"].tolist())
    assert first[-1] == pytest.approx(max(np.pi, visited[:, 0].max()))
    assert first[-1] > np.pi
    assert (first[0], second[0], second[-1]) == (-np.pi, -np.pi, np.pi)
    path = next(line for line in plane.plot.landscape(5).axes[0].lines if line.get_label() == "steps")
    np.testing.assert_allclose(path.get_xydata(), visited)


def test_the_steps_of_one_parameter_lie_on_its_cost(werner):
    figure = werner.plot.landscape()
    lines = {line.get_label(): line.get_xydata() for line in figure.axes[0].lines}
    np.testing.assert_allclose(lines["steps"][:, 1], werner.steps["cost"])
    assert {"cost", "data term", "λ · penalty", "end"} <= set(lines)


def test_a_decision_map_has_the_training_points_and_its_boundary_where_the_output_is_zero(plane):
    axes = plane.plot.decision_map(21).axes[0]
    train = plane.predictions[plane.predictions["split"] == "train"]
    points = np.concatenate([line.get_xydata() for line in axes.lines])
    assert {tuple(point) for point in points} == {tuple(point) for point in train[["x1", "x2"]].to_numpy()}
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["-1", "1"]


def test_the_boundary_is_where_the_network_changes_its_mind(tmp_path):
    results = run_experiment(small("plane", "execution.backend=exact", "model.ansatz.layers=2"), tmp_path).results
    axes = results.plot.decision_map(81).axes[0]
    boundary = [
        path.vertices for found in axes.collections for path in found.get_paths() if found.get_facecolor().size == 0
    ]
    vertices = np.concatenate(boundary)
    assert len(vertices)
    assert np.abs(predict(results, vertices)["output"]).max() < 0.01


def test_outputs_over_one_feature(werner):
    figure = werner.plot.decision_map()
    line = figure.axes[0].lines[0].get_xydata()
    test = werner.predictions[werner.predictions["split"] == "test"].sort_values("alpha")
    np.testing.assert_allclose(line, test[["alpha", "output"]])


def test_several_classes_have_a_colour_each_where_their_output_is_the_largest():
    rng = np.random.default_rng(1)
    points = rng.uniform(-1, 1, size=(30, 2))
    labels = np.array(["low", "_mid$", "high"])[np.digitize(points[:, 0], [-0.3, 0.3])]
    observable = "model.observable={low: Z0, high: Z1, _mid$: Z0 Z1}"
    config = small("plane", "data=null", observable, "symmetry=null", "cost.guidance=none", "execution.backend=exact")
    results = run_experiment(config, None, dataset=Dataset.from_arrays(points, labels)).results
    axes = results.plot.decision_map(41).axes[0]
    assert sorted(text.get_text() for text in axes.get_legend().get_texts()) == sorted({"low", "_mid$", "high"})
    colours = dict(zip(TINTS, results.manifest["classes"], strict=False))
    places = rng.uniform(-0.9, 0.9, size=(200, 2))
    found = predict(results, places)
    outputs = np.sort(found[[f"output_{name}" for name in results.manifest["classes"]]].to_numpy(), axis=1)
    clear = outputs[:, -1] - outputs[:, -2] > 0.05
    filled = [area for area in axes.collections if area.get_facecolor().size]
    shown = {colours[to_hex(area.get_facecolor()[0])] for area in filled}
    assert shown >= set(found["predicted_label"])
    for area in filled:
        inside = area.get_paths()[0].contains_points(places)
        own = found["predicted_label"] == colours[to_hex(area.get_facecolor()[0])]
        np.testing.assert_array_equal(inside[clear], own[clear])


def test_what_there_is_no_figure_of_is_told(tmp_path, plane):
    config = small("plane", "execution.backend=exact")
    unfinished = run_experiment(config, tmp_path, interrupted=after(3)).results
    with pytest.raises(RecordError, match="isn't complete"):
        unfinished.plot.decision_map()
    with pytest.raises(ConfigError, match=r"6 parameters.*one or two"):
        unfinished.plot.landscape()
    assert unfinished.plot.training().axes
    assert load_results(plane.folder).plot.costs().axes
