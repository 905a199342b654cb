"""Errors that all outcomes of a step have in common, as of one calibration of the readouts, carried through to what follows.

Each independent number in common is let be off by its standard deviation to either side, and all is reduced again. Half the
difference is the error that it makes, right to first order; half the second difference is its bias, which is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.evaluate.evaluation import Evaluation
from sggd_qiskit.gradient.estimate import Estimate


def evaluation_with_common(
    reduce: Callable[[Sequence[Outcome]], Evaluation], outcomes: Sequence[Outcome]
) -> Evaluation:
    """What ``reduce`` makes of outcomes, with the errors that these have in common."""
    centre = reduce([outcome.shifted(0, 0.0) for outcome in outcomes])
    sides = [(reduce(plus), reduce(minus)) for plus, minus in _sides(outcomes)]
    if not sides:
        return centre
    return replace(
        centre,
        cost=_estimate(centre.cost, [(a.cost, b.cost) for a, b in sides]),
        data_term=_estimate(centre.data_term, [(a.data_term, b.data_term) for a, b in sides]),
        terms={
            name: _estimate(term, [(a.terms[name], b.terms[name]) for a, b in sides])
            for name, term in centre.terms.items()
        },
        outputs=_outcome(centre.outputs, [(a.outputs, b.outputs) for a, b in sides]),
        measured=tuple(
            _outcome(measured, [(a.measured[k], b.measured[k]) for a, b in sides])
            for k, measured in enumerate(centre.measured)
        ),
    )


def outcome_with_common(reduce: Callable[[Sequence[Outcome]], Outcome], outcomes: Sequence[Outcome]) -> Outcome:
    """What ``reduce`` makes of outcomes, with the errors that these have in common."""
    centre = reduce([outcome.shifted(0, 0.0) for outcome in outcomes])
    return _outcome(centre, [(reduce(plus), reduce(minus)) for plus, minus in _sides(outcomes)])


def _sides(outcomes: Sequence[Outcome]) -> list[tuple[list[Outcome], list[Outcome]]]:
    numbers = max([0 if outcome.common is None else outcome.common.shape[-1] for outcome in outcomes], default=0)
    return [
        ([outcome.shifted(k, 1.0) for outcome in outcomes], [outcome.shifted(k, -1.0) for outcome in outcomes])
        for k in range(numbers)
    ]


def _estimate(centre: Estimate, sides: Sequence[tuple[Estimate, Estimate]]) -> Estimate:
    value, variance = _moments(np.array(centre.value), [(np.array(a.value), np.array(b.value)) for a, b in sides])
    found = replace(centre, value=float(value), variance=centre.variance + float(variance))
    if centre.gradient is None or centre.gradient_variance is None:
        return found
    slopes = [(a.gradient, b.gradient) for a, b in sides if a.gradient is not None and b.gradient is not None]
    gradient, variances = _moments(centre.gradient, slopes)
    return replace(found, gradient=gradient, gradient_variance=centre.gradient_variance + variances)


def _moments(centre: FloatArray, sides: Sequence[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
    """The centre without the bias, and the variance."""
    bias = sum(((plus + minus) / 2 - centre for plus, minus in sides), np.zeros_like(centre))
    variance = sum((((plus - minus) / 2) ** 2 for plus, minus in sides), np.zeros_like(centre))
    return centre - bias, variance


def _outcome(centre: Outcome, sides: Sequence[tuple[Outcome, Outcome]]) -> Outcome:
    if not sides:
        return centre
    errors = np.stack([(plus.values - minus.values) / 2 for plus, minus in sides], axis=-1)
    joint = np.einsum("...ki,...li->...kl", errors, errors)
    variances = centre.variances + np.einsum("...kk->...k", joint)
    return Outcome(centre.values, variances, centre.excess + joint)
