"""What runs circuits, as the evaluators see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.execute.job import JobRecord, WorkUnit


class Executor(Protocol):
    """Runs measurements."""

    @property
    def backend(self) -> str:
        """Name of what runs them."""
        ...

    def prepare(self, measurement: Measurement | Readout) -> Measurement | Readout:
        """The measurement as the backend takes it, transpiled once, with the layout applied to every observable."""
        ...

    def run(
        self, settings: Sequence[Setting], seed: np.random.SeedSequence, unit: WorkUnit
    ) -> tuple[tuple[Outcome, ...], tuple[JobRecord, ...]]:
        """All settings, as the PUBs of at most one Estimator job and one Sampler job.

        A backend whose service limits what a job may hold takes more jobs where that is passed.

        Args:
            settings: of prepared measurements.
            seed: of the shots, where the backend can be seeded.
            unit: what is run, and paid once.

        Returns:
            An outcome for each setting, and the jobs.

        Raises:
            ExecutionError: if a job fails or its result can't be used.
            CircuitsOutdated: before anything is submitted, if the device has changed and its circuits must be prepared again.
            JobsPending: if jobs are left at a service, to be collected by running the same unit again.
        """
        ...

    def close(self, *, final: bool) -> None:
        """Let go of what is held at a service, if anything is; ``final`` if nothing more will be run."""
        ...
