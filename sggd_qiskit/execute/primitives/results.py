"""Results of primitives as outcomes, checked before they count."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.primitives import BitArray, PubResult

from sggd_qiskit.aliases import BoolArray, FloatArray, IndexArray
from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting, diagonal_matrices
from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.execute.primitives.pubs import entries
from sggd_qiskit.execute.shots import outcome_of_sums, variance_of_mean

SHOTS_AT_ONCE = 2**20
"""That are unpacked at a time, so that memory doesn't grow with the parameter sets."""


def estimator_outcome(result: PubResult, measurement: Measurement, setting: Setting) -> Outcome:
    """The outcome from an Estimator's result, whose first axis is that of the observables' entries; see `entries`.

    What the errors of several outputs have in common, an estimator does not tell: they are taken as independent.

    Args:
        result: of the PUB.
        measurement: that was made.
        setting: says the shape of the parameter sets, and the shots where the result does not.

    Raises:
        ExecutionError: if the result has another shape or a number that is not finite.
    """
    parts, output = entries(measurement)
    values, stderr = np.asarray(result.data.evs, dtype=float), np.asarray(result.data.stds, dtype=float)
    shape = (len(parts), *setting.shape)
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
        bound = np.array([np.abs(part.coeffs).sum() for part in parts])
        square = values**2 + unbiased * max(shots - 1, 1)
        cautious = variance_of_mean(shots * values, shots * square, bound.reshape(-1, *[1] * len(setting.shape)), shots)
        cautious = np.maximum(cautious, unbiased)  # mitigation may cost more than shot noise
    sums = np.zeros((3, measurement.num_outputs, *setting.shape))
    for total, found in zip(sums, (values, cautious, unbiased), strict=True):
        np.add.at(total, output, found)
    by_output = np.moveaxis(sums, 1, -1)
    return Outcome(by_output[0], by_output[1], diagonal_matrices(by_output[2]))


def sampler_outcome(result: PubResult, readout: Readout, setting: Setting) -> Outcome:
    """Means of the readout's function over the shots of a Sampler's result, with their covariance.

    Args:
        result: of the PUB.
        readout: that was made.
        setting: says the shape of the parameter sets.

    Raises:
        ExecutionError: if the result has another shape, other bits or no shots.
    """
    bits = measured_bits(result, readout, setting)
    rows, outputs = _rows(bits), readout.num_outputs
    first, second = np.zeros((len(rows), outputs)), np.zeros((len(rows), outputs, outputs))
    together = max(1, SHOTS_AT_ONCE // bits.num_shots)
    for start in range(0, len(rows), together):
        piece = slice(start, start + together)
        numbers = readout.outcome(unpacked(rows[piece], bits.num_bits))
        first[piece] = numbers.sum(axis=1)
        second[piece] = np.einsum("rsk,rsl->rkl", numbers, numbers)
    shaped = first.reshape(*setting.shape, outputs), second.reshape(*setting.shape, outputs, outputs)
    return outcome_of_sums(*shaped, readout.bound, bits.num_shots)


def string_counts(bits: BitArray, worths: Sequence[FloatArray], twirls: int = 1) -> list[tuple[IndexArray, FloatArray]]:
    """How often each bit string was found, for as few bits as a table holds, and what each twirl's shots are worth.

    Args:
        bits: of some readouts, one after the other.
        worths: of the strings of each readout, shape (2ᵏ, output).
        twirls: among which the shots are divided, one after the other.

    Returns:
        For each readout counts of shape (set, 2ᵏ), and means of shape (set, twirl, output).
    """
    rows, sizes = _rows(bits), [len(worth) for worth in worths]
    powers = _string_numbers([size.bit_length() - 1 for size in sizes])
    counts = [np.zeros((len(rows), size), dtype=np.intp) for size in sizes]
    means = [np.zeros((len(rows), twirls, worth.shape[1])) for worth in worths]
    together = max(1, SHOTS_AT_ONCE // (bits.num_shots * len(worths)))
    for start in range(0, len(rows), together):
        piece = slice(start, start + together)
        found = (unpacked(rows[piece], bits.num_bits).astype(np.float32) @ powers).astype(np.intp)
        for k, worth in enumerate(worths):
            numbers = found[..., k]
            means[k][piece] = worth[numbers].reshape(len(numbers), twirls, -1, worth.shape[1]).mean(axis=2)
            numbers += sizes[k] * np.arange(len(numbers))[:, None]
            flat = np.bincount(numbers.ravel(), minlength=sizes[k] * len(numbers))
            counts[k][piece] = flat.reshape(-1, sizes[k])
    return list(zip(counts, means, strict=True))


def _string_numbers(num_bits: Sequence[int]) -> NDArray[np.float32]:
    """What makes numbers of bits, shape (bit, readout)."""
    powers = np.zeros((sum(num_bits), len(num_bits)), dtype=np.float32)
    stop = 0
    for k, count in enumerate(num_bits):
        powers[stop : stop + count, k] = 2.0 ** np.arange(count)
        stop += count
    return powers


def measured_bits(result: PubResult, readout: Readout, setting: Setting) -> BitArray:
    """The bits of a Sampler's result, checked.

    Args:
        result: of the PUB.
        readout: that was made.
        setting: says the shape of the parameter sets.

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
    return bits


def unpacked(packed: NDArray[np.uint8], num_bits: int) -> BoolArray:
    """Bits of shape (..., bit), bit 0 first, from bytes as Qiskit packs them, shape (..., byte)."""
    return np.unpackbits(packed, axis=-1)[..., ::-1][..., :num_bits].astype(bool)


def _rows(bits: BitArray) -> NDArray[np.uint8]:
    """Bytes of shape (set, shot, byte)."""
    return np.asarray(bits.array).reshape(-1, *bits.array.shape[-2:])


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
    return ceil(round(precision**-2, 6)) if precision else setting.shots


def _check_shape(shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if tuple(shape) != wanted:
        raise ExecutionError(
            f"found a result of shape {tuple(shape)} for a PUB of shape {wanted}; it is not this job's"
        )
