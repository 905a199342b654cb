"""What a logger may do to a run: nothing."""

from __future__ import annotations

import logging
import subprocess
import sys
from threading import Event
from typing import ClassVar, Literal

import pytest
from command_line import environment
from problems import CONFIGS
from training_runs import after, assert_same_run, small

from sggd_qiskit import register, run_experiment
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.loggers.logger import Logger
from sggd_qiskit.run import logging as run_logging

EXACT = "execution.backend=exact"


class Kept(Logger):
    """Keeps the steps, by the run's tag, and can fail."""

    kind: Literal["kept"] = "kept"
    fails_at: str = ""

    steps: ClassVar[dict[str, list[int]]] = {}
    ended: ClassVar[list[tuple[str, str | None]]] = []
    failures: ClassVar[list[str]] = []  # still to come
    hanging: ClassVar[Event] = Event()

    def start(self, run):
        self.at("start")
        return KeptLog(self, run.tag)

    def at(self, place):
        if place == self.fails_at and self.failures:
            self.failures.pop()
            raise OSError(28, "No space left on http://me:hunter2@device")
        if self.fails_at == f"hangs at {place}":
            self.hanging.wait(20)


class KeptLog:
    def __init__(self, logger, tag):
        self.logger, self.kept = logger, Kept.steps.setdefault(tag, [])
        self.steps = list(self.kept)

    def step(self, numbers):
        self.logger.at(f"step {numbers['step']}")
        self.kept.append(numbers["step"])

    def end(self, summary):
        self.logger.at("end")
        Kept.ended.append((summary.state, summary.reason))


class Foreign(Logger):
    kind: Literal["foreign"] = "foreign"
    packages: ClassVar[tuple[str, ...]] = ("no_such_package",)

    def start(self, run):
        raise OSError


@pytest.fixture(autouse=True)
def kept():
    register("logger", "kept", Kept)
    register("logger", "foreign", Foreign)
    for store in (Kept.steps, Kept.ended, Kept.failures):
        store.clear()
    Kept.hanging.clear()
    yield Kept
    Kept.hanging.set()


def warnings_of(caplog):
    return [r.getMessage() for r in caplog.records if r.name == run_logging.__name__]


def logged(fails_at: str = "", *more: str):
    return small("plane", EXACT, f"training.loggers=[{{kind: kept, fails_at: '{fails_at}'}}]", *more)


def test_is_told_what_a_run_comes_to(tmp_path, kept):
    config = logged()
    run_experiment(config, tmp_path, interrupted=after(2))
    run = run_experiment(config, tmp_path)
    assert kept.ended == [("interrupted", None), ("complete", run.reason)]
    assert list(kept.steps.values()) == [list(range(7))]
    with pytest.raises(ZeroDivisionError):
        run_experiment(logged("", "name=other"), tmp_path, on_step=lambda row: 1 // (2 - row["step"]))
    assert kept.ended[2:] == [("failed", None)]


def test_a_run_in_memory_is_logged_too(kept):
    run_experiment(logged(), None)
    assert list(kept.steps.values()) == [list(range(7))]


def test_more_steps_are_another_run_with_all_of_its_steps(tmp_path, kept):
    run_experiment(logged("", "training.steps=3"), tmp_path)
    run_experiment(logged(), tmp_path)
    assert list(kept.steps.values()) == [list(range(4)), list(range(7))]


@pytest.mark.parametrize("place", ["start", "step 2", "end"])
@pytest.mark.parametrize("failures", [1, 2])
def test_one_that_fails_warns_once_and_the_run_is_the_same(tmp_path, kept, caplog, place, failures):
    plain = run_experiment(small("plane", EXACT), tmp_path / "plain")
    kept.failures += ["once"] * failures
    with caplog.at_level(logging.WARNING):
        run = run_experiment(logged(place), tmp_path / "logged")
    (warning,) = warnings_of(caplog)
    assert "hunter2" not in warning
    assert "No space left" in warning
    assert_same_run(run.folder, plain.folder)
    if failures == 2 and place != "end":  # the try at the end failed too; the same command logs the rest
        assert run_experiment(logged(place), tmp_path / "logged").was_complete
    assert list(kept.steps.values()) == [list(range(7))]


@pytest.mark.parametrize("place", ["start", "step 2"])
def test_one_that_hangs_does_not_stop_the_run(tmp_path, kept, caplog, monkeypatch, place):
    monkeypatch.setattr(run_logging, "PATIENCE", 0.1)
    with caplog.at_level(logging.WARNING):
        run = run_experiment(logged(f"hangs at {place}"), tmp_path)
    assert run.reason is not None
    assert len(warnings_of(caplog)) == 1


def test_needs_its_packages(tmp_path):
    with pytest.raises(ConfigError) as caught:
        run_experiment(small("plane", EXACT, "training.loggers=[kept, foreign]"), tmp_path)
    assert str(caught.value).startswith("training.loggers.1: ")
    assert "pip install no_such_package" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_run_without_loggers_imports_and_starts_nothing(tmp_path):
    code = (
        "import sys, threading, sggd_qiskit\n"
        f"sggd_qiskit.run_experiment(sggd_qiskit.load_config({str(CONFIGS / 'plane.yaml')!r}, ['training.steps=1', "
        "'data.train=5', 'data.test=5', 'model.qubits=2']), None)\n"
        "names = {name.split('.')[0] for name in sys.modules}\n"
        "sys.exit(bool(names & {'mlflow', 'tensorboard', 'sqlalchemy'}) or threading.active_count() > 1)"
    )
    assert subprocess.run([sys.executable, "-c", code], env=environment(), check=False).returncode == 0
