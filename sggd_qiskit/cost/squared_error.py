"""The mean squared error of outputs that are mixtures of measured ones, from estimates that carry shot noise.

f = W F, F the outputs of the preparations. E[(f̂ - y)²] = (f - y)² + Var f̂, so the plain mean would come out too high by
the mean variance, which is subtracted. The gradient needs no correction, F and ∂F being from different shots.
"""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.gradient.estimate import Estimate


def mixed_outputs(sample: Sample, prepared: Outcome) -> Outcome:
    """Outputs of the data points, shape (data,), from those of the preparations, shape (preparation,)."""
    return Outcome(sample.weights @ prepared.values, sample.weights.power(2) @ prepared.variances)


def squared_error(sample: Sample, prepared: Outcome, slopes: Outcome | None = None) -> Estimate:
    """(1/N) Σ_i (f_i - y_i)², unbiased, with its gradient if ``slopes`` are given.

    With r = f - y, M = WᵀW and c = Wᵀr the gradient is (2/N) Σ_p c_p ∂F_p. Variances are of second order in the noise:
    Var C = (4/N²) Σ_p c_p² v_p - (2/N²) Σ_pq M_pq² v_p v_q, and for each parameter
    Var ∂C = (4/N²) [Σ_p c_p² u_p + Σ_p (M ∂F)_p² v_p - Σ_pq M_pq² u_p v_q], v and u the variances of F and ∂F. The
    terms of second order take back what the noise adds to the squares that stand before them.

    Args:
        sample: the N data points.
        prepared: F, shape (preparation,).
        slopes: ∂F/∂θ, shape (parameter, preparation), from other shots than F.
    """
    n, v = len(sample), prepared.variances
    residuals = sample.weights @ prepared.values - sample.labels
    pull = sample.weights.T @ residuals
    overlap = (sample.weights.T @ sample.weights).tocsr()
    overlap_squared = overlap.power(2)
    second = v @ (overlap_squared @ v)
    value = float(residuals @ residuals - overlap.diagonal() @ prepared.excess) / n
    # The estimate of the variance may fall below the part that is certain; then that part is the better estimate.
    variance = float(max(4 * pull**2 @ v - 2 * second, 2 * second)) / n**2
    if slopes is None:
        return Estimate(value, variance)
    u = slopes.variances
    mixed = (overlap @ slopes.values.T).T
    both = u @ (overlap_squared @ v)
    spread = np.maximum(u @ pull**2 + mixed**2 @ v - both, both)
    return Estimate(value, variance, 2 / n * (slopes.values @ pull), 4 / n**2 * spread)


def squared_error_slope(sample: Sample, prepared: FloatArray) -> FloatArray:
    """∂C/∂F, shape (preparation,), of exact outputs F of the preparations."""
    residuals = sample.weights @ prepared - sample.labels
    return np.asarray(2 / len(sample) * (sample.weights.T @ residuals))
