"""Evaluations as rows of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.cost.request import Knowledge, Request
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.evaluate.evaluation import Evaluation
from sggd_qiskit.execute.job import JobRecord
from sggd_qiskit.gradient.directions import squared_norm
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.problem import Problem


def step_row(problem: Problem, request: Request, evaluation: Evaluation, seconds: float) -> dict[str, Any]:
    """The row of ``steps.parquet``: the cost at the step's θ, before the update that the gradient leads to.

    Args:
        problem: what is trained.
        request: what was evaluated.
        evaluation: what came of it.
        seconds: that it took.
    """
    cost, jobs = evaluation.cost, evaluation.jobs
    row = {
        "step": request.step,
        "cost": cost.value,
        "cost_stderr": cost.stderr,
        "data_term": evaluation.data_term.value,
        "data_term_stderr": evaluation.data_term.stderr,
        "penalty": None,
        "penalty_stderr": None,
        "weight": None,
        "theta": request.theta.tolist(),
        "gradient": None if cost.gradient is None else cost.gradient.tolist(),
        "gradient_stderr": None if cost.gradient_stderr is None else cost.gradient_stderr.tolist(),
        "jobs": len(jobs),
        "pubs": sum(job.pubs for job in jobs),
        "parameter_sets": sum(job.parameter_sets for job in jobs),
        "shots": sum(job.shots for job in jobs),
        "shots_requested": sum(job.shots_requested for job in jobs),
        "qpu_seconds": sum((job.billed for job in jobs), 0.0),
        "wall_seconds": seconds,
        "session": jobs[-1].session if jobs else None,
    }
    row |= dict(zip(("gradient_norm", "gradient_norm_stderr"), gradient_norm(request, cost), strict=True))
    for (name, term), weight in zip(evaluation.terms.items(), request.weights, strict=True):
        row |= _term(name, term, weight)
    row |= _reference(evaluation.learned.get("penalty", {}))
    return row | _accuracies(problem, request, evaluation)


def gradient_norm(request: Request, cost: Estimate) -> tuple[float | None, float | None]:
    """|∇C| without the bias of noise and of the gradient's rule, 0 where noise hides it, and its standard error."""
    if cost.gradient is None:
        return None, None
    square, stderr = squared_norm(cost, request.factors, request.perturbations)
    norm = float(np.sqrt(max(square, 0.0)))
    # Var |g| = Var |g|² / 4|g|² where |g| is well above 0.
    return norm, min(stderr / (2 * norm), float(np.sqrt(stderr))) if norm else float(np.sqrt(stderr))


def accuracy(outputs: Outcome, sample: Sample) -> tuple[float, float]:
    """Share of the data points whose label is predicted, and its standard error.

    The error is that of a draw of as many points, with one more point of either kind (Laplace's rule), so that no share claims
    to be free of it.
    """
    count = len(sample)
    right = int(np.sum(sample.predicted(outputs.values) == sample.labels))
    cautious = (right + 1) / (count + 2)
    return right / count, float(np.sqrt(cautious * (1 - cautious) / count))


def job_rows(jobs: tuple[JobRecord, ...]) -> dict[str, Mapping[str, Any]]:
    """The rows of ``jobs.parquet``, by unit of work."""
    return {
        job.unit: {key: value for key, value in asdict(job).items() if key not in {"unit", "status"}} for job in jobs
    }


def predictions(dataset: Dataset, train: Outcome, test: Outcome) -> pd.DataFrame:
    """The table ``predictions.parquet``: a row per data point.

    Args:
        dataset: the points.
        train: outputs of the training points.
        test: outputs of the test points.
    """
    frames = [predicted(dataset.train, train, split="train"), predicted(dataset.test, test, split="test")]
    return pd.concat(frames, ignore_index=True)


def predicted(sample: Sample, outputs: Outcome, *, split: str | None = None) -> pd.DataFrame:
    """Features, outputs and predicted labels of data points, with their own labels if ``split`` says where they come from.

    Args:
        sample: the points.
        outputs: shape (data, output).
        split: ``train`` or ``test``; None for points whose labels are not known.
    """
    frame = pd.DataFrame(sample.points, columns=list(sample.columns))
    if split is not None:
        frame["label"], frame["split"] = sample.labels, split
    size = outputs.values.shape[1]
    for k, name in enumerate(["output"] if size == 1 else [f"output_{label}" for label in sample.classes]):
        frame[name] = outputs.values[:, k]
        frame[f"{name}_stderr"] = np.sqrt(outputs.variances[:, k])
    frame["predicted_label"] = sample.predicted(outputs.values)
    return frame


def _term(name: str, term: Estimate, weight: float) -> dict[str, float]:
    if name == "penalty":
        return {"penalty": term.value, "penalty_stderr": term.stderr, "weight": weight}
    return {f"term_{name}": term.value, f"term_{name}_stderr": term.stderr, f"term_{name}_weight": weight}


def _reference(learned: Knowledge) -> dict[str, float | None]:
    found = learned.get("reference", {})
    return {"reference": found.get("share"), "reference_stderr": found.get("stderr")}


def known_by(row: Mapping[str, Any]) -> Knowledge:
    """What a recorded step hands on to the next, for `Request.known`."""
    if row.get("reference") is None:
        return {}
    return {"penalty": {"reference": {"share": row["reference"], "stderr": row["reference_stderr"]}}}


def _accuracies(problem: Problem, request: Request, evaluation: Evaluation) -> dict[str, float | None]:
    names = ("train_accuracy", "train_accuracy_stderr", "test_accuracy", "test_accuracy_stderr")
    if not request.measure or not problem.dataset.classes:
        return dict.fromkeys(names)
    *train_outputs, test_outputs = evaluation.measured
    of_train = accuracy(train_outputs[0] if train_outputs else evaluation.outputs, problem.dataset.train)
    return dict(zip(names, (*of_train, *accuracy(test_outputs, problem.dataset.test)), strict=True))
