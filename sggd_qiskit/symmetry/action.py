"""How a group element acts on features: the s·x for which V ρ(x) V† = ρ(s·x).

The action is found from the encoding itself, so that a user need not write it down and can't write it down wrongly. It is
sought among the signed permutations of the features, x_i → ±x_j, and nowhere else: a shift such as x → 1 - x, or a
rotation of the plane by another angle than a multiple of 90°, is not recognised.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, permutations, product

import numpy as np

from sggd_qiskit.aliases import BoolArray, ComplexArray, FloatArray
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.circuit.simulate import prepared_states
from sggd_qiskit.symmetry.element import Element

# Widens the range of the data, and places the points on the axes, where the usual encodings take no special value.
_WIDER, _ON_AXIS = 1.1, 0.6137
_RANDOM_POINTS = 64
_FEW = 4  # random points at which a candidate has to hold before it is looked at everywhere
_MOST_CANDIDATES = 512
_ALIKE = 1e-5


@dataclass(frozen=True, eq=False)
class Probes:
    """Where V ρ(x) V† and ρ(s·x) are compared.

    Data may happen to be invariant under what is no symmetry of the encoding, biased data above all. So they are joined by
    random points of |x_i| ≤ 1.1 max|x|, and by points on the axes. The angles are smooth functions of the features: what
    holds at random points holds everywhere.

    Attributes:
        encoding: prepares ρ(x) from the features x.
        points: the data, then random points, then one on each half axis, first the positive ones; shape (point, feature).
        states: the encoding's states there, shape (2ⁿ, point).
        data: how many of the points are data.
    """

    encoding: RotationForm
    points: FloatArray
    states: ComplexArray
    data: int

    @classmethod
    def about(cls, encoding: RotationForm, data: FloatArray) -> Probes:
        """The probes for an encoding and data of shape (data, feature); the random ones are the same every time."""
        features = data.shape[1]
        reach = _WIDER * (float(np.abs(data).max(initial=0)) or 1.0)
        drawn = np.random.default_rng(0).uniform(-reach, reach, size=(_RANDOM_POINTS, features))
        axes = _ON_AXIS * reach * np.eye(features)
        points = np.concatenate([data, drawn, axes, -axes])
        return cls(encoding, points, prepared_states(encoding, points), len(data))

    @property
    def few(self) -> slice:
        """Some of the random points."""
        return slice(self.data, self.data + _FEW)


@dataclass(frozen=True, eq=False)
class Action:
    """The action of one element on the features, as well as one could be found.

    Attributes:
        matrix: a signed permutation A with s·x = A x, shape (feature, feature).
        distances: trace distances between V ρ(x) V† and ρ(A x) at the probes, shape (point,); zero if A is the action.
    """

    matrix: FloatArray
    distances: FloatArray

    @property
    def worst(self) -> float:
        """The largest of the distances."""
        return float(self.distances.max())


def find_action(element: Element, probes: Probes, tolerance: float = _ALIKE) -> Action:
    """The signed permutation of the features that comes nearest to being the action of ``element``.

    One that is wrong by more than the tolerance on an axis is taken for want of a better, and its distances say so.

    Args:
        element: V.
        probes: where to compare.
        tolerance: the largest trace distance that counts as none.
    """
    moved = element.apply_to_states(probes.states)
    points, few = probes.points, probes.few
    nearest, matrix = np.inf, np.eye(points.shape[1])
    for candidate in _candidates(moved, probes, max(tolerance, _ALIKE)):
        distance = _distances(moved[:, few], prepared_states(probes.encoding, points[few] @ candidate.T)).max()
        if distance < nearest:
            nearest, matrix = distance, candidate
        if nearest < _ALIKE:
            break
    return Action(matrix, _distances(moved, prepared_states(probes.encoding, points @ matrix.T)))


def _distances(a: ComplexArray, b: ComplexArray) -> FloatArray:
    """Trace distances of pure states, column by column: √(1 - |⟨a|b⟩|²) = |a - b|·√((1 + |⟨a|b⟩|)/2), their phases aligned.

    The second form keeps all digits where the states are nearly equal.
    """
    overlap = np.einsum("sp,sp->p", a.conj(), b)
    size = np.abs(overlap)
    aligned = a * np.where(size > 0, overlap / np.where(size > 0, size, 1), 1)
    return np.asarray(np.linalg.norm(aligned - b, axis=0) * np.sqrt((1 + np.minimum(size, 1)) / 2))


def _candidates(moved: ComplexArray, probes: Probes, tolerance: float) -> Iterator[FloatArray]:
    """Signed permutations that are right on the axes; if there is none, all of a few features, for the error message.

    The latter are wrong by more than the tolerance at the probes on the axes, so that none can be mistaken for an action.
    """
    features = probes.points.shape[1]
    found = 0
    for columns in islice(_one_to_one(_axis_images(moved, probes, tolerance)), _MOST_CANDIDATES):
        yield _signed_permutation(columns)
        found += 1
    if not found and features <= 3:
        for order in permutations(range(features)):
            for signs in product((1.0, -1.0), repeat=features):
                yield _signed_permutation(list(zip(order, signs, strict=True)))


def _axis_images(moved: ComplexArray, probes: Probes, tolerance: float) -> list[list[tuple[int, float]]]:
    """For each feature i, the (j, sign) for which V moves the state of t·e_i to that of sign·t·e_j."""
    features = probes.points.shape[1]
    axes = slice(-2 * features, None)
    overlaps = np.abs(probes.states[:, axes].conj().T @ moved[:, axes][:, :features]) ** 2
    alike: BoolArray = overlaps.reshape(2, features, features) > 1 - tolerance**2
    return [[(int(j), (1.0, -1.0)[s]) for s, j in np.argwhere(alike[:, :, i])] for i in range(features)]


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
