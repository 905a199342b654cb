"""The ``cost`` block: how the symmetry guides the gradient descent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from sggd_qiskit.config.block import Block, Count, Positive

Weight = Annotated[float, Field(ge=0)]


class LinearWeight(Block):
    """λ moves from ``start`` to ``end`` in equal steps, then stays."""

    kind: Literal["linear"] = "linear"
    start: Weight
    end: Weight
    steps: Count
    """Steps until ``end`` is reached."""


class CosineWeight(Block):
    """λ moves from ``start`` to ``end`` along half a period of a cosine, then stays."""

    kind: Literal["cosine"] = "cosine"
    start: Weight
    end: Weight
    steps: Count
    """Steps until ``end`` is reached."""


class ExponentialWeight(Block):
    """λ moves from ``start`` to ``end`` by a constant factor per step, then stays."""

    kind: Literal["exponential"] = "exponential"
    start: Positive
    end: Positive
    steps: Count
    """Steps until ``end`` is reached."""


def _weight_kind(value: object) -> str | None:
    if isinstance(value, dict):
        return value.get("kind")
    return getattr(value, "kind", "constant")


WeightConfig = Annotated[
    Annotated[Weight, Tag("constant")]
    | Annotated[LinearWeight, Tag("linear")]
    | Annotated[CosineWeight, Tag("cosine")]
    | Annotated[ExponentialWeight, Tag("exponential")],
    Discriminator(_weight_kind),
]

Norm = Literal["hilbert_schmidt", "normalized_hilbert_schmidt"]


class CostConfig(Block):
    """The cost: squared error with or without symmetry guidance."""

    guidance: Literal["none", "penalty", "twirled"] = "penalty"
    """``none``: squared error; ``penalty``: plus λ‖O_θ - T[O_θ]‖² (paper, (6)); ``twirled``: the squared error of the
    twirled observable T[O_θ] (paper, (7)), which is then also what predicts."""
    weight: WeightConfig = 1.0
    """λ, the weight of the penalty: a number, or a schedule over the steps."""
    norm: Norm = "normalized_hilbert_schmidt"
    """The norm of the penalty: the paper's ‖·‖²_HS, or ‖·‖²_HS / 2ⁿ, which does not grow with the number of qubits."""
    estimator: Literal["echo"] = "echo"
    """The circuits that measure the penalty on backends with shots."""
