"""The local-states norm: how much the outputs of product states differ from those of their images.

With D = O_θ - T[O_θ] = Σ_P c_P P, the mean of ⟨ψ|D|ψ⟩² over products of single-qubit stabiliser states (6 a qubit) is
Σ_P c_P² 3^(-|P|): another norm than Hilbert and Schmidt's, one that weighs local symmetry breaking most. It takes n qubits
and one copy of the ansatz: ⟨ψ|D|ψ⟩ = f(ψ) - E_s f(V_s ψ). The mean of the squares is a squared error whose labels are 0.
"""

from __future__ import annotations

from itertools import product
from math import ceil

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.circuit.measurement import LEAST_SHOTS, Measurement, Outcome, Readout, Setting, stack_values
from sggd_qiskit.circuit.paulis import traceless
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.cost.penalty.eigenstates import eigenstate_angles, state_preparation
from sggd_qiskit.cost.penalty.ensemble import Ensemble
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


class LocalStatesPenalty:
    """Mean of ⟨ψ|O_θ - T[O_θ]|ψ⟩² over product stabiliser states, for an Estimator.

    Args:
        ansatz: U(θ).
        observable: O.
        group: S.
        shots: for each element, shared among the states.
        states: most states ψ; if there are more (6ⁿ), that many are drawn afresh for each step.
    """

    def __init__(
        self,
        ansatz: RotationForm,
        observable: SparsePauliOp,
        group: SymmetryGroup,
        *,
        shots: int,
        states: int = 256,
    ):
        self._form, self._n, self._order = ansatz, ansatz.num_qubits, group.order
        self._shots, self._states = shots, states
        prepare, self._preparation = state_preparation(self._n)
        circuit, self._angles = ansatz.circuit("φ")
        measurements: list[Measurement | Readout] = []
        for element in group.elements:
            moved = prepare.copy()
            wires = element.apply_to(moved)
            moved.compose(circuit, qubits=wires, inplace=True)
            measurements.append(Measurement(moved, traceless(observable).apply_layout(list(wires))))
        self.measurements = tuple(measurements)

    def plan(
        self,
        theta: FloatArray,
        first: int,
        rng: np.random.Generator,
        *,
        gradient: bool,
        chosen: IndexArray | None = None,
    ) -> PenaltyPlan:
        """One block with a setting for each element; results have the shape (row, state), row 0 being θ itself."""
        angles = self._form.angles(theta)
        rows = np.concatenate([angles[None], shift_rows(angles, chosen)]) if gradient else angles[None]
        ensemble = self._ensemble(rng)
        values = stack_values(
            {self._preparation: ensemble.angles[None], self._angles: rows[:, None]}, (len(rows), len(ensemble))
        )
        shots = max(LEAST_SHOTS, ceil(self._shots / len(ensemble)))
        settings = tuple(Setting(first + s, values, (len(rows), len(ensemble)), shots) for s in range(self._order))
        return PenaltyPlan((Block(0, 1.0, settings, (ensemble,)),), gradient, chosen=chosen)

    def reduce(self, theta: FloatArray, plan: PenaltyPlan, outcomes: tuple[Outcome, ...]) -> Estimate:
        """The penalty: squares and products are freed of the bias that their shot noise gives them."""
        (block,) = plan.blocks
        (ensemble,) = block.ensembles
        # ⟨ψ|D|ψ⟩ = Σ_s w_s f(V_s ψ), with 1 - 1/|S| at the identity, which comes first, and -1/|S| elsewhere.
        weights = np.full(self._order, -1 / self._order)
        weights[0] += 1
        values = np.tensordot(weights, [outcome.values for outcome in outcomes], axes=1)
        variances = np.tensordot(weights**2, [outcome.variances for outcome in outcomes], axes=1)
        excess = np.tensordot(weights**2, [outcome.excess for outcome in outcomes], axes=1)
        d, v = values[0], variances[0]
        mean, variance = _mean(ensemble, d**2 - excess[0], 4 * d**2 * v - 2 * v**2, 2 * v**2)
        if not plan.gradient:
            return Estimate(float(mean), float(variance))
        jacobian = chosen_rows(self._form.angles.jacobian(theta), plan.chosen)
        slope = chain(jacobian, shift_derivative(values[1:]))
        u = chain_variance(jacobian, shift_derivative_variance(variances[1:]))
        noise = 4 * (d**2 * u + slope**2 * v - u * v)
        gradient, gradient_variance = _mean(ensemble, 2 * d * slope, noise, 4 * u * v)
        return Estimate(float(mean), float(variance), gradient, gradient_variance)

    def _ensemble(self, rng: np.random.Generator) -> Ensemble:
        """Product stabiliser states, each of the same weight."""
        count = 6**self._n
        drawn = count > self._states
        if drawn:
            letters, bits = rng.integers(0, 3, (self._states, self._n)), rng.integers(0, 2, (self._states, self._n))
        else:
            chosen = np.array(list(product(range(6), repeat=self._n)))
            letters, bits = chosen // 2, chosen % 2
        angles = [
            eigenstate_angles(["XYZ"[i] for i in row], bit[None])[0] for row, bit in zip(letters, bits, strict=True)
        ]
        return Ensemble(np.array(angles), np.full(len(angles), 1 / len(angles)), drawn)


def _mean(
    ensemble: Ensemble, values: FloatArray, noise: FloatArray, least: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The mean over the states and its variance: ``noise`` is unbiased, and in sum never below the certain part ``least``."""
    mean, variance = ensemble.mean(values, noise)
    _, floor = ensemble.mean(values, least)
    return mean, np.maximum(variance, floor)
