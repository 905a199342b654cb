"""The penalty of outputs that g of order 2 post-processes (paper, (13)), from words in A = O_θ and B = V_s† O_θ V_s.

O's identity part goes into g, which changes c₀ and c₁ alone, so that A is traceless. With d = 2ⁿ and all traces divided by d,
⟨Õ, Õ_s⟩ divided by the dimension d(d+1)/2 of the symmetric subspace is, but for a constant that no element changes,

    F = [c₂² (d Tr[AB]² + Tr[ABAB]) + c₁c₂ (Tr[A²B] + Tr[AB²]) + c₁² (d+2)/2 Tr[AB]] / (d+1),

and the penalty is F at B = A, which O's coefficients tell, minus E_s χ(s) F_s. F_s = F_{s⁻¹}, so one of each {s, s⁻¹} is run,
and all letters of a word move it alike, so the copies of the ansatz are shifted as those of an overlap. Tr[AB]² and its
gradient are products of numbers that are read with noise, which is taken back where it adds to them. An identity's reference
is not used: noise leaves other shares of the words of two and of four letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from math import comb

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Measurement, Outcome, Setting
from sggd_qiskit.circuit.paulis import identity_part, traceless
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.config.cost import Norm
from sggd_qiskit.cost.penalty.ensemble import Ensemble
from sggd_qiskit.cost.penalty.plan import OverlapBlock, PenaltyPlan, block_settings, contributions, copies_rows
from sggd_qiskit.cost.penalty.words import Words
from sggd_qiskit.cost.request import Request
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.gradient.shift import Shifts
from sggd_qiskit.symmetry.group import SymmetryGroup


class ModifiedPenalty:
    """Mean over the observables of ‖P(Õ - T_2[Õ])P‖², by circuits.

    Args:
        ansatz: U(θ).
        observables: O_k.
        group: S, with χ.
        norm: ``hilbert_schmidt``, or ``normalized_hilbert_schmidt``: divided by the dimension of the symmetric subspace.
        coefficients: c₀, c₁ and c₂ of g.
        shots: for the echo of each element and observable, and as many for its long word.
        states: most input states of a circuit; if there are more, that many are drawn afresh for each step.
    """

    def __init__(
        self,
        ansatz: RotationForm,
        observables: Sequence[SparsePauliOp],
        group: SymmetryGroup,
        norm: Norm,
        coefficients: Sequence[float],
        *,
        shots: int,
        states: int = 256,
    ):
        self._angle_map, self._shots = ansatz.angles, shots
        self._scale = float(comb(2**ansatz.num_qubits + 1, 2)) if norm == "hilbert_schmidt" else 1.0
        share = 1 / len(observables) / group.order
        self._coefficients = [
            share * group.signs[number] * multiplicity
            for number, (_, multiplicity) in zip(group.pair_numbers, group.inverse_pairs, strict=True)
        ]
        self._multiplicities = [multiplicity for _, multiplicity in group.inverse_pairs]
        sums = [WordSum.of(observable, coefficients) for observable in observables]
        self._parts = [
            (s, Words(ansatz, traceless(o), states, squares=s.squares != 0))
            for s, o in zip(sums, observables, strict=True)
        ]
        self._circuits = [[words.circuits(element) for _, words in self._parts] for element, _ in group.inverse_pairs]
        constants = [s.of_identity * (1 - 1 / group.order) + (s.constant if group.turns_labels else 0.0) for s in sums]
        self._constant = float(np.mean(constants))

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """The circuits of every {s, s⁻¹} and observable."""
        return tuple(circuit for parts in self._circuits for circuits in parts for circuit in circuits)

    def plan(self, request: Request, rng: np.random.Generator, *, gradient: bool) -> PenaltyPlan:
        """A block for each {s, s⁻¹} and observable; results have the shape (row, state), rows as those of overlaps.

        Args:
            request: θ, and which components of the gradient are wanted.
            rng: draws input states.
            gradient: whether to shift.
        """
        shifts = Shifts.at(self._angle_map, request.theta, gradient=gradient, factors=request.factors)
        blocks: list[OverlapBlock] = []
        settings: list[Setting] = []
        for coefficient, multiplicity, of_element in zip(
            self._coefficients, self._multiplicities, self._circuits, strict=True
        ):
            for (weights, words), circuits in zip(self._parts, of_element, strict=True):
                blocks.append(OverlapBlock(coefficient, multiplicity if gradient else 0, words.ensembles(rng)))
                settings += self._settings(weights, words, circuits, blocks[-1], shifts)
        return PenaltyPlan(tuple(settings), gradient, shifts, tuple(blocks))

    def reduce(self, request: Request, plan: PenaltyPlan, outcomes: Sequence[Outcome]) -> Estimate:
        """The penalty; it is unbiased, and so may come out slightly negative.

        Args:
            request: as it was planned.
            plan: what ``plan`` made of it.
            outcomes: one for each setting.
        """
        rest = iter(outcomes)
        found, variance = np.zeros((2, 1 + (len(request.theta) if plan.gradient else 0)))
        draws: list[FloatArray] = []
        for block, (weights, _) in zip(plan.blocks, cycle(self._parts), strict=False):
            taken = [next(rest) for _ in block.ensembles]
            value, noise, drawn = _weighted_words(weights, plan.shifts, block, taken)
            found += block.coefficient * value
            variance += block.coefficient**2 * noise
            draws += [-block.coefficient * each for each in drawn]
        estimate = Estimate(self._constant - float(found[0]), float(variance[0]), draws=tuple(draws))
        if plan.gradient:
            estimate = Estimate(estimate.value, estimate.variance, -found[1:], variance[1:], estimate.draws)
        return estimate.scaled(self._scale)

    def _settings(
        self, weights: WordSum, words: Words, circuits: Sequence[Measurement], block: OverlapBlock, shifts: Shifts
    ) -> list[Setting]:
        """The echo, then the long word's circuits; shots go by the largest size that Tr[AB] can have, which B = A gives it."""
        first, second = copies_rows(shifts, block.copies)
        angles = {words.first: first, words.second: second}
        short, *longer = block.ensembles
        settings = block_settings(
            circuits[:1],
            [_of_echo(short, weights.slope(weights.square), weights.squares)],
            words.preparation,
            angles,
            shots=self._shots,
            influence=self._scale * block.influence(),
        )
        still = np.broadcast_to(shifts.angles, first.shape)
        return settings + block_settings(
            circuits[1:],
            longer,
            words.preparation,
            {**angles, words.middle: still},
            shots=self._shots,
            influence=self._scale * weights.long * block.influence(letters=4),
        )


@dataclass(frozen=True)
class WordSum:
    """F = product·Tr[AB]² + direct·Tr[AB] + squares·Tr[A²B + AB²]/2 + long·Tr[ABAB], all traces divided by 2ⁿ.

    Attributes:
        square: Tr[A²].
        of_identity: F at B = A.
        constant: what g's constant adds to ⟨Õ, Õ⟩.
    """

    product: float
    direct: float
    squares: float
    long: float
    square: float
    of_identity: float
    constant: float

    @classmethod
    def of(cls, observable: SparsePauliOp, coefficients: Sequence[float]) -> WordSum:
        """The weights for c₀, c₁ and c₂ of g, and what O's coefficients tell."""
        d, identity, rest = 2**observable.num_qubits, identity_part(observable), traceless(observable).simplify()
        (zeroth, first, second), twice = coefficients, (rest @ rest).simplify()
        zeroth, first = zeroth + first * identity + second * identity**2, first + 2 * second * identity
        square, cube, fourth = identity_part(twice), identity_part(twice @ rest), identity_part(twice @ twice)
        product, direct = second**2 * d / (d + 1), first**2 * (d + 2) / (d + 1) / 2
        squares, long = 2 * first * second / (d + 1), second**2 / (d + 1)
        return cls(
            product,
            direct,
            squares,
            long,
            square,
            of_identity=product * square**2 + direct * square + squares * cube + long * fourth,
            constant=zeroth**2 + 2 * zeroth * second * square / (d + 1),
        )

    def slope(self, word: float) -> float:
        """The derivative of F by Tr[AB], where it is ``word``."""
        return 2 * self.product * word + self.direct


def _weighted_words(
    weights: WordSum, shifts: Shifts, block: OverlapBlock, outcomes: Sequence[Outcome]
) -> tuple[FloatArray, FloatArray, list[FloatArray]]:
    """F of an element and its gradient, shape (1 + parameter,), their variances, and what was drawn."""
    found, variance, draws = _short_words(weights, shifts, block, outcomes[0])
    for ensemble, outcome in zip(block.ensembles[1:], outcomes[1:], strict=True):
        terms, noise = contributions(shifts, block, ensemble, outcome, letters=4)
        total, spread = ensemble.total(terms, noise)
        found, variance = found + weights.long * total, variance + weights.long**2 * spread
        draws += [weights.long * each for each in ensemble.draws(terms[0])]
    return found, variance, draws


def _short_words(
    weights: WordSum, shifts: Shifts, block: OverlapBlock, outcome: Outcome
) -> tuple[FloatArray, FloatArray, list[FloatArray]]:
    """What the echo tells of F, freed of what noise adds to the products Tr[AB]·Tr[AB] and 2 Tr[AB]·∂Tr[AB].

    Variances are those of F linearised about what was measured, which are too large by the noise of their slopes; that is
    taken back, but for the part that is certain.
    """
    short = block.ensembles[0]
    direct = _of_echo(short, 1.0, 0.0)
    terms, noise = contributions(shifts, block, direct, outcome)
    word, spread = direct.total(terms, noise)
    if short.drawn:
        middle = terms - terms.mean(axis=1, keepdims=True)
        together = middle @ middle[0] * len(short) / (len(short) - 1)
    else:  # Tr[AB] and its slopes are from different shots
        together = np.zeros(len(word))
        together[0] = direct.contributions(outcome.values[0], outcome.excess[0])[1].sum()
    linear = _of_echo(short, weights.slope(word[0]), weights.squares)
    moved, shaken = contributions(shifts, block, linear, outcome)
    moved[1:] += 2 * weights.product * word[1:, None] * terms[0]
    shaken[1:] += (2 * weights.product * word[1:, None]) ** 2 * noise[0]
    total, variance = linear.total(moved, shaken)
    size = weights.product * np.where(np.arange(len(word)) > 0, 2, 1)
    second = size**2 * (spread[0] * spread + together**2)
    return (
        total - size * (word[0] * word + together),
        np.maximum(variance - second, second),
        list(linear.draws(moved[0])),
    )


def _of_echo(short: Ensemble, direct: float, squares: float) -> Ensemble:
    """The echo's states with the weights for ``direct``·Tr[AB] + ``squares``·Tr[A²B + AB²]/2."""
    # The eigenstates of O go with the output O² and those of O² with the output O.
    weights = squares / 2 * short.weights[:, ::-1]
    if short.weights.shape[1] == 1:
        weights = np.zeros_like(weights)
    weights[:, 0] += direct * short.weights[:, 0]
    return Ensemble(short.angles, weights, short.drawn)
