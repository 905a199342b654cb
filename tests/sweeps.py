"""Small sweeps for the tests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from problems import CONFIGS
from training_runs import SMALL

from sggd_qiskit.sweep.expand import Sweep, load_sweep_job
from sggd_qiskit.sweep.places import Place
from sggd_qiskit.sweep.run import run_sweep

HERE = Place(lambda: ThreadPoolExecutor(1), 1)
"""In a thread of this process, which needs no start-up."""


def job_file(folder: Path, text: str, base: str = "plane") -> Path:
    """A job file with these lines, beside a small experiment, its base."""
    from sggd_qiskit.config.identity import to_yaml
    from sggd_qiskit.config.loading import load_config

    config = load_config(CONFIGS / f"{base}.yaml", (*SMALL[base], "execution.backend=exact"))
    (folder / "base.yaml").write_text(to_yaml(config), encoding="utf-8")
    file = folder / "job.yaml"
    file.write_text(f"name: trial\nbase: base.yaml\n{text}", encoding="utf-8")
    return file


def small_sweep(folder: Path, text: str = "seeds: 3\n", *overrides: str) -> Sweep:
    """The runs of such a job file."""
    return load_sweep_job(job_file(folder, text), overrides)


def completed(sweep: Sweep, results: Path, **arguments: object) -> Path:
    """The folder of a sweep that is complete after this call."""
    outcomes = run_sweep(sweep, results, HERE, **arguments)
    assert all(outcome.reason is not None for outcome in outcomes.values()), outcomes
    return results / sweep.name
