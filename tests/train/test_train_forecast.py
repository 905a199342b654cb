from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_runs import small, steps_of

from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.cost.weight import penalty_weight
from sggd_qiskit.problem import build_problem
from sggd_qiskit.run.forecast import Load, forecast
from sggd_qiskit.run.run import run_experiment
from sggd_qiskit.run.step_kinds import step_kinds

RISING = "cost.weight={kind: linear, start: 0, end: 1, steps: 4}"
FALLING = "cost.weight={kind: cosine, start: 1, end: 0, steps: 3}"

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
        ("plane", ("training.batch=3", "cost.guidance=twirled", "training.accuracy_every=1")),
        ("plane", (RISING,)),
        ("plane", (FALLING, "training.accuracy_every=3", "training.batch=2")),
        ("plane", ("cost.weight=0", "training.accuracy_every=50")),
        ("werner", ()),
        ("werner", ("cost.guidance=none", "training.batch=2")),
        ("werner", (RISING, "training.steps=1")),
    ],
)
def test_the_forecast_is_what_a_run_records(tmp_path, name, overrides):
    config = small(name, "execution.backend=aer", *overrides)
    expected = forecast(build_problem(config)).total
    steps = steps_of(run_experiment(config, tmp_path).folder)
    assert len(steps) == expected.evaluations == config.training.steps + 1
    for column in ("jobs", "pubs", "parameter_sets", "shots"):
        assert steps[column].sum() == getattr(expected, column), column
    assert (steps["shots"] == steps["shots_requested"]).all()


def test_the_parts_of_a_forecast_are_the_steps_of_a_run(tmp_path):
    config = small("plane", "execution.backend=aer", RISING)
    expected = forecast(build_problem(config))
    shots = steps_of(run_experiment(config, tmp_path).folder)["shots"].tolist()
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
    config = _config(weight, steps, every)
    counted: dict[tuple[bool, bool], int] = {}
    for kind in step_kinds(config):
        key = (kind.accuracy, penalty_weight(config.cost.weight, kind.first) > 0)
        assert kind.accuracy == (kind.first % every == 0)
        assert 0 <= kind.first < steps
        counted[key] = counted.get(key, 0) + kind.count
    expected: dict[tuple[bool, bool], int] = {}
    for step in range(steps):
        key = (step % every == 0, penalty_weight(config.cost.weight, step) > 0)
        expected[key] = expected.get(key, 0) + 1
    assert counted == expected


def test_a_billion_billion_steps_are_counted_too():
    steps = 10**18
    kinds = step_kinds(_config({"kind": "linear", "start": 0.0, "end": 1.0, "steps": 5}, steps, 7))
    assert sum(kind.count for kind in kinds) == steps
    assert sum(kind.count for kind in kinds if kind.accuracy) == -(-steps // 7)


def _config(weight: object, steps: int, every: int) -> ExperimentConfig:
    config = small("plane")
    plain = config.model_dump()
    plain["cost"]["weight"] = weight
    plain["training"] |= {"steps": steps, "accuracy_every": every}
    return ExperimentConfig.model_validate(plain)
