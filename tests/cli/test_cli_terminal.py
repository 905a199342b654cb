"""Tables and bars on a terminal of 80 columns."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from rich.console import Console

from sggd_qiskit.cli.progress import TrainingProgress
from sggd_qiskit.cli.terminal import numbers_table, wide_console

HEADS = ("run", "state", "steps", "jobs", "two-qubit gates", "circuits a step", "QPU seconds")
CELLS = ("plane-d147ddcb", "unfinished", "300/301", "1,234", "115", "24,832", "123,271.7")


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")


def test_a_table_fits_and_no_number_is_cut(narrow):
    console = wide_console()
    console.file = StringIO()
    table = numbers_table("", *HEADS)
    table.add_row(*CELLS)
    console.print(table)
    lines = re.sub(r"\x1b\[\d*m", "", console.file.getvalue()).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 80
    assert all(any(cell in line for line in lines) for cell in CELLS)


def test_a_bar_shows_steps_numbers_and_time(narrow):
    console = Console(file=StringIO(), force_terminal=True, width=80, color_system=None)
    with TrainingProgress(console, 300, 10) as progress:
        progress.start([])
        progress.step({"step": 120, "cost": 0.4273, "penalty": 0.0132, "test_accuracy": 0.822})
    text = console.file.getvalue()
    assert "121/300 cost 0.4273  penalty 0.0132  test accuracy 82.2 %" in text
    assert "left" in text
