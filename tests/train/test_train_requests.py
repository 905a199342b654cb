from __future__ import annotations

import numpy as np
import pytest
from problems import configured

from sggd_qiskit.config.training import GivenInitial, NormalInitial, TrainingConfig, UniformInitial
from sggd_qiskit.train.initial import initial_theta
from sggd_qiskit.train.requests import Position, step_request

MANY = 4000
SIGMAS = 5  # standard errors that a sample's moment may be off


def position(step: int, reason: str | None = None) -> Position:
    return Position(step, {"theta": np.full(48, float(step))}, reason)


@pytest.fixture(scope="module")
def batched():
    return configured("plane", "data.train=40", "data.test=10", "training.batch=8", "training.accuracy_every=5")


def test_uniform_initial_values_fill_their_range():
    theta = initial_theta(TrainingConfig(initial=UniformInitial(low=-1.0, high=3.0)), MANY)
    assert theta.shape == (MANY,)
    assert (theta >= -1).all()
    assert (theta < 3).all()
    assert abs(theta.mean() - 1) < SIGMAS * 4 / np.sqrt(12 * MANY)


def test_normal_initial_values_have_their_width():
    theta = initial_theta(TrainingConfig(initial=NormalInitial(scale=0.2)), MANY)
    assert abs(theta.mean()) < SIGMAS * 0.2 / np.sqrt(MANY)
    assert abs(theta.std() - 0.2) < SIGMAS * 0.2 / np.sqrt(2 * MANY)


def test_given_initial_values_are_taken_as_they_are():
    assert initial_theta(TrainingConfig(initial=GivenInitial(values=(0.5, -2.0))), 2).tolist() == [0.5, -2.0]


@pytest.mark.parametrize("initial", [UniformInitial(), NormalInitial()], ids=lambda initial: initial.kind)
def test_initial_values_are_the_seeds(initial):
    first, again, other = (initial_theta(TrainingConfig(initial=initial, seed=seed), 10) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.intersect1d(first, other).size


def rows(problem, request) -> list[int]:
    """Which training points are in the batch, by their coordinates, which are all different."""
    return [int(np.flatnonzero((problem.dataset.train.points == p).all(axis=1))[0]) for p in request.batch.points]


def test_batches_are_drawn_afresh_and_without_repetition(batched):
    drawn = [rows(batched, step_request(batched, position(step))) for step in range(60)]
    assert all(len(batch) == 8 for batch in drawn)
    assert all(batch == sorted(set(batch)) for batch in drawn)
    assert len({tuple(batch) for batch in drawn}) == len(drawn)
    assert {row for batch in drawn for row in batch} == set(range(40))


def test_batches_are_the_seeds(batched):
    again = configured("plane", "data.train=40", "data.test=10", "training.batch=8", "training.steps=7")
    other = configured("plane", "data.train=40", "data.test=10", "training.batch=8", "training.seed=2")
    # From the end to the start: a batch doesn't depend on the steps before.
    for step in reversed(range(6)):
        batch = rows(batched, step_request(batched, position(step)))
        assert rows(again, step_request(again, position(step))) == batch
        assert rows(other, step_request(other, position(step))) != batch


@pytest.mark.parametrize("override", ["training.batch=null", "training.batch=40"])
def test_without_a_smaller_batch_all_points_are_used(override):
    problem = configured("plane", "data.train=40", "data.test=10", override)
    request = step_request(problem, position(3))
    assert request.batch is problem.dataset.train


def test_accuracy_is_measured_every_so_many_steps(batched):
    for step in range(11):
        measure = step_request(batched, position(step)).measure
        assert measure == ((batched.dataset.train, batched.dataset.test) if step % 5 == 0 else ())


def test_a_full_batch_serves_as_the_training_sample():
    problem = configured("plane", "data.train=40", "data.test=10")
    assert step_request(problem, position(0)).measure == (problem.dataset.test,)


def test_the_last_request_has_no_gradient_and_measures_the_test_sample(batched):
    request = step_request(batched, position(7, "a reason"))
    assert not request.gradient
    assert request.batch is batched.dataset.train
    assert request.batch is batched.dataset.train
    assert request.measure == (batched.dataset.test,)
    assert step_request(batched, position(7)).gradient


def test_a_request_is_at_its_steps_theta_and_weight():
    problem = configured("plane", "data.train=9", "cost.weight={kind: linear, start: 0, end: 1, steps: 4}")
    requests = [step_request(problem, position(step, "end" if step == 5 else None)) for step in range(6)]
    assert [request.weights for request in requests] == [(w,) for w in (0, 0.25, 0.5, 0.75, 1, 1)]
    assert all((request.theta == request.step).all() for request in requests)
