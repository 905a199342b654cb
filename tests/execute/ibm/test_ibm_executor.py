"""The executor on IBM's devices, at the stand-in: outcomes of all kinds of settings, splits, and jobs paid once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import random_ansatz
from ibm_standin import StandIn
from qiskit.quantum_info import SparsePauliOp, Statevector

from sggd_qiskit.circuit.measurement import Measurement, Setting, readouts
from sggd_qiskit.config.execution import ExecutionConfig
from sggd_qiskit.execute.executor import Executor
from sggd_qiskit.execute.ibm.book import Entry, Spent
from sggd_qiskit.execute.ibm.executor import IbmExecutor
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.job import WorkUnit

SHOTS = 2000
SIGMAS = 5
OBSERVABLES = (SparsePauliOp(["IZ", "XX"], [1, 0.5]), SparsePauliOp(["ZI", "ZZ"], [1, -0.7]))
SEED = np.random.SeedSequence(0)


class MemoryBook:
    """A job book that forgets when the test ends."""

    run_tag = "sggd-test"

    def __init__(self):
        self.entries, self.facts, self.settled = {}, {}, {}

    def plan(self, unit):
        new = unit.name not in self.entries
        if new:
            tag = f"{self.run_tag}-{unit.name}"
            self.entries[unit.name] = Entry(tag, "planned", None, new=True, attempts=0, qpu_seconds_failed=0.0,
                                            duplicates=(), session=None)  # fmt: skip
        return replace(self.entries[unit.name], new=new)

    def update(self, unit, state, facts):
        known = {key: value for key, value in facts.items() if key in {"id", "attempts", "qpu_seconds_failed"}}
        self.entries[unit.name] = replace(self.entries[unit.name], state=state, **known)

    def note(self, unit, text):
        raise AssertionError(f"{unit}: {text}")  # nothing goes wrong here

    def spent(self):
        return Spent(len(self.entries), 0.0)

    def reserve(self, total):
        self.reserved = total

    def unsettled(self):
        return ()

    def settle(self, unit, bill):
        self.settled[unit] = bill.qpu_seconds

    def recall(self, key):
        return self.facts.get(key)

    def remember(self, key, value):
        self.facts[key] = value


@pytest.fixture
def stand_in(monkeypatch):
    with StandIn() as found:
        for name, value in found.environment().items():
            monkeypatch.setenv(name, value)
        yield found


def executor(book, **limits):
    config = ExecutionConfig(
        backend="ibm_manila",
        options={"resilience_level": 0},
        transpiler={"trials": 1},
        service={"poll": 0.02, "timeout": 30, "patience": 5},
        limits=limits,
    )
    service = Service(config.service)
    service.connect()
    return IbmExecutor(config, service, "ibm_manila", book)


def step(found: Executor, shape=(2, 3)):
    """The settings of a step, with values and the expectation values that they should give."""
    rng = np.random.default_rng(3)
    circuit = random_ansatz(rng, 2, 6, affine=True)
    plain = Measurement(circuit, OBSERVABLES)
    values = rng.uniform(-3, 3, size=(*shape, 6))
    items = [found.prepare(item) for item in (plain, *readouts(plain))]
    settings = [Setting(item, {tuple(circuit.parameters): values}, shape, SHOTS) for item in items]
    states = [Statevector(circuit.assign_parameters(row)) for row in values.reshape(-1, 6)]
    wanted = [[state.expectation_value(observable).real for observable in OBSERVABLES] for state in states]
    return settings, np.reshape(wanted, (*shape, 2))


def test_outputs_agree_with_exact_values_and_a_unit_is_paid_once(stand_in):
    book = MemoryBook()
    first = executor(book)
    settings, wanted = step(first)
    (estimated, *read), jobs = first.run(settings, SEED, WorkUnit.of_step(0))
    sampled = sum(outcome.values for outcome in read)
    for values, variances in (
        (estimated.values, estimated.variances),
        (sampled, sum(outcome.variances for outcome in read)),
    ):
        assert values.shape == wanted.shape
        assert np.all(np.abs(values - wanted) < SIGMAS * np.sqrt(variances))
    assert (estimated.excess * (1 - np.eye(2))).any()  # the outputs' errors go together
    assert [job.unit for job in jobs] == ["step-000000"]
    assert [job.shots for job in jobs] == [settings[0].circuits * SHOTS + 2 * 6 * SHOTS]
    # Another process that runs the same step finds its jobs.
    other = executor(book)
    again, _ = other.run(step(other)[0], SEED, WorkUnit.of_step(0))
    for a, b in zip((estimated, *read), again, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
        np.testing.assert_array_equal(a.excess, b.excess)
    assert len(stand_in.submissions) == 1
    other.close(final=True)


def test_a_split_step_is_split_alike_in_every_process(stand_in):
    book, units = MemoryBook(), []
    for _ in range(2):
        found = executor(book, executions=3 * 2 * SHOTS)
        settings, wanted = step(found, (7,))
        outcomes, jobs = found.run(settings[:1], SEED, WorkUnit.of_step(4))
        units.append([(job.unit, job.parameter_sets) for job in jobs])
        assert np.all(np.abs(outcomes[0].values - wanted) < SIGMAS * np.sqrt(outcomes[0].variances))
    assert (
        units[0] == units[1] == [(f"step-000004-part-{k}", size) for k, size in ((1, 6), (2, 6), (3, 2))]
    )  # two bases
    assert len(stand_in.submissions) == 3


def test_settings_with_other_shots_run_in_other_jobs_and_their_errors_follow(stand_in):
    found = executor(MemoryBook())
    (few, *_), few_wanted = step(found, (60,))
    (many, *_), many_wanted = step(found, (200,))
    outcomes, jobs = found.run([few, replace(many, shots=50)], SEED, WorkUnit.of_step(1))
    assert [(job.parameter_sets, job.shots) for job in jobs] == [(120, few.circuits * SHOTS), (400, many.circuits * 50)]
    for outcome, wanted in zip(outcomes, (few_wanted, many_wanted), strict=True):
        assert np.all(np.abs(outcome.values - wanted) < SIGMAS * np.sqrt(outcome.variances))
    means = [outcome.variances.mean() for outcome in outcomes]
    np.testing.assert_allclose(means[1] / means[0], SHOTS / 50, rtol=0.25)
