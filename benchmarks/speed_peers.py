"""The packages that benchmarks/speed.py compares with, each in a file of its own.

All compute in double precision and without shots: (1/N) Σ (f(x_i) - y_i)² and its gradient, f being the expectation value of
Z on qubit 0 after RX(scale · x) on every qubit and layers of RZ, RY, RZ on every qubit and a ring of CX.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Step = Callable[[FloatArray], tuple[float, FloatArray]]
"""From θ, shape (parameter,), to the loss and its gradient."""


@dataclass(frozen=True, eq=False)
class Task:
    """What every package is given; ``points`` has the shape (data, 2) and θ is flat in (layer, qubit, 3)."""

    qubits: int
    layers: int
    scale: float
    points: FloatArray
    labels: FloatArray

    @property
    def shape(self) -> tuple[int, int, int]:
        """Layers, qubits, rotations."""
        return self.layers, self.qubits, 3


_FUNCTIONS = {
    "PennyLane, backprop (torch)": ("speed_torch", "torch_backprop"),
    "PennyLane, backprop (jax.jit)": ("speed_jax", "jax_backprop"),
    "PennyLane lightning, adjoint": ("speed_lightning", "adjoint"),
    "PennyLane lightning, parameter shift": ("speed_lightning", "parameter_shift"),
    "EstimatorQNN, parameter shift": ("speed_qiskit", "estimator_qnn"),
    "sQUlearn (qulacs)": ("speed_squlearn", "qulacs"),
}
PEERS = tuple(_FUNCTIONS)


def installed(names: Iterable[str]) -> list[str]:
    """Those of the packages that can be imported here; the others are named on the standard error."""
    found = []
    for name in names:
        try:
            import_module(_FUNCTIONS[name][0])
        except ImportError as error:
            print(f"left out: {name} ({error})", file=sys.stderr)
        else:
            found.append(name)
    return found


def peer(name: str) -> Callable[[Task], Step]:
    """What makes the steps of a package, which is imported here and not before."""
    module, function = _FUNCTIONS[name]
    made: Callable[[Task], Step] = getattr(import_module(module), function)
    return made
