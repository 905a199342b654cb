"""The penalty of post-processed outputs (paper, (13)), ‖P(Õ - T_m[Õ])P‖², from products of 2ⁿ x 2ⁿ matrices alone.

With ⟨A, B⟩ = Tr[P A P B] on m copies, P the projector on their symmetric subspace, ⟨O^⊗k, O_s^⊗l⟩ times C(m,k) C(m,l) is the
coefficient of u^k v^l in h_m(X), X = (I + uO)(I + vO_s), h_m the complete homogeneous symmetric polynomial of X's eigenvalues.
It comes from the power sums Tr[X^j] at u and v on the unit circle, and the coefficients from their Fourier transform.
"""

from __future__ import annotations

from math import comb

import numpy as np

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.config.cost import Norm
from sggd_qiskit.exact.coordinates import from_dense, to_dense
from sggd_qiskit.symmetry.group import SymmetryGroup

MOST_MODIFIED_QUBITS = 8
"""For orders from 2 on."""


class ModifiedNorm:
    """The penalty as a function of O_θ, a mean over the observables; in ``SquaredNorm``'s place.

    Args:
        group: S, with its character; the constant c₀, which no element changes, is to be 0 where that is not 1.
        norm: ``hilbert_schmidt``, or ``normalized_hilbert_schmidt``: divided by the dimension of the symmetric subspace.
        coefficients: c₀ to c_m of g.

    Raises:
        ValueError: if the norm is another one, or there are too many qubits.
    """

    def __init__(self, group: SymmetryGroup, norm: Norm, coefficients: tuple[float, ...]):
        if norm == "local_states":
            raise ValueError(f"found the norm {norm!r} with post-processing; wanted a Hilbert-Schmidt norm")
        if group.num_qubits > MOST_MODIFIED_QUBITS:
            raise ValueError(
                f"found {group.num_qubits} qubits with post-processing; wanted {MOST_MODIFIED_QUBITS} or fewer"
            )
        self._coefficients, size, order = coefficients, 2**group.num_qubits, len(coefficients) - 1
        self._factor = 1.0 if norm == "hilbert_schmidt" else 1 / comb(size + order - 1, order)
        elements = zip(group.elements, group.signs, strict=True)
        self._elements = [(element.matrix, sign) for element, sign in elements][1:]  # the identity comes first
        self._share = 1 / group.order

    def value_and_slope(self, evolved: FloatArray) -> tuple[float, FloatArray]:
        """The penalty, and its derivatives by the coordinates of O_θ, shape (output, 4ⁿ).

        Args:
            evolved: coordinates of O_θ, shape (output, 4ⁿ).
        """
        found = [self._of_one(matrix) for matrix in to_dense(evolved)]
        factor = self._factor / len(found)
        slopes = from_dense(np.stack([slope for _, slope in found]))
        return factor * sum(value for value, _ in found), factor * len(found[0][1]) * slopes

    def _of_one(self, observable: ComplexArray) -> tuple[float, ComplexArray]:
        """Of one O_θ: (1 - 1/|S|)⟨Õ, Õ⟩ - E_{s≠1}χ(s)⟨Õ, Õ_s⟩; both arguments move, and over a group they move it alike."""
        # At eigenvalues of size 1 the points u, v on the unit circle are as good as there are.
        scale = float(np.linalg.norm(observable, 2)) or 1.0
        scaled = observable / scale
        weights = _node_weights(self._coefficients, scale)
        value, slope = _product(scaled, scaled, weights)
        value, slope = value * len(self._elements), slope * len(self._elements)
        for matrix, sign in self._elements:
            part, steep = _product(scaled, matrix.conj().T @ scaled @ matrix, weights)
            value, slope = value - sign * part, slope - sign * steep
        return self._share * value, self._share * (slope + slope.conj().T) / scale


def _node_weights(coefficients: tuple[float, ...], scale: float) -> tuple[ComplexArray, ComplexArray]:
    """The points on the unit circle, and what each takes in the sum Σ_k c_k scale^k [u^k] / C(m,k), the constant left out."""
    order = len(coefficients) - 1
    powers = np.arange(1, order + 1)
    sizes = np.array([coefficients[k] * scale**k / comb(order, k) for k in powers])
    nodes = np.exp(2j * np.pi * np.arange(order + 1) / (order + 1))
    return nodes, (nodes[:, None] ** -powers) @ sizes / (order + 1)


def _product(
    first: ComplexArray, second: ComplexArray, weighted_nodes: tuple[ComplexArray, ComplexArray]
) -> tuple[float, ComplexArray]:
    """⟨Ã, B̃⟩ and its derivative G by A, d⟨Ã, B̃⟩ = Tr[G dA].

    Args:
        first: A, shape (2ⁿ, 2ⁿ).
        second: B, of the same shape.
        weighted_nodes: what ``_node_weights`` made.
    """
    nodes, weights = weighted_nodes
    one, order = np.eye(len(first)), len(nodes) - 1
    left, right = (one + nodes[:, None, None] * operator for operator in (first, second))
    base = left[:, None] @ right[None]
    powers = [np.broadcast_to(one, base.shape), base]
    while len(powers) < order:
        powers.append(powers[-1] @ base)
    traces = [np.einsum("abij,abji->ab", power, base) for power in powers[:order]]
    complete = [np.ones_like(traces[0])]
    for j in range(1, order + 1):  # Newton's identities
        complete.append(sum(traces[i] * complete[j - 1 - i] for i in range(j)) / j)
    both = weights[:, None] * weights[None]
    value = float(np.sum(both * complete[order]).real)
    inner = sum(
        ((both * nodes[:, None] * complete[order - 1 - j]).T[..., None, None] * powers[j].swapaxes(0, 1)).sum(1)
        for j in range(order)
    )
    return value, np.asarray((right @ inner).sum(axis=0))
