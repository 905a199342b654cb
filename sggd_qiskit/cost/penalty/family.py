"""What the ways to measure the overlaps o_s = Tr[O_θ V_s† O_θ V_s] have in common.

Each is a circuit with two copies of the ansatz whose angles can be set apart, χ of the first and φ of the second: it gives
o_s(χ, φ)/2ⁿ with Tr[O_χ V_s† O_φ V_s], as a weighted sum of expectation values over an ensemble of input states. Of several
observables it gives the mean of their overlaps.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import Measurement, Readout
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.cost.penalty.ensemble import Ensemble
from sggd_qiskit.symmetry.element import Element


class OverlapFamily(Protocol):
    """One way to measure the mean of o_s/2ⁿ over the observables.

    Attributes:
        preparation: parameters of the input states.
        first: χ, angles of the first copy of the ansatz.
        second: φ, angles of the second copy.
    """

    preparation: tuple[Parameter, ...]
    first: tuple[Parameter, ...]
    second: tuple[Parameter, ...]

    def __init__(self, ansatz: RotationForm, observables: tuple[SparsePauliOp, ...], states: int):
        """Make what is common to all group elements.

        Args:
            ansatz: U.
            observables: O_k, traceless.
            states: most input states of each circuit.
        """
        ...

    def circuits(self, element: Element) -> tuple[Measurement | Readout, ...]:
        """The circuits for V_s; their weighted means add up to the mean of o_s/2ⁿ."""
        ...

    def ensembles(self, rng: np.random.Generator) -> tuple[Ensemble, ...]:
        """The input states of each circuit, drawn if there are too many to run all."""
        ...
