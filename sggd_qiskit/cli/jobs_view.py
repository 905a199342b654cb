"""``sggd status`` and ``sggd cancel``: the jobs of runs at IBM's service."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sggd_qiskit.cli.terminal import numbers_table, wide_console
from sggd_qiskit.run.folders import find_runs
from sggd_qiskit.run.status import RunStatus, Services, cancel_queued, run_status

_NOTES = 10  # of the latest


def show_status(paths: Sequence[Path], *, ask: bool) -> None:
    """Print a row for each run, then the jobs under way, then what happened to jobs before.

    Raises:
        RecordError: if there is no run, or it can't be read.
        ExecutionError: if the service can't be asked.
    """
    console = wide_console()
    services = Services() if ask else None
    found = [run_status(path, services) for path in find_runs(paths)]
    table = numbers_table("", "run", "backend", "state", "steps", "jobs", "failed", "pending", "queue", "QPU seconds")
    for run in found:
        table.add_row(run.name, *_cells(run))
    console.print(table)
    for run in found:
        for job, state in run.pending:
            console.print(f"{run.name}: job {job} {state.lower()}", markup=False)
        for session in run.sessions:
            console.print(
                f"{run.name}: {session} is open; the same sggd run goes on in it, and closes it", markup=False
            )
    for run in found:
        for time, text in run.notes[-_NOTES:]:
            console.print(f"{run.name}: {time[:16].replace('T', ' ')} UTC: {text}", markup=False)
    if any(not run.qpu_final for run in found):
        console.print("~ forecast in part: the service tells the billed time some minutes after a job.")


def show_cancelled(paths: Sequence[Path]) -> None:
    """Cancel what is queued, and print what was done.

    Raises:
        RecordError: if there is no run, or it can't be read.
        ExecutionError: if the service can't be asked.
    """
    console = wide_console()
    services = Services()
    for path in find_runs(paths):
        gone, left = cancel_queued(path, services)
        told = f"cancelled {', '.join(gone)}" if gone else "nothing is queued"
        if left:
            told += f"; {', '.join(left)} can't be cancelled any more, and the same sggd run collects it"
        console.print(f"{path.name}: {told}", markup=False)


def _cells(run: RunStatus) -> tuple[str, ...]:
    waiting = run.pending and run.queue is not None  # as the service says
    state = "complete" if run.reason is not None else "at the service" if waiting else "to be continued"
    seconds = f"{'' if run.qpu_final else '~'}{run.qpu_seconds:,.1f}"
    return (
        run.backend,
        state,
        f"{run.steps}/{run.steps_planned + 1}",
        f"{run.jobs:,}",
        f"{run.failed:,}",
        f"{len(run.pending):,}",
        "" if run.queue is None else f"{run.queue:,}",
        seconds if run.budget is None else f"{seconds} of {run.budget:,.0f}",
    )
