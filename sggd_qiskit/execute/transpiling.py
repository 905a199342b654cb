"""Transpiling to a device: once for each circuit, with the best of several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression
from qiskit.transpiler import Target, generate_preset_pass_manager

from sggd_qiskit.circuit.measurement import Measurement, Readout
from sggd_qiskit.execute.calibrated_error import circuit_error
from sggd_qiskit.execute.devices import require_room
from sggd_qiskit.execute.job import ExecutionError


@dataclass(frozen=True, eq=False)
class Transpiled:
    """A circuit in the gates of a device, on its physical qubits.

    Attributes:
        circuit: as wide as the device.
        layout: the physical qubit that each virtual qubit is on at the end of the circuit, where it is measured.
        seed: the transpiler's.
        optimization_level: likewise.
        two_qubit_gates: how many there are.
        error: 1 - Π(1 - error) over gates and readouts, from the device's calibration.
    """

    circuit: QuantumCircuit
    layout: tuple[int, ...]
    seed: int
    optimization_level: int
    two_qubit_gates: int
    error: float


def transpile_best(
    circuit: QuantumCircuit,
    target: Target,
    *,
    seeds: Sequence[int],
    optimization_level: int = 3,
    initial_layout: Sequence[int] | None = None,
    observed: Sequence[int] = (),
) -> Transpiled:
    """The circuit transpiled with every seed, of which the one with the least estimated error is kept.

    The error comes before the number of two-qubit gates, since it weighs each of them: on the devices of today a good
    pair of qubits is worth several bad ones, and readouts count too. With equal errors, so on targets without
    a calibration, fewer two-qubit gates win, then the earlier seed.

    Args:
        circuit: may have parameters.
        target: the device's.
        seeds: of the transpiler, at least one.
        optimization_level: likewise, 0 to 3.
        initial_layout: the physical qubit of each virtual qubit at the start; chosen by the transpiler if None.
        observed: virtual qubits that an observable acts on, whose readout counts.

    Raises:
        ExecutionError: if the circuit does not fit the device, or there are no seeds.
    """
    if not seeds:
        raise ExecutionError("found no seeds to transpile with; wanted one at least")
    require_room(circuit, target.num_qubits)
    layout = None if initial_layout is None else list(initial_layout)
    found = []
    for seed in seeds:
        manager = generate_preset_pass_manager(
            optimization_level, target=target, seed_transpiler=seed, initial_layout=layout
        )
        found.append(_transpiled(manager.run(circuit), target, observed, seed, optimization_level))
    return min(found, key=lambda one: (one.error, one.two_qubit_gates))


def transpile_measurement(
    measurement: Measurement | Readout,
    target: Target,
    *,
    seeds: Sequence[int],
    optimization_level: int = 3,
    initial_layout: Sequence[int] | None = None,
) -> Transpiled:
    """As ``transpile_best``, with the readout of the observable's qubits counted.

    Raises:
        ExecutionError: likewise.
    """
    observed: Sequence[int] = ()
    if isinstance(measurement, Measurement):
        paulis = measurement.observable.paulis
        observed = (paulis.x | paulis.z).any(axis=0).nonzero()[0].tolist()
    return transpile_best(
        measurement.circuit,
        target,
        seeds=seeds,
        optimization_level=optimization_level,
        initial_layout=initial_layout,
        observed=observed,
    )


def prepared(
    measurement: Measurement | Readout,
    target: Target,
    *,
    seeds: Sequence[int],
    optimization_level: int = 3,
    initial_layout: Sequence[int] | None = None,
) -> Measurement | Readout:
    """The measurement as the device takes it: its circuit transpiled, its observable on the physical qubits.

    How it was transpiled is in the circuit's metadata: layout, seed, optimization_level, two_qubit_gates, error.

    Raises:
        ExecutionError: if it does not fit the device.
    """
    found = transpile_measurement(
        measurement, target, seeds=seeds, optimization_level=optimization_level, initial_layout=initial_layout
    )
    require_isa(found.circuit, target)
    found.circuit.metadata = {key: value for key, value in vars(found).items() if key != "circuit"}
    return placed(measurement, found.circuit)


def placed(measurement: Measurement | Readout, circuit: QuantumCircuit) -> Measurement | Readout:
    """The measurement with the circuit that its own was transpiled to.

    The one place where a layout meets an observable. A readout's bits have theirs in the circuit's measurements.
    """
    if isinstance(measurement, Readout):
        return Readout(circuit, measurement.outcome, measurement.bound)
    observable = measurement.observable
    return Measurement(circuit, observable if circuit.layout is None else observable.apply_layout(circuit.layout))


def require_isa(circuit: QuantumCircuit, target: Target) -> None:
    """Check that the device has every instruction of a circuit, on the qubits where it stands.

    Raises:
        ExecutionError: naming the first that it has not.
    """
    if target.num_qubits is not None and circuit.num_qubits > target.num_qubits:
        raise ExecutionError(
            f"found a circuit of {circuit.num_qubits} qubits for a device of {target.num_qubits}; transpile it first"
        )
    for instruction in circuit.data:
        operation = instruction.operation
        qubits = tuple(circuit.find_bit(q).index for q in instruction.qubits)
        numbers = [p for p in operation.params if isinstance(p, int | float | ParameterExpression)]
        if operation.name != "barrier" and not target.instruction_supported(operation.name, qubits, parameters=numbers):
            raise ExecutionError(
                f"found the instruction {operation.name!r} on qubits {qubits}, which the device does not have there; "
                "transpile the circuit for this device"
            )


def _transpiled(
    circuit: QuantumCircuit, target: Target, observed: Sequence[int], seed: int, optimization_level: int
) -> Transpiled:
    final = range(circuit.num_qubits) if circuit.layout is None else circuit.layout.final_index_layout()
    layout = tuple(final)
    error = circuit_error(circuit, target, [layout[q] for q in observed])
    return Transpiled(circuit, layout, seed, optimization_level, circuit.num_nonlocal_gates(), error)
