"""The reference: what noise leaves of an overlap that is known, and so of the others.

The overlap of the identity element, o_e, is Tr[O²] at any θ, and its circuits have the same two copies of the ansatz as the
others, with angles of their own. Noise that scales all overlaps alike, as global depolarising noise does, is taken back by
o_s → ô_s Tr[O²]/ô_e.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from qiskit import QuantumCircuit

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.cost.request import Knowledge
from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.symmetry.element import Element

SIGMAS = 3
"""Standard errors by which a reference is above 0, to be used."""


@dataclass(frozen=True)
class Reference:
    """ô_e/Tr[O²].

    Attributes:
        share: of an overlap that noise leaves.
        stderr: of the share.

    Raises:
        ExecutionError: if the share can't be told from 0.
    """

    share: float
    stderr: float

    def __post_init__(self) -> None:
        if self.share <= SIGMAS * self.stderr:
            raise ExecutionError(
                f"found that noise leaves {self.share:.3g} ± {self.stderr:.2g} of the penalty's overlaps, which can't "
                f"be told from 0; wanted {SIGMAS} standard errors or more. Choose more shots, fewer layers, a cost.estimator "
                "with shallower circuits or a device with less noise, or set cost.reference to none"
            )

    @property
    def factor(self) -> float:
        """1/share without the bias, to first order, that noise gives an inverse."""
        return self.share / (self.share**2 + self.stderr**2)

    @property
    def factor_stderr(self) -> float:
        """Standard error of the factor (delta method)."""
        return self.stderr / self.share**2

    def known(self) -> Knowledge:
        """As `Request.known` carries it to later steps."""
        return {"reference": {"share": self.share, "stderr": self.stderr}}


def is_due(request_step: int, known: Knowledge, every: int) -> bool:
    """Whether the reference is measured at a step: the first time, and at every so many steps.

    It takes the place of the former one, since a device drifts.

    Args:
        request_step: number of the step.
        known: what the term knows.
        every: steps.
    """
    return "reference" not in known or request_step % every == 0


def repetitions(coefficients: Sequence[float], rows: int, every: int) -> int:
    """How many times as many shots as an element's value the reference takes, so that the penalty's error is least.

    With x = ô_e/Tr[O²] the penalty is Tr[O²] - S/x - …, S = Σ_s c_s ô_s, and by the delta method its variance is
    [Σ_s c_s² σ_s²/n + (S/x)² σ_e²/n_ref]/x². At the most, S/x is Tr[O²] Σ_s c_s, and all σ are alike. For a given number of
    shots in ``every`` steps, that is every·rows·n + n_ref, it is least at n_ref/n = √(every·rows·(Σ_s c_s)²/Σ_s c_s²). No
    more is asked for than all elements of a step take.

    Args:
        coefficients: |c_s| of each element that is run.
        rows: parameter sets over all elements, shifts included, each with n shots.
        every: steps for which it is used.
    """
    unevenness = float(np.sum(coefficients) / np.linalg.norm(coefficients))
    return ceil(min(sqrt(every * rows) * unevenness, rows))


def separated_identity(num_qubits: int) -> Element:
    """The identity with a barrier, across which the transpiler cancels no gates of the two copies of the ansatz."""
    barrier = QuantumCircuit(num_qubits)
    barrier.barrier()
    return Element(tuple(range(num_qubits)), "I" * num_qubits, barrier)


def mean_of_rows(terms: FloatArray, noise: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The mean over independent repetitions and its variances, shape (state,), from shape (repetition, state)."""
    return terms.mean(axis=0), noise.mean(axis=0) / len(noise)
