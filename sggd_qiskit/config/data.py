"""The ``data`` block: what is learned from."""

from __future__ import annotations

import codecs
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from sggd_qiskit.config.block import Block, Count, DataFile, Positive, Seed, Unit
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
    angle: Annotated[float, Unit("degrees")] = 0.0
    """Direction of the normal that points into the half-plane, from the x₁ axis."""
    offset: Annotated[float, Unit("units of the features")] = 0.0
    """Distance of the border from the origin along the normal."""


class Quadrant(Block):
    """One quarter of the plane about the origin: directions between ``angle`` and ``angle`` + 90°."""

    kind: Literal["quadrant"] = "quadrant"
    angle: Annotated[float, Unit("degrees")] = 0.0
    """Direction of the first border, from the x₁ axis."""


NamedRegion = Literal["whole", "right_half", "left_half", "upper_half", "lower_half", "quarter"]


def _region_kind(value: object) -> str | None:
    if isinstance(value, str):
        return "named"
    return value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)


def _one_name(value: object) -> object:
    return "whole" if value == "all" else value


Region = Annotated[
    Annotated[NamedRegion, Tag("named")]
    | Annotated[HalfPlane, Tag("half_plane")]
    | Annotated[Quadrant, Tag("quadrant")],
    Discriminator(_region_kind),
    BeforeValidator(_one_name),
]
"""``quarter`` is the part with x₁ > 0 and x₂ > 0; ``all`` is another word for ``whole``."""


class PlaneData(Block):
    """Points of the square [-1, 1]², label +1 inside a shape and -1 outside (the circle: paper, Fig. 3)."""

    kind: Literal["plane"] = "plane"
    shape: Literal["circle", "ring", "quadrants"] = "circle"
    """``circle`` of ``radius`` about the origin; ``ring`` between half of ``radius`` and ``radius``; ``quadrants``: the sign
    of x₁x₂, which changes under x₁ → -x₁ and under x₂ → -x₂ (see ``symmetry.character``)."""
    region: Region = "whole"
    """Where the training points are drawn from. A bias, such as ``right_half``, is what the symmetry makes up for."""
    test_region: Region = "whole"
    """Where the test points are drawn from."""
    train: Count = 100
    """Number of training points."""
    test: Count = 2000
    """Number of test points."""
    radius: Annotated[Positive, Unit("units of the features")] = 0.7979
    """Radius of the circle, or outer one of the ring. The default, √(2/π), gives inside and outside of the circle the same
    area."""
    center: Annotated[tuple[float, ...], Field(min_length=2, max_length=2)] = (0.0, 0.0)
    """Center of the shape, x₁ and x₂. Off the origin the labels fit the symmetries of the square in a part of it alone."""
    seed: Seed = 0
    """Seed of the draw of both sets."""
    enhance: bool = False
    """Data enhancement: add the images of every training point under the symmetry group to the training set."""

    @model_validator(mode="after")
    def _quadrants_have_no_radius(self) -> Self:
        if self.shape == "quadrants" and self.radius != type(self).model_fields["radius"].default:
            raise misfit("radius", f"found {self.radius} with shape quadrants, which has none; leave it out")
        return self


RESERVED = ("label", "split", "output", "output_stderr", "predicted_label")
"""Columns of predictions.parquet, which no feature can be called."""


ScalingKind: TypeAlias = Literal["none", "minmax", "standard", "minmax_together", "standard_together"]


class TableData(Block):
    """The user's own table, a CSV or parquet file with a row per data point."""

    kind: Literal["table"] = "table"
    path: DataFile
    """The file, ending in .csv, .csv.gz or .parquet; a relative path is taken from the folder of the configuration file, or
    on a command line from the current one."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1, examples=[",", ";", "\t"])] = ","
    """What stands between the fields of a CSV file."""
    decimal: Literal[".", ","] = "."
    """The decimal sign of a CSV file."""
    encoding: Annotated[str, Field(examples=["utf-8", "latin-1"])] = "utf-8"
    """The character encoding of a CSV file, by Python's name for it."""
    missing: Literal["refuse", "drop"] = "refuse"
    """What becomes of a row in which a feature, the label or the split is missing (empty, NA, NaN, null)."""
    scaling: ScalingKind = "none"
    """How features are scaled before they are encoded: ``minmax`` to [-1, 1], ``standard`` to mean 0 and standard deviation
    1, as found in the training points alone; ``…_together`` by the same numbers for all features, as they have to be where
    a group exchanges them."""
    features: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names of the feature columns, in the order in which the encoding takes them."""
    label: str
    """Name of the label column; its values are of two or more kinds, numbers or strings."""
    labels: (
        Annotated[tuple[str | int | float, ...], Field(min_length=2)]
        | Annotated[dict[str, Literal[-1, 1]], Field(min_length=2)]
        | None
    ) = None
    """The labels in the order of the outputs; with one observable the first of two counts as -1 and the second as +1. Or a
    mapping that says so, such as ``{yes: 1, no: -1}``. Found in the table, and sorted, if not set."""
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

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> Self:
        if isinstance(self.labels, dict):
            if sorted(self.labels.values()) != [-1, 1]:
                written = ", ".join(f"{label}: {target}" for label, target in self.labels.items())
                raise misfit("labels", f"found {{{written}}}; wanted two labels, one of them 1 and the other -1")
            return self
        labels = self.labels or ()
        for place, label in enumerate(labels):
            if any(label == other or str(label) == str(other) for other in labels[:place]):
                raise misfit(f"labels.{place}", f"found the label {label!r} a second time; name each label once")
        return self

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
        except LookupError:
            raise misfit(
                "", f"found {encoding!r}, which Python doesn't know; wanted utf-8, latin-1 or the like"
            ) from None
        return codecs.lookup(encoding).name

    @model_validator(mode="after")
    def _csv_settings_are_for_csv(self) -> Self:
        fields = type(self).model_fields
        if self.path.lower().endswith(".parquet"):
            for key in ("delimiter", "decimal", "encoding"):
                if getattr(self, key) != fields[key].default:
                    raise misfit(
                        key, f"found {getattr(self, key)!r} for a parquet file; it is for CSV files, so leave it out"
                    )
        if self.delimiter == self.decimal or self.delimiter in '"\r\n':
            raise misfit(
                "delimiter", f"found {self.delimiter!r}; wanted another sign than the decimal one, such as ';'"
            )
        return self


class GivenData(Block):
    """Data that are handed over from Python, such as ``Dataset.from_frame(...)``; the configuration keeps their digest.

    A configuration of this kind can be run with the same data only.
    """

    kind: Literal["given"] = "given"
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """Digest of the data, 64 hex digits."""
    train: Count
    """Number of training points."""
    test: Count
    """Number of test points."""
    seed: Seed = 0
    """No effect: what was drawn was drawn before."""


DataConfig = Annotated[WernerData | PlaneData | TableData | GivenData, Field(discriminator="kind")]
