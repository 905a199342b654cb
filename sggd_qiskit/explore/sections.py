"""The landscape of the cost along one or two parameters or random directions (paper, Figs. 1b and 2c)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.explore.evaluated import evaluated
from sggd_qiskit.explore.ways import both_ways, require_count, require_work, same_ansatz
from sggd_qiskit.problem import Problem
from sggd_qiskit.run.start import starting_point
from sggd_qiskit.seeds import Purpose, generator
from sggd_qiskit.train.initial import initial_theta

RANDOM = "random"
TURN = (-np.pi, np.pi)


@dataclass(frozen=True, eq=False)
class Landscape:
    """Costs over a line or a plane in parameter space.

    Attributes:
        axes: what is varied; a parameter by its name, and a random direction as ``random 1`` or ``random 2``.
        base: θ where all coordinates are 0, shape (parameter,), radians.
        directions: what a coordinate of 1 adds, shape (axis, parameter).
        table: a row for each way and θ: ``way``, a column for each axis (radians), cost, data_term, penalty, weight (λ),
            gradient_norm, each with its standard error.
    """

    axes: tuple[str, ...]
    base: FloatArray
    directions: FloatArray
    table: pd.DataFrame


def landscape(
    config: ExperimentConfig | Mapping[str, Any] | Path | str,
    along: Sequence[str | int] = ("0",),
    *,
    values: int = 101,
    span: tuple[float, float] = TURN,
    around: FloatArray | None = None,
    point: int | None = None,
    seed: int | None = None,
    dataset: Dataset | None = None,
    on_start: Callable[[int], None] = lambda _: None,
    on_row: Callable[[], None] = lambda: None,
) -> Landscape:
    """Evaluate the cost on a line or a lattice, as it is guided and without guidance, by linear algebra.

    A guidance that changes the ansatz is shown alone: without it the parameters are others.

    Args:
        config: the experiment, or what `load_config` makes one of.
        along: one or two of: a parameter's name or number from 0, or ``random`` for a unit vector drawn at random.
        values: along each axis.
        span: first and last of them, radians: the parameter itself, or the way from ``around`` in a random direction.
        around: θ of what is not varied, shape (parameter,), radians; where the training starts if None.
        point: the only training point in the cost, counted from 0; None for all.
        seed: of random directions; that of the training if None.
        dataset: takes the place of the configuration's data.
        on_start: told the number of evaluations.
        on_row: called after each.

    Raises:
        ConfigError: if the problem can't be built or evaluated, there is no such parameter or point, or it is too much work.
        TypeError: if an argument is of the wrong type.
    """
    problems = both_ways(config, dataset)
    problem = next(iter(problems.values()))
    problems = {way: one for way, one in problems.items() if same_ansatz(one, problem)}
    require_span(span)
    require_count("values", values, 2)
    if not 1 <= len(along) <= 2:
        raise ConfigError.at("", f"found {len(along)} axes; wanted one or two")
    require_work(problem, "values", values, len(problems), power=len(along))
    axes, directions, base = _section(problem, along, around, seed)
    grids = np.meshgrid(*[np.linspace(*span, values)] * len(axes), indexing="ij")
    coordinates = np.stack([grid.ravel() for grid in grids], axis=1)
    samples = {way: _sample(one, point) for way, one in problems.items()}
    on_start(len(problems) * len(coordinates))
    tables = []
    for way, one in problems.items():
        table = evaluated(one, base + coordinates @ directions, samples[way], on_row=on_row)
        tables.append(pd.concat([pd.DataFrame(coordinates, columns=list(axes)), table], axis=1).assign(way=way))
    table = pd.concat(tables, ignore_index=True)
    return Landscape(axes, base, directions, table[["way", *table.columns.drop("way")]])


def _section(
    problem: Problem, along: Sequence[str | int], around: FloatArray | None, seed: int | None
) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    """Names, directions and base of the axes."""
    training, names = problem.config.training, [parameter.name for parameter in problem.qnn.theta]
    if around is None:
        base = initial_theta(starting_point(problem).problem.config.training, len(names))
    else:
        base = np.array(around, dtype=float)
    if base.shape != (len(names),):
        raise ConfigError.at(
            "", f"found {base.size} values of θ to look around; the ansatz has {len(names)} parameters"
        )
    if len(along) > len(names):
        raise ConfigError.at("", f"found {len(along)} axes; the ansatz has a single parameter, so choose one")
    rng = generator(training.seed if seed is None else seed, Purpose.DIRECTIONS)
    axes: list[str] = []
    directions: list[FloatArray] = []
    for number, what in enumerate(map(str, along), start=1):
        if what == RANDOM:
            vector = rng.normal(size=len(names))
            for other in directions:
                vector -= (vector @ other) * other
            axes.append(f"{RANDOM} {number}")
            directions.append(vector / np.linalg.norm(vector))
            continue
        k = _parameter(names, what)
        axes.append(names[k])
        directions.append(np.eye(len(names))[k])
        base[k] = 0.0  # the coordinate is the parameter itself
    if len(set(axes)) < len(axes):
        raise ConfigError.at("", f"found the parameter {axes[0]} twice; choose two")
    return tuple(axes), np.stack(directions), base


def _parameter(names: Sequence[str], what: str) -> int:
    if what in names:
        return names.index(what)
    if what.isdecimal() and int(what) < len(names):
        return int(what)
    known = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}, or 0 to {len(names) - 1}"
    raise ConfigError.at("", f"found no parameter {what!r}; wanted {known}, or {RANDOM}")


def _sample(problem: Problem, point: int | None) -> Sample | None:
    if point is None:
        return None
    count = len(problem.dataset.train)
    if not 0 <= point < count:
        raise ConfigError.at("", f"found the training point {point}; wanted 0 to {count - 1}")
    return problem.dataset.train.batch(np.array([point]))


def require_span(span: tuple[float, float]) -> None:
    """Refuse a range that is none.

    Raises:
        ConfigError: naming what was found.
    """
    low, high = span
    if not (-1e6 <= low < high <= 1e6):
        raise ConfigError.at("", f"found a range from {low:g} to {high:g}; wanted the lower end first, in radians")
