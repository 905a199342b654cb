"""Which permutations and Pauli reflections an encoding has, and which of them labels seem to have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from qiskit import QuantumCircuit

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.circuit.simulate import prepared_states
from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.explore.label_symmetry import label_symmetry
from sggd_qiskit.explore.random_functions import Orbits
from sggd_qiskit.symmetry.action import ALIKE, Action, Probes, action_in_words, find_action
from sggd_qiskit.symmetry.element import Element, from_pauli, from_permutation
from sggd_qiskit.symmetry.group import SymmetryGroup

MOST_QUBITS = 6
MOST_POINTS = 200
LEVEL = 0.05


@dataclass(frozen=True)
class _Found:
    element: Element
    action: Action
    powers: tuple[tuple[FloatArray, FloatArray], ...]


def find_symmetries(
    encoding: QuantumCircuit,
    points: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    draws: int = 999,
    seed: int = 0,
) -> pd.DataFrame:
    """The permutations of qubits and the Pauli strings V with V ρ(x) V† = ρ(s·x), one for each s but the identity.

    Of those that do the same to the features, or span the same, the one on the fewest qubits is listed. The columns:
    ``element`` (in words), ``permutation`` and ``pauli`` (as generators take them), ``features`` (what s does), and with
    labels ``reached``, ``agree`` and ``p`` (see `label_symmetry`: a small p rejects that labels change under s), ``p_holm``
    (corrected for their number, Holm) and ``recommended``: whether that is 0.05 or less. Nothing is recommended where the
    images of the points lie where no points are. Of more than 200 points 200 are drawn for the test.

    Args:
        encoding: prepares ρ(x); its parameters are the features, in their order.
        points: x, shape (data, feature), as the encoding takes them.
        labels: of two or more classes, shape (data,).
        draws: most labels drawn for each p, which can't be less than 1/(draws + 1).
        seed: of what is drawn.

    Raises:
        TypeError: if the encoding is no circuit.
        ValueError: if the points don't fit the encoding or the labels, it has too many qubits, or there is one class only.
    """
    require_type("encoding", encoding, QuantumCircuit, "a circuit whose parameters are the features")
    given = np.asarray(points, dtype=float)
    if given.ndim != 2 or given.shape[1] != encoding.num_parameters or not len(given):
        raise ValueError(
            f"found points of shape {given.shape}; wanted one column for each of {encoding.num_parameters} features"
        )
    if encoding.num_qubits > MOST_QUBITS:
        raise ValueError(f"found an encoding of {encoding.num_qubits} qubits; candidates are listed on {MOST_QUBITS}")
    probes = Probes.about(rotation_form(encoding), given[:MOST_POINTS])
    found = _of_the_encoding(probes)
    names = [parameter.name for parameter in encoding.parameters]
    table = pd.DataFrame(
        {
            "element": [one.element.label for one in found],
            "permutation": [one.element.permutation for one in found],
            "pauli": [one.element.pauli for one in found],
            "features": [action_in_words(one.action.matrix, one.action.shift, names) for one in found],
        }
    )
    return table if labels is None else _with_labels(table, found, probes, given, np.asarray(labels), draws, seed)


def holm(p: FloatArray) -> FloatArray:
    """p-values corrected for their number (Holm, Scand. J. Stat. 6, 65); NaN stay so and don't count."""
    corrected = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested])]
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)), 1)
    return corrected


def _of_the_encoding(probes: Probes) -> list[_Found]:
    found: dict[frozenset[tuple[float, ...]], _Found] = {}
    identity = _key(np.eye(probes.points.shape[1]), np.zeros(probes.points.shape[1]))
    for element in sorted(_candidates(probes), key=_size):
        action = find_action(element, probes)
        if action.worst > ALIKE or _key(action.matrix, action.shift) == identity:
            continue
        powers = _powers(action, probes)
        found.setdefault(frozenset(_key(*power) for power in powers), _Found(element, action, powers))
    return list(found.values())


def _candidates(probes: Probes) -> Iterator[Element]:
    """Those that move the state of x = 0 to that of a shift, or leave it."""
    n = probes.encoding.num_qubits
    origins = np.concatenate([np.zeros((1, probes.points.shape[1])), probes.shifts])
    states = prepared_states(probes.encoding, origins)
    every: list[Element] = [from_permutation(order, n) for order in permutations(range(n))]
    every += [from_pauli("".join(label)) for label in product("IXYZ", repeat=n)]
    for element in every:
        moved = element.apply_to_states(states[:, :1])[:, 0]
        if (np.abs(states.conj().T @ moved) > 1 - ALIKE).any():
            yield element


def _size(element: Element) -> tuple[int, str]:
    moved = sum(q != r for q, r in enumerate(element.permutation)) + sum(letter != "I" for letter in element.pauli)
    return moved, element.label


def _powers(action: Action, probes: Probes) -> tuple[tuple[FloatArray, FloatArray], ...]:
    matrix, shift = np.eye(len(action.shift)), np.zeros(len(action.shift))
    powers: list[tuple[FloatArray, FloatArray]] = []
    seen: set[tuple[float, ...]] = set()
    while (key := _key(matrix, shift)) not in seen and len(powers) < 2 * len(probes.points):
        seen.add(key)
        powers.append((matrix, shift))
        matrix, shift = action.matrix @ matrix, action.matrix @ shift + action.shift
        shift = probes.nearest(matrix, shift) if shift.any() else shift
    return tuple(powers)


def _key(matrix: FloatArray, shift: FloatArray) -> tuple[float, ...]:
    return tuple((np.concatenate([matrix.ravel(), shift]).round(6) + 0.0).tolist())


def _with_labels(  # noqa: PLR0917 - what was found, and what it is tested on
    table: pd.DataFrame,
    found: list[_Found],
    probes: Probes,
    points: FloatArray,
    labels: NDArray[Any],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    if labels.shape != (len(points),):
        raise ValueError(f"found labels of shape {labels.shape}; wanted one for each of {len(points)} points")
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(points))[:MOST_POINTS]
    classes, numbers = np.unique(labels[rows], return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"found labels of the class {classes[0]} alone; wanted two classes or more")
    told = []
    for one in found:
        images = np.stack([points[rows] @ matrix.T + shift for matrix, shift in one.powers])
        told.append(label_symmetry(Orbits(images, probes.periods), numbers, draws, rng))
    table = table.assign(reached=[t.reached for t in told], agree=[t.agree for t in told], p=[t.p for t in told])
    corrected = holm(table["p"].to_numpy(dtype=float))
    return table.assign(p_holm=corrected, recommended=corrected <= LEVEL)


def recommended_group(found: pd.DataFrame) -> SymmetryGroup | None:
    """The group that the recommended elements span, from `find_symmetries` with labels; None if there are none."""
    chosen = found[found["recommended"]]
    generators = [
        list(order) if not set(pauli) - {"I"} else str(pauli)
        for order, pauli in zip(chosen["permutation"], chosen["pauli"], strict=True)
    ]
    return SymmetryGroup.from_generators(generators) if generators else None
