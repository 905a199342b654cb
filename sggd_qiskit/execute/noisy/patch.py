"""A device cut to a connected patch of few qubits, so that a circuit's routing does not spread over many."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from qiskit.transpiler import Target

from sggd_qiskit.execute.calibrated_error import log_success

LEAST_QUBITS = 7
"""From which on layouts are kept small: 4ⁿ numbers are simulated for n qubits."""


def cut_to_patch(target: Target, size: int) -> Target:
    """The target with two-qubit gates in one connected patch alone, of little error by the calibration.

    Args:
        target: the device's, which stays as it is.
        size: qubits of the patch; the target itself is returned if no patch is so large.
    """
    couplings = _couplings(target)
    patches = [found for start in couplings if (found := _grown(couplings, start, size))]
    if not patches:
        return target
    chosen = max(patches, key=lambda patch: _success(couplings, patch))
    part = Target(num_qubits=target.num_qubits, dt=target.dt, qubit_properties=target.qubit_properties)
    for name in target.operation_names:
        properties: dict[Any, Any] = target[name]
        if properties is None or None in properties:
            part.add_instruction(target.operation_from_name(name), name=name)
            continue
        kept = {qargs: found for qargs, found in properties.items() if len(qargs) < 2 or set(qargs) <= chosen}
        if kept:
            part.add_instruction(target.operation_from_name(name), kept, name=name)
    return part


def _couplings(target: Target) -> dict[int, dict[int, float]]:
    """By qubit its neighbours, with the logarithm of the success of gate and neighbour's readout, the best of several."""
    found: dict[int, dict[int, float]] = defaultdict(dict)
    for name in target.operation_names:
        for qargs in target.qargs_for_operation_name(name) or ():
            if len(qargs) == 2:
                gate = log_success(target, name, qargs)
                for a, b in (qargs, qargs[::-1]):
                    success = gate + log_success(target, "measure", (b,))
                    found[a][b] = max(success, found[a].get(b, float("-inf")))
    return found


def _grown(couplings: dict[int, dict[int, float]], start: int, size: int) -> set[int] | None:
    """A patch from a qubit on, each time by the best neighbour; None if there are not so many."""
    patch = {start}
    while len(patch) < size:
        edges = [(success, b) for a in patch for b, success in couplings[a].items() if b not in patch]
        if not edges:
            return None
        patch.add(max(edges)[1])
    return patch


def _success(couplings: dict[int, dict[int, float]], patch: set[int]) -> float:
    """The mean over the patch's couplings; a patch with more of them needs less routing."""
    inside = [success for a in patch for b, success in couplings[a].items() if b in patch]
    return sum(inside) / len(inside) / len(inside)
