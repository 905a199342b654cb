"""Copies of a readout on disjoint qubits, side by side in one circuit with parameters of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import Parameter

from sggd_qiskit.aliases import BoolArray, FloatArray
from sggd_qiskit.circuit.measurement import Readout


@dataclass(frozen=True, eq=False)
class Packed(Readout):
    """Several readouts in one circuit.

    Attributes:
        copies: whose bits follow each other; parameters of the k-th are named after it and k.
    """

    copies: tuple[Readout, ...] = ()


def copies_of(readout: Readout) -> tuple[Readout, ...]:
    """Those that are side by side in a readout, or itself alone."""
    return readout.copies if isinstance(readout, Packed) else (readout,)


def packed(copies: Sequence[Readout]) -> Packed:
    """Readouts on disjoint qubits of a device as one."""
    sizes = [copy.circuit.num_clbits for copy in copies]
    starts = np.cumsum([0, *sizes])
    whole = QuantumCircuit(copies[0].circuit.num_qubits)
    whole.add_register(ClassicalRegister(int(starts[-1]), "meas"))
    for number, (copy, start) in enumerate(zip(copies, starts, strict=False)):
        own = {parameter: _own(parameter, number) for parameter in copy.circuit.parameters}
        clbits = range(start, start + copy.circuit.num_clbits)
        whole.compose(copy.circuit.assign_parameters(own), clbits=clbits, inplace=True)

    def outcome(bits: BoolArray) -> FloatArray:
        parts = np.split(bits, starts[1:-1], axis=-1)
        return np.concatenate([copy.outcome(part) for copy, part in zip(copies, parts, strict=True)], axis=-1)

    return Packed(whole, outcome, np.concatenate([copy.bound for copy in copies]), tuple(copies))


def packed_values(
    values: Sequence[Mapping[tuple[Parameter, ...], FloatArray]],
) -> dict[tuple[Parameter, ...], FloatArray]:
    """The parameter values of each copy, under the names of the whole."""
    return {
        tuple(_own(parameter, number) for parameter in parameters): array
        for number, own in enumerate(values)
        for parameters, array in own.items()
    }


def _own(parameter: Parameter, number: int) -> Parameter:
    return Parameter(f"copy{number}_{parameter.name}")
