"""Small trainings for the tests, and what may differ between two of the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from problems import CONFIGS

from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.loading import load_config

# Columns that tell when, how fast and under what name, not what.
STEP_TIMES = ["wall_seconds"]
JOB_TIMES = ["id", "tag", "started", "finished", "wall_seconds", "prepare_seconds", "idle_seconds"]

SMALL = {
    "plane": (
        "data.train=7",
        "data.test=5",
        "model.qubits=2",
        "model.ansatz.layers=1",
        "training.steps=6",
        "training.accuracy_every=2",
        "execution.shots=30",
    ),
    "werner": ("data.train=6", "data.test=5", "training.steps=6", "training.accuracy_every=2", "execution.shots=30"),
}


def small(name: str, *overrides: str) -> ExperimentConfig:
    """The experiment in configs/, made small, with overrides."""
    return load_config(CONFIGS / f"{name}.yaml", (*SMALL[name], *overrides))


def steps_of(folder: Path) -> pd.DataFrame:
    """The table of steps without its times."""
    return pd.read_parquet(folder / "steps.parquet").drop(columns=STEP_TIMES)


def jobs_of(folder: Path) -> pd.DataFrame:
    """The table of jobs without names and times."""
    return pd.read_parquet(folder / "jobs.parquet").drop(columns=JOB_TIMES)


def assert_same_run(one: Path, other: Path) -> None:
    """Two runs are the same, bit by bit, but for their times."""
    pd.testing.assert_frame_equal(steps_of(one), steps_of(other), check_exact=True)
    pd.testing.assert_frame_equal(jobs_of(one), jobs_of(other), check_exact=True)
    pd.testing.assert_frame_equal(
        pd.read_parquet(one / "predictions.parquet"), pd.read_parquet(other / "predictions.parquet"), check_exact=True
    )


def after(calls: int) -> Callable[[], bool]:
    """An ``interrupted`` that says yes at the call of that number."""
    left = iter(range(calls - 1, -1, -1))
    return lambda: next(left) == 0
