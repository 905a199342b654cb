"""Random numbers of a run: one seed, spawned by purpose and step.

So step 57 draws the same numbers whether or not the run was interrupted, and no purpose disturbs another.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What random numbers are for. The numbers are part of what a seed means and never change."""

    INITIAL = 0
    BATCH = 1
    SHOTS = 2
    EIGENSTATES = 3
    DIRECTIONS = 4
    OUTPUTS = 5
    PATCHES = 6


def seed_sequence(seed: int, purpose: Purpose, step: int = 0) -> np.random.SeedSequence:
    """The seed sequence of a purpose at a step.

    Args:
        seed: of the run.
        purpose: what the random numbers are for.
        step: counted from 0.
    """
    return np.random.SeedSequence(seed, spawn_key=(int(purpose), step))


def generator(seed: int, purpose: Purpose, step: int = 0) -> np.random.Generator:
    """A generator for a purpose at a step.

    Args:
        seed: of the run.
        purpose: what the random numbers are for.
        step: counted from 0.
    """
    return np.random.default_rng(seed_sequence(seed, purpose, step))
