"""One budget for the runs of a sweep, which may be in the hands of several processes.

It lies beside their folders. Before a run submits jobs it writes down what it will have spent after them, and no two
runs do so at a time, so the sum is known before anything is paid. A run that was killed keeps what it has reserved.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sggd_qiskit.config.execution import BudgetConfig
from sggd_qiskit.execute.ibm.book import Spent
from sggd_qiskit.execute.job import BudgetError
from sggd_qiskit.run.errors import ELSEWHERE, RecordError, disk_errors
from sggd_qiskit.run.files import LEDGER, write_text
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.rows import to_json

BUDGET = "budget.json"
_LOCK = ".budget.lock"
_PATIENCE = 60.0  # seconds for which another process may hold the file
_ANEW = "delete it and start the sweep again, which makes it anew from the ledgers"
_WORDS = {"jobs": "jobs", "qpu_seconds": "QPU seconds"}


def keep_budget(folder: Path, budget: BudgetConfig) -> None:
    """Set the budget of all runs in a folder; what they have spent is read from their ledgers.

    Args:
        folder: of the sweep.
        budget: without limits it is lifted.

    Raises:
        RecordError: the file can't be written.
    """
    file = folder / BUDGET
    limits = budget.model_dump(exclude_none=True)
    if not limits and not file.exists():
        return
    with _held(folder):
        known = _read(file) if file.exists() else {"runs": {}}
        for ledger in folder.glob(f"*/{LEDGER}"):
            with suppress(RecordError), LedgerReader.open(ledger) as reader:  # a damaged run tells so by itself
                entry, spent = known["runs"].setdefault(ledger.parent.name, {}), _amounts(reader.spent())
                entry.update({key: max(value, entry.get(key, 0)) for key, value in spent.items()})
        write_text(file, to_json({"limits": limits, "runs": known["runs"]}, indent=1) + "\n")


def reserve(run: Path, total: Spent) -> None:
    """Write down what a run will have spent before long.

    Args:
        run: its folder; where there is no budget beside it, nothing is done.
        total: with all that it has spent before.

    Raises:
        BudgetError: all runs together would pass the budget; nothing is written then.
        RecordError: the file can't be read or written.
    """
    file = run.parent / BUDGET
    if not file.exists():
        return
    with _held(run.parent):
        known = _read(file)
        others = [entry for name, entry in known["runs"].items() if name != run.name]
        for key, limit in known["limits"].items():
            taken, needed = sum(entry[key] for entry in others), getattr(total, key)
            if taken + needed > limit:
                raise BudgetError(
                    f"the next step would pass the sweep's budget of {limit:g} {_WORDS[key]}: {taken:.4g} are spent by the "
                    f"other runs, or promised to them, and this one comes to {needed:.4g}; nothing more was submitted and "
                    f"all steps are recorded; to go on, raise budget.{key} in the job file and give the same command"
                )
        known["runs"][run.name] = _amounts(total)
        write_text(file, to_json(known, indent=1) + "\n")


def settle(run: Path, ledger: LedgerReader) -> None:
    """Give back what a run has reserved and not spent, unless jobs of it may be under way."""
    file = run.parent / BUDGET
    if not file.exists() or any(row["status"] in {"planned", "submitted"} for row in ledger.job_rows()):
        return
    with _held(run.parent):
        known = _read(file)
        known["runs"][run.name] = _amounts(ledger.spent())
        write_text(file, to_json(known, indent=1) + "\n")


def _amounts(spent: Spent) -> dict[str, float]:
    return {key: getattr(spent, key) for key in _WORDS}


def _read(file: Path) -> dict[str, Any]:
    try:
        known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        known["limits"].items(), known["runs"].items()
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise RecordError(file, f"can't be read ({error})", _ANEW) from error
    return known


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    with disk_errors(folder, ELSEWHERE):
        try:
            with FileLock(folder / _LOCK, timeout=_PATIENCE):
                yield
        except Timeout as error:
            reason = "another process holds it"
            raise RecordError(folder / _LOCK, reason, "end that process, or wait, and start the sweep again") from error
