"""What a problem is like before it is trained: landscapes, gradients, ansatzes side by side, and its symmetries."""

from __future__ import annotations

from sggd_qiskit.explore.gradients import gradient_summary, random_gradients, variance_decay
from sggd_qiskit.explore.rank import rank_ansatzes
from sggd_qiskit.explore.sections import Landscape, landscape
from sggd_qiskit.explore.spectrum import symmetry_spectrum
from sggd_qiskit.explore.symmetries import find_symmetries, recommended_group

__all__ = [
    "Landscape",
    "find_symmetries",
    "gradient_summary",
    "landscape",
    "random_gradients",
    "rank_ansatzes",
    "recommended_group",
    "symmetry_spectrum",
    "variance_decay",
]
