"""A sweep from its job file to the results of all its runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.run.common_budget import keep_budget
from sggd_qiskit.run.errors import ELSEWHERE, RecordError, disk_errors
from sggd_qiskit.run.files import LEDGER, write_text
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.rows import to_json
from sggd_qiskit.sweep.expand import Sweep, SweepRun
from sggd_qiskit.sweep.places import Place
from sggd_qiskit.sweep.results import SWEEP
from sggd_qiskit.sweep.work import Outcome, Task, work

_LOOK = 0.25  # seconds between two looks at what goes on
_DIED = (
    "the process was killed, for want of memory perhaps; with fewer --processes there is more of it for each, and the same "
    "command goes on with the run"
)


@dataclass(frozen=True)
class Watch:
    """What is told of a sweep, and what is asked, while it goes on.

    Attributes:
        on_end: told of each run that is over, and of its outcome.
        on_look: called some times a second, with the runs that may be under way.
        interrupted: asked likewise; True lets the runs stop after their steps.
    """

    on_end: Callable[[SweepRun, Outcome], None] = lambda *_: None
    on_look: Callable[[Sequence[SweepRun]], None] = lambda _: None
    interrupted: Callable[[], bool] = lambda: False


def run_sweep(
    sweep: Sweep, results: Path, place: Place, *, shard: tuple[int, int] = (1, 1), watch: Watch | None = None
) -> dict[str, Outcome]:
    """Do the runs of a sweep that are not complete yet.

    Args:
        sweep: what `load_sweep_job` has read.
        results: the folder in which the sweep's folder is made.
        place: where the runs are done.
        shard: number, from 1, and count of the parts of the sweep, of which only this one is done.
        watch: what is told and asked meanwhile.

    Returns:
        From the name of each run of the part that is over, or was stopped, to its outcome.

    Raises:
        ConfigError: if the cluster can't be reached.
        RecordError: if the sweep's folder can't be written.
    """
    watch = watch or Watch()
    folder = (results / sweep.name).absolute()
    with disk_errors(folder, ELSEWHERE):
        folder.mkdir(parents=True, exist_ok=True)
    plan = {"name": sweep.name, "axes": sweep.axes, "runs": {run.name: run.axes for run in sweep.runs}}
    write_text(folder / SWEEP, to_json(plan, indent=1) + "\n")
    keep_budget(folder, sweep.budget)
    number, count = shard
    part = sweep.runs[number - 1 :: count]
    outcomes: dict[str, Outcome] = {}
    left = []
    for run in part:
        if (row := _finished(folder / run.name)) is None:
            left.append(run)
        else:
            outcomes[run.name] = Outcome(*row)
            watch.on_end(run, outcomes[run.name])
    with _stop_file(folder) as stop:
        tasks = {run.name: (run, Task(run.config, folder, stop)) for run in left}
        for run, outcome in _done(tasks, place, watch):
            outcomes[run.name] = outcome
            watch.on_end(run, outcome)
    return {run.name: outcomes[run.name] for run in part if run.name in outcomes}


def _finished(folder: Path) -> tuple[str | None, bool, dict[str, Any] | None] | None:
    """The first facts of a complete run's outcome; None for one that isn't, or that can't be read, which it will say."""
    if not (folder / LEDGER).exists():
        return None
    try:
        with LedgerReader.open(folder / LEDGER) as ledger:
            return (ledger.reason, True, ledger.last_row()) if ledger.is_complete else None
    except RecordError:
        return None


@contextmanager
def _stop_file(folder: Path) -> Iterator[Path]:
    """A file that is not there yet; the runs look for it, wherever they are done."""
    stop = folder / f".stop-{uuid4().hex[:8]}"
    try:
        yield stop
    finally:
        stop.unlink(missing_ok=True)


def _done(tasks: Mapping[str, tuple[SweepRun, Task]], place: Place, watch: Watch) -> Iterator[tuple[SweepRun, Outcome]]:
    """Each run that is over, with its outcome; those that were under way when a process died are done one by one."""
    waiting, doubtful, alone = deque(tasks), list[str](), False
    while waiting or doubtful:
        if not waiting:
            waiting, doubtful, alone = deque(doubtful), [], True
        with place.open() as executor:
            lost = yield from _handed_over(waiting, executor, 1 if alone else place.room, tasks, watch)
        if watch.interrupted():
            return
        if alone:
            yield from ((tasks[name][0], Outcome(failure=_DIED)) for name in lost)
        else:
            doubtful.extend(lost)


def _handed_over(
    waiting: deque[str],
    executor: Executor,
    room: int | None,
    tasks: Mapping[str, tuple[SweepRun, Task]],
    watch: Watch,
) -> Generator[tuple[SweepRun, Outcome], None, list[str]]:
    """Hand runs over until all are done or a process has died; return those that were under way then."""
    running: dict[Future[Outcome], str] = {}
    lost: list[str] = []
    while running or (waiting and not lost):
        if watch.interrupted():
            waiting.clear()
            next(iter(tasks.values()))[1].stop.touch()
        while waiting and not lost and (room is None or len(running) < room):
            name = waiting.popleft()
            try:
                running[executor.submit(work, tasks[name][1])] = name
            except BrokenProcessPool:
                waiting.appendleft(name)
                break
        finished, _ = wait(running, _LOOK, FIRST_COMPLETED)
        watch.on_look([tasks[name][0] for name in running.values()])
        for future in finished:
            run = tasks[name := running.pop(future)][0]
            try:
                yield run, _placed(future.result(), run)
            except BrokenProcessPool:
                lost.append(name)
            except Exception as error:  # noqa: BLE001 - a run's own are outcomes, so it is the cluster's
                yield run, Outcome(failure=f"{_DIED} ({type(error).__name__}: {error})")
    return lost


def _placed(outcome: Outcome, run: SweepRun) -> Outcome:
    """With file and line in what is told of its configuration."""
    if not outcome.faults:
        return outcome
    return replace(outcome, failure="; ".join(run.source.describe(ConfigError(*outcome.faults))))
