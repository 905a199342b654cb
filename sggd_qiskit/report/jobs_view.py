"""What the page shows of a run's jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from sggd_qiskit.report.numbers import NOTHING, moment, plain, seconds
from sggd_qiskit.report.tables import Cell, Table
from sggd_qiskit.run.ledger_reader import billed

MOST_ROWS = 500


@dataclass(frozen=True)
class JobsView:
    """Jobs as the page shows them.

    Attributes:
        count: of units of work.
        states: how many are in each state, in words.
        qpu_seconds: of all together, with ``~`` while some is a forecast; empty without any.
        price: of these, if a rate is set.
        table: of the units that are listed; None if none are.
    """

    count: int
    states: str
    qpu_seconds: str
    price: str
    table: Table | None


def jobs_view(jobs: pd.DataFrame, config: dict[str, Any], spent: float | None, *, listed: bool) -> JobsView | None:
    """The jobs of a run; None if there are none.

    Args:
        jobs: a row per unit of work, as in `Results.jobs`.
        config: the run's, for the price of a QPU second.
        spent: QPU seconds by the ledger, which knows of sessions too; None where it can't be read.
        listed: whether they are listed one by one.
    """
    if jobs.empty or "status" not in jobs:
        return None
    known: Any = jobs.astype(object).where(jobs.notna(), None).to_dict("records")
    own = [billed(job) if job.get("id") else job.get("qpu_seconds_failed") or 0.0 for job in known]
    total = sum(own) if spent is None else spent
    about = "~" if any(job.get("qpu_final") is False for job in known) else ""
    execution = config.get("execution")
    rate = execution.get("rate") if isinstance(execution, dict) and total > 0 else None
    counts = ", ".join(f"{count:,} {state}" for state, count in jobs["status"].value_counts().items())
    titles = ("unit", "job", "step", "state", "backend", "PUBs", "sets", "shots", "started", "duration", "QPU seconds")
    shown = zip(known[:MOST_ROWS], own, strict=False) if listed else ()
    rows = tuple(_row(job, cost, rate) for job, cost in shown)
    return JobsView(
        len(jobs),
        counts,
        f"{about}{total:,.1f}" if total > 0 else "",
        f"{about}{total * rate:,.2f}" if rate is not None else "",
        Table(titles if rate is None else (*titles, "price"), rows) if listed else None,
    )


def _row(job: dict[str, Any], spent: float, rate: float | None) -> tuple[Cell, ...]:
    started, finished = job.get("started"), job.get("finished")
    lasted = None if started is None or finished is None else (finished - started).total_seconds()
    about = "~" if job.get("qpu_final") is False else ""
    cells = [
        Cell(str(job.get("unit") or NOTHING)),
        Cell(str(job.get("id") or NOTHING)),
        _count(job.get("step")),
        Cell(str(job.get("status"))),
        Cell(str(job.get("backend") or NOTHING)),
        *(_count(job.get(name)) for name in ("pubs", "parameter_sets", "shots")),
        Cell(moment(started)),
        Cell(seconds(lasted), lasted),
        Cell(f"{about}{spent:,.1f}" if spent else NOTHING, spent),
    ]
    return tuple(cells) if rate is None else (*cells, Cell(f"{about}{spent * rate:,.2f}", spent))


def _count(value: Any) -> Cell:
    number = None if value is None else int(value)
    return Cell(plain(number), number)
