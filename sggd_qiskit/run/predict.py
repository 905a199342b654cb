"""New data points, classified by a run that is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from qiskit import QuantumCircuit
from qiskit.primitives import BaseEstimatorV2
from qiskit.transpiler import PassManager

from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.identity import run_name, to_yaml
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.errors import DataError
from sggd_qiskit.data.features import feature_frame, numbers
from sggd_qiskit.data.sample import Sample, classical, of_circuits
from sggd_qiskit.data.scaling import Scaling
from sggd_qiskit.data.werner import werner_states
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.execute.primitives.executor import PrimitivesExecutor
from sggd_qiskit.problem import Problem, build_problem, require_simulable
from sggd_qiskit.run.backends import Waiting, build_evaluator
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.files import LEDGER
from sggd_qiskit.run.ledger import Ledger
from sggd_qiskit.run.memory import MemoryRecorder
from sggd_qiskit.run.results import Results, load_results
from sggd_qiskit.train.rows import predicted

FOLDER = "predictions"
"""In a run's folder: what remembers the jobs of predictions on a device, so that none is paid twice."""


def predict(
    results: Results | Path | str,
    features: ArrayLike | pd.DataFrame | Sequence[QuantumCircuit],
    *,
    backend: str | None = None,
    shots: int | None = None,
    seed: int = 0,
    estimator: BaseEstimatorV2 | None = None,
    pass_manager: PassManager | None = None,
) -> pd.DataFrame:
    """Classify data points with the network that a run has trained, in the labels that it was trained on.

    Where it was trained on values, ``predicted_label`` is the output.

    Args:
        results: a run, or its folder.
        features: shape (data, feature), in the order of the training's, or a frame with columns of their names; for Werner
            states their α; for data points that are circuits, circuits.
        backend: where the network is evaluated; by default where it was trained. On a device the jobs are remembered in the
            run's folder, and the same call collects them.
        shots: for each expectation value; by default as in training.
        seed: of the shots.
        estimator: any Qiskit Estimator, in place of the backend.
        pass_manager: beside the estimator, transpiles every circuit once.

    Returns:
        A row per data point: its features, ``output`` and ``output_stderr`` (with several outputs a pair for each class),
        and ``predicted_label``.

    Raises:
        TypeError: if ``results`` is neither.
        ConfigError: if the run's configuration can't be used on that backend.
        RecordError: if the run can't be read, or has no trained parameters yet.
        DataError: if the features are not what the network takes.
        ExecutionError: if a job fails, or the service can't be used.
        JobsPending: if a job is left at a service.
    """
    require_type("results", results, (Results, Path, str), "as run.results or load_results(...) gives")
    found = results if isinstance(results, Results) else load_results(results)
    place = found.folder or Path("results")
    if not found.theta.size:
        raise RecordError(place, "the run has no trained parameters yet", "let it finish a step at least")
    config = _config(found.config, backend, shots, seed)
    sample = _sample(config, found.manifest, features)
    werner = config.data is not None and config.data.kind == "werner"
    problem = replace(build_problem(config, Dataset(sample, sample, invariant_states=werner)), terms=())
    if estimator is not None:
        executor = PrimitivesExecutor(estimator, pass_manager=pass_manager)
        outcome = PrimitivesEvaluator(problem, executor).outputs(found.theta, sample)
    elif config.execution.kind == "ibm":
        outcome = _on_device(problem, found, sample)
    else:
        require_simulable(problem)
        evaluator = build_evaluator(problem, MemoryRecorder(run_name(problem.config), to_yaml(problem.config), {}))
        outcome = evaluator.outputs(found.theta, sample)
    return predicted(sample, outcome)


def _config(recorded: dict[str, Any], backend: str | None, shots: int | None, seed: int) -> ExperimentConfig:
    """The run's configuration, without what concerns its training alone."""
    execution, training = dict(recorded["execution"]), dict(recorded["training"])
    execution |= {} if backend is None else {"backend": backend}
    execution |= {} if shots is None else {"shots": shots}
    execution["shots_for"] = "value"
    symmetry = recorded.get("symmetry")
    return load_config(
        {
            **recorded,
            "execution": execution,
            "training": training | {"batch": None, "seed": seed},
            # What was checked before the training is only to be told once.
            "symmetry": None if symmetry is None else {**symmetry, "check": "warn"},
        }
    )


def _sample(
    config: ExperimentConfig, manifest: dict[str, Any], features: ArrayLike | pd.DataFrame | Sequence[QuantumCircuit]
) -> Sample:
    """The data points, labelled with the first class in place of the labels that are not known."""
    classes, columns = tuple(manifest["classes"]), tuple(manifest["features"])
    if config.model.encoding.kind == "circuits":
        circuits: Any = features
        return of_circuits(circuits, np.full(len(circuits), classes[0]), classes)
    if isinstance(features, pd.DataFrame):
        missing = [name for name in columns if name not in features.columns]
        if missing:
            raise DataError(
                f"found no column {missing[0]!r}; wanted those of the training, {', '.join(map(repr, columns))}",
                "features",
            )
        features = features[list(columns)]
    points = numbers(feature_frame(features, columns, "the features"))
    if config.data is not None and config.data.kind == "werner":
        return werner_states(points[:, 0])
    scaling = Scaling.from_plain(manifest.get("scaling"))
    return classical(columns, points, np.full(len(points), classes[0] if classes else 0.0), classes, scaling)


def _on_device(problem: Problem, results: Results, sample: Sample) -> Outcome:
    """Through a ledger of the prediction's own, under what makes it the one it is."""
    from sggd_qiskit.run.ibm_device import connected_device

    if results.folder is None:
        raise RecordError(Path("results"), "a run in memory has no place for a device's jobs", "record it in a folder")
    key = hashlib.sha256(f"{run_name(problem.config)} {results.theta.tolist()}".encode()).hexdigest()[:8]
    folder = results.folder / FOLDER / key
    folder.mkdir(parents=True, exist_ok=True)
    device = connected_device(problem, folder, lambda: False)
    if device is None:
        raise RecordError(folder, "the prediction's ledger is closed", "move the folder away")
    with closing(Ledger.open(folder / LEDGER, durable=True)) as ledger:
        executor = device.executor(problem.config.execution, ledger, Waiting())
        evaluator = PrimitivesEvaluator(problem, executor)
        try:
            return evaluator.outputs(results.theta, sample)
        finally:
            evaluator.close(final=True)
