"""Evaluations as rows of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.data.sample import Dataset, Sample
from sggd_qiskit.evaluate.evaluation import Evaluation, Request, predicted_labels
from sggd_qiskit.execute.job import JobRecord
from sggd_qiskit.gradient.estimate import Estimate


def step_row(
    request: Request, evaluation: Evaluation, train_accuracy: float | None, test_accuracy: float | None, seconds: float
) -> dict[str, Any]:
    """The row of ``steps.parquet``: the cost at the step's θ, before the update that the gradient leads to."""
    cost, penalty, jobs = evaluation.cost, evaluation.penalty, evaluation.jobs
    norm, norm_stderr = _norm(cost)
    return {
        "step": request.step,
        "cost": cost.value,
        "cost_stderr": cost.stderr,
        "data_term": evaluation.data_term.value,
        "data_term_stderr": evaluation.data_term.stderr,
        "penalty": None if penalty is None else penalty.value,
        "penalty_stderr": None if penalty is None else penalty.stderr,
        "weight": None if penalty is None else request.weight,
        "gradient_norm": norm,
        "gradient_norm_stderr": norm_stderr,
        "theta": request.theta.tolist(),
        "gradient": None if cost.gradient is None else cost.gradient.tolist(),
        "gradient_stderr": None if cost.gradient_stderr is None else cost.gradient_stderr.tolist(),
        "train_accuracy": train_accuracy,
        "test_accuracy": test_accuracy,
        "jobs": len(jobs),
        "pubs": sum(job.pubs for job in jobs),
        "parameter_sets": sum(job.parameter_sets for job in jobs),
        "shots": sum(job.shots for job in jobs),
        "shots_requested": sum(job.shots_requested for job in jobs),
        "qpu_seconds": sum((job.qpu_seconds for job in jobs), 0.0),
        "wall_seconds": seconds,
        "session": jobs[-1].session if jobs else None,
    }


def job_rows(jobs: tuple[JobRecord, ...]) -> dict[str, Mapping[str, Any]]:
    """The rows of ``jobs.parquet``, by unit of work."""
    return {
        job.unit: {key: value for key, value in asdict(job).items() if key not in {"unit", "status"}} for job in jobs
    }


def predictions(dataset: Dataset, train: Outcome, test: Outcome) -> pd.DataFrame:
    """The table ``predictions.parquet``: a row per data point."""
    return pd.concat(
        [_predicted(dataset.train, "train", train), _predicted(dataset.test, "test", test)], ignore_index=True
    )


def _predicted(sample: Sample, split: str, outputs: Outcome) -> pd.DataFrame:
    frame = pd.DataFrame(sample.points, columns=list(sample.columns))
    frame["label"] = sample.labels.astype(np.int8)
    frame["split"] = split
    frame["output"] = outputs.values
    frame["output_stderr"] = np.sqrt(outputs.variances)
    frame["predicted_label"] = predicted_labels(outputs.values).astype(np.int8)
    return frame


def _norm(cost: Estimate) -> tuple[float | None, float | None]:
    """|g| and its standard error to first order, √(Σ g_k² Var g_k)/|g|."""
    if cost.gradient is None or cost.gradient_variance is None:
        return None, None
    norm = float(np.linalg.norm(cost.gradient))
    return norm, float(np.sqrt(cost.gradient**2 @ cost.gradient_variance)) / norm if norm else 0.0
