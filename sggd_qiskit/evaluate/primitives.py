"""The evaluator through primitives: plan → execute → reduce, one Estimator job for each evaluation."""

from __future__ import annotations

from collections.abc import Sequence

from qiskit import QuantumCircuit

from sggd_qiskit.evaluate.evaluation import Evaluation, Request
from sggd_qiskit.evaluate.plan import StepPlanner
from sggd_qiskit.execute.executor import Executor
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.execute.transpiling import placed
from sggd_qiskit.problem import Problem
from sggd_qiskit.seeds import Purpose, generator, seed_sequence


class PrimitivesEvaluator:
    """Evaluates the cost of a problem by circuits and shots.

    Args:
        problem: what is evaluated.
        executor: runs the circuits.
        circuits: as they were transpiled before, by the same problem's evaluator; transpiled now if not given.

    Attributes:
        circuits: of all measurements as the backend takes them, transpiled once.
    """

    def __init__(self, problem: Problem, executor: Executor, circuits: Sequence[QuantumCircuit] | None = None):
        self._planner = StepPlanner(problem)
        self._executor = executor
        self._seed = problem.config.training.seed
        measurements = self._planner.measurements
        if circuits is None:
            self._prepared = tuple(executor.prepare(measurement) for measurement in measurements)
        else:
            self._prepared = tuple(placed(m, c) for m, c in zip(measurements, circuits, strict=True))
        self.circuits = tuple(measurement.circuit for measurement in self._prepared)

    @property
    def backend(self) -> str:
        """Name of what runs the circuits."""
        return self._executor.backend

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
        plan = self._planner.plan(request, generator(self._seed, Purpose.EIGENSTATES, request.step))
        shots = seed_sequence(self._seed, Purpose.SHOTS, request.step)
        outcomes, jobs = self._executor.run(self._prepared, plan.settings, shots, WorkUnit.of_step(request.step))
        return self._planner.reduce(request, plan, outcomes, jobs)
