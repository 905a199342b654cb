"""Feature scaling, x' = (x - centre) / width, fitted to the training points alone."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.data import ScalingKind
from sggd_qiskit.data.errors import DataError, require_one_of
from sggd_qiskit.data.features import LARGEST

logger = logging.getLogger(__name__)

KINDS: tuple[ScalingKind, ...] = ("none", "minmax", "standard", "minmax_together", "standard_together")
_CONSTANT = 1e-12


@dataclass(frozen=True, eq=False)
class Scaling:
    """What the encoding takes in place of the features, which keep their own units everywhere else.

    Attributes:
        kind: how it was fitted, other than ``none``.
        centre: in the feature's unit, shape (feature,).
        width: likewise, positive.
    """

    kind: ScalingKind
    centre: FloatArray
    width: FloatArray

    @classmethod
    def fitted(cls, kind: ScalingKind, points: FloatArray, columns: Sequence[str]) -> Self | None:
        """The scaling that takes the training points to [-1, 1], or to mean 0 and standard deviation 1.

        Args:
            kind: ``minmax`` or ``standard``, feature by feature or ``…_together``; ``none`` for none.
            points: training points, shape (data, feature).
            columns: names of the features.

        Raises:
            DataError: if the kind is another, or a feature is constant.
        """
        require_one_of(kind, KINDS, "scaling")
        largest = np.abs(points).max(axis=0)
        constant = np.flatnonzero(np.ptp(points, axis=0) <= _CONSTANT * largest)
        if constant.size:
            name, value = columns[constant[0]], points[0, constant[0]]
            found = f"the feature {name!r} is {value:g} at all {len(points)} training points"
            if kind in {"minmax", "standard"}:
                raise DataError(f"{found}, so it has no width to scale by; leave it out, or scale otherwise", "scaling")
            logger.warning("%s; the network learns nothing from it", found)
        if kind == "none":
            return None
        pooled = points.reshape(-1, 1) if kind.endswith("_together") else points
        if kind.startswith("minmax"):
            low, high = pooled.min(axis=0), pooled.max(axis=0)
            centre, width = (high + low) / 2, (high - low) / 2
        else:
            centre, width = pooled.mean(axis=0), pooled.std(axis=0)
        if not width.all():
            raise DataError(
                "all features are equal at all training points, so they have no width to scale by", "scaling"
            )
        shape = points.shape[1]
        return cls(kind, np.broadcast_to(centre, shape).copy(), np.broadcast_to(width, shape).copy())

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any] | None) -> Self | None:
        """What `plain` gave."""
        return None if plain is None else cls(plain["kind"], np.array(plain["centre"]), np.array(plain["width"]))

    @property
    def plain(self) -> dict[str, Any]:
        """The scaling as numbers and lists."""
        return {"kind": self.kind, "centre": self.centre.tolist(), "width": self.width.tolist()}

    def scaled(self, points: FloatArray) -> FloatArray:
        """What the encoding takes, shape (data, feature).

        Raises:
            DataError: if a point lies beyond any sense.
        """
        scaled: FloatArray = (points - self.centre) / self.width
        far = np.argwhere(np.abs(scaled) > LARGEST)
        if far.size:
            row, column = far[0]
            raise DataError(
                f"found {points[row, column]:g} in feature {column + 1}, row {row + 1}: {LARGEST:g} widths of the training "
                "points and more from their centre; remove it",
                "features",
            )
        return scaled

    def unscaled(self, scaled: FloatArray) -> FloatArray:
        """The features in their own units, shape (data, feature)."""
        return np.asarray(scaled * self.width + self.centre)

    def obstacle(self, action: FloatArray, columns: Sequence[str]) -> str:
        """Why a signed permutation of the scaled features is no exchange of the features themselves; "" if it is one.

        Args:
            action: shape (feature, feature).
            columns: names of the features.
        """
        for i, j in np.argwhere(action).tolist():
            if i != j and not np.allclose([self.centre[i], self.width[i]], [self.centre[j], self.width[j]], rtol=1e-9):
                units = " and ".join(
                    f"{columns[k]} by ({self.centre[k]:.4g}, {self.width[k]:.4g})" for k in sorted((i, j))
                )
                return (
                    f"the group exchanges features that are not scaled alike (centre, width: {units}), so that it is no "
                    f"exchange of the features themselves; set data.scaling to {self.kind}_together or none, or "
                    "symmetry.check to warn"
                )
        return ""

    def mirror(self, action: FloatArray, shift: FloatArray, columns: Sequence[str]) -> str:
        """At what place other than 0 the action A x + b on scaled features reflects a feature; "" if at none.

        Args:
            action: A, a signed permutation, shape (feature, feature).
            shift: b, shape (feature,).
            columns: names of the features.
        """
        places = self.centre + self.width * shift / 2
        reflected = np.flatnonzero((np.diag(action) < 0) & (np.abs(places) > _CONSTANT * self.width))
        if not reflected.size:
            return ""
        first = int(reflected[0])
        return (
            f"the group reflects {columns[first]} at {places[first]:.4g}, which was fitted to the training points; "
            "if the data are symmetric about 0, set data.scaling to none"
        )
