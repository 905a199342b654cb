"""The noise of a device on a few of its qubits, as channels; the numbers are those of Aer's ``NoiseModel.from_backend``.

A gate is followed by depolarisation and thermal relaxation, from the calibrated error and duration of the gate and the T1
and T2 of its qubits; a readout flips with its calibrated error; a delay relaxes its qubit. Idling that no delay stands for
is free of noise, as is crosstalk. Aer makes the noise of the whole device, which on 133 qubits takes seconds;
here it is made of the few qubits that a circuit uses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from qiskit.circuit import Delay, Instruction
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import PTM, SuperOp
from qiskit.transpiler import PassManager, Target, generate_preset_pass_manager
from qiskit.utils import apply_prefix
from qiskit_aer.noise import thermal_relaxation_error
from qiskit_aer.noise.device import basic_device_gate_errors, basic_device_readout_errors

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.execute.devices import DeviceError
from sggd_qiskit.execute.job import ExecutionError

MOST_QUBITS = 12
"""Largest circuits that are simulated: a density matrix of 12 qubits takes 128 MB."""


class DeviceNoise:
    """The noise of a device, made for a set of qubits when it is first asked for.

    Args:
        target: the device's, with its calibration.
    """

    def __init__(self, target: Target):
        self.target = target
        self._parts: dict[tuple[int, ...], NoisyPart] = {}

    def part(self, qubits: Sequence[int]) -> NoisyPart:
        """The noise on these physical qubits.

        Raises:
            ExecutionError: if they are too many to simulate.
        """
        key = tuple(qubits)
        if len(key) > MOST_QUBITS:
            raise DeviceError(
                f"found a circuit that uses {len(key)} qubits of the device, and noise is simulated on {MOST_QUBITS}; take "
                "fewer qubits, or another cost.estimator if it is a circuit of the penalty's"
            )
        if key not in self._parts:
            self._parts[key] = NoisyPart(restricted(self.target, key))
        return self._parts[key]


class NoisyPart:
    """A few qubits of a device, numbered from 0, with the channels of their gates.

    Args:
        target: of these qubits alone.
    """

    def __init__(self, target: Target):
        self.target = target
        self._channels: dict[tuple[object, ...], FloatArray] = {}

    @cached_property
    def flips(self) -> dict[int, FloatArray]:
        """For each qubit with readout errors, the probability to read b where there is a, at [a, b]."""
        found = basic_device_readout_errors(target=self.target)
        return {qubit: np.asarray(error.probabilities) for (qubit,), error in found}

    @cached_property
    def translator(self) -> PassManager:
        """Turns gates on single qubits into those of the device."""
        layout = list(range(self.target.num_qubits))
        return generate_preset_pass_manager(optimization_level=0, target=self.target, initial_layout=layout)

    def error(self, name: str, qubits: tuple[int, ...]) -> FloatArray | None:
        """The channel that follows a gate, as ``channel`` gives it, or None if there is none."""
        return self._errors.get((name, qubits))

    def channel(self, operation: Instruction, qubits: tuple[int, ...]) -> FloatArray:
        """An operation without free parameters together with its noise, as a matrix on Pauli vectors.

        Raises:
            ExecutionError: if the operation is none on qubits alone.
        """
        key = (operation.name, qubits, *operation.params, getattr(operation, "unit", None))
        if key not in self._channels:
            self._channels[key] = self._made_channel(operation, qubits)
        return self._channels[key]

    def _made_channel(self, operation: Instruction, qubits: tuple[int, ...]) -> FloatArray:
        if isinstance(operation, Delay):
            return self._relaxation(operation, qubits[0])
        try:
            ideal = matrix_of(SuperOp(operation))
        except QiskitError as error:
            raise ExecutionError(f"found {operation.name!r} amid a circuit; wanted gates and resets alone") from error
        noise = self.error(operation.name, qubits)
        return np.asarray(ideal if noise is None else noise @ ideal)

    def _relaxation(self, delay: Delay, qubit: int) -> FloatArray:
        properties = (self.target.qubit_properties or {qubit: None})[qubit]
        t1, t2 = getattr(properties, "t1", None) or math.inf, getattr(properties, "t2", None) or math.inf
        unit, duration = delay.unit, delay.duration
        seconds = duration * self.target.dt if unit == "dt" else apply_prefix(duration, unit)
        return matrix_of(SuperOp(thermal_relaxation_error(t1, min(t2, 2 * t1), seconds)))

    @cached_property
    def _errors(self) -> dict[tuple[str, tuple[int, ...]], FloatArray]:
        found = basic_device_gate_errors(target=self.target)
        return {(name, tuple(qubits)): matrix_of(SuperOp(error)) for name, qubits, error in found}


def matrix_of(channel: SuperOp) -> FloatArray:
    """A channel's matrix on Pauli vectors, Tr(P_i E(P_j)) / 2ᵏ, shape (4ᵏ, 4ᵏ)."""
    return np.asarray(PTM(channel).data.real)


def restricted(target: Target, qubits: Sequence[int]) -> Target:
    """The target of these qubits alone, the k-th of which becomes qubit k."""
    new = {qubit: k for k, qubit in enumerate(qubits)}
    known = target.qubit_properties
    part = Target(
        num_qubits=len(new), dt=target.dt, qubit_properties=None if known is None else [known[q] for q in qubits]
    )
    for name in target.operation_names:
        properties: dict[Any, Any] = target[name]
        if properties is None or None in properties:
            part.add_instruction(target.operation_from_name(name), name=name)
            continue
        kept = {tuple(new[q] for q in qargs): found for qargs, found in properties.items() if set(qargs) <= new.keys()}
        if name == "measure":  # Aer wants every readout that it finds to have an error
            kept = {qargs: None if found is None or found.error is None else found for qargs, found in kept.items()}
        if kept:
            part.add_instruction(target.operation_from_name(name), kept, name=name)
    return part
