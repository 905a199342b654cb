"""The commands. Heavy imports stand inside them, so that ``sggd --help`` answers at once."""

from __future__ import annotations

import json
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from sggd_qiskit.cli.explore_commands import landscape, rank
from sggd_qiskit.cli.failures import explained
from sggd_qiskit.cli.options import File, Overrides, source_of
from sggd_qiskit.cli.setup_commands import doctor, init

app = typer.Typer(
    help="Train quantum neural networks under symmetry guidance (SGGD).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Results = Annotated[Path, typer.Option(metavar="DIR", help="Folder in which the run's folder is made.")]

Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs, or of results such as results/.")]


app.command()(init)


@app.command()
def run(  # noqa: PLR0917 - each is an option by name
    file: File,
    overrides: Overrides = None,
    results: Results = Path("results"),
    detach: Annotated[
        bool,
        typer.Option(
            "--detach", help="Collect the jobs that are done, submit the next ones to the IBM backend, and don't wait."
        ),
    ] = False,
    again: Annotated[
        list[str] | None,
        typer.Option(
            metavar="UNIT",
            help="Drop the job of a unit of work, such as step-000003, whose result is damaged for good, and pay it anew.",
        ),
    ] = None,
    show_config: Annotated[bool, typer.Option("--show-config", help="Print every resolved value and stop.")] = False,
) -> None:
    """Train as FILE says, or continue an interrupted run of it.

    \f
    Args:
        file: the configuration.
        overrides: ``key.path=value``, in their order.
        results: the folder in which the run's folder is made.
        detach: whether to wait for nothing.
        again: units of work that are run and paid anew.
        show_config: whether to print the resolved configuration and stop.
    """
    source = source_of(file, overrides)
    with explained(source):
        from sggd_qiskit.config.identity import to_yaml
        from sggd_qiskit.config.loading import validate

        config = validate(source)
        if show_config:
            typer.echo(to_yaml(config), nl=False)
            return
        from sggd_qiskit.cli.training import run_with_progress

        raise typer.Exit(run_with_progress(config, results, detach=detach, again=again or ()))


@app.command()
def sweep(
    job: Annotated[Path, typer.Argument(metavar="JOB", help="The job file, such as jobs/paper_plane.yaml.")],
    overrides: Overrides = None,
    *,
    results: Results = Path("results"),
    processes: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Runs at a time on this machine; one for each core if not set."),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask cluster that does the runs, such as tcp://node1:8786.")
    ] = None,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Do the I-th of N parts only, as in a Slurm array.")
    ] = "1/1",
) -> None:
    """Do all runs of JOB that are not complete yet: a configuration with other values and seeds.

    \f
    Args:
        job: the job file.
        overrides: of its base configuration, ``key.path=value``.
        results: the folder in which the sweep's folder is made.
        processes: runs at a time on this machine.
        scheduler: address of a Dask scheduler.
        shard: number and count of parts.
    """
    with explained(None):
        from sggd_qiskit.cli.sweeping import parsed_shard, sweep_with_table
        from sggd_qiskit.sweep.places import dask_cluster, this_machine

        place = this_machine(processes) if scheduler is None else dask_cluster(scheduler)
        raise typer.Exit(sweep_with_table(job, overrides or [], results, place, parsed_shard(shard)))


@app.command()
def plan(
    file: File,
    overrides: Overrides = None,
    device: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="A device such as fake_torino to which the penalty's circuits are transpiled."
        ),
    ] = None,
) -> None:
    """Show what FILE would run: circuits, PUBs, shots, jobs, ways to measure the penalty, the verdict on the symmetry.

    \f
    Args:
        file: the configuration.
        overrides: ``key.path=value``, in their order.
        device: name of a device to which the circuits are transpiled.
    """
    source = source_of(file, overrides)
    with explained(source):
        from sggd_qiskit.cli.plan_view import show_plan
        from sggd_qiskit.config.loading import validate

        show_plan(validate(source), device)


@app.command()
def status(
    runs: Runs,
    offline: Annotated[bool, typer.Option("--offline", help="Don't ask the service about jobs under way.")] = False,
) -> None:
    """Show steps, jobs, queue and QPU seconds of runs."""
    with explained(None):
        from sggd_qiskit.cli.jobs_view import show_status

        show_status(runs, ask=not offline)


@app.command()
def cancel(runs: Runs) -> None:
    """Cancel the jobs of runs that wait in the queue; the same `sggd run` submits them again."""
    with explained(None):
        from sggd_qiskit.cli.jobs_view import show_cancelled

        show_cancelled(runs)


@app.command()
def report(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN|SWEEP...", help="Folders of runs and sweeps, or of results such as results/."),
    ],
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The page; named after the run or sweep if not set.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write a page of HTML about runs and sweeps: figures, tables, configurations, versions. It needs no network.

    \f
    Args:
        runs: folders of runs, sweeps or results.
        output: the file.
        force: whether to replace it.
    """
    with explained(None):
        from sggd_qiskit.cli.reporting import report_written

        report_written(runs, output, overwrite=force)


@app.command()
def snapshot(
    backend: Annotated[str, typer.Argument(metavar="BACKEND", help="A device such as ibm_torino, or fake_torino.")],
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to save it; named after the device and its calibration.")
    ] = None,
) -> None:
    """Save a device's configuration and calibration, to rehearse runs with its noise later (backend: snapshot)."""
    with explained(None):
        from sggd_qiskit.cli.snapshots import save_snapshot

        save_snapshot(backend, output)


app.command()(landscape)
app.command()(rank)
app.command()(doctor)


@app.command()
def schema() -> None:
    """Print the JSON schema of experiment files, with which editors complete and check them."""
    with explained(None):
        from sggd_qiskit.config.identity import json_schema

        typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"sggd-qiskit {version('sggd-qiskit')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Entry point of ``sggd``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal without θ or ± shows a question mark in its place
            stream.reconfigure(errors="replace")
    app()
