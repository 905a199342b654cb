"""The penalty from overlaps: ‖O_θ - T[O_θ]‖² = Tr[O²] - E_s χ(s) o_s, since T is a self-adjoint projection.

o_s = o_{s⁻¹} and χ(s) = χ(s⁻¹), so one of each {s, s⁻¹} is run. Over a group ∂E_s χ(s) o_s is twice
E_s χ(s) Tr[(∂O_θ) V_s† O_θ V_s]: only one of the two copies of the ansatz is shifted. For an element that stands for its
inverse too, both copies are, one for each of the two.
With a reference all overlaps are divided by the share that noise leaves of that of the identity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import sqrt

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.circuit.paulis import identity_square, traceless
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.cost.penalty.family import OverlapFamily
from sggd_qiskit.cost.penalty.plan import OverlapBlock, PenaltyPlan, block_settings, contributions, copies_rows
from sggd_qiskit.cost.penalty.reference import Reference, is_due, mean_of_rows, repetitions, separated_identity
from sggd_qiskit.cost.request import Request
from sggd_qiskit.gradient.estimate import Estimate, of_few
from sggd_qiskit.gradient.shift import Shifts
from sggd_qiskit.symmetry.group import SymmetryGroup


class OverlapPenalty:
    """Mean over the observables of ‖O_θ - T[O_θ]‖² / 2ⁿ, times ``scale``, without circuits for their identity parts.

    T keeps an identity part if χ = 1, and else takes all of it away, whatever θ is.

    Args:
        family: how the overlaps are measured.
        ansatz: U(θ).
        observables: O_k.
        group: S, with χ.
        shots: for each overlap, shared among its circuits and input states.
        scale: 1, or 2ⁿ for the paper's norm.
        states: most input states of a circuit; if there are more, that many are drawn afresh for each step.
        group_samples: elements drawn afresh for each step, if the group has more; None to run the whole group.
        reference: steps for which a reference is used before it is measured anew; None to use none.
    """

    def __init__(
        self,
        family: type[OverlapFamily],
        ansatz: RotationForm,
        observables: Sequence[SparsePauliOp],
        group: SymmetryGroup,
        *,
        shots: int,
        scale: float = 1.0,
        states: int = 256,
        group_samples: int | None = None,
        reference: int | None = None,
    ):
        self._angles = ansatz.angles
        self._observables = tuple(traceless(observable) for observable in observables)
        self._order, self._pairs = group.order, group.inverse_pairs
        self._signs = [group.signs[number] for number in group.pair_numbers]
        self._kept_out = identity_square(observables) if group.turns_labels else 0.0
        self._shots, self._scale = shots, scale
        self._samples = None if group_samples is None or group_samples >= len(self._pairs) else group_samples
        self._family = family(ansatz, self._observables, states)
        self._circuits = [self._family.circuits(element) for element, _ in self._pairs]
        self._every = reference if self._pairs else None
        self._of_identity = () if self._every is None else self._family.circuits(separated_identity(group.num_qubits))

    @property
    def measurements(self) -> tuple[Measurement | Readout, ...]:
        """The circuits of every {s, s⁻¹}, and those of the reference."""
        return tuple(circuit for circuits in (*self._circuits, self._of_identity) for circuit in circuits)

    def plan(self, request: Request, rng: np.random.Generator, *, gradient: bool) -> PenaltyPlan:
        """A block for each {s, s⁻¹}, or for each that is drawn, then the reference; results have the shape (row, state).

        Row 0 is θ itself. With the gradient there follow the shifts of the second copy of the ansatz, and for an
        element that stands for its inverse those of the first copy. The rows of a reference are all at θ.

        Args:
            request: θ, and which components of the gradient are wanted.
            rng: draws elements and input states.
            gradient: whether to shift.
        """
        shifts = Shifts.at(self._angles, request.theta, gradient=gradient, factors=request.factors)
        blocks, settings = [], []
        for number, coefficient in self._chosen(rng):
            copies = self._copies(number) if gradient else 0
            ensembles = self._family.ensembles(rng)
            blocks.append(OverlapBlock(coefficient, copies, ensembles))
            settings += self._settings(
                self._circuits[number], blocks[-1], copies_rows(shifts, copies), blocks[-1].influence()
            )
        reference = None
        if self._every is not None and not request.beside and is_due(request.step, request.known, self._every):
            coefficients = [abs(block.coefficient) for block in blocks]
            reference = OverlapBlock(float(np.mean(coefficients)), 0, self._family.ensembles(rng))
            rows = sum(1 + 2 * block.copies * len(shifts.shifted) for block in blocks) * request.points
            still = np.tile(shifts.angles, (repetitions(coefficients, rows, self._every), 1))
            influence = float(np.mean([block.influence() for block in blocks]))
            settings += self._settings(self._of_identity, reference, (still, still), influence)
        drawn = self._samples is not None
        return PenaltyPlan(tuple(settings), gradient, shifts, tuple(blocks), drawn, reference)

    def reduce(self, request: Request, plan: PenaltyPlan, outcomes: Sequence[Outcome]) -> Estimate:
        """The penalty; it is unbiased, and so may come out slightly negative.

        Args:
            request: as it was planned.
            plan: what ``plan`` made of it.
            outcomes: one for each setting.

        Raises:
            ExecutionError: if noise leaves too little of the reference.
        """
        rest = iter(outcomes)
        found, variance, draws = self._overlaps(plan, rest, 1 + (len(request.theta) if plan.gradient else 0))
        reference = self._reference(request, plan, rest)
        shared: tuple[FloatArray, ...] = ()
        if reference is not None:
            noise = reference.factor_stderr * found
            found, variance = reference.factor * found, reference.factor**2 * variance + noise**2
            draws, shared = [reference.factor * drawn for drawn in draws], (noise,)
        estimate = Estimate(
            self._square * (1 - 1 / self._order) + self._kept_out - float(found[0]),
            float(variance[0]),
            draws=tuple(draws),
            shared=shared,
        )
        if plan.gradient:
            estimate = replace(estimate, gradient=-found[1:], gradient_variance=variance[1:])
        return replace(estimate.scaled(self._scale), learned={} if reference is None else reference.known())

    @property
    def _square(self) -> float:
        """Tr[O²]/2ⁿ, the mean over the observables."""
        return float(np.mean([np.sum(np.abs(o.coeffs) ** 2) for o in self._observables]))

    def _overlaps(
        self, plan: PenaltyPlan, rest: Iterator[Outcome], size: int
    ) -> tuple[FloatArray, FloatArray, list[FloatArray]]:
        """E_s o_s without the identity's term and its slopes, shape (1 + parameter,), their variances, and what was drawn."""
        totals, variances = np.zeros((2, len(plan.blocks), size))
        draws: list[FloatArray] = []
        for number, block in enumerate(plan.blocks):
            for ensemble in block.ensembles:
                terms, noise = contributions(plan.shifts, block, ensemble, next(rest))
                total, variance = ensemble.total(terms, noise)
                totals[number] += block.coefficient * total
                variances[number] += block.coefficient**2 * variance
                draws += ensemble.draws(-block.coefficient * terms[0])
        found, variance = totals.sum(axis=0), variances.sum(axis=0)
        if plan.drawn and plan.blocks:
            # The spread between the drawn elements contains all other noise already; of a finite group it tells the less,
            # the more of it are drawn.
            count = len(totals)
            share = (1 - count / (self._order - 1)) * of_few(count)
            variance = share * count * np.var(totals, axis=0, ddof=1) + count / (self._order - 1) * variance
            middle = totals[:, 0].mean()
            draws = [-(middle + np.sqrt(share) * (totals[:, 0] - middle))]
        return found, variance, draws

    def _reference(self, request: Request, plan: PenaltyPlan, rest: Iterator[Outcome]) -> Reference | None:
        """As it is measured now, or was at an earlier step; None if none is used."""
        if self._every is None:
            return None
        if plan.reference is None:
            return Reference(**request.known["reference"])
        overlap = variance = 0.0
        for ensemble in plan.reference.ensembles:
            terms, noise = mean_of_rows(*contributions(plan.shifts, plan.reference, ensemble, next(rest)))
            total = ensemble.total(terms, noise)
            overlap, variance = overlap + float(total[0]), variance + float(total[1])
        return Reference(overlap / self._square, sqrt(variance) / self._square)

    def _chosen(self, rng: np.random.Generator) -> list[tuple[int, float]]:
        """Numbers of pairs, and their coefficients in E_s χ(s) o_s without the identity's term."""
        multiplicities = [multiplicity for _, multiplicity in self._pairs]
        if self._samples is None or not self._pairs:
            return [(number, self._signs[number] * m / self._order) for number, m in enumerate(multiplicities)]
        others = self._order - 1
        elements = np.repeat(np.arange(len(self._pairs)), multiplicities)
        drawn = np.sort(rng.choice(elements, size=self._samples, replace=False)).tolist()
        return [(number, self._signs[number] * others / self._order / self._samples) for number in drawn]

    def _copies(self, number: int) -> int:
        """Copies of the ansatz that are shifted: both where elements are drawn, so that each takes the same."""
        return self._pairs[number][1] if self._samples is None else 2

    def _settings(
        self,
        circuits: Sequence[Measurement | Readout],
        block: OverlapBlock,
        rows: tuple[FloatArray, FloatArray],
        influence: float,
    ) -> list[Setting]:
        """A setting for each circuit of an element, whose overlap has that influence on the cost."""
        family = self._family
        angles = dict(zip((family.first, family.second), rows, strict=True))
        influence *= self._scale
        return block_settings(
            circuits, block.ensembles, family.preparation, angles, shots=self._shots, influence=influence
        )
