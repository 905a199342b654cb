"""``sggd doctor``: what was found, section by section, and what is wrong with its remedy."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sggd_qiskit.cli.failures import FAILED
from sggd_qiskit.setup.doctor import examine


def show_findings(*, offline: bool) -> int:
    """Print what was found.

    Args:
        offline: whether to leave IBM's service alone.

    Returns:
        The exit code: 0, or 1 if something is wrong.
    """
    console = Console(highlight=False)
    with console.status("") as status:
        findings = examine(offline=offline, tell=lambda what: status.update(f"{what} …"))
    for section, lines in findings.lines.items():
        console.print(section)
        table = Table.grid(padding=(0, 2))
        for name, said in lines:
            table.add_row(Text(f"  {name}"), Text(said))
        console.print(table)
    for number, wrong in enumerate(findings.wrong, 1):
        console.print(f"wrong {number}: {wrong}", style="yellow", markup=False)
    if not findings.wrong:
        console.print("Nothing is wrong.")
    return FAILED if findings.wrong else 0
