"""Settings as the PUBs of Qiskit's V2 primitives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives.containers import BindingsArray
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.circuit.measurement import Measurement


def bindings(
    circuit: QuantumCircuit, values: Mapping[tuple[Parameter, ...], FloatArray], shape: tuple[int, ...]
) -> BindingsArray:
    """Values of the circuit's parameters, by name: those of a circuit that was read from a file are other objects.

    Transpiling drops parameters without effect, as of a phase before a readout; their values are left out.

    Args:
        circuit: as it was transpiled.
        values: parameters of the original circuit to arrays of shape (*shape, parameter), radians.
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


def entries(measurement: Measurement) -> tuple[tuple[SparsePauliOp, ...], IndexArray]:
    """The observables of an Estimator's PUB, one for each basis and output, and the output of each, shape (entry,).

    An estimator knows little of how the errors of terms go together; those of different bases are independent, and so
    are added up here, not there.
    """
    found = [
        (part, output) for basis in measurement.bases for output, part in enumerate(basis.parts) if part is not None
    ]
    return tuple(part for part, _ in found), np.array([output for _, output in found], dtype=np.intp)


def observables_array(measurement: Measurement, dimensions: int) -> list[object]:
    """The entries along a first axis of their own, before as many axes as the parameter sets have."""
    observables: list[object] = list(entries(measurement)[0])
    for _ in range(dimensions):
        observables = [[observable] for observable in observables]
    return observables
