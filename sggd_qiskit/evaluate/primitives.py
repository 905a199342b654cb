"""The evaluator through primitives: plan → execute → reduce, one job for each evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from qiskit import QuantumCircuit

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.cost.request import Request
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.evaluate.common_errors import evaluation_with_common, outcome_with_common
from sggd_qiskit.evaluate.evaluation import Evaluation
from sggd_qiskit.evaluate.plan import StepPlanner
from sggd_qiskit.execute.executor import Executor
from sggd_qiskit.execute.job import CircuitsOutdated, JobRecord, WorkUnit
from sggd_qiskit.execute.transpiling import placed
from sggd_qiskit.problem import Problem
from sggd_qiskit.seeds import Purpose, seed_sequence


class PrimitivesEvaluator:
    """Evaluates the cost of a problem by circuits and shots.

    Args:
        problem: what is evaluated.
        executor: runs the circuits.
        circuits: as they were transpiled before, by the same problem's evaluator; transpiled now if not given.
        keep: given the circuits when they had to be transpiled again, since the device has changed.
    """

    def __init__(
        self,
        problem: Problem,
        executor: Executor,
        circuits: Sequence[QuantumCircuit] | None = None,
        keep: Callable[[Sequence[QuantumCircuit]], None] = lambda _: None,
    ):
        self._planner, self._executor, self._keep = StepPlanner(problem), executor, keep
        self._seed = problem.config.training.seed
        self._measurements = self._planner.measurements
        if circuits is None:
            prepared = [executor.prepare(measurement) for measurement in self._measurements]
        else:
            prepared = [placed(m, c) for m, c in zip(self._measurements, circuits, strict=True)]
        self._prepared: dict[Measurement | Readout, Measurement | Readout] = dict(
            zip(self._measurements, prepared, strict=True)
        )
        self._predictions = 0

    @property
    def backend(self) -> str:
        """Name of what runs the circuits."""
        return self._executor.backend

    @property
    def circuits(self) -> tuple[QuantumCircuit, ...]:
        """Of the run's measurements as the backend takes them, transpiled once."""
        return tuple(self._prepared[measurement].circuit for measurement in self._measurements)

    @property
    def layout(self) -> tuple[int, ...] | None:
        """Physical qubits on which the outputs are measured; None if the circuits were not transpiled to a device."""
        found = self.circuits[0].layout
        return None if found is None else tuple(found.final_index_layout())

    def close(self, *, final: bool) -> None:
        """Let the executor go of what it holds."""
        self._executor.close(final=final)

    def evaluate(self, request: Request) -> Evaluation:
        """Evaluate the cost in one job, or one for each of the two primitives.

        Raises:
            ExecutionError: if the job fails or its result can't be used.
        """
        plan = self._planner.plan(request, seed_sequence(self._seed, Purpose.EIGENSTATES, request.step))
        shots = seed_sequence(self._seed, Purpose.SHOTS, request.step)
        outcomes, jobs = self._run(plan.settings, shots, WorkUnit.of_step(request.step))
        return evaluation_with_common(lambda found: self._planner.reduce(request, plan, found, jobs), outcomes)

    def outputs(self, theta: FloatArray, sample: Sample) -> Outcome:
        """Outputs of a sample, shape (data, output), at θ of shape (parameter,), with fresh shots at every call.

        Raises:
            ExecutionError: if the job fails or its result can't be used.
        """
        settings = self._planner.plan_outputs(theta, sample)
        number, self._predictions = self._predictions, self._predictions + 1
        shots = seed_sequence(self._seed, Purpose.OUTPUTS, number)
        outcomes, _ = self._run(settings, shots, WorkUnit(number, f"outputs-{number:06d}"))
        return outcome_with_common(lambda found: self._planner.reduce_outputs(sample, found), outcomes)

    def _run(
        self, settings: Sequence[Setting], shots: np.random.SeedSequence, unit: WorkUnit
    ) -> tuple[tuple[Outcome, ...], tuple[JobRecord, ...]]:
        """Run the settings, with circuits transpiled again if the device doesn't take those that there are."""
        try:
            return self._executor.run(self._placed(settings), shots, unit)
        except CircuitsOutdated:
            self._prepared = {known: self._executor.prepare(known) for known in self._prepared}
            self._keep(self.circuits)
            return self._executor.run(self._placed(settings), shots, unit)

    def _placed(self, settings: Sequence[Setting]) -> tuple[Setting, ...]:
        """The settings with their measurements as the backend takes them."""
        for setting in settings:
            if setting.measurement not in self._prepared:  # a data point that was not known when the run began
                self._prepared[setting.measurement] = self._executor.prepare(setting.measurement)
        return tuple(replace(setting, measurement=self._prepared[setting.measurement]) for setting in settings)
