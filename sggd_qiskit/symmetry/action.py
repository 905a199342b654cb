"""How a group element acts on features: the s·x for which V ρ(x) V† = ρ(s·x).

The action is found from the encoding itself, among the signed permutations of the features, so that a user need not
write it down and can't write it down wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, permutations, product

import numpy as np

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.circuit.simulate import prepared_states
from sggd_qiskit.symmetry.element import Element

# A feature value at which the usual encodings take no special value.
_PROBE = 0.6137
_MOST_CANDIDATES = 512
_ALIKE = 1e-5


@dataclass(frozen=True, eq=False)
class Action:
    """The action of one element on the features, as well as one could be found.

    Attributes:
        matrix: a signed permutation A with s·x = A x, shape (feature, feature).
        distances: trace distances between V ρ(x) V† and ρ(A x), shape (point,); zero if A is the action.
    """

    matrix: FloatArray
    distances: FloatArray

    @property
    def worst(self) -> float:
        """The largest of the distances."""
        return float(self.distances.max())


def find_action(element: Element, encoding: RotationForm, points: FloatArray, states: ComplexArray) -> Action:
    """The signed permutation of the features that comes nearest to being the action of ``element``.

    Args:
        element: V.
        encoding: prepares ρ(x) from the features x.
        points: where to compare, shape (point, feature).
        states: the encoding's states at those points, shape (2ⁿ, point).
    """
    moved = element.apply_to_states(states)
    best: Action | None = None
    for matrix in _candidates(element, encoding, points.shape[1]):
        action = Action(matrix, _distances(moved, prepared_states(encoding, points @ matrix.T)))
        if best is None or action.worst < best.worst:
            best = action
        if best.worst < _ALIKE:
            break
    return best if best is not None else Action(np.eye(points.shape[1]), _distances(moved, states))


def _distances(a: ComplexArray, b: ComplexArray) -> FloatArray:
    """Trace distances of pure states, column by column: √(1 - |⟨a|b⟩|²) = |a - b|·√((1 + |⟨a|b⟩|)/2), their phases aligned.

    The second form keeps all digits where the states are nearly equal.
    """
    overlap = np.einsum("sp,sp->p", a.conj(), b)
    size = np.abs(overlap)
    aligned = a * np.where(size > 0, overlap / np.where(size > 0, size, 1), 1)
    return np.asarray(np.linalg.norm(aligned - b, axis=0) * np.sqrt((1 + np.minimum(size, 1)) / 2))


def _candidates(element: Element, encoding: RotationForm, features: int) -> Iterator[FloatArray]:
    """Signed permutations that are right on the axes; if there is none, all of a few features, for the error message."""
    images = _axis_images(element, encoding, features)
    found = 0
    for columns in islice(_one_to_one(images), _MOST_CANDIDATES):
        yield _signed_permutation(columns)
        found += 1
    if not found and features <= 3:
        for order in permutations(range(features)):
            for signs in product((1.0, -1.0), repeat=features):
                yield _signed_permutation(list(zip(order, signs, strict=True)))


def _axis_images(element: Element, encoding: RotationForm, features: int) -> list[list[tuple[int, float]]]:
    """For each feature i, the (j, sign) for which V moves the state of t·e_i to that of sign·t·e_j."""
    axes = _PROBE * np.eye(features)
    forward = prepared_states(encoding, axes)
    both = np.stack([forward, prepared_states(encoding, -axes)])
    overlaps = np.abs(np.einsum("sdj,di->isj", both.conj(), element.apply_to_states(forward))) ** 2
    alike = overlaps > 1 - _ALIKE**2
    return [[(int(j), (1.0, -1.0)[s]) for s, j in np.argwhere(alike[i])] for i in range(features)]


def _one_to_one(
    images: list[list[tuple[int, float]]], chosen: tuple[tuple[int, float], ...] = ()
) -> Iterator[tuple[tuple[int, float], ...]]:
    """The choices of an image for each feature in which no feature is the image of two."""
    if len(chosen) == len(images):
        yield chosen
        return
    for image in images[len(chosen)]:
        if all(image[0] != j for j, _ in chosen):
            yield from _one_to_one(images, (*chosen, image))


def _signed_permutation(columns: Sequence[tuple[int, float]]) -> FloatArray:
    matrix = np.zeros((len(columns), len(columns)))
    for i, (j, sign) in enumerate(columns):
        matrix[j, i] = sign
    return matrix
