"""Ansatzes for the plane by their symmetry penalty and by the accuracy that they come to: the table of docs/landscape.md.

    python benchmarks/rank_plane.py

The runs are kept in results/ and found again.
"""

from __future__ import annotations

from pathlib import Path

from sggd_qiskit import load_config
from sggd_qiskit.explore import rank_ansatzes
from sggd_qiskit.explore.correlation import rank_correlation
from sggd_qiskit.explore.figures import rank_figure, write_svg

ANSATZES = {
    "zyz-1": "{kind: hardware_efficient, layers: 1}",
    "zyz-2": "{kind: hardware_efficient, layers: 2}",
    "zyz-3": "{kind: hardware_efficient, layers: 3}",
    "zyz-4": "{kind: hardware_efficient, layers: 4}",
    "zyz-4-cz": "{kind: hardware_efficient, layers: 4, entangler: cz_ring}",
    "zyz-4-chain": "{kind: hardware_efficient, layers: 4, entangler: cx_chain}",
    "zyz-6": "{kind: hardware_efficient, layers: 6}",
    "ry-4": "{kind: hardware_efficient, layers: 4, rotations: [ry]}",
    "real-3": "{kind: real_amplitudes, reps: 3}",
    "su2-2": "{kind: efficient_su2, reps: 2}",
    "su2-4": "{kind: efficient_su2, reps: 4}",
}

if __name__ == "__main__":
    files = [load_config("configs/plane.yaml", [f"name={n}", f"model.ansatz={a}"]) for n, a in ANSATZES.items()]
    table = rank_ansatzes(files, draws=500, starts=5, training=True, results=Path("results"))
    print(table.to_string(float_format=lambda value: f"{value:.3g}"))
    for name in ("penalty", "reached"):
        columns = (table[name], table.accuracy, table[f"{name}_stderr"], table.accuracy_stderr)
        print(name, rank_correlation(*(column.to_numpy() for column in columns)))
    with Path("docs/landscape_rank.svg").open("wb") as file:
        write_svg(rank_figure(table), file)
