"""How often `find_symmetries` finds a symmetry that labels have, and one that they don't have.

Labels of 60 points, uniform in [−1, 1]ᶠ, are the sign of a random smooth function less its median: a sum of 200 cosines whose
wave vectors are normal with standard deviation 1/ℓ, ℓ uniform from 0.5 to 1, averaged over the planted group. Features are
encoded by RX rotations of πx/2. "Found" is that an element of the planted group is recommended, "another" that one is that
is not in it, "false" that one is under which at least 60 % as many labels change as by chance, over the whole cube: what a
small p rejects. Errors are binomial. Prints a table in Markdown:

    python benchmarks/find_symmetries.py [DATA SETS OF EACH KIND] [FIRST SEED]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from sggd_qiskit.explore import find_symmetries
from sggd_qiskit.explore.label_symmetry import CHANGE

POINTS, COSINES = 60, 200
SCALES = (0.5, 1.0)
SWAP, FLIP, TURN = np.eye(2)[::-1], np.diag([-1.0, 1.0]), np.roll(np.eye(3), 1, axis=0)
PLANTED: dict[str, tuple[np.ndarray, ...]] = {
    "swap": (np.eye(2), SWAP),
    "reflection": (np.eye(2), FLIP),
    "cyclic": (np.eye(3), TURN, TURN @ TURN),
    "none": (np.eye(2),),
}
"""What each group does to the features, the identity first."""


def encoding(features: int) -> QuantumCircuit:
    """A feature on each qubit."""
    x, circuit = ParameterVector("x", features), QuantumCircuit(features)
    for q in range(features):
        circuit.rx(np.pi / 2 * x[q], q)
    return circuit


def data(group: tuple[np.ndarray, ...], seed: int) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Points, and what labels points anywhere, the same under the group."""
    rng = np.random.default_rng(seed)
    features = len(group[0])
    points = rng.uniform(-1, 1, size=(POINTS, features))
    waves = rng.normal(0, 1 / rng.uniform(*SCALES), size=(features, COSINES))
    phases = rng.uniform(0, 2 * np.pi, COSINES)

    def values(x: np.ndarray) -> np.ndarray:
        return sum(np.cos(x @ matrix.T @ waves + phases).sum(axis=1) for matrix in group)

    middle = np.median(values(points))
    return points, lambda x: values(x) > middle


def matrix_of(words: str) -> np.ndarray | None:
    """The matrix of an action such as ``x[0] → -x[0], x[1] → x[1]``; None if it shifts features."""
    parts = [part.split(" → ")[1] for part in words.split(", ")]
    matrix = np.zeros((len(parts), len(parts)))
    for row, part in enumerate(parts):
        if not part.lstrip("-").startswith("x["):
            return None
        matrix[row, int(part.strip("-x[]"))] = -1 if part.startswith("-") else 1
    return matrix


def outcome(kind: str, seed: int) -> tuple[bool, bool, bool]:
    """Whether the planted group was found, another element, and one under which the labels do change."""
    group = PLANTED[kind]
    points, label = data(group, seed)
    table = find_symmetries(encoding(points.shape[1]), points, label(points), seed=seed)
    chosen = [matrix_of(words) for words in table.loc[table["recommended"], "features"]]
    among = [matrix is not None and any(np.array_equal(matrix, g) for g in group) for matrix in chosen]
    return any(among), not all(among), any(matrix is None or changes(matrix, label) for matrix in chosen)


def changes(matrix: np.ndarray, label: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Whether at least 60 % as many labels change as would by chance, over the whole cube."""
    x = np.random.default_rng(0).uniform(-1, 1, size=(4000, len(matrix)))
    here, there = label(x), label(x @ matrix.T)
    chance = 1 - here.mean() ** 2 - (1 - here.mean()) ** 2
    return bool((here != there).mean() >= CHANGE * chance)


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    print("| planted | data sets | found | another | false |\n|---|---|---|---|---|")
    with ProcessPoolExecutor() as executor:
        for number, kind in enumerate(PLANTED):
            seeds = range(first + number * count, first + (number + 1) * count)
            shares = np.array(list(executor.map(outcome, [kind] * count, seeds, chunksize=4))).mean(axis=0)
            cells = [f"{100 * p:.1f} ± {100 * np.sqrt(p * (1 - p) / count):.1f} %" for p in shares]
            if kind == "none":
                cells[0] = "–"
            print(f"| {kind} | {count} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
