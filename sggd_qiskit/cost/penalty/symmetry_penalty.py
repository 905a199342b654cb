"""The penalty ‖O_θ - T[O_θ]‖² as a term of the cost (paper, (6)): measured in one of several ways, or by linear algebra."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from math import ceil
from typing import Any, get_args

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.config.cost import NEED_NO_REFERENCE, Norm
from sggd_qiskit.config.registry import PENALTY_FAMILIES
from sggd_qiskit.cost.penalty.local_states import LocalStatesPenalty
from sggd_qiskit.cost.penalty.modified import ModifiedPenalty
from sggd_qiskit.cost.penalty.overlap import OverlapPenalty
from sggd_qiskit.cost.penalty.unmeasured import UnmeasuredPenalty
from sggd_qiskit.cost.request import Request
from sggd_qiskit.cost.term import Measured, TermPlan
from sggd_qiskit.exact.circuit import ExactPoint
from sggd_qiskit.exact.local_states import DrawnLocalNorm
from sggd_qiskit.exact.modified_penalty import ModifiedNorm
from sggd_qiskit.exact.penalty import SquaredNorm, norm_factor, penalty_norm
from sggd_qiskit.exact.value import ExactValue
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.model.postprocessing import Postprocessing
from sggd_qiskit.symmetry.group import SymmetryGroup

MOST_OPERATOR_QUBITS = 11
"""For linear algebra with O_θ itself, 4ⁿ numbers for each observable."""

MODIFIED_FAMILY = "hadamard_test"
"""The estimator that measures the penalty of post-processing of order 2."""

ENOUGH_STATES, ENOUGH_ELEMENTS = 32, 20
"""Of random draws: with so many the error that is read from their spread is right as a rule (see docs/penalty.md)."""


class SymmetryPenalty:
    """Mean over the observables of ‖O_θ - T[O_θ]‖².

    Args:
        ansatz: U(θ).
        observables: O_k.
        group: S.
        norm: see `CostConfig.norm`.
        estimator: the way to measure it: ``exact``, ``local_states``, or a family of overlaps by its registered name.
        shots: for each overlap, or for each element with ``local_states``.
        states: most input states of a circuit; if there are more, that many are drawn afresh for each step.
        group_samples: elements drawn afresh for each step; None to run the whole group.
        reference: steps for which the overlap of the identity is used before it is measured anew; None to use none.
        g: of the outputs, if they are post-processed; the penalty is then that of (13): by linear algebra, and for order 2
            by Hadamard tests.

    Raises:
        ValueError: if the estimator is not known, does not measure the norm or that of g, does not sample the group, or needs
            no reference.
    """

    def __init__(
        self,
        ansatz: RotationForm,
        observables: Sequence[SparsePauliOp],
        group: SymmetryGroup,
        norm: Norm,
        *,
        estimator: str,
        shots: int,
        states: int = 256,
        group_samples: int | None = None,
        reference: int | None = None,
        g: Postprocessing | None = None,
    ):
        ways = estimators_for(norm)
        if estimator != "exact" and estimator not in ways:
            raise ValueError(
                f"found estimator {estimator!r} for the norm {norm!r}; wanted exact or {' or '.join(ways)}"
            )
        if group_samples is not None and estimator in {"exact", "local_states"}:
            raise ValueError(
                f"found a sampled group with estimator {estimator!r}; wanted one of {', '.join(PENALTY_FAMILIES.names())}"
            )
        if reference is not None and estimator in NEED_NO_REFERENCE:
            raise ValueError(f"found a reference with {NEED_NO_REFERENCE[estimator]}; leave it out")
        if g is not None and estimator != "exact":
            if not measures_modified(estimator, g.order):
                raise ValueError(
                    f"found estimator {estimator!r} with post-processing of order {g.order}; wanted exact, the order 1, or "
                    f"{MODIFIED_FAMILY} for the order 2"
                )
            if group_samples is not None or reference is not None:
                raise ValueError(
                    "found group_samples or a reference with post-processing of order 2; leave them out: circuits run the "
                    "whole group, without a reference"
                )
        self._g = g
        self._ansatz, self._observables, self._group = ansatz, tuple(observables), group
        self._norm_name, self._estimator = norm, estimator
        self._shots, self._states, self._samples, self._reference = shots, states, group_samples, reference

    @cached_property
    def measured(self) -> Measured[Any]:
        """The way by circuits; they are made when they are first needed, which on the exact backend is never."""
        if self._estimator == "exact":
            return UnmeasuredPenalty(self._ansatz, self._observables, self._group, self._norm_name, self._g)
        if self._estimator == "local_states":
            return LocalStatesPenalty(
                self._ansatz, self._observables, self._group, shots=self._shots, states=self._states
            )
        if self._g is not None:
            return ModifiedPenalty(
                self._ansatz,
                self._observables,
                self._group,
                self._norm_name,
                self._g.coefficients,
                shots=self._shots,
                states=self._states,
            )
        return OverlapPenalty(
            PENALTY_FAMILIES.get(self._estimator),
            self._ansatz,
            self._observables,
            self._group,
            shots=self._shots,
            scale=norm_factor(self._norm_name, self._ansatz.num_qubits),
            states=self._states,
            group_samples=self._samples,
            reference=self._reference,
        )

    @property
    def caution(self) -> str:
        """What is to be said of error bars that rest on few random draws; "" if there is nothing."""
        n, local = self._ansatz.num_qubits, self._norm_name == "local_states"
        drawn = n > MOST_OPERATOR_QUBITS or self._estimator not in {"exact", "bell_pair"}
        # Where O_θ stays a product, its squares in product states have tails that grow so with the number of qubits.
        enough = min(ceil(100 * 1.8**n), 4**n) if local else min(ENOUGH_STATES, 2**n)
        if drawn and self._states < enough:
            return (
                f"cost.states is {self._states}: the error of the penalty is read from the spread of so few drawn states, and "
                f"comes out too small where few of them matter; {enough:,} or more are enough as a rule"
            )
        if self._samples is not None and self._samples < min(ENOUGH_ELEMENTS, self._group.order - 1):
            return (
                f"cost.group_samples is {self._samples}: the error of the penalty is read from the spread of so few drawn "
                f"elements, and comes out too small where few of them matter; {ENOUGH_ELEMENTS} or more are enough as a rule"
            )
        return ""

    @property
    def measurements(self) -> Sequence[Measurement | Readout]:
        """See `Term`."""
        return self.measured.measurements

    def plan(self, request: Request, rng: np.random.Generator, *, gradient: bool) -> TermPlan:
        """See `Term`.

        Args:
            request: θ, and which components of the gradient are wanted.
            rng: draws input states and elements.
            gradient: whether to shift.
        """
        planned: TermPlan = self.measured.plan(request, rng, gradient=gradient)
        return planned

    def reduce(self, request: Request, plan: TermPlan, outcomes: Sequence[Outcome]) -> Estimate:
        """See `Term`.

        Args:
            request: as it was planned.
            plan: what ``plan`` made of it.
            outcomes: one for each setting.
        """
        return self.measured.reduce(request, plan, outcomes)

    def exact(
        self, point: ExactPoint, request: Request, rng: Callable[[], np.random.Generator]
    ) -> ExactValue | Estimate:
        """By linear algebra; on more than 11 qubits the local-states norm from drawn states.

        Args:
            point: the observables, evolved to θ.
            request: whether the gradient is wanted.
            rng: makes what draws the states.
        """
        if isinstance(self._norm, DrawnLocalNorm):
            return self._norm.estimate(point, rng(), gradient=request.shifts)
        return ExactValue(*self._norm.value_and_slope(point.evolved))

    @cached_property
    def _norm(self) -> SquaredNorm | ModifiedNorm | DrawnLocalNorm:
        if self._g is None and self._ansatz.num_qubits > MOST_OPERATOR_QUBITS:
            return DrawnLocalNorm(self._group, self._states)
        return penalty_norm(self._group, self._norm_name, self._g)


def measures_modified(estimator: str, order: int) -> bool:
    """Whether there are circuits of an estimator for post-processing of an order from 2 on."""
    return estimator == MODIFIED_FAMILY and order == 2


def estimators_for(norm: Norm) -> tuple[str, ...]:
    """The ways by circuits that measure a norm.

    Raises:
        ValueError: if there is no such norm.
    """
    if norm not in get_args(Norm):
        raise ValueError(f"found the norm {norm!r}; wanted one of {', '.join(get_args(Norm))}")
    return ("local_states",) if norm == "local_states" else tuple(PENALTY_FAMILIES.names())
