"""The ways to obtain the penalty, by the names that the configuration gives them."""

from __future__ import annotations

from typing import get_args

from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.config.cost import EstimatorName, Norm
from sggd_qiskit.cost.penalty.bell_pair import BellPair
from sggd_qiskit.cost.penalty.echo import Echo
from sggd_qiskit.cost.penalty.exact import ExactPenalty, norm_factor
from sggd_qiskit.cost.penalty.family import OverlapFamily
from sggd_qiskit.cost.penalty.hadamard import HadamardTest
from sggd_qiskit.cost.penalty.local_states import LocalStatesPenalty
from sggd_qiskit.cost.penalty.overlap import OverlapPenalty
from sggd_qiskit.cost.penalty.swap import DestructiveSwapTest, SwapTest
from sggd_qiskit.cost.penalty.term import PenaltyTerm
from sggd_qiskit.symmetry.group import SymmetryGroup

OVERLAPS: dict[str, type[OverlapFamily]] = {
    "echo": Echo,
    "bell_pair": BellPair,
    "hadamard_test": HadamardTest,
    "destructive_swap_test": DestructiveSwapTest,
    "swap_test": SwapTest,
}


def families_for(norm: Norm) -> tuple[EstimatorName, ...]:
    """The ways by circuits that measure a norm."""
    if norm not in get_args(Norm):
        raise ValueError(f"found the norm {norm!r}; wanted one of {', '.join(get_args(Norm))}")
    if norm == "local_states":
        return ("local_states",)
    return ("echo", "bell_pair", "hadamard_test", "destructive_swap_test", "swap_test")


def build_penalty(
    name: EstimatorName,
    ansatz: RotationForm,
    observable: SparsePauliOp,
    group: SymmetryGroup,
    norm: Norm,
    *,
    shots: int,
    states: int = 256,
    group_samples: int | None = None,
) -> PenaltyTerm:
    """The penalty term of that name.

    Raises:
        ValueError: if it does not measure that norm, or does not sample the group.
    """
    if name != "exact" and name not in families_for(norm):
        raise ValueError(
            f"found estimator {name!r} for the norm {norm!r}; wanted exact or {' or '.join(families_for(norm))}"
        )
    if group_samples is not None and name not in OVERLAPS:
        raise ValueError(f"found a sampled group with estimator {name!r}; wanted one of {', '.join(OVERLAPS)}")
    if name == "exact":
        return ExactPenalty(ansatz, observable, group, norm)
    if name == "local_states":
        return LocalStatesPenalty(ansatz, observable, group, shots=shots, states=states)
    scale = norm_factor(norm, ansatz.num_qubits)
    return OverlapPenalty(
        OVERLAPS[name], ansatz, observable, group, shots=shots, scale=scale, states=states, group_samples=group_samples
    )
