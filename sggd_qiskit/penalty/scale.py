"""The scales of the norm."""

from __future__ import annotations

from sggd_qiskit.config.cost import Norm


def norm_factor(norm: Norm, num_qubits: int) -> float:
    """What ‖·‖²_HS / 2ⁿ is multiplied by to give the squared norm asked for."""
    return float(2**num_qubits) if norm == "hilbert_schmidt" else 1.0
