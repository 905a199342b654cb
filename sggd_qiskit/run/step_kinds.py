"""The kinds of steps of a training, which are forecast once each."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm

from sggd_qiskit.problem import Problem

_LOOKED_AT = 10_000
"""Steps that are looked at one by one, or more if the schedule of λ is longer."""


@dataclass(frozen=True)
class StepKind:
    """What decides which circuits a step runs; steps of a kind take the same.

    Attributes:
        accuracy: whether the accuracy is measured.
        weighted: for each term of the guidance whether its λ is above 0, so that its gradient is measured.
        reference: whether the penalty's reference is measured.
    """

    accuracy: bool
    weighted: tuple[bool, ...]
    reference: bool = False


def step_kinds(problem: Problem) -> dict[StepKind, tuple[int, int]]:
    """For each kind of steps, without the last evaluation, the first of them and how many there are."""
    steps, every = problem.config.training.steps, problem.config.training.accuracy_every
    kinds: dict[StepKind, tuple[int, int]] = {}

    def _add(kind: StepKind, first: int, count: int) -> None:
        if count:
            known, so_far = kinds.get(kind, (first, 0))
            kinds[kind] = (known, so_far + count)

    # There may be a billion steps, but λ is constant from the end of its schedule on.
    constant = min(steps, max(_LOOKED_AT, getattr(problem.config.cost.weight, "steps", 0)))
    referred = problem.config.reference.every if problem.config.reference is not None and problem.terms else None
    for step in range(constant):
        measured = referred is not None and step % referred == 0
        _add(StepKind(step % every == 0, _weighted(problem, step), measured), step, 1)
    later, none = range(constant, steps), range(0)
    accurate = _multiples(every, later)
    due = none if referred is None else _multiples(referred, later)
    both = none if referred is None else _multiples(lcm(every, referred), later)
    weighted = _weighted(problem, constant)
    for accuracy, reference, steps_of, count in (
        (True, True, both, len(both)),
        (True, False, accurate, len(accurate) - len(both)),
        (False, True, due, len(due) - len(both)),
        (False, False, later, len(later) - len(accurate) - len(due) + len(both)),
    ):
        if count:
            first = next(step for step in steps_of if (step in accurate, step in due) == (accuracy, reference))
            _add(StepKind(accuracy, weighted, reference), first, count)
    return kinds


def _multiples(number: int, steps: range) -> range:
    """Those of the steps that are its multiples."""
    return range(-(-steps.start // number) * number, steps.stop, number)


def _weighted(problem: Problem, step: int) -> tuple[bool, ...]:
    return tuple(weight > 0 for weight in problem.weights(step))
