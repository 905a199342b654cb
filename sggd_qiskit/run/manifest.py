"""The manifest: what a run was made of and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sggd_qiskit.run.layout import LAYOUT_VERSION


def run_manifest(
    run: str,
    details: Mapping[str, Any],
    starts: Sequence[Mapping[str, Any]],
    *,
    end: str | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """The content of ``manifest.json``.

    Args:
        run: the run's name.
        details: what only the caller knows: backend, seeds, names of the parameters, digests of data files.
        starts: the `environment` of each process that has worked on the run; the latest one's stands at the top level.
        end: when the run ended, in UTC; None while it hasn't.
        reason: why it ended.
    """
    *earlier, latest = starts
    return {
        **details,
        **{fact: value for fact, value in latest.items() if fact != "time"},
        "layout_version": LAYOUT_VERSION,
        "run": run,
        "start": starts[0]["time"],
        "end": end,
        "reason": reason,
        "resumes": len(earlier),
        "latest_start": latest["time"],
        "earlier_starts": earlier,
    }
