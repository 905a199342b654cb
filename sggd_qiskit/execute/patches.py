"""Patches of a device that take copies of one circuit side by side: disjoint, at least one qubit apart, the best first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np
import rustworkx as rx
from qiskit import QuantumCircuit
from qiskit.quantum_info import PauliList, SparsePauliOp
from qiskit.transpiler import Target

from sggd_qiskit.circuit.measurement import Measurement, Readout
from sggd_qiskit.execute.calibrated_error import FREE, log_success
from sggd_qiskit.execute.job import ExecutionError

_MOST_PLACES = 50_000  # that are looked at; a chain of 4 qubits has some hundreds on 133


@dataclass(frozen=True)
class Patches:
    """Where copies of a circuit go.

    Attributes:
        qubits: for each copy the physical qubits, one for each that the circuit itself uses, those in ascending order.
        errors: of each copy, 1 - Π(1 - error).
        stopped: why there are no more of them; empty if so many were asked for.
    """

    qubits: tuple[tuple[int, ...], ...]
    errors: tuple[float, ...]
    stopped: str = ""


@dataclass(frozen=True)
class _Place:
    qubits: tuple[int, ...]
    success: float


def device_patches(
    measurement: Measurement | Readout,
    target: Target,
    wanted: int | Literal["auto"],
    shots: int,
    exclude: Sequence[int] = (),
) -> Patches:
    """The best patches for copies of a measurement that is transpiled to a device.

    Args:
        measurement: on the device's qubits.
        target: the device's, with its calibration.
        wanted: so many patches; or as many as lower the squared error of a value at the same number of executions, with
            the variance that a patch's errors cost and the bias beyond the best one's.
        shots: of one value.
        exclude: qubits that may not be used.

    Raises:
        ExecutionError: if so many don't fit.
    """
    operations = _operations(measurement)
    couplings = _couplings(target)
    active = tuple(sorted({qubit for _, qubits in operations for qubit in qubits}))
    own = _Place(active, _success(operations, target, dict(zip(active, active, strict=True)), {}))
    found = [own, *_places(operations, active, target, couplings, exclude)]
    places = sorted(found, key=lambda place: -place.success)
    chosen = _apart(places, couplings)
    if wanted == "auto":
        return _worthwhile(chosen, shots)
    if len(chosen) < wanted:
        chosen = _packed(places, couplings)
    if len(chosen) < wanted:
        raise ExecutionError(
            f"found room for {max(len(chosen), 1)} patches of {len(active)} qubits, at least one qubit apart, on a device of "
            f"{target.num_qubits}; wanted {wanted}: set execution.patches to what fits, or to auto"
        )
    return _patches(sorted(chosen, key=lambda place: -place.success)[:wanted])


def on_patch(measurement: Measurement | Readout, patch: Sequence[int]) -> Measurement | Readout:
    """The copy of a measurement on a patch.

    Args:
        measurement: on the device's qubits.
        patch: the physical qubit for each that it uses, those in ascending order.
    """
    active = sorted({qubit for _, qubits in _operations(measurement) for qubit in qubits})
    place = dict(zip(active, patch, strict=True))
    circuit = measurement.circuit
    copy = QuantumCircuit(circuit.qubits, *circuit.cregs, global_phase=circuit.global_phase, metadata=circuit.metadata)
    for instruction in circuit.data:
        qubits = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        if instruction.operation.name not in FREE:  # barriers between what is not side by side mean nothing
            copy.append(instruction.operation, [place[qubit] for qubit in qubits], instruction.clbits)
    if isinstance(measurement, Readout):
        return Readout(copy, measurement.outcome, measurement.bound)
    return Measurement(copy, tuple(_moved(observable, place) for observable in measurement.observables))


def _moved(observable: SparsePauliOp, place: dict[int, int]) -> SparsePauliOp:
    paulis = observable.paulis
    z, x = np.zeros_like(paulis.z), np.zeros_like(paulis.x)
    old, new = list(place), list(place.values())
    z[:, new], x[:, new] = paulis.z[:, old], paulis.x[:, old]
    return SparsePauliOp(PauliList.from_symplectic(z, x), observable.coeffs)


def _operations(measurement: Measurement | Readout) -> Counter[tuple[str, tuple[int, ...]]]:
    """How often each operation stands on which qubits, what is observed counted as readouts."""
    circuit = measurement.circuit
    found = Counter(
        (instruction.operation.name, tuple(circuit.find_bit(qubit).index for qubit in instruction.qubits))
        for instruction in circuit.data
        if instruction.operation.name not in FREE
    )
    if isinstance(measurement, Measurement):
        observed = {qubit for basis in measurement.bases for qubit in basis.qubits}
        found.update(("measure", (qubit,)) for qubit in observed)
    return found


def _couplings(target: Target) -> rx.PyGraph[int, None]:
    """The device's qubits and the pairs of them that have a gate."""
    graph: rx.PyGraph[int, None] = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(target.num_qubits))
    for name in target.operation_names:
        for qubits in target.qargs_for_operation_name(name) or ():
            if len(qubits) == 2:
                graph.add_edge(qubits[0], qubits[1], None)
    return graph


def _places(
    operations: Counter[tuple[str, tuple[int, ...]]],
    active: Sequence[int],
    target: Target,
    couplings: rx.PyGraph[int, None],
    exclude: Sequence[int],
) -> Iterator[_Place]:
    """Where the circuit fits with all of its gates.

    Args:
        operations: of the circuit.
        active: qubits that it uses.
        target: the device's.
        couplings: of the device's qubits.
        exclude: qubits that may not be used.
    """
    shape: rx.PyGraph[int, None] = rx.PyGraph(multigraph=False)
    shape.add_nodes_from(active)
    number = {qubit: k for k, qubit in enumerate(active)}
    for _, qubits in operations:
        if len(qubits) == 2:
            shape.add_edge(number[qubits[0]], number[qubits[1]], None)
    known: dict[tuple[str, tuple[int, ...]], float] = {}
    found = rx.vf2_mapping(couplings, shape, subgraph=True, induced=False, id_order=False)
    for mapping in islice(found, _MOST_PLACES):
        place = {active[part]: qubit for qubit, part in mapping.items()}
        success = _success(operations, target, place, known)
        if success > -np.inf and not set(place.values()) & set(exclude):
            yield _Place(tuple(place[qubit] for qubit in active), success)


def _success(
    operations: Counter[tuple[str, tuple[int, ...]]],
    target: Target,
    place: dict[int, int],
    known: dict[tuple[str, tuple[int, ...]], float],
) -> float:
    """Σ log(1 - error) of the circuit at a place; -∞ if a gate is missing there.

    Args:
        operations: of the circuit.
        target: the device's.
        place: the physical qubit for each that the circuit uses.
        known: of single operations, filled as they are looked up.
    """
    total = 0.0
    for (name, qubits), count in operations.items():
        key = (name, tuple(place[qubit] for qubit in qubits))
        if key not in known:
            known[key] = log_success(target, *key) if target.instruction_supported(*key) else -np.inf
        total += count * known[key]
    return total


def _apart(places: Sequence[_Place], couplings: rx.PyGraph[int, None]) -> list[_Place]:
    """Each that is at least one qubit apart from those before it."""
    chosen, taken = [], set[int]()
    for place in places:
        if not taken & set(place.qubits):
            chosen.append(place)
            taken |= _reach(place, couplings)
    return chosen


def _packed(places: Sequence[_Place], couplings: rx.PyGraph[int, None]) -> list[_Place]:
    """As many as fit where each time the one is taken that is in the way of the fewest; of equal ones the best."""
    regions: dict[frozenset[int], _Place] = {}
    for place in places:
        regions.setdefault(frozenset(place.qubits), place)  # the best of those on the same qubits
    left, chosen = list(regions.values()), []
    while left:
        used = Counter(qubit for place in left for qubit in place.qubits)
        best = min(left, key=lambda place: (sum(used[qubit] for qubit in _reach(place, couplings)), -place.success))
        chosen.append(best)
        reach = _reach(best, couplings)
        left = [place for place in left if not reach & set(place.qubits)]
    return chosen


def _reach(place: _Place, couplings: rx.PyGraph[int, None]) -> set[int]:
    return {*place.qubits, *(neighbour for qubit in place.qubits for neighbour in couplings.neighbors(qubit))}


def _worthwhile(places: Sequence[_Place], shots: int) -> Patches:
    """The first places, as many as make the squared error of a value smallest for the same number of executions."""
    kept = np.exp([place.success for place in places])  # the share of a value that is left
    count = np.arange(1, len(places) + 1)
    variance = np.cumsum(kept**-2.0) / count**2 / shots
    bias = kept[0] - np.cumsum(kept) / count
    number = int(np.argmin(variance + bias**2)) + 1
    if number == len(places):
        return _patches(places, f"no further patch fits beside these {number}")
    added = "variance" if variance[number] > variance[number - 1] else "bias"
    return _patches(
        places[:number],
        f"the next patch, with an error of {1 - kept[number]:.3f}, would add more {added} than it saves "
        f"at {shots:,} shots a value",
    )


def _patches(places: Sequence[_Place], stopped: str = "") -> Patches:
    errors = tuple(float(-np.expm1(place.success)) for place in places)
    return Patches(tuple(place.qubits for place in places), errors, stopped)
