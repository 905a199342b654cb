"""The paper's figures and tables, and those on its open questions, by one command that goes on where it was stopped.

Does the sweeps of jobs/paper_*.yaml on all cores, keeps a row of each run in results/reference/, then draws and prints what
`paper_tables.py` makes of these rows:

    python benchmarks/paper.py [FOLDER OF THE RUNS]
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import paper_tables
from rich.console import Console
from rich.progress import Progress

from sggd_qiskit import load_config, load_sweep
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.problem import build_problem
from sggd_qiskit.run.forecast import forecast
from sggd_qiskit.sweep.expand import Sweep, SweepRun, load_sweep_job
from sggd_qiskit.sweep.places import this_machine
from sggd_qiskit.sweep.results import SweepResults
from sggd_qiskit.sweep.run import Watch, run_sweep
from sggd_qiskit.sweep.work import Outcome

ROOT = Path(__file__).parent.parent
KEPT = ["test_accuracy", "test_accuracy_stderr", "data_term", "penalty", "step"]
DEVICE = "fake_torino"
ON_DEVICE = {"backend": "aer", "shots_for": "cost", "options": {"resilience_level": 0}}
AT_IDENTITY, NEAR_IDENTITY = 0.2, 0.05
"""Of |θ|: a training ended at the identity, and came near it. With shots and Adam it wanders about the minimum."""
EXPLORED = {
    "landscape_d1": "configs/werner.yaml --set data.region=d1 --point 10 --values 61",
    "landscape_d2": "configs/werner.yaml --set data.region=d2 --point 10 --values 61",
    "landscape_plane": "configs/plane.yaml --along random --along random",
    "flat_d1": "configs/werner.yaml --set data.region=d1 --draws 2000",
    "flat_d2": "configs/werner.yaml --set data.region=d2 --draws 2000",
    "flat_plane": "configs/plane.yaml --draws 2000 --threshold 0.5",
    "landscape_qubits": "configs/plane.yaml --draws 150 --qubits 2,4,6,8,10",
}
"""Arguments of ``sggd landscape``, by the name of the figure."""


def main() -> None:
    """Do it."""
    runs = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "results"
    paper_tables.REFERENCE.mkdir(exist_ok=True)
    for file in sorted(ROOT.glob("jobs/paper_*.yaml")):
        keep(trained(load_sweep_job(file), runs))
    costs(load_sweep_job(ROOT / "jobs/paper_plane.yaml")).to_parquet(paper_tables.REFERENCE / "paper_costs.parquet")
    for name, arguments in EXPLORED.items():
        explored(runs / name, shlex.split(arguments))
    paper_tables.main()


def explored(output: Path, arguments: list[str]) -> None:
    """A landscape, unless it is there, and its figure in the documents."""
    figure = output.with_suffix(".svg")
    if not figure.exists():
        command = [sys.executable, "-m", "sggd_qiskit", "landscape", *arguments, "--output", output.resolve()]
        subprocess.run(command, cwd=ROOT, check=True)
    if (shown := ROOT / "docs" / figure.name).exists():
        shutil.copyfile(figure, shown)


def trained(sweep: Sweep, runs: Path) -> SweepResults:
    """The sweep's results, once all its runs are complete."""
    failures = []
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(sweep.name, total=len(sweep.runs))

        def tell(run: SweepRun, outcome: Outcome) -> None:
            progress.advance(task)
            if outcome.failure:
                failures.append(f"{run}: {outcome.failure}")

        run_sweep(sweep, runs, this_machine(), watch=Watch(on_end=tell))
    if failures:
        sys.exit("\n".join(failures))
    return load_sweep(runs / sweep.name)


def keep(sweep: SweepResults) -> None:
    """Write a row of each run, and for the ways on the plane the mean accuracies at each step."""
    name, rows = sweep.folder.name, sweep.runs[[*sweep.axes, *KEPT]].copy()
    if name in ("paper_werner", "paper_speed"):
        angles = sweep.steps.assign(angle=sweep.steps["theta"].map(lambda theta: abs(theta[0])))
        by_run = angles.sort_values("step").groupby("run")
        last = sweep.runs["run"].map(by_run["angle"].last())
        rows["start"] = sweep.runs["run"].map(by_run["angle"].first())
        rows["at_identity"] = last < AT_IDENTITY
        rows["steps_to_identity"] = sweep.runs["run"].map(
            angles[angles["angle"] < NEAR_IDENTITY].groupby("run")["step"].min()
        )
    if name == "paper_plane":
        steps = sweep.steps.dropna(subset=["test_accuracy"])
        curves = steps[[*sweep.axes, "step", "test_accuracy"]]
        curves.to_parquet(paper_tables.REFERENCE / "paper_curves.parquet", index=False)
    rows.to_parquet(paper_tables.REFERENCE / f"{name}.parquet", index=False)


def costs(sweep: Sweep) -> pd.DataFrame:
    """What each way takes on a device: size of its circuits, and circuits, shots and QPU seconds of a full gradient."""
    rows = []
    for run in sweep.runs[:: sum(run.axes["case"] == sweep.runs[0].axes["case"] for run in sweep.runs)]:
        config = run.config.model_dump(mode="json", exclude_unset=True)
        expected = forecast(build_problem(load_config({**config, "execution": ON_DEVICE})), fake_device(DEVICE))
        rows.append(
            {
                "case": run.axes["case"],
                "depth": [circuit.depth for circuit in expected.circuits],
                "two_qubit_gates": [circuit.two_qubit_gates for circuit in expected.circuits],
                "parameter_sets": expected.plain.parameter_sets,
                "qpu_seconds": np.round(expected.plain.qpu_seconds, 1),
            }
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main()
