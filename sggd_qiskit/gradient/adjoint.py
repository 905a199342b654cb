"""The exact gradient of a function of O_θ, by one sweep over the circuit (Jones and Gacon, arXiv:2009.02823)."""

from __future__ import annotations

import numpy as np

from sggd_qiskit.circuit.rotation_form import Rotation, RotationForm
from sggd_qiskit.circuit.simulate import ComplexArray, FloatArray, apply_operation


def adjoint_gradient(form: RotationForm, angles: FloatArray, evolved: ComplexArray, slope: ComplexArray) -> FloatArray:
    """∂C/∂φ, shape (angle,), of a C with dC = Tr[G dO_θ].

    With O_θ = U†OU and the gates U = g_K … g_1, a rotation by φ_j about P contributes -Im Tr[P M_j], where
    M_j = g_j … g_1 (O_θ G) g_1† … g_j†. So one d×d matrix is carried through the circuit once.

    Args:
        form: the ansatz.
        angles: φ, shape (angle,).
        evolved: O_θ, Hermitian, shape (2ⁿ, 2ⁿ).
        slope: G, Hermitian, shape (2ⁿ, 2ⁿ).
    """
    derivative = np.zeros(form.num_angles)
    carried = evolved @ slope
    columns = np.arange(len(carried))
    for operation in form.operations:
        half = apply_operation(operation, angles, carried)
        carried = apply_operation(operation, angles, half.conj().T).conj().T
        if isinstance(operation, Rotation):
            pauli = operation.pauli
            derivative[operation.index] = -np.sum(pauli.phase * carried[pauli.flip, columns]).imag
    return derivative
