"""Runs and a sweep to report on."""

from __future__ import annotations

from pathlib import Path

import pytest
from sweeps import completed, small_sweep
from training_runs import small

from sggd_qiskit import run_experiment
from sggd_qiskit.report.page import write_report


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Path:
    """A complete run with shots and one parameter."""
    return run_experiment(small("werner"), tmp_path_factory.mktemp("run")).folder


@pytest.fixture(scope="session")
def sweep(tmp_path_factory) -> Path:
    """A complete sweep of four runs on two axes, of which one has names that are no good in HTML."""
    folder = tmp_path_factory.mktemp("sweep")
    cases = "cases:\n  <b onclick=alert(1)>plain</b>: {cost.guidance: none}\n  'guided \" $x$': {}\n"
    return completed(small_sweep(folder, f"{cases}seeds: 2\n"), folder)


@pytest.fixture(scope="session")
def run_page(tmp_path_factory, run) -> Path:
    """The page of the run."""
    return write_report([run], tmp_path_factory.mktemp("pages") / "run.html").path


@pytest.fixture(scope="session")
def sweep_page(tmp_path_factory, sweep) -> Path:
    """The page of the sweep."""
    return write_report([sweep], tmp_path_factory.mktemp("pages") / "sweep.html").path
