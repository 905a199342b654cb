"""The whole configuration of an experiment."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from sggd_qiskit.config.block import Block, Name
from sggd_qiskit.config.cost import NEED_NO_REFERENCE, CostConfig, ReferenceConfig
from sggd_qiskit.config.data import DataConfig
from sggd_qiskit.config.errors import misfit
from sggd_qiskit.config.execution import ExecutionConfig
from sggd_qiskit.config.model import ModelConfig
from sggd_qiskit.config.symmetry import SymmetryConfig
from sggd_qiskit.config.training import TrainingConfig


class ExperimentConfig(Block):
    """One training run."""

    name: Name
    """Name of the run; its folder is called ``<name>-<8 hex digits of the configuration's hash>``."""
    data: DataConfig | None = None
    """What is learned from; left out where the data are handed over from Python."""
    model: ModelConfig
    symmetry: SymmetryConfig | None = None
    cost: CostConfig = Field(default_factory=CostConfig)  # its default guidance is imported when it is needed
    training: TrainingConfig = TrainingConfig()
    execution: ExecutionConfig = ExecutionConfig()

    @property
    def reference(self) -> ReferenceConfig | None:
        """How the penalty's reference is measured, with ``cost.reference`` resolved for the backend; None if there is none."""
        chosen = self.cost.reference
        if (
            chosen is None
            and self.execution.kind in {"rehearsal", "ibm"}
            and self.cost.estimator not in NEED_NO_REFERENCE
        ):
            return ReferenceConfig()
        return chosen if isinstance(chosen, ReferenceConfig) else None

    @model_validator(mode="after")
    def _blocks_fit_together(self) -> Self:
        kind = self.cost.guidance.kind
        if self.symmetry is None and getattr(self.cost.guidance, "needs_group", False):
            raise misfit(
                "cost.guidance",
                f"found {kind!r}, but there is no symmetry block; add one, or set cost.guidance to none",
            )
        if getattr(self.data, "enhance", False) and (self.symmetry is None or kind == "enhanced"):
            problem = (
                "there is no symmetry block whose images could be added; add one"
                if self.symmetry is None
                else "cost.guidance is 'enhanced', which adds the images too; set one of the two"
            )
            raise misfit("data.enhance", f"is on, but {problem}")
        return self

    @model_validator(mode="after")
    def _data_and_model_fit_together(self) -> Self:
        data, encoding = self.data, self.model.encoding.kind
        if data is None or data.kind == "given":
            return self
        if (data.kind == "werner") != (encoding == "bell_states"):
            raise misfit(
                "model.encoding.kind",
                f"found {encoding!r} with data.kind {data.kind!r}; Werner states are mixtures of Bell states, so werner and "
                "bell_states go together",
            )
        classes = self.model.observables
        if classes is None:
            return self
        if data.kind != "table" and set(classes) != {"-1", "1"}:
            raise misfit(
                "model.observable",
                f"found observables for {', '.join(map(repr, classes))}; the labels of {data.kind} are -1 and 1, so name them "
                "'-1' and '1'",
            )
        if data.kind == "table":
            columns = {f"output_{name}{end}" for name in classes for end in ("", "_stderr")}
            for place, name in enumerate(data.features):
                if name in columns:
                    raise misfit(
                        f"data.features.{place}",
                        f"found {name!r}, a column of predictions.parquet; rename it in the table",
                    )
        return self
