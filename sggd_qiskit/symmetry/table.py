"""A group as a table: its elements as products of generators, their orders and classes, and what they do to features."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from qiskit import QuantumCircuit

from sggd_qiskit.aliases import IndexArray
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.symmetry.action import ALIKE, Probes, action_in_words, find_action
from sggd_qiskit.symmetry.closure import left_products
from sggd_qiskit.symmetry.element import Element, SymmetryError
from sggd_qiskit.symmetry.group import SymmetryGroup


def group_table(
    group: SymmetryGroup,
    encoding: QuantumCircuit | None = None,
    points: ArrayLike | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """See `SymmetryGroup.table`.

    Args:
        group: V_s.
        encoding: see there, as of the others.
        points: shape (data, feature).
        columns: names of the features.

    Raises:
        SymmetryError: see there.
    """
    letters = {generator: _letter(place) for place, generator in enumerate(group.generators)}
    chains: list[tuple[int, ...]] = [()]
    for generator, earlier in group.words:
        chains.append((generator, *chains[earlier]))
    times = _multiplication(group)
    table = pd.DataFrame(
        {
            "element": [element.label for element in group.elements],
            "word": [_word([letters[g] for g in chain]) for chain in chains],
            "order": [_order(times, s) for s in range(group.order)],
            "conjugacy_class": _classes(times, group),
        }
    )
    if group.turns_labels:
        table["sign"] = group.signs
    if encoding is not None:
        table["features"] = _actions(group.elements, encoding, points, columns)
    return table


def _multiplication(group: SymmetryGroup) -> IndexArray:
    """The number of V_s V_t at [s, t]."""
    left = {
        g: np.array(row)
        for g, row in zip(group.generators, left_products(group.elements, group.generators), strict=True)
    }
    times = np.empty((group.order, group.order), dtype=np.intp)
    times[0] = np.arange(group.order)
    for s, (generator, earlier) in enumerate(group.words, start=1):
        times[s] = left[generator][times[earlier]]
    return times


def _order(times: IndexArray, element: int) -> int:
    order, power = 1, element
    while power:
        order, power = order + 1, int(times[element, power])
    return order


def _classes(times: IndexArray, group: SymmetryGroup) -> list[int]:
    """The number of each element's conjugacy class, in the order of their first elements."""
    inverses = np.array(group.inverses)
    images = times[times, inverses[:, None]].min(axis=0)  # of s t s⁻¹ over s, for each t
    _, classes = np.unique(images, return_inverse=True)
    return [int(number) for number in classes]


def _letter(place: int) -> str:
    return chr(ord("a") + place) if place < 26 else f"g{place + 1}"


def _word(letters: Sequence[str]) -> str:
    runs = [(letter, len(list(run))) for letter, run in groupby(letters)]
    return "·".join(letter if count == 1 else f"{letter}^{count}" for letter, count in runs) or "1"


def _actions(
    elements: Sequence[Element],
    encoding: QuantumCircuit,
    points: ArrayLike | None,
    columns: Sequence[str] | None,
) -> list[str]:
    require_type("encoding", encoding, QuantumCircuit, "a circuit whose parameters are the features")
    count = encoding.num_parameters
    given = np.zeros((1, count)) if points is None else np.asarray(points, dtype=float)
    names = [parameter.name for parameter in encoding.parameters] if columns is None else list(columns)
    if encoding.num_qubits != elements[0].num_qubits:
        raise SymmetryError(
            f"found an encoding of {encoding.num_qubits} qubits; wanted {elements[0].num_qubits}, as the group has"
        )
    if given.ndim != 2 or given.shape[1] != count or len(names) != count:
        raise SymmetryError(
            f"found points of shape {given.shape} and {len(names)} columns; wanted one column for each of the encoding's "
            f"{count} features"
        )
    probes = Probes.about(rotation_form(encoding), given)
    found = [find_action(element, probes) for element in elements]
    return [action_in_words(a.matrix, a.shift, names) if a.worst < ALIKE else "" for a in found]
