"""How often each bit string was found, and how much twirls differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sggd_qiskit.aliases import FloatArray, IndexArray

_DOUBT = 50.0  # degrees of freedom with which twirls are taken to differ by no more than their shots


@dataclass(frozen=True, eq=False)
class Tally:
    """What was found for the parameter sets of a setting.

    Attributes:
        counts: shape (set, 2ᵏ).
        spread: variance of the means as the spread of the twirls tells it, added up over sets and outputs.
        pooled: as the spread of all shots tells it, likewise.
        degrees: of freedom of ``spread``; 0 where there is one twirl.
    """

    counts: IndexArray
    spread: float
    pooled: float
    degrees: int

    @classmethod
    def of(cls, counts: IndexArray, means: FloatArray, worth: FloatArray) -> Tally:
        """From counts of all shots and the means of each twirl's.

        Args:
            counts: shape (set, 2ᵏ).
            means: shape (set, twirl, output).
            worth: of each string, shape (2ᵏ, output).
        """
        sets, twirls, _ = means.shape
        if twirls < 2:
            return cls(counts, 0.0, 0.0, 0)
        shots = int(counts[:1].sum())
        pooled = (counts @ worth**2 / shots - (counts @ worth / shots) ** 2) / (shots - 1)
        spread = means.var(axis=1, ddof=1) / twirls
        return cls(counts, float(spread.sum()), float(pooled.sum()), sets * (twirls - 1))


def together(parts: Sequence[Tally]) -> Tally:
    """Those of several sets as one."""
    return Tally(
        np.concatenate([part.counts for part in parts]),
        sum(part.spread for part in parts),
        sum(part.pooled for part in parts),
        sum(part.degrees for part in parts),
    )


def excess_of_twirls(tallies: Sequence[Tally]) -> float:
    """The factor, at least 1, by which variances are larger than the shots of all twirls pooled would have them.

    Twirls that differ, as readouts that err more often at 1 than at 0 make them, add to the noise, and there are fewer of them
    than of shots. One of them alone tells nothing, so this is a mean over all that a step measures.
    """
    spread, pooled = sum(tally.spread for tally in tallies), sum(tally.pooled for tally in tallies)
    degrees = sum(tally.degrees for tally in tallies)
    return max(1.0, (degrees * spread / pooled + _DOUBT) / (degrees + _DOUBT)) if pooled else 1.0
