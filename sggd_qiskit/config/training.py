"""The ``training`` block: gradient, optimiser, steps and stops."""

from __future__ import annotations

from math import pi
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from sggd_qiskit.config.block import (
    Angle,
    Block,
    Count,
    Operational,
    Positive,
    RunFolderPath,
    Seed,
    Steps,
    Unit,
)
from sggd_qiskit.config.errors import misfit
from sggd_qiskit.config.extension import Extension
from sggd_qiskit.config.registry import LOGGERS
from sggd_qiskit.config.steppable import SteppableConfig

Decay = Annotated[float, Field(ge=0, lt=1)]
Theta = Annotated[float, Field(ge=-1e6, le=1e6), Unit("radians")]


class AdamConfig(Block):
    """Adam (Kingma and Ba, arXiv:1412.6980)."""

    kind: Literal["adam"] = "adam"
    learning_rate: Annotated[Angle, Unit("radians")] = 0.05
    """Step size."""
    beta1: Decay = 0.9
    """Decay of the running mean of the gradient."""
    beta2: Decay = 0.999
    """Decay of the running mean of the squared gradient."""
    epsilon: Positive = 1e-8
    """Added to the root of the running mean of the squared gradient."""


class GradientDescentConfig(Block):
    """Plain gradient descent: θ ← θ - learning_rate · gradient."""

    kind: Literal["gradient_descent"] = "gradient_descent"
    learning_rate: Annotated[Angle, Unit("radians² per unit of cost")] = 0.1
    """Factor of the gradient."""


OptimizerConfig = Annotated[AdamConfig | GradientDescentConfig | SteppableConfig, Field(discriminator="kind")]


class UniformInitial(Block):
    """θ drawn uniformly from [low, high)."""

    kind: Literal["uniform"] = "uniform"
    low: Theta = -pi
    """Least value, for every parameter."""
    high: Theta = pi
    """Upper limit of the values."""

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Self:
        if self.low >= self.high:
            raise misfit("high", f"found {self.high:g}, which is not above low = {self.low:g}; exchange them")
        return self


class NormalInitial(Block):
    """θ drawn from a normal distribution about zero."""

    kind: Literal["normal"] = "normal"
    scale: Annotated[Angle, Unit("radians")] = 0.1
    """Standard deviation."""


class GivenInitial(Block):
    """θ given, one value per parameter of the ansatz."""

    kind: Literal["values"] = "values"
    values: Annotated[tuple[Theta, ...], Field(min_length=1, examples=[[2.2]])]
    """θ, in the order of the ansatz's parameters."""


class RunInitial(Block):
    """θ as another run of the same ansatz has ended with, such as one that was trained without noise."""

    kind: Literal["run"] = "run"
    path: Annotated[RunFolderPath, Field(examples=["../results/exact-3f2a9c1d"])]
    """The folder of the run, which is complete; it is read once, when training begins."""


class StopConfig(Block):
    """Reasons to stop before the last step; each is off unless set."""

    gradient_norm: Annotated[Positive | None, Field(examples=[0.01]), Unit("cost per radian")] = None
    """Stop when the norm of the gradient and its standard error together fall below this."""
    patience: Annotated[Count | None, Field(examples=[30]), Unit("steps")] = None
    """Stop when the cost has not improved on its best for this many steps."""
    min_improvement: Annotated[float, Field(ge=0), Unit("cost")] = 1e-4
    """What counts as an improvement for ``patience``."""


class RandomCoordinates(Block):
    """The parameter-shift rule for some components of the gradient at a time, drawn afresh for every step.

    They are scaled so that the gradient is unbiased. A step takes as many circuits less as components are left out.
    """

    kind: Literal["random_coordinates"] = "random_coordinates"
    coordinates: Annotated[Count, Field(examples=[8])]
    """Components that are measured at each step."""


class SPSA(Block):
    """The gradient from the costs at θ ± δ, with a random sign of δ for every parameter (simultaneous perturbation)."""

    kind: Literal["spsa"] = "spsa"
    perturbation: Annotated[Angle, Unit("radians")] = 0.2
    """δ."""
    pairs: Count = 1
    """Pairs θ ± δ that are averaged at each step."""


def _gradient_kind(value: object) -> str | None:
    if isinstance(value, dict):
        return value.get("kind")
    return getattr(value, "kind", "parameter_shift")


GradientConfig = Annotated[
    Annotated[Literal["parameter_shift"], Tag("parameter_shift")]
    | Annotated[RandomCoordinates, Tag("random_coordinates")]
    | Annotated[SPSA, Tag("spsa")],
    Discriminator(_gradient_kind),
]


class TrainingConfig(Block):
    """The classical loop."""

    gradient: GradientConfig = "parameter_shift"
    """The gradient rule: ``parameter_shift``, right for controlled rotations and shared parameters too; or with fewer
    circuits for each step, and more noise, ``{kind: random_coordinates, ...}`` or ``{kind: spsa, ...}``."""
    optimizer: OptimizerConfig = AdamConfig()
    """The update rule."""
    steps: Steps = 300
    """Number of updates of θ."""
    batch: Annotated[Count | None, Field(examples=[10]), Unit("data points")] = None
    """Data points drawn afresh for every step (a mini-batch, without repetition); all of them if not set."""
    accuracy_every: Annotated[Count, Unit("steps")] = 10
    """Train and test accuracy are measured every so many steps, and at the last one."""
    initial: Annotated[UniformInitial | NormalInitial | GivenInitial | RunInitial, Field(discriminator="kind")] = (
        UniformInitial()
    )
    """Where θ starts."""
    stop: StopConfig = StopConfig()
    """Early stops."""
    seed: Seed = 0
    """Seed of the run: initial θ, mini-batches and shots all descend from it."""
    loggers: Annotated[tuple[Annotated[Any, Extension(LOGGERS)], ...], Operational] = ()
    """Where the steps are shown beside the run's own tables: ``mlflow``, ``tensorboard`` or registered loggers, as in
    ``[mlflow, {kind: tensorboard, path: events}]``. They may be changed in the middle of a run, and can't stop it."""
