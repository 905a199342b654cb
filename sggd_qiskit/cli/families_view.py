"""The ways to measure the penalty side by side, in ``sggd plan``."""

from __future__ import annotations

from qiskit.providers import BackendV2
from rich.console import Console

from sggd_qiskit.cli.terminal import numbers_table
from sggd_qiskit.problem import Problem
from sggd_qiskit.run.family_costs import TARGET, FamilyCost, recommended


def show_families(console: Console, problem: Problem, costs: tuple[FamilyCost, ...], device: BackendV2 | None) -> None:
    """Print the table and the recommendation.

    Args:
        console: wide enough for the table.
        problem: with a symmetry group.
        costs: of the problem on the device.
        device: to which the circuits are transpiled; None for unrouted ones.
    """
    where = "in CZ, RZ, SX and X gates, not routed" if device is None else f"transpiled to {device.name}"
    table = numbers_table(
        f"Ways to measure the penalty, {where}",
        "cost.estimator",
        "qubits",
        "depth",
        "two-qubit gates",
        "signal left",
        "circuits a step",
        f"shots for ± {TARGET}",
    )
    for cost in costs:
        table.add_row(cost.name, *_cells(cost))
    console.print(table)
    best = recommended(costs)
    if best is not None:
        chosen = problem.config.cost.estimator
        note = "as configured" if best.name == chosen else f"the configuration has {chosen}"
        console.print(
            f"Recommended: {best.name} ({note}), the fewest shots after what gate errors take from the signal."
        )


def _cells(cost: FamilyCost) -> tuple[str, ...]:
    if not cost.fits:
        return (str(cost.qubits), "too large", "", "", f"{cost.circuits:,}", _number(cost.shots))
    signal = "" if cost.signal is None else f"{100 * cost.signal:.0f} %"
    sizes = (str(cost.qubits), _number(cost.depth), _number(cost.two_qubit_gates))
    return (*sizes, signal, f"{cost.circuits:,}", _number(cost.shots))


def _number(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"
