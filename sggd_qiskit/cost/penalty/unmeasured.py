"""The penalty by linear algebra on a backend that measures the rest of the cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.config.cost import Norm
from sggd_qiskit.cost.request import Request
from sggd_qiskit.cost.term import TermPlan
from sggd_qiskit.exact.circuit import ExactCircuit
from sggd_qiskit.exact.penalty import penalty_norm
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.model.postprocessing import Postprocessing
from sggd_qiskit.symmetry.group import SymmetryGroup


class UnmeasuredPenalty:
    """Mean over the observables of ‖O_θ - T[O_θ]‖², without circuits and without noise.

    Args:
        ansatz: U(θ).
        observables: O_k.
        group: S.
        norm: see `CostConfig.norm`.
        g: of the outputs, if they are post-processed.
    """

    measurements: tuple[Measurement | Readout, ...] = ()

    def __init__(
        self,
        ansatz: RotationForm,
        observables: Sequence[SparsePauliOp],
        group: SymmetryGroup,
        norm: Norm,
        g: Postprocessing | None = None,
    ):
        self._circuit, self._norm = ExactCircuit(ansatz, observables), penalty_norm(group, norm, g)

    def plan(self, request: Request, rng: np.random.Generator, *, gradient: bool) -> TermPlan:
        """Nothing to measure.

        Args:
            request: not used.
            rng: not used.
            gradient: whether the gradient is wanted.
        """
        del request, rng
        return TermPlan((), gradient)

    def reduce(self, request: Request, plan: TermPlan, outcomes: Sequence[Outcome]) -> Estimate:
        """The penalty, of variance 0.

        Args:
            request: θ.
            plan: whether the gradient is wanted.
            outcomes: none.
        """
        del outcomes
        point = self._circuit.at(request.theta)
        value, slope = self._norm.value_and_slope(point.evolved)
        if not plan.gradient:
            return Estimate(value, 0.0)
        gradient = point.gradient(slope)
        return Estimate(value, 0.0, gradient, np.zeros_like(gradient))
