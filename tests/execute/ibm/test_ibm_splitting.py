"""Steps as jobs: every parameter set in one place, within the limits, with no shot less than was asked for."""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.config.execution import LimitsConfig
from sggd_qiskit.execute.ibm.options import primitive_options
from sggd_qiskit.execute.ibm.pubs import job_pubs, joined
from sggd_qiskit.execute.ibm.splitting import PUB_SETS, common_shots, plan_jobs
from sggd_qiskit.execute.job import ExecutionError, WorkUnit

T = Parameter("t")
UNIT = WorkUnit.of_step(3)
LEVELS = st.sampled_from([{"resilience_level": level} for level in (0, 1, 2)])


def circuit(measured=False):
    found = QuantumCircuit(1)
    found.ry(T, 0)
    if measured:
        found.measure_all()
    return found


MEASUREMENTS = (
    Measurement(circuit(), (SparsePauliOp(["Z", "X"]),)),
    Measurement(circuit(), (SparsePauliOp("Z"), SparsePauliOp("Z", 0.5))),
    Readout(circuit(measured=True), lambda bits: 1.0 - 2.0 * bits, np.ones(1)),
)


def setting(number, shape, shots):
    values = np.linspace(0, 3, int(np.prod(shape))).reshape(*shape, 1)
    return Setting(MEASUREMENTS[number], {(T,): values}, tuple(shape), shots)


SETTINGS = st.lists(
    st.builds(
        setting,
        st.integers(0, 2),
        st.lists(st.integers(1, 7), min_size=1, max_size=2),
        st.sampled_from([2, 30, 64, 300]),
    ),
    min_size=1,
    max_size=6,
)


def rules_of(options):
    return primitive_options(options).rules


@given(SETTINGS, LEVELS, st.integers(1000, 40_000))
@settings(max_examples=60)
def test_every_parameter_set_is_in_one_chunk_and_every_job_within_the_limits(steps, options, executions):
    rules, limits = rules_of(options), LimitsConfig(executions=executions)
    try:
        plans = plan_jobs(steps, UNIT, rules, limits)
    except ExecutionError as error:
        assert "execution.limits" in str(error)  # noqa: PT017 - it may plan, or say so
        assume(False)
    found = sorted((c.setting, k) for plan in plans for c in plan.chunks for k in range(c.first, c.stop))
    assert found == [(number, k) for number, s in enumerate(steps) for k in range(s.parameter_sets)]
    for plan in plans:
        assert plan.executions <= executions
        assert plan.delivered >= plan.shots
        assert {isinstance(steps[c.setting].measurement, Readout) for c in plan.chunks} == {plan.sampler}
        assert all(c.repeats * plan.delivered >= steps[c.setting].shots for c in plan.chunks)
        bases = [steps[c.setting].measurement.num_bases for c in plan.chunks]
        sizes = [c.parameter_sets * c.repeats * b for c, b in zip(plan.chunks, bases, strict=True)]
        rule = rules[plan.sampler]
        assert plan.executions == sum(sizes) * plan.delivered * len(rule.noise_factors) + rule.calibration(plan.shots)
    names = [plan.unit.name for plan in plans]
    assert len(set(names)) == len(names)
    assert plan_jobs(steps, UNIT, rules, limits) == plans


def test_names_of_units_tell_primitives_and_parts():
    rules = rules_of({"resilience_level": 0})
    steps = [setting(1, [30], 100), setting(2, [5], 100)]
    whole = plan_jobs(steps, UNIT, rules, LimitsConfig())
    assert [plan.unit.name for plan in whole] == ["step-000003", "step-000003-sampler"]
    parts = plan_jobs(steps, UNIT, rules, LimitsConfig(executions=1000))
    assert [plan.unit.name for plan in parts] == [*(f"step-000003-part-{k}" for k in (1, 2, 3)), "step-000003-sampler"]
    assert {plan.unit.step for plan in parts} == {3}


def test_a_circuit_that_no_job_can_hold_is_an_error():
    with pytest.raises(ExecutionError, match=r"one circuit of this run takes 4,000 executions"):
        plan_jobs(
            [setting(0, [3], 2000)],
            UNIT,
            rules_of({"resilience_level": 0}),
            LimitsConfig(executions=3000),
        )


def test_input_that_is_too_large_is_split():
    steps = [setting(1, [60_000], 10)]
    plans = plan_jobs(steps, UNIT, rules_of({"resilience_level": 0}), LimitsConfig(megabytes=1))
    assert len(plans) == 3  # 4 values of 8 bytes, base64
    assert sum(chunk.parameter_sets for plan in plans for chunk in plan.chunks) == 60_000


COUNTS = st.lists(st.tuples(st.integers(1, 500), st.integers(2, 5000)), min_size=1, max_size=5)


@given(COUNTS, LEVELS)
def test_common_shots_are_of_those_that_occur_and_none_of_the_others_runs_less_with_fewer_repeats(circuits, options):
    for rule in rules_of(options).values():

        def repeats(shots):
            return sum(count * ceil(wanted / shots) for count, wanted in circuits)

        def executions(shots, rule=rule):
            return repeats(shots) * rule.delivered(shots)

        shots = common_shots(circuits, rule, 0.00035)
        others = {wanted for _, wanted in circuits}
        assert shots in others
        assert all(ceil(wanted / shots) * rule.delivered(shots) >= wanted for _, wanted in circuits)
        best = executions(shots), repeats(shots)
        assert not any(
            executions(other) <= best[0] and repeats(other) <= best[1] and (executions(other), repeats(other)) != best
            for other in others
        )


def executed(plans):
    return sum(plan.executions for plan in plans)


def sent(plans):
    """Parameter sets that the client prepares."""
    return sum(chunk.parameter_sets * chunk.repeats for plan in plans for chunk in plan.chunks)


@pytest.mark.parametrize("shots", [64, 1024, 4096])
def test_many_circuits_with_more_shots_get_a_job_of_their_own_and_are_not_repeated(shots):
    steps = [setting(1, [9700], shots), setting(1, [1552], max(64, shots // 16))]
    plans = plan_jobs(steps, UNIT, rules_of({"resilience_level": 0}), LimitsConfig(executions=10**9))
    assert len(plans) == (1 if shots == 64 else 2)
    assert sent(plans) == 9700 + 1552
    assert executed(plans) == 9700 * shots + 1552 * max(64, shots // 16)


def test_few_circuits_are_repeated_or_run_longer_before_they_get_a_job_of_their_own():
    rules = rules_of({"resilience_level": 0})
    few = [setting(1, [2], 1024), setting(1, [500], 64)]
    (plan,) = plan_jobs(few, UNIT, rules, LimitsConfig())
    assert (plan.shots, sent([plan])) == (64, 500 + 2 * 16)
    few = [setting(1, [500], 1024), setting(1, [2], 64)]
    (plan,) = plan_jobs(few, UNIT, rules, LimitsConfig())
    assert (plan.shots, sent([plan])) == (1024, 502)


@given(SETTINGS, LEVELS)
@settings(max_examples=40)
def test_no_other_number_of_jobs_is_forecast_to_be_cheaper(steps, options):
    rules = rules_of(options)
    together = sum(plan.qpu_seconds for plan in plan_jobs(steps, UNIT, rules, LimitsConfig()))
    apart = [plan_jobs([step], UNIT, rules, LimitsConfig()) for step in steps]
    preparing = 0.001 * sum(s.circuits * 150 for s in steps)  # no more than that is paid to send fewer circuits
    assert together <= sum(plan.qpu_seconds for plans in apart for plan in plans) + preparing


@given(
    st.lists(st.builds(setting, st.integers(0, 2), st.just([1700]), st.sampled_from([2, 64])), min_size=1, max_size=3)
)
@settings(max_examples=10)
def test_pubs_stay_small_enough_to_be_prepared_fast(steps):
    for plan in plan_jobs(steps, UNIT, rules_of({"resilience_level": 0}), LimitsConfig()):
        for chunk in plan.chunks:
            sets = chunk.parameter_sets * chunk.repeats * steps[chunk.setting].measurement.num_bases
            assert sets <= PUB_SETS <= 2000


@given(SETTINGS, st.integers(1000, 5000))
@settings(max_examples=40)
def test_a_split_step_has_the_outcomes_of_the_whole(steps, executions):
    rules = rules_of({"resilience_level": 0})
    split = plan_jobs(steps, UNIT, rules, LimitsConfig(executions=executions))
    outcomes = joined(split, [exact(plan, steps) for plan in split], steps)
    for outcome, step in zip(outcomes, steps, strict=True):
        outputs, sets = step.measurement.num_outputs, step.parameter_sets
        wanted = np.repeat(np.cos(step.values[(T,)]).reshape(sets, 1), outputs, axis=-1)
        np.testing.assert_array_equal(outcome.values, wanted)
        assert outcome.variances.shape == (sets, outputs)
        assert outcome.excess.shape == (sets, outputs, outputs)


def exact(plan, steps):
    """The outcomes of an estimator without noise, from the values that the job's PUBs bind."""
    outcomes = []
    for chunk, pub in zip(plan.chunks, job_pubs(plan, steps), strict=True):
        angles = pub[-1].as_array([T])[..., 0]
        assert angles.shape == (chunk.repeats, chunk.parameter_sets)
        assert all(np.array_equal(row, angles[0]) for row in angles)
        outputs = steps[chunk.setting].measurement.num_outputs
        values = np.repeat(np.cos(angles[0])[:, None], outputs, axis=1)
        outcomes.append(Outcome(values, np.ones_like(values)))
    return outcomes
