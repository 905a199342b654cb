"""Cheaper variants of an experiment, in ``sggd plan``."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from rich.console import Console

from sggd_qiskit.run.variants import Variant

_WIDTH, _INDENT = 80, 11 * " "


def show_variants(console: Console, variants: Sequence[Variant], seconds: float, budget: float | None) -> None:
    """Print what each would be billed and what it gives up, in lines for a narrow terminal.

    Args:
        console: of any width.
        variants: the recommended one first.
        seconds: billed as configured.
        budget: QPU seconds that may be spent; None if there is no limit.
    """
    if not variants:
        return
    console.print(f"\nCheaper, in QPU seconds for as many steps ({seconds:,.0f} as configured):")
    for variant in variants:
        lines = [f"--set '{override}'" for override in variant.overrides]
        if variant.recommended:
            fits = budget is not None and variant.qpu_seconds <= budget
            lines = ["recommended, and within the budget" if fits else "recommended", *lines]
        lines += wrap(f"gives up {variant.gives_up}", _WIDTH - len(_INDENT))
        console.print(f"{variant.qpu_seconds:>9,.0f}  {lines[0]}", markup=False)
        for line in lines[1:]:
            console.print(_INDENT + line, markup=False)
