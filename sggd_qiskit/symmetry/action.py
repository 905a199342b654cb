"""How a group element acts on features: the s·x for which V ρ(x) V† = ρ(s·x).

The action is found from the encoding itself, so that a user need not write it down and can't write it down wrongly. It is
sought among the signed permutations of the features with shifts, x_i → ±x_j + b_i, the shifts being multiples of a quarter
turn of the encoding's rotations, such as x → 1 - x for RY(πx). Others, such as a rotation of the plane by another angle
than a multiple of 90°, are not recognised.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, islice, permutations, product

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
ALIKE = 1e-5
"""The largest trace distance that counts as none, where no other is asked for."""
_QUARTERS = (-2, -1, 0, 1, 2)
_MOST_SHIFTS = 1000


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

    @cached_property
    def centre(self) -> FloatArray:
        """The middle of the data, shape (feature,)."""
        data = self.points[: self.data]
        return np.asarray((data.min(axis=0) + data.max(axis=0)) / 2)

    @cached_property
    def quarters(self) -> FloatArray:
        """By how much each feature turns its slowest rotation by π/2, shape (feature,); 0 if none depends on it."""
        slopes = np.abs(self.encoding.angles.jacobian(self.centre))
        slowest = np.where(slopes > 0, slopes, np.inf).min(axis=0, initial=np.inf)
        return np.asarray(np.pi / 2 / slowest)

    @cached_property
    def periods(self) -> FloatArray:
        """What can be added to each feature without a change of the state, shape (feature,); infinite if that is not known."""
        few, turns = self.points[self.few], 4 * self.quarters
        moved = [prepared_states(self.encoding, few + turn) for turn in np.diag(turns)]
        same = [
            turn > 0 and _distances(self.states[:, self.few], m).max() < ALIKE
            for turn, m in zip(turns, moved, strict=True)
        ]
        return np.where(same, turns, np.inf)

    @cached_property
    def shifts(self) -> FloatArray:
        """The shifts b ≠ 0 that are looked at, the smallest first, shape (shift, feature).

        Of many features only those that shift all features alike, or one or two of them.
        """
        features = len(self.quarters)
        if len(_QUARTERS) ** features <= _MOST_SHIFTS:
            turns = np.array(list(product(_QUARTERS, repeat=features)))
        else:
            some = [k for k in _QUARTERS if k]
            rows = [k * np.ones((1, features)) for k in some] + [k * np.eye(features) for k in some]
            if features * (features - 1) * 8 <= _MOST_SHIFTS:
                units = np.eye(features)
                pairs = [j * a + k * b for a, b in combinations(units, 2) for j in some for k in some]
                rows.append(np.array(pairs))
            turns = np.concatenate(rows)
        found = np.unique((turns * self.quarters).round(12), axis=0)
        found = found[(found != 0).any(axis=1)]
        return np.asarray(found[np.argsort(np.abs(found).sum(axis=1), kind="stable")])

    @cached_property
    def shifted_origins(self) -> ComplexArray:
        """The states at ``shifts``, shape (2ⁿ, shift)."""
        return prepared_states(self.encoding, self.shifts)

    def nearest(self, matrix: FloatArray, shift: FloatArray) -> FloatArray:
        """The shift, changed by whole periods so that the image of the data lies about the data.

        Args:
            matrix: A.
            shift: b, shape (feature,).
        """
        away = matrix @ self.centre + shift - self.centre
        finite = np.where(np.isfinite(self.periods), self.periods, 1.0)
        # Of two that are equally far the upper one, so that x → 1 - x about 0 is not written as -1 - x.
        whole = np.where(np.isfinite(self.periods), np.ceil(away / finite - 0.5 - 1e-9), 0.0)
        return np.asarray(shift - whole * finite)


@dataclass(frozen=True, eq=False)
class Action:
    """The action of one element on the features, as well as one could be found.

    Attributes:
        matrix: a signed permutation A with s·x = A x + b, shape (feature, feature).
        shift: b, shape (feature,).
        distances: trace distances between V ρ(x) V† and ρ(s·x) at the probes, shape (point,); zero if it is the action.
    """

    matrix: FloatArray
    shift: FloatArray
    distances: FloatArray

    @property
    def worst(self) -> float:
        """The largest of the distances."""
        return float(self.distances.max())


def find_action(element: Element, probes: Probes, tolerance: float = ALIKE) -> Action:
    """The signed permutation of the features, with a shift if it takes one, that is nearest to the action of ``element``.

    One that is wrong by more than the tolerance on an axis is taken for want of a better, and its distances say so.

    Args:
        element: V.
        probes: where to compare.
        tolerance: the largest trace distance that counts as none.
    """
    moved = element.apply_to_states(probes.states)
    points, few = probes.points, probes.few
    features = points.shape[1]
    nearest, matrix, shift = np.inf, np.eye(features), np.zeros(features)
    for candidate, offset in _candidates(element, moved, probes, max(tolerance, ALIKE)):
        images = prepared_states(probes.encoding, points[few] @ candidate.T + offset)
        distance = _distances(moved[:, few], images).max()
        if distance < nearest:
            nearest, matrix, shift = distance, candidate, offset
        if nearest < ALIKE:
            break
    if shift.any():
        shift = probes.nearest(matrix, shift)
    return Action(matrix, shift, _distances(moved, prepared_states(probes.encoding, points @ matrix.T + shift)))


def action_in_words(matrix: FloatArray, shift: FloatArray, columns: Sequence[str]) -> str:
    """The action A x + b in words, such as ``a → 1 - b, b → a``.

    Args:
        matrix: A, a signed permutation.
        shift: b, shape (feature,).
        columns: the names of the features.
    """
    images = []
    for column, row, offset in zip(columns, matrix, shift, strict=True):
        (source,) = np.flatnonzero(row).tolist()
        sign = "-" if row[source] < 0 else "+"
        written = f"{offset:.4g} {sign} {columns[source]}" if offset else f"{sign.strip('+')}{columns[source]}"
        images.append(f"{column} → {written}")
    return ", ".join(images)


def _distances(a: ComplexArray, b: ComplexArray) -> FloatArray:
    """Trace distances of pure states, column by column: √(1 - |⟨a|b⟩|²) = |a - b|·√((1 + |⟨a|b⟩|)/2), their phases aligned.

    The second form keeps all digits where the states are nearly equal.
    """
    overlap = np.einsum("sp,sp->p", a.conj(), b)
    size = np.abs(overlap)
    aligned = a * np.where(size > 0, overlap / np.where(size > 0, size, 1), 1)
    return np.asarray(np.linalg.norm(aligned - b, axis=0) * np.sqrt((1 + np.minimum(size, 1)) / 2))


def _candidates(
    element: Element, moved: ComplexArray, probes: Probes, tolerance: float
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Signed permutations and shifts that are right on the axes; if there is none, all of a few features, without a shift.

    The latter are for the error message. They are wrong by more than the tolerance at the probes on the axes, so that none
    can be mistaken for an action.
    """
    features = probes.points.shape[1]
    none, found = np.zeros(features), 0
    for columns in islice(_one_to_one(_axis_images(moved, probes, none, tolerance)), _MOST_CANDIDATES):
        yield _signed_permutation(columns), none
        found += 1
    origin = element.apply_to_states(prepared_states(probes.encoding, none[None]))[:, 0]
    there = np.abs(probes.shifted_origins.conj().T @ origin) ** 2 > 1 - tolerance**2
    for shift in probes.shifts[there]:
        for columns in islice(_one_to_one(_axis_images(moved, probes, shift, tolerance)), _MOST_CANDIDATES):
            yield _signed_permutation(columns), shift
            found += 1
    if not found and features <= 3:
        for order in permutations(range(features)):
            for signs in product((1.0, -1.0), repeat=features):
                yield _signed_permutation(list(zip(order, signs, strict=True))), none


def _axis_images(
    moved: ComplexArray, probes: Probes, shift: FloatArray, tolerance: float
) -> list[list[tuple[int, float]]]:
    """For each feature i, the (j, sign) for which V moves the state of t·e_i to that of sign·t·e_j + b.

    Args:
        moved: the states at the probes after V.
        probes: whose last points are those on the axes.
        shift: b.
        tolerance: see `find_action`.
    """
    features = probes.points.shape[1]
    axes = slice(-2 * features, None)
    states = prepared_states(probes.encoding, probes.points[axes] + shift) if shift.any() else probes.states[:, axes]
    overlaps = np.abs(states.conj().T @ moved[:, axes][:, :features]) ** 2
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
