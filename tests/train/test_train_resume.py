"""A run that was interrupted anywhere and continued is the run that never was."""

from __future__ import annotations

import pytest
from training_runs import after, assert_same_run, small, steps_of

from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run import run_experiment
from sggd_qiskit.run.run_folder import RunFolder

DESCENT = "training.optimizer={kind: gradient_descent, learning_rate: 0.2}"
RUNS = {
    "exact": ("plane", ()),
    "exact descent": ("plane", (DESCENT,)),
    "exact batch": ("plane", ("training.batch=3",)),
    "exact twirled": ("plane", ("cost.guidance=twirled",)),
    "exact schedule": ("plane", ("cost.weight={kind: linear, start: 0, end: 1, steps: 3}",)),
    "patience": ("plane", (DESCENT, "training.stop={patience: 2, min_improvement: 10}")),
    "gradient norm": (
        "werner",
        (
            "execution.backend=exact",
            "training.initial.values=[0.8]",
            "training.steps=40",
            "training.stop.gradient_norm=1.2",
        ),
    ),
    "exact coordinates": ("plane", ("training.gradient={kind: random_coordinates, coordinates: 2}",)),
    "exact spsa": ("plane", ("training.gradient={kind: spsa, pairs: 2}",)),
    "aer coordinates": ("werner", ("training.gradient={kind: random_coordinates, coordinates: 1}",)),
    "aer spsa": ("plane", ("execution.backend=aer", "training.gradient={kind: spsa}")),
    "rehearsal": ("werner", ("execution.backend=fake_manila", "execution.transpiler.trials=1")),
    "rehearsal with a reference": (
        "werner",
        (
            "execution.backend=fake_manila",
            "execution.transpiler.trials=1",
            "cost.estimator=echo",
            "cost.reference={kind: identity, every: 4}",
            "training.gradient={kind: spsa}",
        ),
    ),
    "aer": ("werner", ()),
    "aer descent": ("werner", (DESCENT,)),
    "aer value": ("werner", ("execution.shots_for=value",)),
    "aer batch": ("plane", ("execution.backend=aer", "training.batch=3")),
    "aer patience": ("werner", ("training.stop={patience: 2, min_improvement: 10}",)),
}
FIRST = 3  # steps until the interruption
RUN = pytest.mark.parametrize(("name", "overrides"), list(RUNS.values()), ids=list(RUNS))


@RUN
def test_a_run_interrupted_after_each_step_is_the_same(tmp_path, name, overrides):
    config = small(name, *overrides)
    whole = run_experiment(config, tmp_path / "whole")
    parts = [run_experiment(config, tmp_path / "parts", interrupted=lambda: True)]
    while parts[-1].reason is None:
        parts.append(run_experiment(config, tmp_path / "parts", interrupted=lambda: True))
    assert len(parts) == len(steps_of(whole.folder))
    assert [part.row["step"] for part in parts] == list(range(len(parts)))
    assert parts[-1].reason == whole.reason
    assert_same_run(parts[-1].folder, whole.folder)


@pytest.mark.parametrize("key", ["exact", "rehearsal", "aer batch"])
def test_a_run_interrupted_once_is_the_same(tmp_path, key):
    name, overrides = RUNS[key]
    config = small(name, *overrides)
    whole = run_experiment(config, tmp_path / "whole")
    begun = run_experiment(config, tmp_path / "parts", interrupted=after(FIRST))
    assert begun.reason is None
    assert len(steps_of(begun.folder)) == FIRST
    ended = run_experiment(config, tmp_path / "parts")
    assert (ended.folder, ended.reason, ended.was_complete) == (begun.folder, whole.reason, False)
    assert_same_run(ended.folder, whole.folder)


@pytest.mark.parametrize("key", ["patience", "gradient norm", "aer patience"])
def test_early_stops_end_early(key):
    name, overrides = RUNS[key]
    config = small(name, *overrides)
    result = run_experiment(config, None)
    steps = result.results.steps
    assert len(steps) < config.training.steps
    assert ("no progress" if "patience" in key else "gradient's norm") in result.reason
    # The step that gave the reason was still followed by its update, and then by the last evaluation.
    assert steps["gradient_norm"].isna().tolist() == [False] * (len(steps) - 1) + [True]
    assert not (steps["theta"].iloc[-1] == steps["theta"].iloc[-2]).all()


def test_a_step_that_failed_is_done_again(tmp_path):
    """What the screen does must not decide what is recorded: an error there comes after the step."""

    def broken(row):
        if row["step"] == 2:
            raise ZeroDivisionError

    config = small("werner")
    whole = run_experiment(config, tmp_path / "whole")
    with pytest.raises(ZeroDivisionError):
        run_experiment(config, tmp_path / "parts", on_step=broken)
    seen = []
    ended = run_experiment(config, tmp_path / "parts", on_step=seen.append)
    assert [row["step"] for row in seen] == [3, 4, 5, 6]
    assert_same_run(ended.folder, whole.folder)


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("method", ["write_predictions", "complete", "flush"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_killed_around_its_last_writes_is_the_same(tmp_path, monkeypatch, method, when):
    config = small("plane")
    whole = run_experiment(config, tmp_path / "whole")
    original = getattr(RunFolder, method)

    def killed(self, *args, **kwargs):
        if when == "after":
            original(self, *args, **kwargs)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, method, killed)
        patch.setattr(RunFolder, "__exit__", lambda self, *_: self.close())  # a killed process tidies nothing up
        with pytest.raises(KilledError):
            run_experiment(config, tmp_path / "parts")
    ended = run_experiment(config, tmp_path / "parts")
    assert ended.reason == whole.reason
    assert ended.was_complete == (method == "complete" and when == "after")
    assert_same_run(ended.folder, whole.folder)
    assert load_results(ended.folder).complete
