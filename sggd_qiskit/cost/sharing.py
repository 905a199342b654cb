"""Shots shared among the circuits of a step by how much each weighs in the cost.

The variance of Σ_c w_c x_c with n_c shots for x_c is Σ_c (w_c σ_c)²/n_c; with Σ n_c fixed it is least for n_c ∝ |w_c| σ_c. The
spreads σ_c are not known beforehand, and none is larger than the observable's bound, which all circuits share: so the shots
go by the weights alone, which each setting has as its ``share``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from sggd_qiskit.circuit.measurement import LEAST_SHOTS, Setting
from sggd_qiskit.cost.term import TermPlan


def share_shots(plans: Sequence[TermPlan], weights: Sequence[float], shots: int) -> tuple[TermPlan, ...]:
    """The plans with their shares of the shots.

    Args:
        plans: of the terms of the cost; the first axis of their settings' shapes is the row: θ and its shifts.
        weights: λ of each; a term at 0 is watched as if it were 1.
        shots: for all circuits of a row together.
    """
    shares = [
        [(weight or 1.0) * setting.share for setting in plan.settings]
        for plan, weight in zip(plans, weights, strict=True)
    ]
    total = sum(
        share * _circuits_of_a_row(setting)
        for plan, of_plan in zip(plans, shares, strict=True)
        for setting, share in zip(plan.settings, of_plan, strict=True)
    )
    return tuple(
        replace(
            plan,
            settings=tuple(
                replace(setting, shots=max(LEAST_SHOTS, ceil(shots * share / total)))
                for setting, share in zip(plan.settings, of_plan, strict=True)
            ),
        )
        for plan, of_plan in zip(plans, shares, strict=True)
    )


def _circuits_of_a_row(setting: Setting) -> int:
    return setting.circuits // setting.shape[0]
