"""Classical post-processing: the polynomial g that acts on each output (paper, (12))."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial
from qiskit.quantum_info import SparsePauliOp
from scipy.special import expit

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.postprocessing import FunctionPostprocessing, NoPostprocessing, PostprocessingConfig

_MOST_DENSE_QUBITS = 8
_KEY = "model.postprocessing"


@dataclass(frozen=True)
class Postprocessing:
    """g(t) = Σ_k c_k t^k.

    Attributes:
        coefficients: c₀ to c_m, the last of them not 0.
        norm: the largest size of an output before g.
        truncation_error: the largest distance of g from the function that was asked for, over the observables' spectra.
    """

    coefficients: tuple[float, ...]
    norm: float
    truncation_error: float = 0.0

    @property
    def order(self) -> int:
        """M."""
        return len(self.coefficients) - 1

    def __call__(self, outputs: FloatArray, derivative: int = 0) -> FloatArray:
        """G, or a derivative of it, of outputs of any shape."""
        return np.asarray(Polynomial(self.coefficients).deriv(derivative)(outputs))

    def applied_to(self, observable: SparsePauliOp) -> SparsePauliOp:
        """c₀ + c₁ O, which is what g of order 1 comes down to."""
        identity = SparsePauliOp("I" * observable.num_qubits)
        return (self.coefficients[0] * identity + self.coefficients[1] * observable).simplify()


def build_postprocessing(config: PostprocessingConfig, observables: Sequence[SparsePauliOp]) -> Postprocessing | None:
    """The polynomial; None for the identity.

    Raises:
        ConfigError: if a spectrum goes beyond the range of the expansion, or nothing but a constant is left.
    """
    if isinstance(config, NoPostprocessing):
        return None
    spectra = [_spectrum(observable) for observable in observables]
    norm = max(abs(end) for ends in spectra for end in ends)
    if not isinstance(config, FunctionPostprocessing):
        return Postprocessing(_trimmed(config.coefficients), norm)
    reach = norm if config.range is None else config.range
    if reach < norm * (1 - 1e-9):
        raise ConfigError.at(
            f"{_KEY}.range", f"found {reach:g}; outputs reach {norm:g}, so choose that or more, or leave it out"
        )
    function = _function(config)
    # Functions that are odd have coefficients of even order that differ from 0 by rounding alone.
    chebyshev = Chebyshev.interpolate(function, config.order, domain=[-reach, reach])
    chebyshev.coef[::2] = 0.0
    coefficients = _trimmed(tuple(chebyshev.convert(kind=Polynomial).coef.tolist()))
    if len(coefficients) < 2:
        raise ConfigError.at(_KEY, "found a function that is constant to rounding on the outputs; raise its steepness")
    found = Postprocessing(coefficients, norm)
    points = np.concatenate([np.linspace(low, high, 2001) for low, high in spectra])
    return Postprocessing(coefficients, norm, float(np.abs(found(points) - function(points)).max()))


def _function(config: FunctionPostprocessing) -> Callable[[FloatArray], FloatArray]:
    scale = config.steepness

    def smooth_step(t: FloatArray) -> FloatArray:
        x = np.clip(scale * t, -1, 1)
        return np.asarray((3 * x - x**3) / 2)

    functions: dict[str, Callable[[FloatArray], FloatArray]] = {
        "sigmoid": lambda t: np.asarray(2 * expit(scale * t) - 1),
        "tanh": lambda t: np.asarray(np.tanh(scale * t)),
        "smooth_step": smooth_step,
    }
    return functions[config.kind]


def _trimmed(coefficients: tuple[float, ...]) -> tuple[float, ...]:
    last = max(k for k, c in enumerate(coefficients) if c or k == 0)
    return coefficients[: last + 1]


def _spectrum(observable: SparsePauliOp) -> tuple[float, float]:
    """The least and the largest eigenvalue; bounds by the coefficients where O acts on many qubits."""
    support = np.flatnonzero((observable.paulis.x | observable.paulis.z).any(axis=0))
    if len(support) > _MOST_DENSE_QUBITS:
        bound = float(np.abs(observable.coeffs).sum())
        return -bound, bound
    labels = ["".join(label[::-1][q] for q in support[::-1]) for label in observable.paulis.to_labels()]
    values = np.linalg.eigvalsh(SparsePauliOp(labels, observable.coeffs).to_matrix())
    return float(values[0]), float(values[-1])
