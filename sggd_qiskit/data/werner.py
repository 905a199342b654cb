"""Two-qubit Werner states ρ(α) = (I - α SWAP)/(4 - 2α) (paper, (8); Werner, PRA 40, 4277)."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.data import WernerData
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.sample import Sample

# (phase flip, bit flip) of the four Bell states; the last is the singlet.
BELL_STATES = np.pi * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])

# α-intervals; D1 is what pulls an unguided training to the right answer and D2 what pulls it away (paper, Fig. 2).
REGIONS = {"whole": ((-1.0, 1.0),), "d1": ((-1.0, 0.0), (0.5, 1.0)), "d2": ((0.0, 0.5),)}


def swap_expectation(alpha: FloatArray) -> FloatArray:
    """t(α) = Tr[ρ(α) SWAP] = (1 - 2α)/(2 - α), same shape as ``alpha``."""
    return (1 - 2 * alpha) / (2 - alpha)


def bell_weights(alpha: FloatArray) -> FloatArray:
    """Weights of the four Bell states in ρ(α), shape (data, 4): (1 + t)/6 for each triplet, (1 - t)/2 for the singlet."""
    t = swap_expectation(alpha)[:, None]
    return np.concatenate([np.repeat((1 + t) / 6, 3, axis=1), (1 - t) / 2], axis=1)


def werner_states(alpha: FloatArray) -> Sample:
    """The Werner states of those α, shape (data,), labelled -1 where entangled (α > 1/2) and +1 where separable."""
    labels = np.where(alpha > 0.5, -1, 1)
    return Sample(("alpha",), alpha[:, None], labels, BELL_STATES, sparse.csr_array(bell_weights(alpha)))


def werner_data(config: WernerData) -> Dataset:
    """Training states from the region, test states from the whole range."""
    train, test = np.random.SeedSequence(config.seed).spawn(2)
    return Dataset(
        werner_states(_alphas(config.region, config.train, config.sampling, train)),
        werner_states(_alphas("whole", config.test, config.sampling, test)),
        invariant_states=True,
    )


def _alphas(region: str, count: int, sampling: str, seed: np.random.SeedSequence) -> FloatArray:
    """α at the given number of places of the region, each the middle of an equal share of it, or drawn from all of it."""
    if sampling == "grid":
        places = (np.arange(count) + 0.5) / count
    else:
        places = np.sort(np.random.default_rng(seed).uniform(size=count))
    intervals = np.array(REGIONS[region])
    lengths = intervals[:, 1] - intervals[:, 0]
    ends = np.cumsum(lengths)
    along = places * ends[-1]
    which = np.searchsorted(ends, along, side="right").clip(max=len(ends) - 1)
    return np.asarray(intervals[which, 1] - (ends[which] - along))
