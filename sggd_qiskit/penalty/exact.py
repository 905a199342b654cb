"""The penalty by linear algebra."""

from __future__ import annotations

import numpy as np

from sggd_qiskit.circuit.simulate import ComplexArray
from sggd_qiskit.symmetry.group import SymmetryGroup
from sggd_qiskit.symmetry.twirl import twirl


def exact_penalty(evolved: ComplexArray, group: SymmetryGroup) -> tuple[float, ComplexArray]:
    """‖O_θ - T[O_θ]‖²_HS / 2ⁿ, and its slope G with d(penalty) = Tr[G dO_θ], shape (2ⁿ, 2ⁿ).

    Since T is a self-adjoint projection, G = 2 (O_θ - T[O_θ]) / 2ⁿ.
    """
    difference = evolved - twirl(group, evolved)
    return float(np.sum(np.abs(difference) ** 2)) / len(evolved), 2 / len(evolved) * difference
