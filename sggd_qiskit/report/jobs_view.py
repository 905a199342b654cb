"""What the page shows of a run's jobs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sggd_qiskit.report.numbers import NOTHING, is_number, moment, plain, seconds
from sggd_qiskit.report.tables import Cell, Table

MOST_ROWS = 500
_BILLED = ("qpu_seconds", "qpu_seconds_failed", "qpu_seconds_duplicates")


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


def jobs_view(jobs: pd.DataFrame, config: dict[str, Any], *, listed: bool) -> JobsView | None:
    """The jobs of a run; None if there are none.

    Args:
        jobs: a row per unit of work, as in `Results.jobs`.
        config: the run's, for the price of a QPU second.
        listed: whether they are listed one by one.
    """
    if jobs.empty or "status" not in jobs:
        return None
    execution = config.get("execution")
    rate = execution.get("rate") if isinstance(execution, dict) else None
    spent = _billed(jobs)
    total, about = float(spent.sum()), "" if _final(jobs).all() else "~"
    counts = ", ".join(f"{count:,} {state}" for state, count in jobs["status"].value_counts().items())
    priced = is_number(rate) and total > 0
    titles = ("unit", "job", "step", "state", "backend", "PUBs", "sets", "shots", "started", "duration", "QPU seconds")
    shown = zip(jobs.head(MOST_ROWS).to_dict("records"), spent, strict=False) if listed else ()
    rows = [_row(job, billed, rate if priced else None) for job, billed in shown]
    return JobsView(
        len(jobs),
        counts,
        f"{about}{total:,.1f}" if total > 0 else "",
        f"{about}{total * rate:,.2f}" if rate is not None and priced else "",
        Table((*titles, "price") if priced else titles, tuple(rows)) if listed else None,
    )


def _row(job: dict[Hashable, Any], spent: float, rate: float | None) -> tuple[Cell, ...]:
    started, finished = job.get("started"), job.get("finished")
    lasted = None if pd.isna(started) or pd.isna(finished) else (finished - started).total_seconds()
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
    return (*cells, Cell(f"{about}{spent * rate:,.2f}", spent)) if rate is not None else tuple(cells)


def _count(value: Any) -> Cell:
    number = int(value) if value is not None and not pd.isna(value) else None
    return Cell(plain(number), number)


def _billed(jobs: pd.DataFrame) -> pd.Series[float]:
    """QPU seconds of each unit: what was submitted, failed jobs and duplicates included."""
    columns = [jobs[name].fillna(0).astype(float) for name in _BILLED if name in jobs]
    total: pd.Series[float] = sum(columns, pd.Series(0.0, index=jobs.index))
    if "id" in jobs and "qpu_seconds" in jobs:  # of a unit that is only planned it is a forecast
        total = total - jobs["qpu_seconds"].fillna(0).where(jobs["id"].isna(), 0.0)
    return total


def _final(jobs: pd.DataFrame) -> pd.Series[bool]:
    return jobs["qpu_final"].isin([True]) | jobs["qpu_final"].isna() if "qpu_final" in jobs else jobs["status"].notna()
