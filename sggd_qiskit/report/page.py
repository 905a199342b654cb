"""The page: everything that it needs in one file, and nothing that asks a network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files as resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sggd_qiskit.figures.style import PALETTE
from sggd_qiskit.report.reading import FoundRuns, find_all
from sggd_qiskit.report.run_view import Detail, RunView, run_view
from sggd_qiskit.report.runs_view import RunsView, runs_view
from sggd_qiskit.report.svg import Drawings
from sggd_qiskit.run.files import require_free, write_text

MOST_DETAILED = 200
"""Runs that are shown one by one; the others have a row in the table alone."""
_FEW = 3  # runs of which all is shown
_MANY = Detail(points=100, lattice=27, whole=False)


@dataclass(frozen=True)
class Written:
    """A page that was written.

    Attributes:
        path: the file.
        bytes: its size.
        runs: how many it shows.
        wrong: what could not be read.
    """

    path: Path
    bytes: int
    runs: int
    wrong: tuple[str, ...]


def write_report(paths: Sequence[Path], output: Path | None = None, *, overwrite: bool = False) -> Written:
    """Write a page about runs and sweeps.

    Args:
        paths: their folders, or folders that hold them.
        output: the file; named after the run or sweep, or ``report.html`` for several, unless given.
        overwrite: whether a file of that name may be replaced.

    Raises:
        RecordError: one of the paths isn't there or holds no run, or the file exists or can't be written.
    """
    # Before the work, which may take a minute.
    output = output or _named(paths)
    require_free(output, overwrite=overwrite)
    found = find_all(paths)
    text = report_page(found)
    # Names may hold what is no text, such as half a character.
    write_text(output, text.encode("utf-8", "replace").decode())
    runs = [run for group in found for run in group.runs]
    wrong = [text for group in found for text in (*group.wrong, *(line for run in group.runs for line in run.wrong))]
    return Written(output, output.stat().st_size, len(runs), tuple(wrong))


def report_page(found: Sequence[FoundRuns]) -> str:
    """The page's HTML."""
    drawings = Drawings()
    groups = _groups(found, drawings)
    runs = [run for group in groups for run in group.runs]
    alone = len(runs) == 1 and len(groups) == 1 and not groups[0].wrong and found[0].sweep is None
    templates = resources(__package__) / "templates"
    script = (templates / "script.js").read_text(encoding="utf-8")
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        title=runs[0].found.folder.resolve().name if alone else groups[0].title if len(groups) == 1 else "Report",
        groups=groups,
        alone=alone,
        palette=PALETTE,
        style=Markup((templates / "style.css").read_text(encoding="utf-8")),  # noqa: S704 - the package's own
        drawings=drawings.css(),
        script=Markup(script),  # noqa: S704 - likewise
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        version=version("sggd-qiskit"),
    )


def _groups(found: Sequence[FoundRuns], drawings: Drawings) -> list[RunsView]:
    count = sum(len(group.runs) for group in found)
    detail = Detail() if count <= _FEW else _MANY
    number = 0
    groups = []
    for group in found:
        views: list[RunView] = []
        anchors = []
        for run in group.runs:
            number += 1
            anchors.append(f"run-{number}" if run.begun and number <= MOST_DETAILED else "")
            if anchors[-1]:
                views.append(run_view(run, anchors[-1], drawings, detail))
        groups.append(runs_view(group, views, anchors, drawings))
    return groups


def _named(paths: Sequence[Path]) -> Path:
    """In the working directory, after the only path."""
    return Path(f"{paths[0].resolve().name}.html" if len(paths) == 1 and paths[0].resolve().name else "report.html")
