"""Gradients at random θ: how much of parameter space is flat, and how the variance falls with the number of qubits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import curve_fit

from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.explore.evaluated import evaluated
from sggd_qiskit.explore.sections import TURN, require_span
from sggd_qiskit.explore.ways import both_ways, exact_config, require_count, require_work
from sggd_qiskit.problem import Problem
from sggd_qiskit.seeds import Purpose, generator


def random_gradients(
    config: ExperimentConfig | Mapping[str, Any] | Path | str,
    draws: int = 500,
    *,
    qubits: Sequence[int] = (),
    span: tuple[float, float] = TURN,
    seed: int | None = None,
    dataset: Dataset | None = None,
    on_start: Callable[[int], None] = lambda _: None,
    on_row: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """Cost and gradient at θ drawn uniformly, guided and not at the same θ, by linear algebra.

    Args:
        config: the experiment, or what `load_config` makes one of.
        draws: of θ, for each number of qubits.
        qubits: takes the place of ``model.qubits``, one after the other; the configured number if there are none.
        span: between which each parameter is drawn, radians.
        seed: of the draws; that of the training if None.
        dataset: takes the place of the configuration's data.
        on_start: told the number of evaluations.
        on_row: called after each.

    Returns:
        A row for each way, number of qubits and draw: way, qubits, draw, cost and its terms with their standard errors,
        gradient_norm, and theta and gradient as lists.

    Raises:
        ConfigError: if a problem can't be built or evaluated, or it is too much work.
        TypeError: if an argument is of the wrong type.
    """
    config = exact_config(config)
    require_span(span)
    require_count("draws", draws, 8)
    problems: list[tuple[int, str, Problem]] = []
    for n in qubits or (config.model.qubits,):
        require_count("qubits", n, 1)
        sized = config.model_copy(update={"model": config.model.model_copy(update={"qubits": n})})
        ways = both_ways(sized, dataset)
        for way, problem in ways.items():
            require_work(problem, "draws", draws, len(ways) * max(1, len(qubits)))
            problems.append((n, way, problem))
    on_start(draws * len(problems))
    tables = []
    for n, way, problem in problems:
        rng = generator(config.training.seed if seed is None else seed, Purpose.INITIAL, n)
        thetas = rng.uniform(*span, size=(draws, len(problem.qnn.theta)))
        table = evaluated(problem, thetas, lists=True, on_row=on_row)
        table.insert(0, "draw", np.arange(draws))
        table.insert(0, "qubits", n)
        table.insert(0, "way", way)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def gradient_summary(table: pd.DataFrame, threshold: float = 0.1) -> pd.DataFrame:
    """What random gradients say, a row for each number of qubits and way.

    ``share`` is that of the draws whose gradient has a norm below the threshold; ``share_change`` what guidance makes of it,
    over the same draws. ``variance`` is Var ∂C/∂θ_k, the mean over the parameters k. Each has its standard error beside it.

    Args:
        table: from `random_gradients`.
        threshold: of the gradient's norm, cost per radian.
    """
    flat = (table.gradient_norm < threshold).to_numpy()
    rows = []
    for (n, way), part in table.groupby(["qubits", "way"], sort=False):
        below, count = flat[part.index], len(part)
        cautious = (below.sum() + 1) / (count + 2)  # Laplace's rule, so that no share claims to be free of error
        gradients = np.stack(part.gradient.to_list())
        squares = np.mean((gradients - gradients.mean(axis=0)) ** 2, axis=1) * count / (count - 1)
        row = {
            "qubits": n,
            "way": way,
            "parameters": gradients.shape[1],
            "draws": count,
            "gradient_norm": part.gradient_norm.mean(),
            "gradient_norm_stderr": part.gradient_norm.sem(),
            "share": below.mean(),
            "share_stderr": np.sqrt(cautious * (1 - cautious) / count),
            "variance": squares.mean(),
            "variance_stderr": squares.std(ddof=1) / np.sqrt(count),
        }
        plain = table.index[(table.qubits == n) & (table.way == "none")]
        if way != "none" and part.theta.to_list() == table.theta[plain].to_list():
            change = below.astype(float) - flat[plain]
            spread = np.append(change, (-1.0, 1.0)).std(ddof=1)  # likewise, one more draw of either kind
            row |= {"share_change": change.mean(), "share_change_stderr": spread / np.sqrt(count)}
        rows.append(row)
    return pd.DataFrame(rows)


def variance_decay(summary: pd.DataFrame, way: str) -> tuple[float, float] | None:
    """The rate r of the fit variance ∝ 2^(-r n) and its standard error; None from fewer than three numbers of qubits.

    Args:
        summary: from `gradient_summary`.
        way: whose.
    """
    part = summary[(summary.way == way) & (summary.variance > 0)]
    if len(part) < 3:
        return None
    relative = (part.variance_stderr / part.variance).to_numpy() / np.log(2)
    fit, covariance = curve_fit(
        lambda n, rate, start: start - rate * n,
        part.qubits.to_numpy(float),
        np.log2(part.variance.to_numpy()),
        sigma=relative,
        absolute_sigma=True,
        p0=(1.0, 0.0),
    )
    misfit = np.log2(part.variance.to_numpy()) - (fit[1] - fit[0] * part.qubits.to_numpy(float))
    chi = max(1.0, float(np.sum((misfit / relative) ** 2)) / (len(part) - 2))  # scatter about the line counts, too
    return float(fit[0]), float(np.sqrt(covariance[0, 0] * chi))
