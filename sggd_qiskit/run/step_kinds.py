"""The kinds of steps that a training has, counted without going through them: there may be a billion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.cost.weight import penalty_weight


@dataclass(frozen=True)
class StepKind:
    """Steps that take the same, since what a step runs depends on nothing else.

    Attributes:
        first: the number of the first of them.
        count: how many there are.
        accuracy: whether the accuracy is measured.
    """

    first: int
    count: int
    accuracy: bool


def step_kinds(config: ExperimentConfig) -> tuple[StepKind, ...]:
    """All steps but the last evaluation, by accuracy and by whether λ is above 0; a kind may come twice."""
    steps, every = config.training.steps, config.training.accuracy_every

    def weighted(step: int) -> bool:
        return penalty_weight(config.cost.weight, step) > 0

    # λ only rises or only falls, so it changes between zero and more at most once.
    change = _first(lambda step: weighted(step) != weighted(0), steps)
    kinds = [kind for start, stop in ((0, change), (change, steps)) for kind in _by_accuracy(start, stop, every)]
    return tuple(kind for kind in kinds if kind.count)


def _by_accuracy(start: int, stop: int, every: int) -> tuple[StepKind, StepKind]:
    first = -(-start // every) * every
    measured = max(0, -((first - stop) // every))
    plain = start + 1 if start % every == 0 else start
    return StepKind(plain, stop - start - measured, accuracy=False), StepKind(first, measured, accuracy=True)


def _first(condition: Callable[[int], bool], steps: int) -> int:
    """The first step at which a condition holds that holds from then on; ``steps`` if there is none."""
    low, high = 0, steps
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if condition(middle) else (middle + 1, high)
    return low
