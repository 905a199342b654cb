"""Small trainings on the stand-in for IBM's service, and what may differ between a disturbed one and an undisturbed one."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ibm_standin import StandIn
from problems import CONFIGS
from training_runs import SMALL as TRAINING
from training_runs import jobs_of, small, steps_of

from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run import RunResult, run_experiment

STEPS = 3

SMALL = (
    *("execution.backend=ibm_manila", "execution.shots=40", "execution.options={resilience_level: 0}"),
    "execution.shots_for=value",  # jobs of some size
    *("execution.transpiler.trials=1", "execution.service.poll=0.02", "execution.service.listing=2"),
    f"training.steps={STEPS}",
)
EXTRAPOLATED = "execution.options={resilience_level: 0, resilience: {zne_mitigation: true}}"
"""Expectation values by the Estimator, all else by the Sampler."""

# What a fault may change beside the times: where and how often a job was run, not what came of it.
STEP_FAULTS = ["session", "qpu_seconds"]
JOB_FAULTS = [
    *("session", "attempts", "duplicates", "qpu_seconds_failed", "qpu_seconds_duplicates", "qpu_final", "calibration"),
]


def werner(*overrides: str) -> ExperimentConfig:
    """Werner states on ibm_manila: jobs of some hundred circuits."""
    return small("werner", *SMALL, *overrides)


def plane(*overrides: str) -> ExperimentConfig:
    """Points in the plane on two qubits of ibm_manila."""
    return small("plane", *SMALL, *overrides)


def command(results: Path, *overrides: str) -> list[object]:
    """The arguments of ``sggd`` for the same as ``plane``."""
    sets = [word for override in (*TRAINING["plane"], *SMALL, *overrides) for word in ("--set", override)]
    return ["run", CONFIGS / "plane.yaml", "--results", results, *sets]


@contextmanager
def serving(**arguments: Any) -> Iterator[StandIn]:
    """A stand-in that clients in this process, and in those started from it, find by the environment."""
    with StandIn(**arguments) as stand_in, pytest.MonkeyPatch.context() as patch:
        for name, value in stand_in.environment().items():
            patch.setenv(name, value)
        yield stand_in


def undisturbed(config: ExperimentConfig, results: Path) -> Path:
    """The folder of the run at a service of its own, where nothing goes wrong."""
    with serving():
        return completed(config, results)


def completed(config: ExperimentConfig, results: Path, **arguments: Any) -> Path:
    """The folder of a run that is complete after this call."""
    result = run_experiment(config, results, **arguments)
    assert result.reason is not None
    assert not result.pending
    return result.folder


def until_complete(config: ExperimentConfig, results: Path, most: int = 200, **arguments: Any) -> list[RunResult]:
    """What each call returned, of as many as were needed."""
    found = []
    while not found or found[-1].reason is None:
        assert len(found) < most
        found.append(run_experiment(config, results, **arguments))
    return found


def assert_same_result(one: Path, other: Path, *, billed: bool = True) -> None:
    """Two runs are the same bit by bit, whatever befell their jobs; but for what is billed, if that is not known for all."""
    seconds = [] if billed else ["qpu_seconds"]
    steps = (steps_of(folder).drop(columns=[*STEP_FAULTS, *seconds]) for folder in (one, other))
    jobs = (jobs_of(folder).drop(columns=[*JOB_FAULTS, *seconds]) for folder in (one, other))
    predictions = (pd.read_parquet(folder / "predictions.parquet") for folder in (one, other))
    for tables in (steps, jobs, predictions):
        pd.testing.assert_frame_equal(*tables, check_exact=True)


def jobs(folder: Path) -> pd.DataFrame:
    """The table of jobs by unit."""
    return load_results(folder).jobs.set_index("unit")


def notes(folder: Path) -> list[str]:
    """The ledger's notes."""
    with LedgerReader.open(folder / "ledger.sqlite") as ledger:
        return [note["text"] for note in ledger.notes()]


def paid_by_unit(stand_in: StandIn) -> Counter[str]:
    """For each unit's tag the number of jobs that ran to completion, as the server has counted."""
    return Counter({tag: count for tag, count in stand_in.paid_by_tag().items() if "-step-" in tag})


def assert_paid_once(stand_in: StandIn, folder: Path) -> None:
    """Each unit of the run was paid, and none twice."""
    assert paid_by_unit(stand_in) == dict.fromkeys(jobs(folder)["tag"], 1)


@contextmanager
def forked(config: ExperimentConfig, results: Path) -> Iterator[BaseProcess]:
    """The run in a process of its own, which doesn't outlive the test.

    It comes from a server that has imported everything, and so begins at once.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(["ibm_runs"])
    process = context.Process(target=_run, args=(dict(os.environ), config, results))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))  # where the server finds this
        process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _run(environment: dict[str, str], config: ExperimentConfig, results: Path) -> None:
    os.environ.update(environment)
    run_experiment(config, results)
