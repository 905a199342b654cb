"""Ansatzes side by side: what their penalty is at random θ, how low it can be trained, and what accuracy they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from qiskit.providers import BackendV2
from scipy.stats.mstats import mjci

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.training import UniformInitial
from sggd_qiskit.cost.request import Request
from sggd_qiskit.evaluate.evaluation import Evaluation
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.execute.devices import device_pass_manager
from sggd_qiskit.explore.evaluated import evaluated
from sggd_qiskit.explore.sections import TURN
from sggd_qiskit.explore.ways import (
    exact_config,
    exact_problem,
    require_count,
    require_work,
    same_ansatz,
    with_guidance,
)
from sggd_qiskit.problem import Problem
from sggd_qiskit.run.memory import MemoryRecorder
from sggd_qiskit.run.run import run_experiment
from sggd_qiskit.seeds import Purpose, generator
from sggd_qiskit.train.loop import train

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class PenaltyAlone(ExactEvaluator):
    """Evaluates the penalty in place of the whole cost."""

    def evaluate(self, request: Request) -> Evaluation:
        """The evaluation, whose cost is the penalty."""
        found = super().evaluate(request)
        return replace(found, cost=found.terms["penalty"])


def rank_ansatzes(
    configs: Sequence[ExperimentConfig | Mapping[str, Any] | Path | str],
    *,
    draws: int = 500,
    starts: int = 5,
    training: bool = False,
    results: Path | None = None,
    device: BackendV2 | None = None,
    on_start: Callable[[int], None] = lambda _: None,
    on_row: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """A row for each configuration, by rising mean penalty at random θ; all by linear algebra.

    Args:
        configs: experiments, or what `load_config` makes them of, with a symmetry and one norm of the penalty; they differ in
            the ansatz, and perhaps in more.
        draws: of θ, uniform from -π to π in each parameter.
        starts: trainings on the penalty alone, and, if asked for, on the whole cost, with the seeds from ``training.seed`` on.
        training: whether to train each as it is configured.
        results: folder in which these runs are kept, and found again; None for memory.
        device: to which the ansatzes are transpiled; None for CZ, RZ, SX and X gates, not routed.
        on_start: told the number of evaluations.
        on_row: called after each.

    Returns:
        name, qubits, parameters, depth, two_qubit_gates; penalty (the mean) and its quantiles penalty_q05 … penalty_q95;
        lowest, the least penalty of all starts, and reached, their mean; accuracy on the test points, the mean over the
        starts, if they were trained, its error that of the starts and of the draw of the test points. Means and quantiles
        have their standard errors beside them (``…_stderr``).

    Raises:
        ConfigError: if a configuration can't be used, or they can't be compared.
        TypeError: if one is of the wrong type.
        RecordError: if a run's folder can't be used.
        DivergenceError: if a training diverges.
    """
    require_count("draws", draws, 32)
    require_count("starts", starts, 1)
    found = [exact_config(config) for config in configs]
    _require_comparable(found)
    problems = [exact_problem(with_guidance(config, "penalty")) for config in found]
    _require_own_ansatzes(found, problems)
    steps = [config.training.steps + 1 for config in found]
    for problem, count in zip(problems, steps, strict=True):
        require_work(problem, "draws", draws, 1)
        require_work(problem, "starts", starts, count * (1 + training))
    on_start(sum(draws + starts * count * (1 + training) for count in steps))
    manager, rows = device_pass_manager(device), []
    for config, problem in zip(found, problems, strict=True):
        circuit = manager.run(problem.qnn.ansatz)
        row = {
            "name": config.name,
            "qubits": problem.qnn.num_qubits,
            "parameters": len(problem.qnn.theta),
            "depth": circuit.depth(),
            "two_qubit_gates": circuit.num_nonlocal_gates(),
        }
        row |= _distribution(problem, draws, on_row)
        reached = np.array([_lowest(problem, start, on_row) for start in range(starts)])
        row |= {"lowest": reached.min(), **_mean("reached", reached)}
        if training:
            row |= _accuracy(config, starts, results, on_row)
        rows.append(row)
    return pd.DataFrame(rows).sort_values("penalty", ignore_index=True, kind="stable")


def _require_comparable(configs: Sequence[ExperimentConfig]) -> None:
    names = [config.name for config in configs]
    if len(configs) < 2:
        raise ConfigError.at("", f"found {len(configs)} experiment; wanted two or more to compare")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigError.at("name", f"found {twice!r} in two experiments; give each a name of its own")
    norms = sorted({config.cost.norm for config in configs})
    if len(norms) > 1:
        raise ConfigError.at("cost.norm", f"found {' and '.join(norms)}; penalties are compared in one norm")
    sizes = sorted({config.model.qubits for config in configs})
    if norms == ["hilbert_schmidt"] and len(sizes) > 1:
        raise ConfigError.at(
            "cost.norm",
            f"found hilbert_schmidt with {' and '.join(map(str, sizes))} qubits, which grows with them; choose "
            "normalized_hilbert_schmidt",
        )


def _require_own_ansatzes(configs: Sequence[ExperimentConfig], problems: Sequence[Problem]) -> None:
    for config, problem in zip(configs, problems, strict=True):
        if not same_ansatz(exact_problem(config), problem):
            raise ConfigError.at(
                "cost.guidance",
                f"found {config.cost.guidance.kind} in {config.name!r}, which changes the ansatz; choose another",
            )


def _distribution(problem: Problem, draws: int, on_row: Callable[[], None]) -> dict[str, float]:
    rng = generator(problem.config.training.seed, Purpose.INITIAL)
    thetas = rng.uniform(*TURN, size=(draws, len(problem.qnn.theta)))
    found = evaluated(problem, thetas, gradient=False, on_row=on_row).penalty.to_numpy()
    with np.errstate(invalid="ignore"):  # where all draws are the same, rounding makes a variance of 0 negative
        errors = np.nan_to_num(mjci(found, QUANTILES))
    quantiles: dict[str, float] = {}
    for share, error in zip(QUANTILES, errors, strict=True):
        name = f"penalty_q{100 * share:02.0f}"
        quantiles |= {name: float(np.quantile(found, share)), f"{name}_stderr": float(error)}
    return _mean("penalty", found) | quantiles


def _lowest(problem: Problem, start: int, on_row: Callable[[], None]) -> float:
    """The least penalty on the way of a training on it alone."""
    config = problem.config.training
    own = {
        "seed": config.seed + start,
        "batch": None,
        "gradient": "parameter_shift",
        "accuracy_every": max(1, config.steps),
        "initial": config.initial if config.initial.kind in {"uniform", "normal"} else UniformInitial(),
    }
    problem = replace(problem, config=problem.config.model_copy(update={"training": config.model_copy(update=own)}))
    recorder = MemoryRecorder(problem.config.name, "", {})
    train(problem, PenaltyAlone(problem), recorder, on_step=lambda _: on_row())
    return float(min(row["penalty"] for row in recorder.rows()))


def _accuracy(
    config: ExperimentConfig, starts: int, results: Path | None, on_row: Callable[[], None]
) -> dict[str, float]:
    found, of_test = [], np.nan
    for start in range(starts):
        seeded = config.training.model_copy(update={"seed": config.training.seed + start})
        run = run_experiment(config.model_copy(update={"training": seeded}), results, on_step=lambda _: on_row())
        row = run.row or {}
        found.append(row["test_accuracy"])
        of_test = row["test_accuracy_stderr"]
    of_starts = np.std(found, ddof=1) / np.sqrt(starts) if starts > 1 else 0.0
    return {"accuracy": float(np.mean(found)), "accuracy_stderr": float(np.hypot(of_starts, of_test))}


def _mean(name: str, values: FloatArray) -> dict[str, float]:
    stderr = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return {name: float(values.mean()), f"{name}_stderr": float(stderr)}
