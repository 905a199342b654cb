"""Optimizers of qiskit-machine-learning, as far as they can be stepped."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import JsonValue, model_validator

from sggd_qiskit.config.block import Block
from sggd_qiskit.config.errors import misfit

_INSTEAD = {"ADAM": "adam is an optimizer here, too", "SPSA": "training.gradient: spsa is a gradient rule here"}


class SteppableConfig(Block):
    """A ``SteppableOptimizer`` of qiskit-machine-learning, which is asked and told step by step."""

    kind: Literal["qiskit_machine_learning"] = "qiskit_machine_learning"
    name: str = "GradientDescent"
    """Its class."""
    options: dict[str, JsonValue] = {}  # noqa: RUF012 - pydantic copies it
    """Arguments of the class, such as ``learning_rate``, a number or one for each step; ``maxiter`` and ``tol`` end the run
    as they end the optimizer's own loop."""

    def build(self) -> Any:
        """The optimizer, not started."""
        from qiskit_machine_learning import optimizers

        return getattr(optimizers, self.name)(**self.options)

    @model_validator(mode="after")
    def _can_be_stepped(self) -> Self:
        from qiskit_machine_learning import optimizers

        known = [
            name
            for name in optimizers.__all__
            if isinstance(found := getattr(optimizers, name), type)
            and issubclass(found, optimizers.SteppableOptimizer)
            and found is not optimizers.SteppableOptimizer
        ]
        if self.name not in known:
            instead = _INSTEAD.get(self.name, "adam and gradient_descent are optimizers here")
            raise misfit(
                "name",
                f"found {self.name!r}, which can't be stepped, so that a run could not be recorded and resumed at each θ; "
                f"wanted one of {', '.join(known)}; {instead}",
            )
        try:
            self.build()
        except (TypeError, ValueError) as error:
            raise misfit("options", f"found {self.options}, which {self.name} doesn't take: {error}") from None
        return self
