"""The ``data`` block: what is learned from."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from sggd_qiskit.config.block import Block, Count, DataFile, Positive, Seed
from sggd_qiskit.config.errors import misfit


class WernerData(Block):
    """Two-qubit Werner states ρ(α), α ∈ [-1, 1]; label -1 if entangled (α > 1/2), +1 if separable (paper, (8))."""

    kind: Literal["werner"] = "werner"
    region: Literal["whole", "d1", "d2"] = "whole"
    """Where the training states come from: ``whole`` [-1, 1]; ``d1`` α < 0 or α > 1/2; ``d2`` 0 < α ≤ 1/2."""
    sampling: Literal["grid", "random"] = "grid"
    """Values of α evenly spaced over the region, or drawn uniformly from it."""
    train: Count = 20
    """Number of training states."""
    test: Count = 200
    """Number of test states, from the whole range, sampled in the same way."""
    seed: Seed = 0
    """Seed of the draw (used by ``sampling: random``)."""


class HalfPlane(Block):
    """The half-plane of points x with x₁ cos(angle) + x₂ sin(angle) > offset."""

    kind: Literal["half_plane"] = "half_plane"
    angle: float = 0.0
    """Direction of the normal that points into the half-plane, in degrees from the x₁ axis."""
    offset: float = 0.0
    """Distance of the border from the origin along the normal."""


class Quadrant(Block):
    """One quarter of the plane about the origin: directions between ``angle`` and ``angle`` + 90°."""

    kind: Literal["quadrant"] = "quadrant"
    angle: float = 0.0
    """Direction of the first border, in degrees from the x₁ axis."""


NamedRegion = Literal["whole", "right_half", "left_half", "upper_half", "lower_half"]


def _region_kind(value: object) -> str | None:
    if isinstance(value, str):
        return "named"
    return value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)


Region = Annotated[
    Annotated[NamedRegion, Tag("named")]
    | Annotated[HalfPlane, Tag("half_plane")]
    | Annotated[Quadrant, Tag("quadrant")],
    Discriminator(_region_kind),
]


class PlaneData(Block):
    """Points of the square [-1, 1]², label +1 inside a circle about the origin and -1 outside (paper, Fig. 3)."""

    kind: Literal["plane"] = "plane"
    region: Region = "whole"
    """Where the training points are drawn from. A bias, such as ``right_half``, is what the symmetry makes up for."""
    test_region: Region = "whole"
    """Where the test points are drawn from."""
    train: Count = 100
    """Number of training points."""
    test: Count = 2000
    """Number of test points."""
    radius: Positive = 0.7979
    """Radius of the circle. The default, √(2/π), gives inside and outside the same area."""
    seed: Seed = 0
    """Seed of the draw of both sets."""
    enhance: bool = False
    """Data enhancement: add the images of every training point under the symmetry group to the training set."""


RESERVED = ("label", "split", "output", "output_stderr", "predicted_label")
"""Columns of predictions.parquet, which no feature can be called."""


class TableData(Block):
    """The user's own table, a CSV or parquet file with a row per data point."""

    kind: Literal["table"] = "table"
    path: DataFile
    """The file, ending in .csv or .parquet; a relative path is taken from the folder of the configuration file."""
    features: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names of the feature columns, in the order in which the encoding takes them."""
    label: str
    """Name of the label column; its values are -1 and +1."""
    labels: tuple[str | int | float, ...] | None = None
    """The classes, in the order of the outputs. By default those that are found, sorted."""
    split: str | None = None
    """Name of a column whose values are ``train`` and ``test``. Without one, the split is drawn."""
    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.25
    """Share of the rows that the drawn split puts aside for the test."""
    seed: Seed = 0
    """Seed of the drawn split."""
    enhance: bool = False
    """Data enhancement: add the images of every training point under the symmetry group to the training set."""

    @model_validator(mode="after")
    def _columns_are_distinct(self) -> Self:
        taken = [name for name in self.features if name in RESERVED]
        if taken:
            raise misfit("features", f"found {taken[0]!r}, a column of predictions.parquet; rename it in the table")
        columns = [*self.features, self.label, *([self.split] if self.split else [])]
        twice = sorted({name for name in columns if columns.count(name) > 1})
        if twice:
            raise ValueError(
                f"column {twice[0]!r} is named twice among features, label and split; name each column once"
            )
        return self


DataConfig = Annotated[WernerData | PlaneData | TableData, Field(discriminator="kind")]
