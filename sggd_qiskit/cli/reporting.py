"""``sggd report``: a page about runs and sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from sggd_qiskit.report.page import write_report


def report_written(paths: Sequence[Path], output: Path | None, *, overwrite: bool) -> None:
    """Write the page, and say where it is and what could not be read.

    Args:
        paths: folders of runs, sweeps, or results.
        output: the file; named after the run or sweep unless given.
        overwrite: whether a file of that name may be replaced.

    Raises:
        RecordError: one of the paths holds no run, or the file exists or can't be written.
    """
    console = Console(highlight=False, soft_wrap=True)
    with console.status("Drawing the figures"):
        written = write_report(paths, output, overwrite=overwrite)
    for line in written.wrong:
        console.print(f"note: {line}", style="yellow", markup=False)
    runs = "1 run" if written.runs == 1 else f"{written.runs:,} runs"
    console.print(f"{written.path}: {runs}, {written.bytes / 1e6:.2f} MB; open it in a browser.", markup=False)
