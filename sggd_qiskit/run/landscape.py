"""The landscape that a run trains in, over all of its one or two parameters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.cost.request import Request
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.figures.landscape import Landscape
from sggd_qiskit.problem import build_problem, require_simulable
from sggd_qiskit.run.results import Results

MOST_PARAMETERS = 2


def run_landscape(results: Results, points: int | None = None, dataset: Dataset | None = None) -> Landscape:
    """The cost of a run at the λ of its last step, by linear algebra, for each θ from -π to π, or as far as the training went.

    Args:
        results: the run.
        points: values of each parameter; 181 for one and 41 for two unless given.
        dataset: that was trained on, if it was handed over from Python.

    Raises:
        ConfigError: if there are more than two parameters, or the configuration can't be evaluated, as without its data.
    """
    config = load_config(results.config)
    config = config.model_copy(
        update={"execution": config.execution.model_copy(update={"backend": "exact", "snapshot": None})}
    )
    problem = build_problem(config, dataset)
    require_simulable(problem)
    count = len(problem.qnn.theta)
    if count > MOST_PARAMETERS:
        raise ConfigError.at("model.ansatz", f"found {count} parameters; a landscape shows one or two")
    evaluator, weights = ExactEvaluator(problem), problem.weights(len(results.steps) - 1)
    ranges = tuple(_range(results, k, points or (181 if count == 1 else 41)) for k in range(count))
    lattice = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, count)
    request = Request(0, lattice[0], weights, problem.dataset.train, gradient=False)
    parts: dict[str, list[float]] = {"cost": [], "data term": []}
    for theta in lattice:
        found = evaluator.evaluate(replace(request, theta=theta))
        parts["cost"].append(found.cost.value)
        parts["data term"].append(found.data_term.value)
        for (name, term), weight in zip(found.terms.items(), weights, strict=True):
            parts.setdefault(f"λ · {name}", []).append(weight * term.value)
    shape = tuple(len(values) for values in ranges)
    names = tuple(parameter.name for parameter in problem.qnn.theta)
    return Landscape(names, ranges, {name: np.reshape(values, shape) for name, values in parts.items()})


def _range(results: Results, parameter: int, points: int) -> FloatArray:
    """From -π to π, and on to where the training went."""
    visited = [theta[parameter] for theta in results.steps["theta"].dropna()]
    return np.linspace(min([-np.pi, *visited]), max([np.pi, *visited]), points)
