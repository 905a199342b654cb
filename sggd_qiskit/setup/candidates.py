"""The named groups that an encoding has; whether the labels have them, only the user knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.symmetry import GroupName, SymmetryConfig
from sggd_qiskit.problem import Problem
from sggd_qiskit.symmetry.element import SymmetryError
from sggd_qiskit.symmetry.equivariance import encoding_equivariance
from sggd_qiskit.symmetry.group import SymmetryGroup

_TOLERANCE = SymmetryConfig.model_fields["tolerance"].default


@dataclass(frozen=True)
class Candidate:
    """A named group that is a symmetry of the encoding and does something to the features.

    Attributes:
        name: the group's.
        actions: of its generators, such as ``a ↔ b``.
        exchanges: whether it exchanges features.
    """

    name: str
    actions: tuple[str, ...]
    exchanges: bool


def candidates(problem: Problem) -> list[Candidate]:
    """The candidates for the encoding of a problem with classical data."""
    found, train = [], problem.dataset.train
    for name in get_args(GroupName):
        try:
            group = SymmetryGroup.named(name, problem.qnn.num_qubits)
        except SymmetryError:  # there is no such group on so many qubits, or it is too large
            continue
        verdict = encoding_equivariance(group, problem.qnn.encoding_form, train.preparations, _TOLERANCE)
        if not verdict.holds or verdict.actions is None or verdict.shifts is None:
            continue
        generated = [(verdict.actions[k], verdict.shifts[k]) for k in group.generators]
        actions = [in_words(action, shift, train.columns) for action, shift in generated]
        if any(actions):
            exchanges = any(not np.diag(action).all() for action, _ in generated)
            found.append(Candidate(name, tuple(filter(None, actions)), exchanges))
    return found


def by_action(known: Sequence[Candidate]) -> dict[tuple[str, ...], list[str]]:
    """What is done to the features, and the names of the groups that do it, on the same or on other qubits."""
    found: dict[tuple[str, ...], list[str]] = {}
    for one in known:
        found.setdefault(one.actions, []).append(one.name)
    return found


def in_words(action: FloatArray, shift: FloatArray, columns: Sequence[str]) -> str:
    """What is done to the features that do not stay as they are, such as ``a ↔ b, c → -c``; "" if all do.

    Args:
        action: A of x → A x + b, a signed permutation, shape (feature, feature).
        shift: b, shape (feature,).
        columns: names of the features.
    """
    sources = np.abs(action).argmax(axis=1).tolist()
    told, left = [], set(range(len(columns)))
    while left:
        cycle = [min(left)]
        while (image := sources[cycle[-1]]) != cycle[0]:
            cycle.append(image)
        left -= set(cycle)
        plain = all(action[i, sources[i]] > 0 and not shift[i] for i in cycle)
        names = [columns[i] for i in cycle]
        if not plain:
            told += [f"{columns[i]} → {_image(action[i, sources[i]], shift[i], columns[sources[i]])}" for i in cycle]
        elif len(cycle) == 2:
            told.append(" ↔ ".join(names))
        elif len(cycle) > 2:
            told.append(" → ".join([*names, names[0]]))
    return ", ".join(told)


def _image(sign: float, shift: float, column: str) -> str:
    if shift:
        return f"{shift:.4g} {'-' if sign < 0 else '+'} {column}"
    return f"-{column}" if sign < 0 else column
