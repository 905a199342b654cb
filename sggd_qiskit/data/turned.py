"""Labels that change sign under elements of a symmetry group: whether those of a data set can."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.labels import named

logger = logging.getLogger(__name__)


class Actions(Protocol):
    """How a group acts on features: x → A x + b."""

    @property
    def actions(self) -> FloatArray | None:
        """A of each element, shape (element, feature, feature); None if states stay as they are."""
        ...

    @property
    def shifts(self) -> FloatArray | None:
        """The shift b of each element, shape (element, feature)."""
        ...


def require_turnable(dataset: Dataset, signs: Sequence[int], found: Actions | None) -> None:
    """Refuse a character that the labels can't follow, and tell of points whose label it contradicts.

    Args:
        dataset: whose labels change by it.
        signs: χ of each element, 1 or -1.
        found: how the group acts on the features; None if that is not known.

    Raises:
        ConfigError: there are other than two classes, or no point moves.
    """
    train, classes = dataset.train, dataset.classes
    if classes and len(classes) != 2:
        raise ConfigError.at(
            "symmetry.character",
            f"found -1 with {len(classes)} classes ({named(classes)}); it takes two classes to change sign, so leave it out",
        )
    if found is None:
        return
    if found.actions is None or found.shifts is None:
        raise ConfigError.at(
            "symmetry.character",
            "found -1 for states that the group leaves as they are, so that their labels can't change; leave it out",
        )
    turning = np.array(signs) < 0
    images = np.einsum("sjk,ik->sij", found.actions[turning], train.preparations) + found.shifts[turning][:, None]
    still = np.flatnonzero(np.isclose(images, train.preparations, rtol=0, atol=1e-9).all(axis=2).any(axis=0))
    if still.size:
        logger.warning(
            "%d training points, the first of them number %d, stay where they are under elements that change the sign of "
            "labels: a guided output is 0 there, whichever label they have",
            still.size,
            still[0] + 1,
        )
