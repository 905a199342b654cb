"""Parameter values as a circuit takes them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives.containers import BindingsArray

from sggd_qiskit.aliases import FloatArray


def bindings(
    circuit: QuantumCircuit, values: Mapping[tuple[Parameter, ...], FloatArray], shape: tuple[int, ...]
) -> BindingsArray:
    """Values of the circuit's parameters, by name: those of a circuit that was read from a file are other objects.

    Transpiling drops parameters without effect, as of a phase before a readout; their values are left out.

    Args:
        circuit: as it was transpiled.
        values: parameters of the original circuit to arrays of shape (*shape, parameter).
        shape: of the results.
    """
    present = {parameter.name for parameter in circuit.parameters}
    kept: dict[tuple[str, ...], FloatArray] = {}
    for parameters, array in values.items():
        chosen = [k for k, parameter in enumerate(parameters) if parameter.name in present]
        if chosen:
            part = array if len(chosen) == len(parameters) else np.asarray(array)[..., chosen]
            kept[tuple(parameters[k].name for k in chosen)] = part
    return BindingsArray(kept, shape)
