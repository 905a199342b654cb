"""Readout errors taken back, with the error of what is known of them.

Readouts that are twirled (bits flipped before and after, at random) shrink each Pauli string's expectation value by a factor
of its own. A calibration circuit, nothing but readouts of 0, measures the factors; values are divided by them. The error of a
factor is one of all values that are divided by it, and so is common to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sggd_qiskit.aliases import BoolArray, FloatArray, IndexArray
from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.execute.shots import outcome_of_counts

MOST_BITS = 12
"""Of a readout whose errors can be taken back."""

_LEAST_FACTOR = 0.1
_NEGLIGIBLE = 1e-4  # of the variance of all factors together
_ZERO = 1e-12


@dataclass(frozen=True, eq=False)
class BitCounts:
    """How often each bit string was found.

    Attributes:
        counts: shape (set, 2ᵏ); bit j of a string's number is that of the j-th qubit.
        worth: of each string, shape (2ᵏ, output).
        bound: the largest size of each output, shape (output,).
        qubits: that are read, by their numbers on the device.
    """

    counts: IndexArray
    worth: FloatArray
    bound: FloatArray
    qubits: tuple[int, ...]

    def outcome(self) -> Outcome:
        """Means over the shots, with the readout's errors in them."""
        return outcome_of_counts(self.counts, self.worth, self.bound)


def mitigated(parts: Sequence[BitCounts], bits: BoolArray, qubits: Sequence[int]) -> list[Outcome]:
    """Means over the shots without the readout's errors, to first order in the calibration's variance without bias.

    Args:
        parts: what was measured.
        bits: read in the calibration, where all are 0, shape (twirl, shot, qubit); two twirls at least.
        qubits: of the calibration, by their numbers on the device; those of all parts are among them.

    Raises:
        ExecutionError: if a readout tells next to nothing.
    """
    spectra = [walsh(part.worth) for part in parts]
    strings = [_strings(part, spectrum, qubits) for part, spectrum in zip(parts, spectra, strict=True)]
    masks = np.unique(np.concatenate([rows for _, rows in strings]), axis=0)
    factors, errors = _calibrated(bits, masks)
    if factors.min(initial=1.0) < _LEAST_FACTOR:
        worst = [q for q, used in zip(qubits, masks[factors.argmin()], strict=True) if used]
        raise ExecutionError(
            f"found readouts of qubits {worst} that keep {factors.min():.2f} of a value; wanted {_LEAST_FACTOR} at least: set "
            "execution.options.resilience_level to 0, or wait until the device is calibrated anew"
        )
    place = {row.tobytes(): k for k, row in enumerate(masks)}
    outcomes = []
    for part, spectrum, (used, rows) in zip(parts, spectra, strings, strict=True):
        chosen = [place[row.tobytes()] for row in rows]
        outcomes.append(_mitigated(part, spectrum, used, factors[chosen], errors[chosen]))
    return outcomes


def walsh(table: FloatArray) -> FloatArray:
    """Σ_b (-1)^(s·b) table_b for each string s, along the first axis, of length 2ᵏ; twice of it is 2ᵏ times the table."""
    found, step = table.astype(float), 1
    while step < len(table):
        pairs = found.reshape(-1, 2, step, *table.shape[1:])
        found = np.stack([pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]], axis=1).reshape(table.shape)
        step *= 2
    return found


def _mitigated(
    part: BitCounts, spectrum: FloatArray, used: IndexArray, factors: FloatArray, errors: FloatArray
) -> Outcome:
    """The outcome of a part.

    Args:
        part: what was measured.
        spectrum: the worth in Z strings, shape (2ᵏ, output), not divided by 2ᵏ.
        used: strings with a share in it, shape (string,).
        factors: by which each is shrunk, shape (string,).
        errors: of the factors, what each of the numbers in common adds, shape (string, number).
    """
    size = len(spectrum)
    divided = spectrum / size
    unbiased = 1 / factors * (1 - (errors**2).sum(axis=1) / factors**2)  # 1/c from an estimate of c is too large
    divided[used] *= unbiased[:, None]
    worth = walsh(divided)
    found = outcome_of_counts(part.counts, worth, np.abs(worth).max(axis=0))
    if not errors.shape[1]:
        return found
    signs = walsh(np.eye(size)[used].T)  # (-1)^(s·b), shape (2ᵏ, string)
    means = (part.counts / part.counts[:1].sum()) @ signs
    slopes = -(spectrum[used] / size / factors[:, None] ** 2)[:, :, None] * errors[:, None, :]
    return replace(found, common=np.tensordot(means, slopes, axes=1))


def _strings(part: BitCounts, spectrum: FloatArray, qubits: Sequence[int]) -> tuple[IndexArray, BoolArray]:
    """Z strings with a share in a part, but for the identity, and on which of the calibration's qubits each acts."""
    size = np.abs(spectrum).max(axis=1)
    used = np.flatnonzero(size > _ZERO * size.max(initial=1.0))
    used = used[used > 0]
    columns = [list(qubits).index(qubit) for qubit in part.qubits]
    masks = np.zeros((len(used), len(qubits)), dtype=bool)
    masks[:, columns] = (used[:, None] >> np.arange(len(columns)) & 1).astype(bool)
    return used, masks


def _calibrated(bits: BoolArray, masks: BoolArray) -> tuple[FloatArray, FloatArray]:
    """The factors of Z strings, shape (string,), and their errors: independent ones in columns, shape (string, number).

    Readouts err more often at 1 than at 0, so that twirls differ by more than their shots do: the spread is that of twirls.
    """
    parity = (np.count_nonzero(bits[..., mask], axis=-1) & 1 for mask in masks)
    means = np.stack([1.0 - 2.0 * odd.mean(axis=1) for odd in parity], axis=1)
    factors = means.mean(axis=0)
    covariance = (means - factors).T @ (means - factors) / (len(means) * (len(means) - 1))
    sizes, directions = np.linalg.eigh(covariance)
    kept = np.cumsum(sizes.clip(min=0)) > _NEGLIGIBLE * sizes.clip(min=0).sum()
    return factors, directions[:, kept] * np.sqrt(sizes[kept])
