"""What all simulators have in common: from a setting straight to its outcome, with real shots."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np
from qiskit.circuit import Parameter

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.execute.job import JobRecord, WorkUnit, local_record
from sggd_qiskit.execute.readings import Reading
from sggd_qiskit.execute.shots import drawn_outcome


class Simulation(Protocol):
    """A measurement made ready to be simulated."""

    @property
    def parameters(self) -> Sequence[Parameter]:
        """Of its circuit."""
        ...

    @property
    def readings(self) -> Sequence[Reading]:
        """The bases in which it is read."""
        ...

    def probabilities(self, rows: FloatArray) -> Iterator[tuple[slice, Sequence[FloatArray]]]:
        """For each reading the probabilities of its values, in pieces that fit the memory.

        Args:
            rows: parameter values, shape (set, parameter).

        Yields:
            The rows of a piece, and for each reading the probabilities, shape (row, value).
        """
        ...


class SimulatedExecutor(ABC):
    """Runs measurements on a simulator; the shots of a job depend on its seed alone.

    Shots are drawn from outcome probabilities, in each basis once for all that is read in it.

    Args:
        backend: a name for the records.
        shot_noise: False for means over the outcome probabilities themselves, whose variances are 0.
    """

    def __init__(self, backend: str, *, shot_noise: bool = True):
        self.backend = backend
        self._shot_noise = shot_noise
        self._simulations: WeakKeyDictionary[Measurement | Readout, Simulation] = WeakKeyDictionary()

    @abstractmethod
    def prepare(self, measurement: Measurement | Readout) -> Measurement | Readout:
        """The measurement as the simulator takes it."""

    @abstractmethod
    def simulation(self, measurement: Measurement | Readout) -> Simulation:
        """The measurement made ready; asked for once for each measurement that lives."""

    def run(
        self, settings: Sequence[Setting], seed: np.random.SeedSequence, unit: WorkUnit
    ) -> tuple[tuple[Outcome, ...], tuple[JobRecord, ...]]:
        """All settings, recorded as one job of the measurements and one of the readouts.

        Args:
            settings: of prepared measurements.
            seed: of the shots; a job repeated with it has the same ones.
            unit: what is run.

        Raises:
            ExecutionError: if a circuit can't be simulated.
        """
        rng = np.random.default_rng(seed)
        outcomes: dict[int, Outcome] = {}
        jobs = []
        for kind, part in ((Measurement, unit), (Readout, unit.sampler)):
            chosen = {k: setting for k, setting in enumerate(settings) if isinstance(setting.measurement, kind)}
            if chosen:
                started = datetime.now(UTC)
                outcomes |= {k: self._outcome(setting, rng) for k, setting in chosen.items()}
                jobs.append(local_record(part, self.backend, list(chosen.values()), started))
        return tuple(outcomes[k] for k in range(len(settings))), tuple(jobs)

    def close(self, *, final: bool) -> None:
        """Nothing is held at a service."""
        del final

    def _outcome(self, setting: Setting, rng: np.random.Generator) -> Outcome:
        measurement = setting.measurement
        if measurement not in self._simulations:
            self._simulations[measurement] = self.simulation(measurement)
        simulation = self._simulations[measurement]
        outputs = measurement.num_outputs
        values, variances = np.zeros((2, setting.parameter_sets, outputs))
        covariance = np.zeros((setting.parameter_sets, outputs, outputs))
        for piece, found in simulation.probabilities(parameter_rows(setting, simulation.parameters)):
            for reading, probabilities in zip(simulation.readings, found, strict=True):
                if not self._shot_noise:
                    values[piece] += probabilities @ reading.values
                    continue
                part = drawn_outcome(probabilities, reading.values, reading.bound, setting.shots, rng)
                values[piece] += part.values
                variances[piece] += part.variances
                covariance[piece] += part.excess
        return Outcome(*(array.reshape(*setting.shape, *array.shape[1:]) for array in (values, variances, covariance)))


def parameter_rows(setting: Setting, parameters: Sequence[Parameter]) -> FloatArray:
    """The setting's values of these parameters, shape (set, parameter); others are left out.

    Parameters are told by name, as those of a circuit that was read from a file are other objects.
    """
    names = [parameter.name for group in setting.values for parameter in group]
    column = {name: k for k, name in enumerate(names)}
    arrays = [np.broadcast_to(a, (*setting.shape, len(group))) for group, a in setting.values.items()]
    if not arrays:
        return np.empty((setting.parameter_sets, 0))
    flat = np.concatenate([array.reshape(setting.parameter_sets, array.shape[-1]) for array in arrays], axis=1)
    return np.asarray(flat[:, [column[parameter.name] for parameter in parameters]], dtype=float)
