"""What runs circuits, as the evaluators see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.execute.job import JobRecord


class Executor(Protocol):
    """Runs measurements."""

    @property
    def backend(self) -> str:
        """Name of what runs them."""
        ...

    def prepare(self, measurement: Measurement | Readout) -> Measurement | Readout:
        """The measurement as the backend takes it, transpiled once, with the layout applied to the observable."""
        ...

    def run(
        self,
        measurements: Sequence[Measurement | Readout],
        settings: Sequence[Setting],
        seed: np.random.SeedSequence,
        tag: str,
    ) -> tuple[tuple[Outcome, ...], tuple[JobRecord, ...]]:
        """All settings of prepared measurements, as the PUBs of at most one Estimator job and one Sampler job.

        Returns:
            An outcome for each setting, and the jobs.

        Raises:
            ExecutionError: if a job fails or its result can't be used.
        """
        ...


def sampler_tag(tag: str) -> str:
    """The tag of the Sampler job beside the Estimator job of that tag."""
    return f"{tag}-sampler"
