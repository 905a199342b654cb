"""Whether one order predicts another: Spearman's rank correlation with its error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import permutation_test, rankdata

from sggd_qiskit.aliases import FloatArray

LEAST = 4
"""Pairs that an error can be told from."""
_REDRAWS = 2000


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's ρ of two rows of estimates.

    Attributes:
        value: ρ from -1 to 1; NaN where one row is constant.
        stderr: from the number of pairs (half the interval of one standard error of atanh ρ; Bonett and Wright, Psychometrika
            65, 23) and from the estimates' own errors, whose spread is drawn; NaN for fewer than four pairs.
        p: probability of a ρ as far from 0 or farther if the orders had nothing to do with each other, by permutations.
        pairs: their number.
    """

    value: float
    stderr: float
    p: float
    pairs: int


def rank_correlation(
    first: FloatArray, second: FloatArray, first_stderr: FloatArray, second_stderr: FloatArray
) -> RankCorrelation:
    """Spearman's ρ.

    Args:
        first: shape (pair,).
        second: likewise.
        first_stderr: standard errors of ``first``; NaN for none.
        second_stderr: likewise.
    """
    count, x, y = len(first), _centred(first), _centred(second)
    if count < 3 or not x.any() or not y.any():
        return RankCorrelation(np.nan, np.nan, np.nan, count)
    value = float(_correlated(x, y))
    p = permutation_test(
        (x,),
        lambda drawn, axis: _correlated(np.moveaxis(drawn, axis, -1), y),
        permutation_type="pairings",
        n_resamples=9_999,
        vectorized=True,
        rng=0,
    ).pvalue
    if count < LEAST:
        return RankCorrelation(value, np.nan, float(p), count)
    rng = np.random.default_rng(0)
    redrawn = [
        _centred(rng.normal(values, np.nan_to_num(errors), size=(_REDRAWS, count)))
        for values, errors in ((first, first_stderr), (second, second_stderr))
    ]
    spread = float(np.nanstd(_correlated(*redrawn)))
    return RankCorrelation(value, float(np.hypot(_sampling_error(value, count), spread)), float(p), count)


def _sampling_error(value: float, count: int) -> float:
    nearly = 1 - 12 / (count * (count**2 - 1))  # two neighbours exchanged, so that no order claims to be free of error
    value = float(np.clip(value, -nearly, nearly))
    error = np.sqrt((1 + value**2 / 2) / (count - 3))
    ends = np.tanh(np.arctanh(value) + np.array([-error, error]))
    return float(np.diff(ends)[0] / 2)


def _centred(values: FloatArray) -> FloatArray:
    ranks = rankdata(values, axis=-1)
    return np.asarray(ranks - ranks.mean(axis=-1, keepdims=True))


def _correlated(x: FloatArray, y: FloatArray) -> FloatArray:
    return np.asarray(np.sum(x * y, axis=-1) / np.sqrt(np.sum(x * x, axis=-1) * np.sum(y * y, axis=-1)))
