"""The ``cost`` block: the loss, and how the symmetry guides the gradient descent."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from sggd_qiskit.config.block import Block, Positive, Steps, Unit
from sggd_qiskit.config.errors import misfit
from sggd_qiskit.config.extension import Extension, RegisteredName
from sggd_qiskit.config.registry import GUIDANCES, LOSSES, PENALTY_FAMILIES

Weight = Annotated[float, Field(ge=0)]
Start = Annotated[Weight, Field(examples=[0.0])]
End = Annotated[Weight, Field(examples=[2.0])]
ScheduleSteps = Annotated[Steps, Field(examples=[100]), Unit("steps")]


class LinearWeight(Block):
    """λ moves from ``start`` to ``end`` in equal steps, then stays."""

    kind: Literal["linear"] = "linear"
    start: Start
    """λ at the first step."""
    end: End
    """λ in the end."""
    steps: ScheduleSteps
    """Steps until ``end`` is reached."""


class CosineWeight(Block):
    """λ moves from ``start`` to ``end`` along half a period of a cosine, then stays."""

    kind: Literal["cosine"] = "cosine"
    start: Start
    """λ at the first step."""
    end: End
    """λ in the end."""
    steps: ScheduleSteps
    """Steps until ``end`` is reached."""


class ExponentialWeight(Block):
    """λ moves from ``start`` to ``end`` by a constant factor per step, then stays."""

    kind: Literal["exponential"] = "exponential"
    start: Annotated[Positive, Field(examples=[0.1])]
    """λ at the first step."""
    end: Annotated[Positive, Field(examples=[2.0])]
    """λ in the end."""
    steps: ScheduleSteps
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


class ReferenceConfig(Block):
    """The overlap of the identity element, which is Tr[O²] without noise, measured beside the others."""

    kind: Literal["identity"] = "identity"
    every: Annotated[Steps, Unit("steps")] = 10
    """It is measured anew every so many steps, and used until then."""


def _reference_kind(value: object) -> str | None:
    return value.get("kind") if isinstance(value, dict) else getattr(value, "kind", "name")


ReferenceChoice = Annotated[
    Annotated[
        Literal["identity", "none"],
        AfterValidator(lambda name: ReferenceConfig() if name == "identity" else name),
        Tag("name"),
    ]
    | Annotated[ReferenceConfig, Tag("identity")],
    Discriminator(_reference_kind),
]

Norm = Literal["hilbert_schmidt", "normalized_hilbert_schmidt", "local_states"]
NEED_NO_REFERENCE = {
    "local_states": (
        "the norm local_states, which needs none: it is a sum of squares of differences, which noise makes smaller alike, so "
        "that it is not raised where it is 0"
    ),
    "exact": "estimator exact, which needs none: linear algebra has no noise",
}
"""Why an estimator has no use for a reference."""
LEAST_DRAWS = 8
"""Of states or elements: the error is read from the spread of the draws, and fewer tell too little of it."""


class CostConfig(Block):
    """The cost: a loss of the outputs, with or without symmetry guidance."""

    loss: Annotated[Any, Extension(LOSSES)] = Field(default="squared_error", validate_default=True)
    """What an output that misses its target costs: ``squared_error``, ``cross_entropy``, ``hinge`` or a registered loss; a
    name, or a mapping of ``kind`` and options."""
    guidance: Annotated[Any, Extension(GUIDANCES)] = Field(default="penalty", validate_default=True)
    """How the symmetry enters. ``none``: not at all; ``penalty``: by a term λ‖O_θ - T[O_θ]‖² (paper, (6)); ``twirled``: by
    the twirled observable T[O_θ] (paper, (7)), which is then also what predicts; ``enhanced``: by the group's images of the
    training points; ``symmetrised_ansatz``: by generators and observables that are averaged over the group; or a registered
    guidance. A name, or a mapping of ``kind`` and options."""
    weight: WeightConfig = 1.0
    """λ, the weight of the penalty: a number, or a schedule over the steps."""
    norm: Norm = "normalized_hilbert_schmidt"
    """The norm of the penalty: the paper's ‖·‖²_HS; ‖·‖²_HS / 2ⁿ, which does not grow with the number of qubits; or
    ``local_states``, the mean of ⟨ψ|·|ψ⟩² over product states, which weighs local symmetry breaking most."""
    estimator: Annotated[str, RegisteredName(PENALTY_FAMILIES, ("local_states", "exact"))] = "echo"
    """The circuits that measure the penalty on backends with shots: ``echo``, ``bell_pair``, ``hadamard_test``,
    ``destructive_swap_test``, ``swap_test`` or a registered family; ``exact`` takes linear algebra there too. The norm
    ``local_states`` has circuits of its own, of the same name. Post-processing of order 2 takes ``hadamard_test`` or
    ``exact``, and of higher orders ``exact``."""
    states: Annotated[int, Field(ge=LEAST_DRAWS)] = 256
    """Most input states of a penalty circuit: all are run if there are no more, else this many are drawn at each step."""
    group_samples: Annotated[Annotated[int, Field(ge=LEAST_DRAWS)] | None, Field(examples=[20])] = None
    """Group elements drawn at each step to estimate the penalty, for large groups; all of them if not set."""
    reference: Annotated[ReferenceChoice | None, Field(examples=[{"kind": "identity", "every": 10}])] = None
    """What takes the bias of a device's noise from the overlaps: ``identity``, the share of the identity's overlap that noise
    leaves, or ``none``. With ``{kind: identity, every: 10}`` it is measured every 10 steps. If not set, ``identity`` on
    devices and rehearsals, ``none`` on exact and aer, and where no overlaps are measured."""

    @model_validator(mode="after")
    def _estimator_measures_the_norm(self) -> Self:
        if (self.norm == "local_states") != (self.estimator == "local_states") and self.estimator != "exact":
            raise misfit(
                "estimator",
                f"found {self.estimator!r} with norm {self.norm!r}; the estimator local_states and the norm local_states go "
                "together, and exact goes with every norm",
            )
        if self.group_samples is not None and self.estimator in {"exact", "local_states"}:
            raise misfit(
                "group_samples", f"is set, but the estimator {self.estimator!r} runs the whole group; leave it out"
            )
        if isinstance(self.reference, ReferenceConfig) and self.estimator in NEED_NO_REFERENCE:
            raise misfit("reference", f"found identity with {NEED_NO_REFERENCE[self.estimator]}; leave it out")
        return self
