"""The ``sggd`` command, in this process, or in one of its own that can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from typer.testing import CliRunner

from sggd_qiskit.cli.app import app
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.ledger_reader import LedgerReader

COMMAND = [sys.executable, "-c", "from sggd_qiskit.cli import main; main()"]
ROOT = Path(__file__).parent.parent
PAUSE = 0.002  # seconds between two looks


def environment(**more: str) -> dict[str, str]:
    """This process's, with the package on the path and one thread for each process."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", **more}


def call(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, in this process: a start of its own takes seconds."""
    changed = {"OMP_NUM_THREADS": "1", **more}
    former = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        result = CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)
    finally:
        for name, value in former.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)


def call_apart(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end in a process of its own, whose streams are real ones."""
    command, given = [*COMMAND, *map(str, arguments)], environment(**more)
    return subprocess.run(command, env=given, capture_output=True, text=True, errors="replace", check=False)


@contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """The command, going on; whatever becomes of the test, it doesn't outlive it."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def steps_recorded(results: Path) -> int:
    """How many steps the only run in a folder has finished."""
    ledgers = list(results.glob("*/ledger.sqlite"))
    try:
        with LedgerReader.open(ledgers[0]) as ledger:
            return len(ledger.rows())
    except (IndexError, RecordError):  # it has hardly begun
        return 0


def wait_for(process: subprocess.Popen[str], condition: Callable[[], bool]) -> None:
    """Wait until a condition holds or the process has ended."""
    while not condition() and process.poll() is None:
        sleep(PAUSE)
