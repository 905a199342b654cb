"""The local-states norm: how much the outputs of product states differ from those of their images.

With D = O_θ - T[O_θ] = Σ_P c_P P, the mean of ⟨ψ|D|ψ⟩² over products of single-qubit stabiliser states is Σ_P c_P² 3^(-|P|),
and so it is over products of the four states of a tetrahedron, which are run here: in all of these ⟨ψ|P|ψ⟩² is the same, so
that a draw of them has no rare states that most of the norm sits in. It is another norm than Hilbert and Schmidt's, one that
weighs local symmetry breaking most. It takes n qubits and one copy of the ansatz: ⟨ψ|D|ψ⟩ = f(ψ) - E_s χ(s) f(V_s ψ). The
mean of the squares is a squared error whose targets are 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import ceil

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import LEAST_SHOTS, Measurement, Outcome, Setting, stack_values
from sggd_qiskit.circuit.paulis import identity_square, traceless
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.circuit.simulate import TETRAHEDRON
from sggd_qiskit.cost.penalty.eigenstates import state_preparation
from sggd_qiskit.cost.penalty.ensemble import Ensemble
from sggd_qiskit.cost.penalty.plan import OverlapBlock, PenaltyPlan
from sggd_qiskit.cost.request import Request
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.gradient.shift import Shifts
from sggd_qiskit.symmetry.group import SymmetryGroup


class LocalStatesPenalty:
    """Mean over the observables and over product states of ⟨ψ|O_θ - T[O_θ]|ψ⟩², for an Estimator.

    Args:
        ansatz: U(θ).
        observables: O_k.
        group: S.
        shots: for each element, shared among the states.
        states: most states ψ; if there are more (4ⁿ), that many are drawn afresh for each step.
    """

    def __init__(
        self,
        ansatz: RotationForm,
        observables: Sequence[SparsePauliOp],
        group: SymmetryGroup,
        *,
        shots: int,
        states: int = 256,
    ):
        self._angle_map, self._n = ansatz.angles, ansatz.num_qubits
        self._shots, self._states = shots, states
        # ⟨ψ|D|ψ⟩ = Σ_s w_s f(V_s ψ), with 1 - 1/|S| at the identity, which comes first, and -χ(s)/|S| elsewhere.
        self._weights = -np.array(group.signs) / group.order
        self._weights[0] += 1
        self._kept_out = identity_square(observables) if group.turns_labels else 0.0
        prepare, self._preparation = state_preparation(self._n)
        circuit, self._angles = ansatz.circuit("φ")
        measurements = []
        for element in group.elements:
            moved = prepare.copy()
            wires = element.apply_to(moved)
            moved.compose(circuit, qubits=wires, inplace=True)
            placed = tuple(traceless(o).apply_layout(list(wires)) for o in observables)
            measurements.append(Measurement(moved, placed))
        self.measurements = tuple(measurements)

    def plan(self, request: Request, rng: np.random.Generator, *, gradient: bool) -> PenaltyPlan:
        """A setting for each element; results have the shape (row, state), row 0 being θ itself.

        Args:
            request: θ, and which components of the gradient are wanted.
            rng: draws the states, if there are too many to run all.
            gradient: whether to shift.
        """
        shifts = Shifts.at(self._angle_map, request.theta, gradient=gradient, factors=request.factors)
        rows, ensemble = shifts.with_value(), self._ensemble(rng)
        shape = (len(rows), len(ensemble))
        values = stack_values({self._preparation: ensemble.angles[None], self._angles: rows[:, None]}, shape)
        shots = max(LEAST_SHOTS, ceil(self._shots / len(ensemble)))
        share = 2 / len(ensemble) / len(self.measurements)
        settings = tuple(Setting(m, values, shape, shots, share) for m in self.measurements)
        return PenaltyPlan(settings, gradient, shifts, (OverlapBlock(1.0, 1, (ensemble,)),))

    def reduce(self, request: Request, plan: PenaltyPlan, outcomes: Sequence[Outcome]) -> Estimate:
        """The penalty: squares and products are freed of the bias that their shot noise gives them.

        Args:
            request: as it was planned.
            plan: what ``plan`` made of it.
            outcomes: one for each setting.
        """
        del request
        (ensemble,) = plan.blocks[0].ensembles
        values = np.tensordot(self._weights, [outcome.values for outcome in outcomes], axes=1)
        noise = np.tensordot(self._weights**2, [outcome.cautious for outcome in outcomes], axes=1)
        excess = np.tensordot(self._weights**2, [outcome.excess for outcome in outcomes], axes=1)
        count, d, s = values.shape[-1], values[0], noise[0]
        squares = (np.sum(d**2, axis=-1) - np.trace(excess[0], axis1=-2, axis2=-1)) / count
        second = 2 * np.einsum("skl,slk->s", s, s) / count**2
        first = 4 * np.einsum("sk,skl,sl->s", d, s, d) / count**2
        mean, variance = _mean(ensemble, squares, first - second, second)
        mean += self._kept_out
        draws = ensemble.draws(squares / len(ensemble))
        if not plan.gradient:
            return Estimate(float(mean), float(variance), draws=draws)
        slope = plan.shifts.gradient(values[1:])
        u = plan.shifts.gradient_variance(noise[1:])
        both = 4 * np.einsum("jskl,slk->js", u, s) / count**2
        first = 4 * np.einsum("sk,jskl,sl->js", d, u, d, optimize=True) / count**2
        first += 4 * np.einsum("jsk,skl,jsl->js", slope, s, slope, optimize=True) / count**2
        products = 2 * np.einsum("sk,jsk->js", d, slope) / count
        return Estimate(float(mean), float(variance), *_mean(ensemble, products, first - both, both), draws)

    def _ensemble(self, rng: np.random.Generator) -> Ensemble:
        """Products of the states of a tetrahedron, each of the same weight."""
        count = 4**self._n
        drawn = count > self._states
        numbers = (
            rng.integers(0, 4, (self._states, self._n)) if drawn else np.array(list(product(range(4), repeat=self._n)))
        )
        tilts, turns = np.array(TETRAHEDRON).T[:, numbers]
        return Ensemble(np.hstack([tilts, turns]), np.full((len(numbers), 1), 1 / len(numbers)), drawn)


def _mean(
    ensemble: Ensemble, values: FloatArray, noise: FloatArray, least: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The mean over the states and its variance: ``noise`` is unbiased, and in sum never below the certain part ``least``.

    All of shape (..., state).
    """
    count = len(ensemble)
    mean, variance = ensemble.total(values / count, noise / count**2)
    return mean, np.maximum(variance, (least / count**2).sum(axis=-1))
