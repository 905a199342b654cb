"""``sggd rank``: ansatzes by their penalty, and whether that tells their accuracy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console

from sggd_qiskit.cli.exploring import Counting, Output, measured, percent, records, say
from sggd_qiskit.cli.terminal import noting, numbers_table, wide_console
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.explore.correlation import LEAST, rank_correlation
from sggd_qiskit.explore.rank import rank_ansatzes

_SIGMAS = 2


def show_rank(
    configs: Sequence[ExperimentConfig],
    output: Output,
    *,
    draws: int,
    starts: int,
    training: bool,
    results: Path,
    device: str | None,
) -> None:
    """Evaluate, write and print the order.

    Args:
        configs: the experiments.
        output: what is written.
        draws: of θ.
        starts: trainings of each.
        training: whether to train on the whole cost, too.
        results: the folder of these runs.
        device: to which the ansatzes are transpiled.

    Raises:
        ConfigError: if the experiments can't be compared.
        DeviceError: if the device is not known.
        RecordError: if a run or a file can't be written.
        DivergenceError: if a training diverges.
    """
    console = wide_console()
    target = None if device is None else fake_device(device)
    with noting(console), Counting(console) as counting:
        table = rank_ansatzes(
            configs,
            draws=draws,
            starts=starts,
            training=training,
            results=results,
            device=target,
            on_start=counting.start,
            on_row=counting.one,
        )
    from sggd_qiskit.explore.figures import rank_figure

    output.write(table, rank_figure(table))
    _show_sizes(console, table, device)
    shown = numbers_table(f"Penalty at {draws:,} random θ", "ansatz", "mean", "5 %", "median", "95 %", "lowest trained")
    for row in records(table):
        shown.add_row(
            str(row["name"]),
            measured(row["penalty"], row["penalty_stderr"], 3),
            f"{row['penalty_q05']:.3f}",
            measured(row["penalty_q50"], row["penalty_q50_stderr"], 3),
            f"{row['penalty_q95']:.3f}",
            f"{row['lowest']:.2e}",
        )
    console.print(shown)
    if training:
        _show_correlations(console, table)
    console.print(f"Table  {output.table}\nFigure {output.figure}", markup=False)


def _show_sizes(console: Console, table: pd.DataFrame, device: str | None) -> None:
    where = "in CZ, RZ, SX and X gates, not routed" if device is None else f"on {device}"
    accuracy = ["test accuracy"] if "accuracy" in table else []
    shown = numbers_table(
        f"Ansatzes by mean penalty, {where}", "ansatz", "qubits", "parameters", "depth", "2-qubit gates", *accuracy
    )
    for row in records(table):
        numbers = (row["qubits"], row["parameters"], row["depth"], row["two_qubit_gates"])
        trained = [percent(row["accuracy"], row["accuracy_stderr"])] if accuracy else []
        shown.add_row(str(row["name"]), *(f"{number:,}" for number in numbers), *trained)
    console.print(shown)


def _show_correlations(console: Console, table: pd.DataFrame) -> None:
    tell = say(console)
    for name, what in (("penalty", "mean penalty"), ("reached", "penalty reached by training")):
        errors = (table[f"{name}_stderr"].to_numpy(), table.accuracy_stderr.to_numpy())
        found = rank_correlation(table[name].to_numpy(), table.accuracy.to_numpy(), *errors)
        if math.isnan(found.stderr):
            tell(f"By {what}: {found.pairs} ansatzes tell nothing of an order; rank {LEAST} or more that differ.")
            continue
        verdict = (
            "a smaller penalty goes with a higher accuracy"
            if found.value + _SIGMAS * found.stderr < 0
            else "a smaller penalty goes with a lower accuracy"
            if found.value - _SIGMAS * found.stderr > 0
            else f"the order does not predict that by accuracy (within {_SIGMAS} standard errors)"
        )
        tell(
            f"By {what}: rank correlation with the accuracy {measured(found.value, found.stderr, 2)} "
            f"(p = {found.p:.2g}, {found.pairs} ansatzes): {verdict}."
        )
