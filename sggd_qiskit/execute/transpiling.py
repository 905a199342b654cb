"""Transpiling to a device: once for each circuit, with the best of several seeds."""

from __future__ import annotations

from collections.abc import Sequence

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression
from qiskit.transpiler import Target, TranspilerError, generate_preset_pass_manager

from sggd_qiskit.circuit.measurement import Measurement, Readout
from sggd_qiskit.execute.calibrated_error import circuit_error
from sggd_qiskit.execute.devices import require_room
from sggd_qiskit.execute.job import ExecutionError


def transpiled(
    measurement: Measurement | Readout,
    target: Target,
    *,
    seeds: Sequence[int],
    optimization_level: int = 3,
    initial_layout: Sequence[int] | None = None,
    exclude: Sequence[int] = (),
) -> Measurement | Readout:
    """The measurement as a device takes it: transpiled with every seed, of which the one with the least error is kept.

    The error is 1 - Π(1 - error) over gates and readouts, from the device's calibration. It comes before the number of
    two-qubit gates, since it weighs each of them: on the devices of today a good pair of qubits is worth several bad
    ones, and readouts count too. With equal errors, so on targets without a calibration, fewer two-qubit gates win, then
    the earlier seed.

    The circuit's metadata tell how it was transpiled: ``layout`` (the physical qubit that each virtual qubit is on at the
    end, where it is measured), ``seed``, ``optimization_level``, ``two_qubit_gates`` and ``error``.

    Args:
        measurement: its circuit may have parameters.
        target: the device's.
        seeds: of the transpiler, at least one.
        optimization_level: of the transpiler, 0 to 3.
        initial_layout: the physical qubit of each virtual qubit at the start, and further ones that larger circuits need;
            chosen by the transpiler if None.
        exclude: physical qubits that the circuit may not use.

    Raises:
        ExecutionError: if the circuit does not fit the device, or the layout, or there are no seeds.
    """
    if not seeds:
        raise ExecutionError("found no seeds to transpile with; wanted one at least")
    require_room(measurement.circuit, target.num_qubits)
    layout = None if initial_layout is None else _layout(measurement.circuit, target, initial_layout)
    allowed = without(target, exclude)
    observed = _observed(measurement)
    found = []
    for seed in seeds:
        manager = generate_preset_pass_manager(
            optimization_level, target=allowed, seed_transpiler=seed, initial_layout=layout
        )
        try:
            circuit = manager.run(measurement.circuit)
        except TranspilerError as error:
            raise ExecutionError(
                f"found a circuit of {measurement.circuit.num_qubits} qubits that can't be laid out on the device "
                f"({error.message.strip()}); take a larger device, or exclude fewer of its qubits (transpiler.exclude)"
            ) from error
        circuit.metadata = {"seed": seed, "optimization_level": optimization_level, **_facts(circuit, target, observed)}
        found.append(circuit)
    best = min(found, key=lambda one: (one.metadata["error"], one.metadata["two_qubit_gates"]))
    require_isa(best, allowed)
    return placed(measurement, best)


def placed(measurement: Measurement | Readout, circuit: QuantumCircuit) -> Measurement | Readout:
    """The measurement with the circuit that its own was transpiled to.

    The one place where a layout meets observables. A readout's bits have theirs in the circuit's measurements.
    """
    if isinstance(measurement, Readout):
        return Readout(circuit, measurement.outcome, measurement.bound)
    if circuit.layout is None:
        return Measurement(circuit, measurement.observables)
    return Measurement(circuit, tuple(o.apply_layout(circuit.layout) for o in measurement.observables))


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


def _layout(circuit: QuantumCircuit, target: Target, wanted: Sequence[int]) -> list[int]:
    """The device's qubits on which a circuit begins.

    Raises:
        ExecutionError: if there are not enough of them, or the device doesn't have one.
    """
    layout = list(wanted[: circuit.num_qubits])
    if len(layout) < circuit.num_qubits:
        raise ExecutionError(
            f"found execution.transpiler.initial_layout with {len(layout)} qubits for a circuit of {circuit.num_qubits}; "
            "name as many as the largest circuit has, those of the penalty too, or leave it out"
        )
    if target.num_qubits is not None and max(layout) >= target.num_qubits:
        raise ExecutionError(
            f"found qubit {max(layout)} in execution.transpiler.initial_layout for a device of {target.num_qubits}; its "
            f"qubits are 0 to {target.num_qubits - 1}"
        )
    return layout


def without(target: Target, excluded: Sequence[int]) -> Target:
    """The target without all instructions on some of its qubits."""
    if not excluded:
        return target
    kept = Target(
        num_qubits=target.num_qubits,
        dt=target.dt,
        granularity=target.granularity,
        min_length=target.min_length,
        pulse_alignment=target.pulse_alignment,
        acquire_alignment=target.acquire_alignment,
        qubit_properties=target.qubit_properties,
    )
    for name in target.operation_names:
        places = target[name] or {None: None}
        everywhere = None in places  # as control flow is
        allowed = {q: p for q, p in places.items() if q is not None and not {*q} & {*excluded}}
        kept.add_instruction(target.operation_from_name(name), None if everywhere else allowed, name=name)
    return kept


def _observed(measurement: Measurement | Readout) -> list[int]:
    """Virtual qubits that are read out beside those that the circuit itself measures."""
    if isinstance(measurement, Readout):
        return []
    return sorted({qubit for basis in measurement.bases for qubit in basis.qubits})


def _facts(circuit: QuantumCircuit, target: Target, observed: Sequence[int]) -> dict[str, object]:
    final = range(circuit.num_qubits) if circuit.layout is None else circuit.layout.final_index_layout()
    layout = tuple(final)
    return {
        "layout": layout,
        "two_qubit_gates": circuit.num_nonlocal_gates(),
        "error": circuit_error(circuit, target, [layout[qubit] for qubit in observed]),
    }
