"""The evaluator through primitives: plan → execute → reduce, one Estimator job for each evaluation."""

from __future__ import annotations

from sggd_qiskit.circuit.measurement import Readout
from sggd_qiskit.evaluate.evaluation import Evaluation, Request
from sggd_qiskit.evaluate.plan import StepPlanner
from sggd_qiskit.evaluate.problem import Problem
from sggd_qiskit.evaluate.seeds import Purpose, generator, seed_sequence
from sggd_qiskit.execute.executor import Executor, sampler_tag


class PrimitivesEvaluator:
    """Evaluates the cost of a problem by circuits and shots."""

    def __init__(self, problem: Problem, executor: Executor):
        self._planner = StepPlanner(problem)
        self._executor = executor
        self._seed = problem.config.training.seed
        # Transpiled once, before the first job.
        self._prepared = tuple(executor.prepare(measurement) for measurement in self._planner.measurements)

    @property
    def backend(self) -> str:
        """Name of what runs the circuits."""
        return self._executor.backend

    def evaluate(self, request: Request) -> Evaluation:
        """Evaluate the cost in one job, or one for each of the two primitives.

        Raises:
            ExecutionError: if the job fails or its result can't be used.
        """
        plan = self._planner.plan(request, generator(self._seed, Purpose.EIGENSTATES, request.step))
        shots = seed_sequence(self._seed, Purpose.SHOTS, request.step)
        outcomes, jobs = self._executor.run(self._prepared, plan.settings, shots, tag=unit_tag(request.step))
        return self._planner.reduce(request, plan, outcomes, jobs)

    def units(self, step: int) -> tuple[str, ...]:
        """An Estimator job, and a Sampler job if the penalty is measured by one."""
        tag = unit_tag(step)
        sampled = any(isinstance(measurement, Readout) for measurement in self._prepared)
        return (tag, sampler_tag(tag)) if sampled else (tag,)


def unit_tag(step: int) -> str:
    """The tag of a step's job within its run."""
    return f"step-{step:06d}"
