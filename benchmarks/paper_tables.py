"""The tables of docs/paper.md and its figures, from the rows in results/reference/ that `paper.py` keeps.

python benchmarks/paper_tables.py        # prints the tables, draws docs/paper_*.svg
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sggd_qiskit.figures.comparison import comparison_figure, means_figure

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "results" / "reference"
FLAT_SEED, FLAT_POINTS = 1, 200_000


def main() -> None:
    """Print the tables and draw the figures."""
    for name, table in tables().items():
        print(f"<!-- {name} -->\n{table}\n")
    for name, figure in FIGURES.items():
        figure().savefig(ROOT / "docs" / f"{name}.svg", metadata={"Date": None})


def tables() -> dict[str, str]:
    """From the name of each table to its Markdown."""
    return {name: table() for name, table in TABLES.items()}


def rows_of(name: str) -> pd.DataFrame:
    """A row for each run of a sweep."""
    return pd.read_parquet(REFERENCE / f"{name}.parquet")


def werner() -> str:
    """Which starts of D2 end at the identity, and when."""
    return markdown(
        ("ansatz and cost", "evaluated", "end at the identity", "steps to \\|θ\\| < 0.05, median", "test accuracy"),
        (
            (*where, share(part["at_identity"]), median(part["steps_to_identity"]), percent(part["test_accuracy"]))
            for where, part in rows_of("paper_werner").groupby(["case", "execution.backend"], sort=False)
        ),
    )


def speed() -> str:
    """How fast D1 leads to the identity."""
    rows = rows_of("paper_speed")
    return markdown(
        ("ansatz and cost", "optimizer", "end at the identity", "steps to \\|θ\\| < 0.05, mean", "median"),
        (
            (
                case,
                str(optimizer).replace("_", " "),
                share(part["at_identity"]),
                mean(part["steps_to_identity"], 0),
                median(part["steps_to_identity"]),
            )
            for (case, optimizer), part in rows.groupby(["case", "training.optimizer.kind"], sort=False)
        ),
    )


def plane() -> str:
    """The ways to use a symmetry beside each other."""
    costs = pd.read_parquet(REFERENCE / "paper_costs.parquet").set_index("case")
    curves = rows_of("paper_curves")
    reached = curves[curves["test_accuracy"] >= 0.9].groupby(["case", "seed"])["step"].min()

    def cells(case: str, part: pd.DataFrame) -> tuple[str, ...]:
        sizes = (" / ".join(str(size) for size in costs.loc[case, key]) for key in ("depth", "two_qubit_gates"))
        sets, seconds = costs.loc[case, "parameter_sets"], costs.loc[case, "qpu_seconds"]
        steps = reached.get(case, pd.Series(dtype=float)).reindex(part["seed"])
        return case, percent(part["test_accuracy"]), median(steps), *sizes, f"{sets:,}", f"{seconds:.1f}"

    heads = (
        "way",
        "test accuracy",
        "steps to 90 %, median",
        "depth",
        "two-qubit gates",
        "circuits a step",
        "QPU s a step",
    )
    return markdown(
        heads, (cells(str(case), part) for case, part in rows_of("paper_plane").groupby("case", sort=False))
    )


def along(name: str, axis: str, by: str, shown: Callable[[object], str] = str) -> Callable[[], str]:
    """A table of accuracies: a row for each value of an axis, a column for each of another."""

    def table() -> str:
        rows = rows_of(name)
        columns = list(dict.fromkeys(rows[by]))
        heads = (axis, *(f"{by}: {column}" if isinstance(column, float) else str(column) for column in columns))
        return markdown(
            heads,
            (
                (shown(value), *(percent(part.loc[part[by] == column, "test_accuracy"]) for column in columns))
                for value, part in rows.groupby(axis, sort=False)
            ),
        )

    return table


def cases(name: str) -> Callable[[], str]:
    """A table of accuracies and penalties: a row for each case."""

    def table() -> str:
        grouped = rows_of(name).groupby("case", sort=False)
        cells = ((str(case), percent(part["test_accuracy"]), mean(part["penalty"], 4)) for case, part in grouped)
        return markdown(("case", "test accuracy", "penalty at the end"), cells)

    return table


def fit() -> str:
    """Accuracies by the share of the plane in which the labels are symmetric."""
    rows = fitting()
    columns = list(dict.fromkeys(rows["case"]))
    heads = ("share p", "center", *columns)
    return markdown(
        heads,
        (
            (f"{100 * p:.0f} %", center, *(percent(part.loc[part["case"] == c, "test_accuracy"]) for c in columns))
            for (p, center), part in rows.groupby(["symmetric share", "data.center"], sort=False)
        ),
    )


def fitting() -> pd.DataFrame:
    """The runs with a center off the diagonal, and the share of the plane whose labels the swap keeps."""
    rows = rows_of("paper_fit")
    shares = {center: symmetric_share(center) for center in dict.fromkeys(rows["data.center"])}
    return rows.assign(**{"symmetric share": rows["data.center"].map(shares)})


def symmetric_share(center: str, radius: float = 0.7979) -> float:
    """The share of [−1, 1]² whose labels under a circle about ``center``, "[c₁, c₂]", don't change with the swap."""
    points = np.random.default_rng(FLAT_SEED).uniform(-1, 1, size=(FLAT_POINTS, 2))
    middle = np.array([float(value) for value in center.strip("[]").split(",")])
    inside, swapped = (np.linalg.norm(p - middle, axis=1) < radius for p in (points, points[:, ::-1]))
    return round(float((inside == swapped).mean()), 3)


TABLES: Mapping[str, Callable[[], str]] = {
    "werner": werner,
    "speed": speed,
    "plane": plane,
    "points": along("paper_points", "data.train", "cost.guidance"),
    "bias": along("paper_bias", "case", "cost.guidance"),
    "weight": along("paper_weight", "cost.weight", "symmetry.group"),
    "schedule": cases("paper_schedule"),
    "norm": cases("paper_norm"),
    "fit": fit,
    "quadrants": cases("paper_quadrants"),
    "outputs": along("paper_outputs", "case", "symmetry.group"),
}
ACCURACY = "test_accuracy"
FIGURES = {
    "paper_plane": lambda: comparison_figure(rows_of("paper_plane"), ["case"], ACCURACY),
    "paper_curves": lambda: means_figure(
        rows_of("paper_curves").query("case in ['none', 'none, unbiased data', 'penalty, swap', 'penalty, square']"),
        ["case"],
        ACCURACY,
    ),
    "paper_points": lambda: comparison_figure(rows_of("paper_points"), ["cost.guidance"], ACCURACY, along="data.train"),
    "paper_bias": lambda: comparison_figure(rows_of("paper_bias"), ["case", "cost.guidance"], ACCURACY),
    "paper_weight": lambda: comparison_figure(
        rows_of("paper_weight"), ["symmetry.group"], ACCURACY, along="cost.weight"
    ),
    "paper_schedule": lambda: comparison_figure(rows_of("paper_schedule"), ["case"], ACCURACY),
    "paper_norm": lambda: comparison_figure(rows_of("paper_norm"), ["case"], ACCURACY),
    "paper_fit": lambda: comparison_figure(fitting(), ["case"], ACCURACY, along="symmetric share"),
}


def percent(values: pd.Series) -> str:
    """Mean and standard error of shares."""
    return f"{100 * values.mean():.1f} ± {100 * values.sem():.1f} %"


def mean(values: pd.Series, digits: int) -> str:
    """Mean and standard error."""
    return f"{values.mean():.{digits}f} ± {values.sem():.{digits}f}" if values.notna().any() else "–"


def share(found: pd.Series) -> str:
    """How many of how many."""
    return f"{int(found.sum())} of {len(found)}"


def median(steps: pd.Series) -> str:
    """Of all runs; those that never came there count as the slowest."""
    value = steps.fillna(np.inf).median()
    return f"{value:.0f}" if np.isfinite(value) else "never"


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
