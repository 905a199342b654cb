"""Data enhancement: the training set with the group's images of its points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from qiskit import QuantumCircuit
from scipy import sparse

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.data.labels import LabelArray, class_numbers
from sggd_qiskit.data.sample import Sample, classical, normalized


class Unitary(Protocol):
    """A permutation of the qubits, qubit q going to ``permutation[q]``, and gates after it."""

    @property
    def permutation(self) -> tuple[int, ...]:
        """Where each qubit goes."""
        ...

    def gates(self) -> QuantumCircuit:
        """The gates, which act after the permutation."""
        ...


class Unitaries(Protocol):
    """The unitaries of a symmetry group."""

    @property
    def elements(self) -> Sequence[Unitary]:
        """V_s, one for each element."""
        ...

    @property
    def signs(self) -> Sequence[int]:
        """χ(s) of each element."""
        ...


def with_images(sample: Sample, actions: FloatArray, shifts: FloatArray, signs: Sequence[int]) -> Sample:
    """Every point with its images s·x = A x + b, labelled χ(s) y; images that coincide are kept once.

    Args:
        sample: classical data, shape (data, feature).
        actions: A of each group element, shape (element, feature, feature).
        shifts: b of each, shape (element, feature).
        signs: χ of each, 1 or -1.
    """
    images = (np.einsum("sjk,ik->isj", actions, sample.preparations) + shifts).reshape(-1, sample.points.shape[1])
    labels = _image_labels(sample, signs)
    values = class_numbers(labels, sample.classes) if sample.classes else labels
    # Rounding makes images equal that differ by the last bit or by the sign of a zero.
    described = np.column_stack([images, values])
    _, first = np.unique(np.round(described, 12) + 0.0, axis=0, return_index=True)
    keep = np.sort(first)
    points = images if sample.scaling is None else sample.scaling.unscaled(images)
    enhanced = classical(sample.columns, points[keep], labels[keep], sample.classes, sample.scaling)
    if sample.importance is None:
        return enhanced
    return replace(enhanced, importance=normalized(np.repeat(sample.importance, len(actions))[keep]))


def with_images_of_states(sample: Sample, group: Unitaries) -> Sample:
    """Every state with its images V_s ρ V_s†, labelled χ(s) y: each circuit followed by each element of the group.

    Args:
        sample: states given as circuits.
        group: the symmetry group, with unitaries on as many qubits.
    """
    order = len(group.elements)
    return replace(
        sample,
        points=np.repeat(sample.points, order, axis=0),
        labels=_image_labels(sample, group.signs),
        preparations=np.repeat(sample.preparations, order, axis=0),
        weights=sparse.kron(sample.weights, sparse.eye_array(order), format="csr"),
        importance=None if sample.importance is None else np.repeat(sample.importance, order),
        circuits=tuple(_moved(circuit, element) for circuit in sample.circuits for element in group.elements),
    )


def _image_labels(sample: Sample, signs: Sequence[int]) -> LabelArray:
    """The labels of the images, shape (data · element,): where χ = -1, the other one of two classes, or -y of a number."""
    if -1 not in signs:
        return np.repeat(sample.labels, len(signs))
    if not sample.classes:
        return np.outer(sample.labels, signs).ravel()
    own = class_numbers(sample.labels, sample.classes)
    numbers = np.where(np.array(signs) > 0, own[:, None], 1 - own[:, None])
    return np.array(sample.classes)[numbers.ravel()]


def _moved(circuit: QuantumCircuit, element: Unitary) -> QuantumCircuit:
    """V|ψ⟩: a permutation, which leaves |0…0⟩ as it is, costs no gate."""
    moved = QuantumCircuit(circuit.num_qubits)
    moved.compose(circuit, qubits=element.permutation, inplace=True)
    return moved.compose(element.gates())
