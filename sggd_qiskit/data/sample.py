"""Data points as preparations times a weight matrix.

A data point's state is a mixture of prepared states, ρ_i = Σ_p W_ip |ψ_p⟩⟨ψ_p|, so its output is the same mixture of
theirs, f_i = Σ_p W_ip F_p. For classical data W is the identity. For Werner states four preparations serve any number of
points, and the number of circuits does not grow with the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from qiskit import QuantumCircuit
from scipy import sparse

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.data.digest import array_content, circuit_content
from sggd_qiskit.data.errors import DataError
from sggd_qiskit.data.labels import Label, LabelArray, class_numbers, named
from sggd_qiskit.data.scaling import Scaling
from sggd_qiskit.data.states import state_circuits


@dataclass(frozen=True, eq=False, repr=False)
class Sample:
    """Data points with labels.

    Attributes:
        columns: names of the features that describe a point.
        points: shape (data, column), the features that describe a point, in the user's units.
        labels: shape (data,), in the user's own words: strings, numbers or booleans; without classes, the values to fit.
        preparations: shape (preparation, feature), what the encoding takes.
        weights: W, shape (data, preparation), sparse; rows sum to 1.
        classes: the labels that there are, two or more, in the order of the outputs; none where values are fitted.
        circuits: the preparations as circuits, if the states are given as such; then they have no features.
        scaling: how the preparations were made from the points; None if they are the points.
        importance: of each point in the cost, shape (data,), 1 on average; None if all are as important.
    """

    columns: tuple[str, ...]
    points: FloatArray
    labels: LabelArray
    preparations: FloatArray
    weights: sparse.csr_array
    classes: tuple[Label, ...] = (-1, 1)
    circuits: tuple[QuantumCircuit, ...] = ()
    scaling: Scaling | None = None
    importance: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"Sample({len(self)} points, columns {list(self.columns)}, classes {named(self.classes)})"

    def batch(self, rows: IndexArray) -> Sample:
        """The data points of those rows, with the preparations that they need."""
        weights = self.weights[rows]
        used = np.unique(weights.indices)
        return replace(
            self,
            points=self.points[rows],
            labels=self.labels[rows],
            preparations=self.preparations[used],
            weights=weights[:, used],
            circuits=tuple(self.circuits[p] for p in used) if self.circuits else (),
            importance=None if self.importance is None else self.importance[rows],
        )

    def targets(self, outputs: int) -> FloatArray:
        """What the outputs should be, shape (data, output).

        One output: -1 for the first class and +1 for the second. Several: +1 for a point's own class, -1 for the others.
        Without classes they are the values.

        Raises:
            DataError: if there is not one output for each class, or one for two classes; or a label is none of the classes.
        """
        if not self.classes and outputs == 1:
            return self.labels[:, None].astype(float)
        wanted = 2 if outputs == 1 else outputs
        if len(self.classes) != wanted:
            raise DataError(
                f"found {len(self.classes)} classes ({named(self.classes)}) and {outputs} outputs; wanted {wanted} classes, "
                "so give one observable for two classes, or one for each class",
                "label",
            )
        own = class_numbers(self.labels, self.classes)
        return np.where(own[:, None] == (1 if outputs == 1 else np.arange(outputs)), 1.0, -1.0)

    def predicted(self, outputs: FloatArray) -> LabelArray:
        """The labels that outputs of shape (data, output) stand for, shape (data,).

        One output: by its sign, 0 being the second class. Several: the class of the largest. Without classes, the output.
        """
        if not self.classes:
            return outputs[:, 0]
        numbers = (outputs[:, 0] >= 0).astype(int) if outputs.shape[1] == 1 else outputs.argmax(axis=1)
        return np.asarray(np.array(self.classes)[numbers])

    def content(self) -> Iterator[bytes]:
        """All of it as bytes, equal in every process for equal data."""
        weights = self.weights.tocsr(copy=True)
        weights.sum_duplicates()
        yield repr((self.columns, self.classes, weights.shape)).encode()
        for array in (self.points, self.labels, self.preparations, weights.data, weights.indices, weights.indptr):
            yield from array_content(array)
        for circuit in self.circuits:
            yield from circuit_content(circuit)
        if self.importance is not None:
            yield from array_content(self.importance)


def classical(
    columns: Sequence[str],
    points: FloatArray,
    labels: LabelArray,
    classes: Sequence[Label] = (-1, 1),
    scaling: Scaling | None = None,
) -> Sample:
    """Classical data: each point is a preparation of its own.

    Args:
        columns: names of the features.
        points: shape (data, feature).
        labels: shape (data,).
        classes: the labels in the order of the outputs.
        scaling: what makes of the points what the encoding takes; None to leave them as they are.
    """
    one = sparse.eye_array(len(points), format="csr")
    preparations = points if scaling is None else scaling.scaled(points)
    return Sample(tuple(columns), points, labels, preparations, one, tuple(classes), scaling=scaling)


def of_circuits(
    circuits: Sequence[QuantumCircuit], labels: LabelArray, classes: Sequence[Label], side: str = "given"
) -> Sample:
    """Quantum data: each point is a state, given as the circuit that prepares it.

    Args:
        circuits: unitary, without parameters, all of the same number of qubits.
        labels: shape (data,).
        classes: the labels in the order of the outputs.
        side: what messages call them.

    Raises:
        DataError: if a circuit is none, there is not one label for each, or a label is none of the classes.
    """
    states = state_circuits(circuits, None, f"the {side} circuits")
    require_as_many("circuits", len(states), len(labels), side)
    class_numbers(labels, tuple(classes), f"the {side} labels")
    count = len(states)
    numbered = np.arange(count, dtype=float)[:, None]
    one = sparse.eye_array(count, format="csr")
    return Sample(("state",), numbered, labels, np.empty((count, 0)), one, tuple(classes), states)


def normalized(importance: FloatArray) -> FloatArray:
    """Importances that are 1 on average, shape (data,).

    Raises:
        DataError: if one is negative or not finite, or all are 0.
    """
    wrong = np.flatnonzero(~np.isfinite(importance) | (importance < 0))
    if wrong.size or not importance.any():
        found = f"{importance[wrong[0]]} in row {wrong[0] + 1}" if wrong.size else "nothing but 0"
        raise DataError(
            f"found {found} of sample_weight; wanted finite numbers of 0 or more, not all 0", "sample_weight"
        )
    return np.asarray(importance / importance.mean())


def require_as_many(what: str, count: int, labels: int, side: str) -> None:
    """Refuse another number of labels than of points.

    Args:
        what: the points are, such as ``"circuits"``.
        count: of them.
        labels: number of labels.
        side: ``"training"`` or the like.

    Raises:
        DataError: naming both numbers.
    """
    if count != labels:
        raise DataError(f"found {count} {side} {what} and {labels} labels; wanted one label for each", "label")
