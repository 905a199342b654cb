"""The whole configuration of an experiment."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from sggd_qiskit.config.block import Block
from sggd_qiskit.config.cost import CostConfig
from sggd_qiskit.config.data import DataConfig
from sggd_qiskit.config.errors import misfit
from sggd_qiskit.config.execution import ExecutionConfig
from sggd_qiskit.config.model import ModelConfig
from sggd_qiskit.config.symmetry import SymmetryConfig
from sggd_qiskit.config.training import TrainingConfig


class ExperimentConfig(Block):
    """One training run."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    """Name of the run; its folder is called ``<name>-<8 hex digits of the configuration's hash>``."""
    data: DataConfig
    model: ModelConfig
    symmetry: SymmetryConfig | None = None
    cost: CostConfig = CostConfig()
    training: TrainingConfig = TrainingConfig()
    execution: ExecutionConfig = ExecutionConfig()

    @model_validator(mode="after")
    def _blocks_fit_together(self) -> Self:
        if self.symmetry is None and self.cost.guidance != "none":
            raise misfit(
                "cost.guidance",
                f"found {self.cost.guidance!r}, but there is no symmetry block; add one, or set cost.guidance to none",
            )
        if self.symmetry is None and getattr(self.data, "enhance", False):
            raise misfit("data.enhance", "is on, but there is no symmetry block whose images could be added; add one")
        if (self.data.kind == "werner") != (self.model.encoding.kind == "bell_states"):
            raise misfit(
                "model.encoding.kind",
                f"found {self.model.encoding.kind!r} with data.kind {self.data.kind!r}; Werner states are mixtures of "
                "Bell states, so werner and bell_states go together",
            )
        return self
