"""The penalty from overlaps: ‖O_θ - T[O_θ]‖² = Tr[O²] - E_s o_s, since T is a self-adjoint projection.

o_s = o_{s⁻¹}, so one of each {s, s⁻¹} is run. Over a group ∂E_s o_s = 2 E_s Tr[(∂O_θ) V_s† O_θ V_s]: only one of the two
copies of the ansatz is shifted. For an element that stands for its inverse too, both copies are, one for each of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.circuit.measurement import LEAST_SHOTS, Outcome, Setting, stack_values
from sggd_qiskit.circuit.paulis import traceless
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.cost.penalty.ensemble import Ensemble
from sggd_qiskit.cost.penalty.family import OverlapFamily
from sggd_qiskit.cost.penalty.term import Block, PenaltyPlan
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.gradient.shift import (
    chain,
    chain_variance,
    chosen_rows,
    shift_derivative,
    shift_derivative_variance,
    shift_rows,
)
from sggd_qiskit.symmetry.group import SymmetryGroup


class OverlapPenalty:
    """‖O_θ - T[O_θ]‖² / 2ⁿ times ``scale``, the identity part of O left out, since the twirl keeps it.

    Args:
        family: how the overlaps are measured.
        ansatz: U(θ).
        observable: O.
        group: S.
        shots: for each overlap, shared among its circuits and input states.
        scale: 1, or 2ⁿ for the paper's norm.
        states: most input states of a circuit; if there are more, that many are drawn afresh for each step.
        group_samples: elements drawn afresh for each step, if the group has more; None to run the whole group.
    """

    def __init__(
        self,
        family: type[OverlapFamily],
        ansatz: RotationForm,
        observable: SparsePauliOp,
        group: SymmetryGroup,
        *,
        shots: int,
        scale: float = 1.0,
        states: int = 256,
        group_samples: int | None = None,
    ):
        self._angles = ansatz.angles
        self._observable = traceless(observable)
        self._order, self._pairs = group.order, group.inverse_pairs
        self._shots, self._scale = shots, scale
        self._samples = None if group_samples is None or group_samples >= len(self._pairs) else group_samples
        self._family = family(ansatz, self._observable, states)
        circuits = [self._family.circuits(element) for element, _ in self._pairs]
        self._circuits_of_a_pair = len(circuits[0]) if circuits else 0
        self.measurements = tuple(circuit for pair in circuits for circuit in pair)

    def plan(
        self,
        theta: FloatArray,
        first: int,
        rng: np.random.Generator,
        *,
        gradient: bool,
        chosen: IndexArray | None = None,
    ) -> PenaltyPlan:
        """A block for each {s, s⁻¹}, or for each that is drawn; results have the shape (row, state).

        Row 0 is θ itself. With the gradient there follow the shifts of the second copy of the ansatz, and for an
        element that stands for its inverse those of the first copy.
        """
        angles = self._angles(theta)
        blocks = []
        for number, coefficient in self._chosen(rng):
            rows = _rows(angles, self._copies(number) if gradient else 0, chosen)
            ensembles = self._family.ensembles(rng)
            start = first + number * self._circuits_of_a_pair
            settings = [
                self._setting(start + circuit, ensemble, rows, shots)
                for circuit, (ensemble, shots) in enumerate(
                    zip(ensembles, shared_shots(self._shots, ensembles), strict=True)
                )
            ]
            blocks.append(Block(number, coefficient, tuple(settings), ensembles))
        return PenaltyPlan(tuple(blocks), gradient, drawn=self._samples is not None, chosen=chosen, scale=self._scale)

    def reduce(self, theta: FloatArray, plan: PenaltyPlan, outcomes: tuple[Outcome, ...]) -> Estimate:
        """The penalty; it is unbiased, and so may come out slightly negative."""
        jacobian = chosen_rows(self._angles.jacobian(theta), plan.chosen)
        rest = iter(outcomes)
        # Row 0 of each block is its overlap, the other rows the overlap's gradient.
        terms, variances = [], []
        for block in plan.blocks:
            term, variance = self._block(
                block, tuple(next(rest) for _ in block.settings), jacobian, gradient=plan.gradient
            )
            terms.append(block.coefficient * term)
            variances.append(block.coefficient**2 * variance)
        size = 1 + (jacobian.shape[1] if plan.gradient else 0)
        total = np.sum(terms, axis=0) if terms else np.zeros(size)
        spread = np.sum(variances, axis=0) if variances else np.zeros(size)
        if plan.drawn and terms:
            # The spread between the drawn elements contains all other noise already.
            spread = len(terms) * np.var(terms, axis=0, ddof=1)
        norm = float(np.sum(np.abs(self._observable.coeffs) ** 2)) * (1 - 1 / self._order)
        value = Estimate(
            norm - float(total[0]),
            float(spread[0]),
            -total[1:] if plan.gradient else None,
            spread[1:] if plan.gradient else None,
        )
        return value.scaled(self._scale)

    def _chosen(self, rng: np.random.Generator) -> list[tuple[int, float]]:
        """Numbers of pairs, and their coefficients in E_s o_s without the identity's term."""
        multiplicities = np.array([multiplicity for _, multiplicity in self._pairs], dtype=float)
        if self._samples is None or not self._pairs:
            return [(number, m / self._order) for number, m in enumerate(multiplicities)]
        others = self._order - 1
        drawn = rng.choice(len(self._pairs), size=self._samples, p=multiplicities / others)
        return [(int(number), others / self._order / self._samples) for number in np.sort(drawn)]

    def _copies(self, number: int) -> int:
        """Copies of the ansatz that are shifted: both where elements are drawn, so that each takes the same."""
        return self._pairs[number][1] if self._samples is None else 2

    def _setting(
        self, measurement: int, ensemble: Ensemble, rows: tuple[FloatArray, FloatArray], shots: int
    ) -> Setting:
        family, (first, second) = self._family, rows
        values = {
            family.preparation: ensemble.angles[None],
            family.first: first[:, None],
            family.second: second[:, None],
        }
        shape = (len(first), len(ensemble))
        return Setting(measurement, stack_values(values, shape), shape, shots)

    def _block(
        self, block: Block, outcomes: Sequence[Outcome], jacobian: FloatArray, *, gradient: bool
    ) -> tuple[FloatArray, FloatArray]:
        """The overlap and, with shifts, its gradient, shape (1 + parameter,), and their variances."""
        copies = self._copies(block.number)
        total, spread = np.zeros(1), np.zeros(1)
        if gradient:
            total, spread = np.zeros((2, 1 + jacobian.shape[1]))
        for ensemble, outcome in zip(block.ensembles, outcomes, strict=True):
            values, variances = outcome.values[:1], outcome.variances[:1]
            if gradient:
                # All that rests on the same drawn states is added up state by state, before the mean over the states.
                shifted = np.split(outcome.values[1:], copies)
                noise = np.split(outcome.variances[1:], copies)
                factor = 2 / copies
                slope = factor * chain(jacobian, np.sum([shift_derivative(part) for part in shifted], axis=0))
                slope_variance = factor**2 * chain_variance(
                    jacobian, np.sum([shift_derivative_variance(part) for part in noise], axis=0)
                )
                values, variances = np.concatenate([values, slope]), np.concatenate([variances, slope_variance])
            mean, variance = ensemble.mean(values, variances)
            total, spread = total + mean, spread + variance
        return total, spread


def shared_shots(shots: int, ensembles: Sequence[Ensemble]) -> list[int]:
    """Shots for each state of each circuit: by the weights of the circuits, and evenly among a circuit's states."""
    weights = np.array([np.abs(ensemble.weights).sum() for ensemble in ensembles])
    shares = weights / weights.sum()
    return [
        max(LEAST_SHOTS, ceil(shots * share / len(ensemble))) for share, ensemble in zip(shares, ensembles, strict=True)
    ]


def _rows(angles: FloatArray, copies: int, chosen: IndexArray | None) -> tuple[FloatArray, FloatArray]:
    """Angles of both copies, each of shape (row, angle): θ itself, then the shifts of the second, then of the first copy."""
    shifted = shift_rows(angles, chosen) if copies else np.empty((0, angles.size))
    still = np.broadcast_to(angles, shifted.shape)
    first = [angles[None], *([still] if copies >= 1 else []), *([shifted] if copies == 2 else [])]
    second = [angles[None], *([shifted] if copies >= 1 else []), *([still] if copies == 2 else [])]
    return np.concatenate(first), np.concatenate(second)
