"""Data points as preparations times a weight matrix.

A data point's state is a mixture of prepared states, ρ_i = Σ_p W_ip |ψ_p⟩⟨ψ_p|, so its output is the same mixture of
theirs, f_i = Σ_p W_ip F_p. For classical data W is the identity. For Werner states four preparations serve any number of
points, and the number of circuits does not grow with the data.
"""

from __future__ import annotations

from dataclasses import dataclass

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from scipy import sparse

from sggd_qiskit.aliases import FloatArray, IndexArray


Label: TypeAlias = str | int | float


@dataclass(frozen=True, eq=False)
class Sample:
    """Data points with labels.

    Attributes:
        columns: names of the features that describe a point.
        points: shape (data, column), the features that describe a point.
        labels: shape (data,), each -1 or +1.
        preparations: shape (preparation, feature), what the encoding takes.
        weights: W, shape (data, preparation), sparse; rows sum to 1.
    """

    columns: tuple[str, ...]
    points: FloatArray
    labels: FloatArray
    preparations: FloatArray
    weights: sparse.csr_array
    classes: tuple[Label, ...] = (-1, 1)
    circuits: tuple[QuantumCircuit, ...] = ()

    def targets(self, outputs: int) -> FloatArray:
        own = self.labels[:, None] == np.array(self.classes)
        signs = np.where(own, 1.0, -1.0)
        return signs[:, 1:] if outputs == 1 else signs

    def predicted(self, outputs: FloatArray) -> NDArray[Any]:
        """The users' labels that outputs of shape (data, output) stand for, shape (data,)."""
        number = (outputs[:, 0] >= 0).astype(int) if outputs.shape[1] == 1 else outputs.argmax(axis=1)
        return np.array(self.classes)[number]

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, rows: IndexArray) -> Sample:
        """The data points of those rows, with the preparations that they need."""
        weights = self.weights[rows]
        used = np.unique(weights.indices)
        return Sample(self.columns, self.points[rows], self.labels[rows], self.preparations[used], weights[:, used])


def classical(columns: tuple[str, ...], points: FloatArray, labels: FloatArray) -> Sample:
    """Classical data: each point is a preparation of its own."""
    return Sample(columns, points, labels, points, sparse.eye_array(len(points), format="csr"))


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training and a test sample.

    Attributes:
        train: what the cost is made of.
        test: what only the test accuracy is made of.
        invariant_states: whether the states themselves, not only their labels, are invariant under the symmetry.
    """

    train: Sample
    test: Sample
    invariant_states: bool = False
