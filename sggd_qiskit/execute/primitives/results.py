"""Results of primitives as outcomes, checked before they count."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from qiskit.primitives import PubResult

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.execute.job import ExecutionError


def estimator_outcome(result: PubResult, measurement: Measurement, setting: Setting) -> Outcome:
    """Values and variances of an Estimator's result, whose first axis is the measurement basis.

    Raises:
        ExecutionError: if the result has another shape or a number that is not finite.
    """
    values, stderr = np.asarray(result.data.evs, dtype=float), np.asarray(result.data.stds, dtype=float)
    shape = (measurement.bases, *setting.shape)
    _check_shape(values.shape, shape)
    _check_shape(stderr.shape, shape)
    if not (np.isfinite(values).all() and np.isfinite(stderr).all()):
        raise ExecutionError("found values that are not finite in the result of a PUB")
    precision = float(result.metadata.get("target_precision") or 0.0)
    if not stderr.any() and not result.metadata.get("shots"):
        # Some estimators, Qiskit's own StatevectorEstimator among them, add noise and report none: it is the precision's.
        stderr = np.full_like(stderr, precision)
    unbiased = stderr**2
    cautious = unbiased
    if precision:
        shots = delivered_shots(result, setting)
        reach = np.array([np.abs(terms.coeffs).sum() for terms in measurement.commuting_sets])
        reach = reach.reshape(-1, *[1] * len(setting.shape))
        square = values**2 + unbiased * max(shots - 1, 1)
        cautious = variance_of_mean(shots * values, shots * square, -reach, reach, shots)
        cautious = np.maximum(cautious, unbiased)  # mitigation may cost more than shot noise
    return Outcome(values.sum(axis=0), cautious.sum(axis=0), unbiased.sum(axis=0))


def sampler_outcome(result: PubResult, readout: Readout, setting: Setting) -> Outcome:
    """Mean of the readout's function over the shots of a Sampler's result, and its variance.

    Raises:
        ExecutionError: if the result has another shape, other bits or no shots.
    """
    bits = getattr(result.data, "meas", None)
    if bits is None:
        raise ExecutionError("found no register 'meas' in the result of a PUB; it is not this job's")
    _check_shape(bits.shape, setting.shape)
    if bits.num_bits != readout.circuit.num_clbits or not bits.num_shots:
        raise ExecutionError(
            f"found {bits.num_shots} shots of {bits.num_bits} bits; wanted {readout.circuit.num_clbits} bits"
        )
    numbers = readout.outcome(bits.to_bool_array(order="little"))
    shots = bits.num_shots
    first, second = numbers.sum(axis=-1), (numbers**2).sum(axis=-1)
    mean = first / shots
    unbiased = (second / shots - mean**2).clip(min=0) / max(shots - 1, 1)
    return Outcome(mean, variance_of_mean(first, second, -readout.bound, readout.bound, shots), unbiased)


def variance_of_mean(
    first: FloatArray, second: FloatArray, low: float | FloatArray, high: float | FloatArray, shots: int
) -> FloatArray:
    """Variance of a mean over shots from the draw itself, with one more shot at either end of the range.

    Without these two (Laplace's rule) a few equal outcomes would claim to be free of noise.

    Args:
        first: sum of the outcomes.
        second: sum of their squares.
        low: least possible outcome.
        high: largest possible outcome.
        shots: how many there are.
    """
    total = shots + 2
    mean = (first + low + high) / total
    square = (second + low**2 + high**2) / total
    return np.asarray((square - mean**2).clip(min=0) / shots)


def require_results(results: Sequence[PubResult], settings: Sequence[object]) -> None:
    """Raise ``ExecutionError`` unless there are as many results as settings."""
    if len(results) != len(settings):
        raise ExecutionError(f"found {len(results)} results of {len(settings)} PUBs; the job's result is not whole")


def delivered_shots(result: PubResult, setting: Setting) -> int:
    """Shots for each parameter set and basis, as the result tells them."""
    bits = getattr(result.data, "meas", None)
    if bits is not None:
        return int(bits.num_shots)
    metadata: dict[str, Any] = result.metadata
    if metadata.get("shots"):
        return int(metadata["shots"])
    precision = metadata.get("target_precision")
    return shots_of(precision) if precision else setting.shots


def shots_of(precision: float) -> int:
    """Shots that a precision, the standard error of a ±1 outcome, stands for."""
    return ceil(round(precision**-2, 6))


def _check_shape(shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if tuple(shape) != wanted:
        raise ExecutionError(
            f"found a result of shape {tuple(shape)} for a PUB of shape {wanted}; it is not this job's"
        )
