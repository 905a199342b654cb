"""What a penalty that is measured by circuits plans for a step, and what its blocks of circuits have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from qiskit.circuit import Parameter

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import LEAST_SHOTS, Measurement, Outcome, Readout, Setting, stack_values
from sggd_qiskit.cost.penalty.ensemble import Ensemble
from sggd_qiskit.cost.term import TermPlan
from sggd_qiskit.gradient.shift import Shifts


@dataclass(frozen=True, eq=False)
class OverlapBlock:
    """Settings whose results are reduced together, those of one element and its inverse.

    Attributes:
        coefficient: its share in the sum, with the sign that χ gives it.
        copies: of the ansatz that are shifted, 0 without a gradient.
        ensembles: the input states of each of its circuits, one setting each.
    """

    coefficient: float
    copies: int
    ensembles: tuple[Ensemble, ...]

    def influence(self, letters: int = 2) -> float:
        """With which a word enters the cost, or, of a gradient, twice that of a shifted one in a component, as for the data.

        The gradient is by all letters of the word, 2 of an overlap; where one is shifted for several, it counts as often.
        """
        return abs(self.coefficient) * (letters / self.copies if self.copies else 1)


@dataclass(frozen=True, eq=False)
class PenaltyPlan(TermPlan):
    """The plan of a penalty.

    Attributes:
        shifts: angles, and which of them are shifted.
        blocks: in the order of their settings.
        drawn: whether the blocks are a random draw of the sum's terms.
        reference: the overlap of the identity element, of which each row is a repetition; None if it is not measured.
    """

    shifts: Shifts
    blocks: tuple[OverlapBlock, ...]
    drawn: bool = False
    reference: OverlapBlock | None = None


def copies_rows(shifts: Shifts, copies: int) -> tuple[FloatArray, FloatArray]:
    """Angles of both copies, each of shape (row, angle): θ itself, then the shifts of the second, then of the first copy."""
    shifted = shifts.rows() if copies else np.empty((0, shifts.angles.size))
    still = np.broadcast_to(shifts.angles, shifted.shape)
    first = [shifts.angles[None], *([still] if copies >= 1 else []), *([shifted] if copies == 2 else [])]
    second = [shifts.angles[None], *([shifted] if copies >= 1 else []), *([still] if copies == 2 else [])]
    return np.concatenate(first), np.concatenate(second)


def block_settings(
    circuits: Sequence[Measurement | Readout],
    ensembles: Sequence[Ensemble],
    preparation: tuple[Parameter, ...],
    angles: Mapping[tuple[Parameter, ...], FloatArray],
    *,
    shots: int,
    influence: float,
) -> list[Setting]:
    """A setting for each circuit of a sum, with results of the shape (row, state).

    Args:
        circuits: the sum's terms.
        ensembles: their input states.
        preparation: parameters of the input states.
        angles: of the copies of the ansatz, each of shape (row, angle), radians.
        shots: shared by the weights of the circuits, and evenly among a circuit's states.
        influence: with which the sum enters the cost.
    """
    total = sum(ensemble.size for ensemble in ensembles)
    rows = max((len(values) for values in angles.values()), default=1)
    settings = []
    for circuit, ensemble in zip(circuits, ensembles, strict=True):
        count = len(ensemble)
        moved = {parameters: values[:, None] for parameters, values in angles.items()}
        values = stack_values({preparation: ensemble.angles[None], **moved}, (rows, count))
        each = max(LEAST_SHOTS, ceil(shots * ensemble.size / total / count))
        settings.append(Setting(circuit, values, (rows, count), each, influence * ensemble.size / count))
    return settings


def contributions(
    shifts: Shifts, block: OverlapBlock, ensemble: Ensemble, outcome: Outcome, letters: int = 2
) -> tuple[FloatArray, FloatArray]:
    """What each state adds to a word and, with shifts, to its gradient, shape (1 + parameter, state), and the variances.

    All that rests on the same drawn states is added up state by state, before the sum over the states.

    Args:
        shifts: as planned.
        block: with the number of copies that are shifted.
        ensemble: the input states.
        outcome: at ``copies_rows``.
        letters: of the word, O_θ and its image by turns, all of which move alike.
    """
    terms, noise = ensemble.contributions(outcome.values, outcome.cautious)
    if not block.copies:
        return terms, noise
    factor = letters / block.copies
    slope = factor * np.sum([shifts.gradient(part) for part in np.split(terms[1:], block.copies)], axis=0)
    parts = [shifts.gradient_variance(part) for part in np.split(noise[1:], block.copies)]
    return np.concatenate([terms[:1], slope]), np.concatenate([noise[:1], factor**2 * np.sum(parts, axis=0)])
