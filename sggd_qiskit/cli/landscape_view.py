"""``sggd landscape``: cost and gradient along directions, and at random θ."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, nan
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from sggd_qiskit.cli.exploring import Counting, Output, measured, percent, records, say
from sggd_qiskit.cli.terminal import noting, numbers_table, wide_console
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.explore.gradients import gradient_summary, random_gradients, variance_decay
from sggd_qiskit.explore.sections import Landscape, landscape
from sggd_qiskit.run.results import load_results

_VALUES = {1: 101, 2: 41}


def show_landscape(
    config: ExperimentConfig,
    along: Sequence[str],
    output: Output,
    *,
    around: Path | None,
    values: int | None,
    threshold: float,
    **options: Any,
) -> None:
    """Evaluate, write and sum up a landscape.

    Args:
        config: the experiment.
        along: the axes.
        output: what is written.
        around: a run from whose θ the section is taken; None for where the training starts.
        values: along each axis.
        threshold: of the gradient's norm.
        options: see `landscape`.

    Raises:
        ConfigError: if it can't be evaluated.
        RecordError: if the run can't be read, or a file can't be written.
    """
    console = wide_console()
    with noting(console), Counting(console) as counting:
        theta = None if around is None else load_results(around).theta
        found = landscape(
            config,
            along,
            around=theta,
            values=values or _VALUES.get(len(along), 2),
            on_start=counting.start,
            on_row=counting.one,
            **options,
        )
    from sggd_qiskit.explore.figures import landscape_figure

    output.write(found.table, landscape_figure(found))
    _sum_up(console, found, threshold)
    _tell_files(console, output)


def show_random_gradients(
    config: ExperimentConfig, draws: int, output: Output, *, threshold: float, **options: Any
) -> None:
    """Evaluate, write and sum up gradients at random θ.

    Args:
        config: the experiment.
        draws: of θ.
        output: what is written.
        threshold: of the gradient's norm.
        options: see `random_gradients`.

    Raises:
        ConfigError: if it can't be evaluated.
        RecordError: if a file can't be written.
    """
    console = wide_console()
    with noting(console), Counting(console) as counting:
        table = random_gradients(config, draws, on_start=counting.start, on_row=counting.one, **options)
    summary = gradient_summary(table, threshold)
    from sggd_qiskit.explore.figures import gradients_figure

    output.write(table, gradients_figure(table, summary, threshold))
    heading = f"|∇C| < {threshold:g}"
    shown = numbers_table(f"{draws:,} random θ", "guidance", "qubits", "mean |∇C|", heading, "Var ∂C/∂θ")
    for row in records(summary):
        shown.add_row(
            str(row["way"]),
            str(row["qubits"]),
            measured(row["gradient_norm"], row["gradient_norm_stderr"], 3),
            percent(row["share"], row["share_stderr"]),
            f"{row['variance']:.2e} ± {row['variance_stderr']:.1e}",
        )
    console.print(shown)
    tell = say(console)
    for row in records(summary):
        if not isnan(row.get("share_change", nan)):
            tell(
                f"At {row['qubits']} qubits guidance changes the share below {threshold:g} by "
                f"{percent(row['share_change'], row['share_change_stderr'])}, over the same θ."
            )
    for way in dict.fromkeys(summary.way):
        rate = variance_decay(summary, str(way))
        if rate is not None:
            tell(f"{way}: the variance falls as 2^(-r n) with r = {measured(*rate, 2)}.")
    _tell_files(console, output)


def given_qubits(text: str) -> tuple[int, ...]:
    """Numbers of qubits from ``2,4,6`` or ``2-10``.

    Raises:
        ConfigError: if they are none.
    """
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or len(first + last) > 6:
            raise ConfigError.at("", f"found --qubits {text}; wanted numbers such as 2,4,6 or 2-10")
        found += range(int(first), min(int(last), 128) + 1) if dash else [int(first)]
    if not found or len(set(found)) < len(found):
        raise ConfigError.at("", f"found --qubits {text}; wanted each number once, the smaller end of a range first")
    return tuple(found)


def _sum_up(console: Console, found: Landscape, threshold: float) -> None:
    heading = f"|∇C| < {threshold:g}"
    title = f"Along {' and '.join(found.axes)}"
    table = numbers_table(title, "guidance", "least cost", "at (radians)", "largest", "largest |∇C|", heading)
    for way, part in found.table.groupby("way", sort=False):
        least = records(part.nsmallest(1, "cost"))[0]
        table.add_row(
            str(way),
            f"{least['cost']:.4f}",
            ", ".join(f"{least[axis]:.3f}" for axis in found.axes),
            f"{part.cost.max():.4f}",
            f"{part.gradient_norm.max():.4f}",
            f"{100 * _flat(part, threshold):.1f} %",
        )
    console.print(table)
    weight = found.table.weight.iloc[0]
    if not pd.isna(weight):
        say(console)(f"The penalty has λ = {weight:g}, that of the first step.")


def _flat(part: pd.DataFrame, threshold: float) -> float:
    return float((part.gradient_norm < threshold).mean())


def _tell_files(console: Console, output: Output) -> None:
    console.print(f"Table  {output.table}\nFigure {output.figure}", markup=False)
