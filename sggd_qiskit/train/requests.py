"""What is evaluated at each step: a pure function of the step and of where the training stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sggd_qiskit.config.training import SPSA, RandomCoordinates, TrainingConfig
from sggd_qiskit.cost.request import Knowledge, Request
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.gradient.directions import drawn_coordinates, drawn_perturbations
from sggd_qiskit.problem import Problem
from sggd_qiskit.seeds import Purpose, generator
from sggd_qiskit.train.optimizers import State


@dataclass(frozen=True)
class Position:
    """Where a training stands: what comes next, and with what.

    Attributes:
        step: the next step to evaluate.
        state: the optimiser's, with θ.
        reason: why that step is the last one, evaluated without another update; None if it is not.
        known: what the terms have learned so far, by name.
    """

    step: int
    state: State
    reason: str | None
    known: Knowledge = field(default_factory=dict)


def step_request(problem: Problem, position: Position) -> Request:
    """What is evaluated at a step; everything random depends on the step alone."""
    config, train_sample = problem.config.training, problem.dataset.train
    weights, theta = problem.weights(position.step), position.state["theta"]
    if position.reason is not None:
        test = (problem.dataset.test,)
        return Request(position.step, theta, weights, train_sample, gradient=False, measure=test, known=position.known)
    batch = train_sample
    if config.batch is not None and config.batch < len(train_sample):
        rows = generator(config.seed, Purpose.BATCH, position.step).choice(
            len(train_sample), size=config.batch, replace=False
        )
        batch = train_sample.batch(np.sort(rows))
    measure: tuple[Sample, ...] = ()
    if position.step % config.accuracy_every == 0:
        # The outputs of the whole training set come with the cost anyway.
        measure = (problem.dataset.test,) if batch is train_sample else (train_sample, problem.dataset.test)
    directions = _directions(config, position.step, len(theta))
    return Request(position.step, theta, weights, batch, measure=measure, known=position.known, **directions)


def _directions(config: TrainingConfig, step: int, parameters: int) -> dict[str, Any]:
    """What is drawn for the gradient rule at a step."""
    rng = generator(config.seed, Purpose.DIRECTIONS, step)
    match config.gradient:
        case RandomCoordinates(coordinates=count):
            return {"factors": drawn_coordinates(rng, parameters, count)}
        case SPSA(pairs=pairs, perturbation=size):
            return {"perturbations": drawn_perturbations(rng, parameters, pairs, size)}
    return {}
