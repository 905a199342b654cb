"""A problem as it is configured, and unguided; both on the exact evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.config.registry import GUIDANCES
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.problem import Problem, build_problem, require_simulable

MOST_EVALUATIONS = 200_000
MOST_WORK = 4e11
"""Numbers that are touched: evaluations times parameters times 4ⁿ; some twenty minutes on one core."""


def exact_config(config: ExperimentConfig | Mapping[str, Any] | Path | str) -> ExperimentConfig:
    """The configuration on the exact backend.

    Raises:
        ConfigError: if it can't be used.
        TypeError: if it is neither a configuration nor what makes one.
    """
    config = config if isinstance(config, ExperimentConfig) else load_config(config)
    execution = config.execution.model_copy(update={"backend": "exact", "snapshot": None})
    return config.model_copy(update={"execution": execution})


def with_guidance(config: ExperimentConfig, kind: str) -> ExperimentConfig:
    """The configuration with another guidance, and without data enhancement."""
    data: Any = config.data
    if getattr(data, "enhance", False):
        data = data.model_copy(update={"enhance": False})
    cost = config.cost.model_copy(update={"guidance": GUIDANCES.get(kind)()})
    return config.model_copy(update={"cost": cost, "data": data})


def exact_problem(config: ExperimentConfig, dataset: Dataset | None = None) -> Problem:
    """The problem, if linear algebra can take it.

    Raises:
        ConfigError: if it can't be built, or has too many qubits.
    """
    problem = build_problem(config, dataset)
    require_simulable(problem)
    return problem


def both_ways(
    config: ExperimentConfig | Mapping[str, Any] | Path | str, dataset: Dataset | None = None
) -> dict[str, Problem]:
    """The problem by its guidance's name, then, unless that is it already, the unguided one as ``none``.

    Args:
        config: the experiment, or what `load_config` makes one of.
        dataset: takes the place of the configuration's data.

    Raises:
        ConfigError: if a problem can't be built, or linear algebra can't take it.
        TypeError: if an argument is of the wrong type.
    """
    config = exact_config(config)
    kind = config.cost.guidance.kind
    if kind == "none":
        kind = "enhanced" if getattr(config.data, "enhance", False) else "none"
    found = {kind: exact_problem(config, dataset)}
    if kind != "none":
        found["none"] = exact_problem(with_guidance(config, "none"), dataset)
    return found


def same_ansatz(first: Problem, second: Problem) -> bool:
    """Whether two problems train the same circuit; its parameters are other objects each time that it is built."""
    count = len(first.qnn.theta)
    if count != len(second.qnn.theta):
        return False
    bound = [problem.qnn.ansatz.assign_parameters(np.linspace(0.1, 1, count)) for problem in (first, second)]
    return bool(bound[0] == bound[1])


def require_work(problem: Problem, name: str, count: int, each: int, *, power: int = 1) -> None:
    """Refuse what would take long.

    Args:
        problem: what is evaluated.
        name: of the count, as the user gives it.
        count: what the user asks for.
        each: evaluations for each of the count.
        power: of the count, 2 for both sides of a lattice.

    Raises:
        ConfigError: naming the largest count that would do.
    """
    angles, outputs = problem.qnn.ansatz_form.num_angles, len(problem.qnn.observables)
    work = float(each * angles * outputs * 4**problem.qnn.num_qubits)
    most = int((min(MOST_EVALUATIONS // each, int(MOST_WORK / work)) + 0.5) ** (1 / power))
    if count > most:
        raise ConfigError.at(
            "",
            f"found {name} = {count:,}, which is {each * count**power:,} evaluations of {angles:,} rotations on "
            f"{problem.qnn.num_qubits} qubits; the largest value that will do is {most:,}",
        )


def require_count(name: str, count: int, least: int) -> None:
    """Refuse a count that is too small to tell anything.

    Args:
        name: as the user gives it.
        count: what was given.
        least: that will do.

    Raises:
        ConfigError: naming the least.
    """
    if count < least:
        raise ConfigError.at("", f"found {name} = {count}; wanted {least} or more")
