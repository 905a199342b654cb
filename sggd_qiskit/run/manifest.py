"""The manifest: what a run was made of, with what software, and when."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sggd_qiskit.run.files import MANIFEST
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.rows import LAYOUT_VERSION, to_json

PACKAGES = (
    "sggd-qiskit", "qiskit", "qiskit-aer", "qiskit-ibm-runtime", "qiskit-machine-learning", "numpy", "pandas", "pyarrow"
)  # fmt: skip


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
        details: what only the caller knows: configuration, backend, seeds, classes, names of features and parameters.
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


def ledger_manifest(
    run: str, ledger: LedgerReader, *, end: str | None = None, reason: str | None = None
) -> dict[str, Any]:
    """The manifest, as the ledger tells it; empty if it is too old to do so.

    Args:
        run: the run's name.
        ledger: the run's, with a start.
        end: when the run is about to end, in UTC; else as the ledger knows.
        reason: why it does.
    """
    details = json.loads(ledger.recall("details") or "{}")
    if not details:
        return {}
    end, reason = end or ledger.recall("end"), reason or ledger.reason
    plain: dict[str, Any] = json.loads(to_json(run_manifest(run, details, ledger.starts(), end=end, reason=reason)))
    return plain


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest in a run's folder; nothing if it can't be read."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def environment(packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Time, Python, platform, versions of the installed packages, and the source's revision, as JSON can say them."""
    return {
        "time": utc_now(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: found for name in packages if (found := _version(name)) is not None},
        "source_revision": source_revision(Path(__file__).parent),
    }


def utc_now() -> str:
    """The time in UTC, in ISO format to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def source_revision(folder: Path) -> str | None:
    """The commit that ``folder``'s code is of, with ``-dirty`` if it was changed since; None outside a checkout."""
    # An installed package may lie in somebody's repository without being part of it: then no file of it is tracked.
    tracked = _git(folder, "ls-files", "--", "*.py")
    return _git(folder, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*") if tracked else None


def _git(folder: Path, *arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "--no-optional-locks", "-C", str(folder), *arguments]
    try:
        finished = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return finished.stdout.strip() or None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
