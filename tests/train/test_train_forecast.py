from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import CONFIGS
from training_runs import small

from sggd_qiskit.config.cost import CostConfig
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.problem import Problem, build_problem, guided
from sggd_qiskit.run.forecast import Load, forecast
from sggd_qiskit.run.run import run_experiment
from sggd_qiskit.run.step_kinds import StepKind, step_kinds

VALUE = "execution.shots_for=value"  # else the shares follow λ, and a sum that is rounded up changes from step to step
RISING = "cost.weight={kind: linear, start: 0, end: 1, steps: 4}"
FALLING = "cost.weight={kind: cosine, start: 1, end: 0, steps: 3}"

PLANE = build_problem(small("plane"))
SCHEDULES = st.one_of(
    st.sampled_from([0.0, 0.5]),
    st.builds(
        lambda kind, start, end, steps: {"kind": kind, "start": start, "end": end, "steps": steps},
        st.sampled_from(["linear", "cosine"]),
        st.sampled_from([0.0, 0.3, 2.0]),
        st.sampled_from([0.0, 0.3, 2.0]),
        st.integers(1, 12),
    ),
    st.just({"kind": "exponential", "start": 0.1, "end": 1.0, "steps": 3}),
)


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("plane", ("cost.guidance=penalty",)),
        ("plane", ("cost.guidance=twirled",)),
        ("plane", ("cost.guidance=none",)),
        ("plane", ("training.batch=3",)),
        ("plane", (VALUE,)),
        ("plane", ("training.batch=3", "cost.guidance=twirled", "training.accuracy_every=1")),
        ("plane", (RISING, VALUE)),
        ("plane", (FALLING, VALUE, "training.accuracy_every=3", "training.batch=2")),
        ("plane", ("cost.weight=0", "training.accuracy_every=50")),
        ("plane", ("training.gradient={kind: spsa}",)),
        ("plane", ("cost.estimator=echo", "cost.reference=identity")),
        (
            "plane",
            ("cost.estimator=echo", "cost.reference={kind: identity, every: 4}", "training.gradient={kind: spsa}"),
        ),
        (
            "plane",
            (RISING, VALUE, "cost.estimator=echo", "cost.reference={kind: identity, every: 3}"),
        ),
        ("werner", ()),
        ("werner", ("cost.guidance=none", "training.batch=2")),
        ("werner", (RISING, "training.steps=1")),
    ],
)
def test_the_forecast_is_what_a_run_records(name, overrides):
    config = small(name, "execution.backend=aer", *overrides)
    expected = forecast(build_problem(config)).total
    steps = run_experiment(config, None).results.steps
    assert len(steps) == expected.evaluations == config.training.steps + 1
    for column in ("jobs", "pubs", "parameter_sets", "shots"):
        assert steps[column].sum() == getattr(expected, column), column
    assert (steps["shots"] == steps["shots_requested"]).all()


def test_the_parts_of_a_forecast_are_the_steps_of_a_run():
    config = small("plane", "execution.backend=aer", RISING, VALUE)
    expected = forecast(build_problem(config))
    shots = run_experiment(config, None).results.steps["shots"].tolist()
    # λ is 0 at step 0 alone; what is shown is the dearer kind.
    assert shots[0] < shots[2] == shots[4] == expected.measured.shots
    assert shots[1] == shots[3] == shots[5] == expected.plain.shots
    assert shots[6] == expected.final.shots


def test_without_plain_steps_the_measured_ones_stand_for_them():
    expected = forecast(build_problem(small("plane", "training.accuracy_every=1")))
    assert expected.plain == expected.measured


def test_circuit_sizes_are_those_of_the_terms():
    sizes = forecast(build_problem(small("werner"))).circuits
    assert [size.term for size in sizes] == ["outputs", "penalty"]
    # Twelve tetrahedral rotations: three of order 2, and four pairs of s and its inverse.
    assert [size.count for size in sizes] == [1, 7]
    assert all(size.qubits == 2 and size.bases == 3 and size.depth > 0 for size in sizes)


def test_loads_add_up():
    load = Load(1, 2, 3, 4, 5, 6, 7, 8.5)
    assert load.plus(load.times(2)) == load.times(3) == Load(3, 6, 9, 12, 15, 18, 21, 25.5)


@given(SCHEDULES, st.integers(1, 30), st.integers(1, 12))
def test_kinds_count_every_step_once(weight, steps, every):
    problem = scheduled(weight, steps, every)
    expected: dict[StepKind, tuple[int, int]] = {}
    for step in range(steps):
        kind = StepKind(step % every == 0, tuple(w > 0 for w in problem.weights(step)))
        first, count = expected.get(kind, (step, 0))
        expected[kind] = (first, count + 1)
    assert step_kinds(problem) == expected


@pytest.mark.parametrize("every", [1, 7, 20_000, 10**12])
def test_a_million_steps_are_counted_too(every):
    steps = 10**6
    kinds = step_kinds(scheduled({"kind": "linear", "start": 0.0, "end": 1.0, "steps": 5}, steps, every))
    assert sum(count for _, count in kinds.values()) == steps
    assert sum(count for kind, (_, count) in kinds.items() if kind.accuracy) == -(-steps // every)
    assert all(kind.accuracy == (first % every == 0) for kind, (first, _) in kinds.items())


def scheduled(weight: object, steps: int, every: int) -> Problem:
    """The plane's problem with another schedule of λ, and other numbers of steps."""
    cost = CostConfig.model_validate({"weight": weight})
    training = PLANE.config.training.model_copy(update={"steps": steps, "accuracy_every": every})
    config = PLANE.config.model_copy(update={"cost": cost, "training": training})
    return guided(replace(PLANE, config=config, terms=()))


def test_copies_side_by_side_take_so_many_times_fewer_executions():
    step = [forecast(build_problem(load_config(CONFIGS / "plane.yaml", ["execution.backend=ibm_torino", patches])))
            for patches in ("execution.patches=1", "execution.patches=14")]  # fmt: skip
    assert step[0].plain.shots > 12 * step[1].plain.shots
    assert step[0].plain.device_jobs >= step[1].plain.device_jobs


def test_a_forecast_says_how_many_copies_are_worth_it_and_why_there_are_no_more():
    found = forecast(build_problem(small("plane", "execution.backend=fake_manila", "execution.patches=auto")),
                     fake_device("fake_manila"))  # fmt: skip
    for copies in (copies for term in found.patches.values() for copies in term):
        assert 1 <= copies.count <= 2
        assert "patch" in copies.stopped
