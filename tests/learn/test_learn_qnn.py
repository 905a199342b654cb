"""From and to qiskit-machine-learning: networks with their weights in order, and optimizers that can be stepped."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz
from numpy.testing import assert_allclose
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector
from qiskit.circuit.library import real_amplitudes, zz_feature_map
from qiskit.primitives import StatevectorEstimator
from qiskit.quantum_info import SparsePauliOp
from qiskit_machine_learning.circuit.library import qnn_circuit
from qiskit_machine_learning.neural_networks import EstimatorQNN
from qiskit_machine_learning.optimizers import ADAM, COBYLA, SPSA, GradientDescent

from sggd_qiskit import SGGDClassifier, SGGDRegressor, build_problem, load_config
from sggd_qiskit.cost.request import Request
from sggd_qiskit.evaluate.exact import ExactEvaluator

RNG = np.random.default_rng(5)
X = RNG.uniform(-1, 1, size=(12, 2))
LABELS = np.where(X[:, 0] > X[:, 1], "a", "b")
VALUES = X[:, 0] * X[:, 1]


def exact_qnn(circuit, inputs, weights, observables=None) -> EstimatorQNN:
    return EstimatorQNN(
        circuit=circuit,
        input_params=inputs,
        weight_params=weights,
        observables=observables,
        estimator=StatevectorEstimator(),
        default_precision=0.0,
    )


def composed(feature_map, ansatz) -> QuantumCircuit:
    return feature_map.compose(ansatz)


def named_out_of_order() -> tuple[QuantumCircuit, list[Parameter], list[Parameter]]:
    """Fourteen weights whose order by name is another than the one that they are given in."""
    inputs, weights = [Parameter("b"), Parameter("a")], [Parameter(f"w{k}") for k in range(14)]
    circuit = QuantumCircuit(2)
    for q in range(2):
        circuit.rx(1.5 * inputs[q], q)
    for k, weight in enumerate(weights):
        (circuit.ry if k % 4 < 2 else circuit.rz)(weight, k % 2)
        if k % 2:
            circuit.cx(0, 1)
    return circuit, inputs, weights


def library() -> tuple[QuantumCircuit, list[Parameter], list[Parameter]]:
    feature_map, ansatz = zz_feature_map(2), real_amplitudes(2, reps=6)
    return composed(feature_map, ansatz), list(feature_map.parameters), list(ansatz.parameters)


def from_qnn_circuit() -> tuple[QuantumCircuit, list[Parameter], list[Parameter]]:
    circuit, inputs, weights = qnn_circuit(2, zz_feature_map(2), real_amplitudes(2, reps=6))
    return circuit, list(inputs), list(weights)


@pytest.mark.parametrize("network", [named_out_of_order, library, from_qnn_circuit])
@pytest.mark.parametrize("observable", [None, SparsePauliOp(["ZI", "XX"], [0.7, -0.2])], ids=["default", "sum"])
def test_there_and_back(network, observable):
    circuit, inputs, weights = network()
    theirs = exact_qnn(circuit, inputs, weights, observable)
    model = SGGDRegressor.from_estimator_qnn(theirs, steps=2, random_state=1).fit(X, VALUES)
    back, values = model.to_estimator_qnn(estimator=StatevectorEstimator(), default_precision=0.0, like=theirs)
    assert len(values) == 14
    assert_allclose(back.forward(X, values)[:, 0], model.predict(X), atol=1e-10)
    assert_allclose(theirs.forward(X, values), back.forward(X, values), atol=1e-10)
    assert_allclose(theirs.backward(X, values)[1], back.backward(X, values)[1], atol=1e-10)


def test_the_gradient_of_the_cost_is_that_of_their_network():
    theirs = exact_qnn(*named_out_of_order())
    model = SGGDRegressor.from_estimator_qnn(theirs, steps=1, random_state=1).fit(X, VALUES)
    back, _ = model.to_estimator_qnn(estimator=StatevectorEstimator(), default_precision=0.0)
    first = model.history_.iloc[0]
    outputs, slopes = back.forward(X, first["theta"]), back.backward(X, first["theta"])[1]
    expected = 2 * np.einsum("n,nj->j", outputs[:, 0] - VALUES, slopes[:, 0]) / len(X)
    assert_allclose(first["gradient"], expected, atol=1e-10)


def test_a_random_ansatz_and_an_observable_for_each_class():
    feature_map, ansatz = zz_feature_map(2), random_ansatz(RNG, 2)
    labels = np.array(["u", "v", "w"])[np.arange(12) % 3]
    model = SGGDClassifier(feature_map, ansatz, ["Z0", "Z1", "Z0 Z1"], steps=2, random_state=1).fit(X, labels)
    back, values = model.to_estimator_qnn(estimator=StatevectorEstimator(), default_precision=0.0)
    assert_allclose(back.forward(X, values), model.decision_function(X), atol=1e-10)
    assert [p.name for p in back.weight_params] == [p.name for p in ansatz.parameters]


def test_what_can_not_be_said_is_refused():
    x, w = ParameterVector("x", 2), ParameterVector("w", 1)
    circuit = QuantumCircuit(1)
    circuit.rx(x[0], 0)
    circuit.ry(w[0], 0)
    circuit.rx(x[1], 0)
    with pytest.raises(ValueError, match=r"x\[1\].*qubit 0.*feature map followed by an ansatz"):
        SGGDClassifier.from_estimator_qnn(exact_qnn(circuit, list(x), list(w)))
    twirled = SGGDClassifier(symmetry="swap", guidance="twirled", steps=1, random_state=1).fit(X, LABELS)
    with pytest.raises(ValueError, match=r"twirled.*penalty"):
        twirled.to_estimator_qnn()
    squared = ("model.postprocessing={kind: polynomial, coefficients: [-1, 0, 2]}",)
    processed = SGGDClassifier(steps=1, random_state=1, settings=squared).fit(X, LABELS)
    with pytest.raises(ValueError, match=r"model\.postprocessing.*leave it out"):
        processed.to_estimator_qnn()


def test_a_symmetrised_ansatz_is_handed_back():
    arguments = {"ansatz": {"kind": "hardware_efficient", "layers": 1}, "symmetry": "swap", "observable": "Z0 Z1"}
    arguments["feature_map"] = {"kind": "angle", "gate": "rx"}
    model = SGGDClassifier(**arguments, guidance="symmetrised_ansatz", steps=1, random_state=1).fit(X, LABELS)
    qnn, weights = model.to_estimator_qnn()
    assert_allclose(qnn.forward(X, weights).ravel(), model.decision_function(X), atol=1e-10)


def test_their_gradient_descent_steps_as_it_says():
    rates = [0.3, 0.1, 0.05, 0.02]
    optimizer = GradientDescent(maxiter=4, learning_rate=rates)
    model = SGGDClassifier(optimizer=optimizer, steps=4, random_state=1).fit(X, LABELS)
    steps = model.history_
    for step, rate in enumerate(rates):
        expected = steps["theta"][step] - rate * steps["gradient"][step]
        assert (steps["theta"][step + 1] == expected).all()
    problem = build_problem(load_config(model.run_.results.config), dataset=_dataset())
    evaluator = ExactEvaluator(problem)

    def gradient(theta):
        return evaluator.evaluate(Request(0, theta, (), problem.dataset.train)).cost.gradient

    result = GradientDescent(maxiter=4, learning_rate=rates).minimize(lambda _: 0.0, steps["theta"][0], jac=gradient)
    assert_allclose(result.x, model.theta_, atol=1e-12)


def _dataset():
    from sggd_qiskit import Dataset

    return Dataset.from_arrays(X, LABELS)


def test_it_is_resumed_exactly(tmp_path):
    from sggd_qiskit import run_experiment

    optimizer = {
        "kind": "qiskit_machine_learning",
        "options": {"maxiter": 6, "learning_rate": [0.3, 0.2, 0.1, 0.1, 0.2, 0.3]},
    }
    model = SGGDClassifier(optimizer=optimizer, steps=10, random_state=1).fit(X, LABELS)
    assert "GradientDescent is done" in model.run_.reason
    assert len(model.history_) == 7
    config = load_config({**model.run_.results.config, "data": None})
    count = iter(range(10))
    first = run_experiment(config, tmp_path, dataset=_dataset(), interrupted=lambda: next(count) == 2)
    assert first.reason is None
    rest = run_experiment(config, tmp_path, dataset=_dataset())
    assert rest.results.steps["theta"].map(list).tolist() == model.history_["theta"].map(list).tolist()


@pytest.mark.parametrize(
    ("optimizer", "words"),
    [(COBYLA(), "COBYLA.*stepped.*GradientDescent"), (SPSA(), "SPSA.*training.gradient"), (ADAM(), "ADAM.*adam")],
    ids=["COBYLA", "SPSA", "ADAM"],
)
def test_those_that_can_not_be_stepped(optimizer, words):
    with pytest.raises(ValueError, match=words):
        SGGDClassifier(optimizer=optimizer, steps=1).fit(X, LABELS)


def test_options_that_it_does_not_take():
    bad = {"kind": "qiskit_machine_learning", "options": {"rate": 1}}
    with pytest.raises(ValueError, match=r"training.optimizer.*options.*rate"):
        SGGDClassifier(optimizer=bad, steps=1).fit(X, LABELS)
    with pytest.raises(TypeError, match="set_callbacks"):
        SGGDClassifier(optimizer=GradientDescent(callback=print), steps=1).fit(X, LABELS)
