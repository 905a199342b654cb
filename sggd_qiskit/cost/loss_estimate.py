"""The mean loss of outputs that are mixtures of measured ones, from estimates that carry shot noise.

f_i = Σ_p W_ip F_p, F the outputs of the preparations. The noise of F adds ½ Σ_kl H_kl Cov(f̂_k, f̂_l) to ℓ(f̂) on average, H
being the loss's second derivative, and likewise a third derivative to its slope; both are taken back. What remains is of
second order in the variances, and nothing for the squared error. F and its derivatives ∂F are from different shots.

In variances F counts as one vector of all preparations and outputs, with C = c·F + ½ F·A F about the measured point,
c = (1/N) Wᵀ ∂ℓ/∂f and A = (1/N) Wᵀ H W, and the covariance S of F is a block for each preparation. A variance that is
computed from noisy c is too large by terms like tr(A S A S), which are taken back, but for the part that is certain.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.losses.loss import PointLoss, without_bias
from sggd_qiskit.model.postprocessing import Postprocessing


def mixed_outputs(sample: Sample, prepared: Outcome) -> Outcome:
    """Outputs of the data points, shape (data, output), from those of the preparations, shape (preparation, output)."""
    squares = sample.weights.power(2)
    return Outcome(
        sample.weights @ prepared.values, squares @ prepared.variances, _mixed_matrices(squares, prepared.excess)
    )


def processed_outputs(g: Postprocessing, mixed: Outcome) -> Outcome:
    """G of the outputs of the data points, shape (data, output), unbiased to first order in the variances."""
    noise = mixed.variances
    second = (g(mixed.values, 2) * noise) ** 2 / 2
    # As in a loss: g' is read with noise too, and where it vanishes what is left is the part of second order.
    variances = np.maximum(g(mixed.values, 1) ** 2 * noise - second, second)
    return Outcome(without_bias(g, mixed.values, mixed.excess), variances)


def loss_estimate(loss: PointLoss, sample: Sample, prepared: Outcome, slopes: Outcome | None = None) -> Estimate:
    """(1/N) Σ_i ℓ(f_i, y_i) with its gradient if ``slopes`` are given, and their variances.

    Args:
        loss: ℓ.
        sample: the N data points.
        prepared: F, shape (preparation, output).
        slopes: ∂F/∂θ, shape (parameter, preparation, output), from other shots than F.
    """
    count, size = len(sample), prepared.values.shape[1]
    mixed, targets = mixed_outputs(sample, prepared), sample.targets(size)
    values = without_bias(lambda f: loss.value(f, targets), mixed.values, mixed.excess)
    pull = sample.weights.T @ loss.slope(mixed.values, targets) / count  # c, shape (preparation, output)
    noise = prepared.cautious
    bend = _bend(sample, loss.curvature(mixed.values, targets) / count)
    twice = _blocks(bend @ _block_diagonal(noise) @ bend, len(noise), size)  # A S A, of each preparation
    second = float(np.einsum("pkl,plk->", noise, twice)) / 2
    # The estimate of the variance may fall below the part that is certain; then that part is the better estimate.
    variance = max(float(np.einsum("pk,pkl,pl->", pull, noise, pull)) - second, second)
    if slopes is None:
        return Estimate(float(values.mean()), variance)
    steepness = without_bias(lambda f: loss.slope(f, targets), mixed.values, mixed.excess)
    unbiased = sample.weights.T @ steepness / count
    gradient = np.asarray(np.einsum("jpk,pk->j", slopes.values, unbiased))
    return Estimate(float(values.mean()), variance, gradient, _gradient_variance(pull, noise, bend, twice, slopes))


def _gradient_variance(
    pull: FloatArray, noise: FloatArray, bend: sparse.csr_array, twice: FloatArray, slopes: Outcome
) -> FloatArray:
    """c·U c + (A ∂F)·S (A ∂F) - tr(A U A S) of each parameter, U the covariance of ∂F; shape (parameter,)."""
    count, size = pull.shape
    flat = slopes.values.reshape(len(slopes.values), -1)
    moved = (bend @ flat.T).T.reshape(-1, count, size)
    shifted = slopes.cautious
    both = np.einsum("jpkl,plk->j", shifted, twice)
    first = np.einsum("pk,jpkl,pl->j", pull, shifted, pull, optimize=True)
    first += np.einsum("jpk,pkl,jpl->j", moved, noise, moved, optimize=True)
    return np.asarray(np.maximum(first - both, both))


def _bend(sample: Sample, curvature: FloatArray) -> sparse.csr_array:
    """A = Wᵀ H W over preparations and outputs together, outputs varying fastest."""
    size = curvature.shape[-1]
    mixing = sample.weights if size == 1 else sparse.kron(sample.weights, sparse.eye_array(size), format="csr")
    return sparse.csr_array(mixing.T @ _block_diagonal(curvature) @ mixing)


def _block_diagonal(blocks: FloatArray) -> sparse.csr_array:
    """A matrix with those blocks, shape (block, k, k), on its diagonal."""
    count, size, _ = blocks.shape
    index = (np.arange(count)[:, None, None] * size + np.arange(size)[None, None, :]) + np.zeros(
        (1, size, 1), dtype=int
    )
    pointer = np.arange(count * size + 1) * size
    return sparse.csr_array((blocks.ravel(), index.ravel(), pointer), shape=(count * size, count * size))


def _blocks(matrix: sparse.csr_array, count: int, size: int) -> FloatArray:
    """The blocks on a matrix's diagonal, shape (count, size, size)."""
    if size == 1:
        return np.asarray(matrix.diagonal()).reshape(count, 1, 1)
    found = np.zeros((count, size, size))
    entries = matrix.tocoo()
    row, column = entries.coords
    inside = row // size == column // size
    found[row[inside] // size, row[inside] % size, column[inside] % size] = entries.data[inside]
    return found


def _mixed_matrices(squares: sparse.csr_array, matrices: FloatArray) -> FloatArray:
    count, size, _ = matrices.shape
    return np.asarray(squares @ matrices.reshape(count, size * size)).reshape(-1, size, size)
