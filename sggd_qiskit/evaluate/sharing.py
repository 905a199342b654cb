"""Shots shared among the circuits of a step by how much each weighs in the cost.

The variance of Σ_c w_c x_c with n_c shots for x_c is Σ_c (w_c σ_c)²/n_c; with Σ n_c fixed it is least for n_c ∝ |w_c| σ_c. The
spreads σ_c are not known beforehand, and none is larger than the observable's bound, which all circuits share: so the shots
go by the weights alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import numpy as np

from sggd_qiskit.circuit.measurement import LEAST_SHOTS, Measurement, Readout, Setting
from sggd_qiskit.cost.penalty.term import PenaltyPlan


def share_shots(
    data: Sequence[Setting],
    penalty: PenaltyPlan | None,
    weight: float,
    measurements: Sequence[Measurement | Readout],
    shots: int,
) -> tuple[tuple[Setting, ...], PenaltyPlan | None]:
    """Data term and penalty with their shares of the shots.

    A residual of 1 is reckoned with for every data point: with (1/N) Σ (f_i - y_i)² an output weighs 2/N. An overlap enters
    the gradient by both copies of the ansatz, and so twice, too.

    Args:
        data: settings of the data term; axes of their shape: row (θ and its shifts), preparation.
        penalty: the penalty's plan; axes of its settings' shape: row, state.
        weight: λ; at 0 the penalty is watched as if it were 1.
        measurements: of the run.
        shots: for all circuits of a row together.
    """
    preparations = data[0].shape[-1]
    weights = [2 / preparations / len(data)] * len(data)
    settings = list(data)
    if penalty is not None:
        scale = 2 * (weight or 1.0) * penalty.scale
        for block in penalty.blocks:
            # Where all circuits of a block start from the same states, they share these states' weights.
            alike = len(block.settings) // len(block.ensembles)
            settings.extend(block.settings)
            weights.extend(
                scale * abs(block.coefficient) * float(np.abs(ensemble.weights).mean()) / alike
                for ensemble in block.ensembles
                for _ in range(alike)
            )
    circuits = [setting.shape[-1] * measurements[setting.measurement].bases for setting in settings]
    total = sum(count * share for count, share in zip(circuits, weights, strict=True))
    shared = iter(
        replace(setting, shots=max(LEAST_SHOTS, ceil(shots * share / total)))
        for setting, share in zip(settings, weights, strict=True)
    )
    with_shots = tuple(next(shared) for _ in data)
    if penalty is None:
        return with_shots, None
    blocks = tuple(replace(block, settings=tuple(next(shared) for _ in block.settings)) for block in penalty.blocks)
    return with_shots, replace(penalty, blocks=blocks)
