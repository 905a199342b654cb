"""The exact evaluator at many θ: a row for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.cost.request import Request
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.problem import Problem
from sggd_qiskit.train.rows import step_row

_LISTS = ("theta", "gradient")


def evaluated(
    problem: Problem,
    thetas: FloatArray,
    sample: Sample | None = None,
    *,
    lists: bool = False,
    gradient: bool = True,
    on_row: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """Cost, its terms and the norm of its gradient at each θ, with standard errors, as in the steps of a run.

    Args:
        problem: what is evaluated, with the λ of its first step.
        thetas: shape (row, parameter), radians.
        sample: the data points of the cost; the training points if None.
        lists: whether θ and the gradient are kept, as lists.
        gradient: whether there is one.
        on_row: called after each.
    """
    evaluator = ExactEvaluator(problem)
    batch = problem.dataset.train if sample is None else sample
    request = Request(0, thetas[0], problem.weights(0), batch, gradient=gradient)
    rows = []
    for theta in thetas:
        asked = replace(request, theta=theta)
        row = step_row(problem, asked, evaluator.evaluate(asked), 0.0)
        rows.append({name: value for name, value in row.items() if _kept(name, lists)})
        on_row()
    return pd.DataFrame(rows)


def _kept(name: str, lists: bool) -> bool:  # noqa: FBT001
    parts = ("cost", "data_term", "penalty", "weight", "gradient_norm")
    return name.removesuffix("_stderr") in parts or name.startswith("term_") or (lists and name in _LISTS)
