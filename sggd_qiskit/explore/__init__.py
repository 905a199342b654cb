"""What a problem is like before it is trained: landscapes, random gradients, ansatzes side by side. All by linear algebra."""

from __future__ import annotations

from sggd_qiskit.explore.gradients import gradient_summary, random_gradients, variance_decay
from sggd_qiskit.explore.rank import rank_ansatzes
from sggd_qiskit.explore.sections import Landscape, landscape

__all__ = ["Landscape", "gradient_summary", "landscape", "random_gradients", "rank_ansatzes", "variance_decay"]
