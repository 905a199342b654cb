"""Programs of the service's executor: decoded, run with shots that depend on nothing but their content, encoded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from math import prod
from typing import Any, Protocol

import numpy as np
from ibm_quantum_schemas.common import CompressedTensorModel
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import PauliLindbladMap
from qiskit_ibm_runtime.fake_provider.executor.broadcast_sample import broadcast_sample
from qiskit_ibm_runtime.quantum_program import QuantumProgram
from qiskit_ibm_runtime.quantum_program.params_converters import QUANTUM_PROGRAM_PARAMS_CONVERTERS
from samplomatic.quantum_program import CircuitItem, SamplexItem

from . import statevector
from .gates import Gate, UnsupportedCircuitError, bound_gates, digest, registers, structure
from .serial import sample_without_threads

sample_without_threads()


class Simulator(Protocol):
    """What takes shots: bits of shape (batch, shot, classical bit)."""

    def __call__(
        self, gates: list[Gate], batch: int, shots: int, clbits: int, rng: np.random.Generator
    ) -> NDArray[np.bool_]: ...


Prepared = tuple[list[Gate], dict[str, Any], tuple[int, ...], bytes]
"""An item's gates with bound angles, the arrays of its randomizations, its shape, its digest."""


def decoded(params: dict[str, Any]) -> QuantumProgram:
    """The program of a request's parameters.

    Raises:
        UnsupportedCircuitError: if it is of another schema, or asks for other than bits.
    """
    version = params.get("schema_version", "")
    if version not in QUANTUM_PROGRAM_PARAMS_CONVERTERS:
        raise UnsupportedCircuitError(f"Found the schema {version!r}, which is not known.")
    converter = QUANTUM_PROGRAM_PARAMS_CONVERTERS[version]
    program, _ = converter.decoder(converter.model.model_validate(params))
    if program.meas_level != "classified":
        raise UnsupportedCircuitError(f"The stand-in has no measurements of level {program.meas_level}.")
    for item in program.items:
        if isinstance(item, SamplexItem):
            item.samplex.finalize()
    return program


def executions(params: dict[str, Any]) -> int:
    """The number of shots of all circuits of a request together."""
    asked = params["quantum_program"]
    return int(asked["shots"]) * sum(prod(_shape(item)) for item in asked["items"])


def require_isa(program: QuantumProgram, configuration: dict[str, Any]) -> None:
    """Check that a device has every gate of a program.

    Raises:
        UnsupportedCircuitError: in the service's words.
    """
    coupled = {tuple(pair) for pair in configuration["coupling_map"]}
    known = {*configuration["basis_gates"], "measure", "reset", "barrier", "delay"}
    for item in program.items:
        circuit: QuantumCircuit = item.circuit
        for instruction in circuit.data:
            name = instruction.operation.name
            qubits = tuple(circuit.find_bit(bit).index for bit in instruction.qubits)
            beyond = max(qubits, default=0) >= configuration["n_qubits"]
            if name not in known or beyond or (len(qubits) == 2 and name != "barrier" and qubits not in coupled):
                raise UnsupportedCircuitError(
                    f"The instruction {name} on qubits {qubits} is not supported by the target system. "
                    "Transpile your circuits for the target before submitting a primitive query."
                )


def content_hash(params: dict[str, Any]) -> str:
    """The hash of all that decides a job's results."""
    found = sha256()
    for _, _, _, item in prepared(decoded(params)):
        found.update(item)
    return found.hexdigest()


def run(program: QuantumProgram, simulate: Simulator) -> list[dict[str, NDArray[Any]]]:
    """The arrays of every item's result."""
    results = []
    for item, (gates, drawn, shape, seed) in zip(program.items, prepared(program), strict=True):
        rng = np.random.default_rng(list(seed))
        bits = simulate(gates, prod(shape), program.shots, item.circuit.num_clbits, rng)
        arrays = {
            name: bits[..., numbers].reshape(*shape, program.shots, len(numbers))
            for name, numbers in registers(item.circuit).items()
        }
        results.append({**drawn, **arrays})
    return results


def prepared(program: QuantumProgram) -> Iterator[Prepared]:
    """What is to be run for each item, with a digest that no name, id or tag enters.

    Equal items of one program differ by their number, so that their shots are independent.
    """
    for number, item in enumerate(program.items):
        drawn: dict[str, Any] = {}
        if isinstance(item, CircuitItem):
            values = np.asarray(item.circuit_arguments)
        else:
            drawn = broadcast_sample(item.samplex, item.samplex_arguments, item.shape, _twirl_rng(number, item))
            values = drawn.pop("parameter_values")
        shape = tuple(item.shape)
        gates = bound_gates(item.circuit, values.reshape(prod(shape), -1))
        others = {name: sha256(array.tobytes()).hexdigest() for name, array in sorted(drawn.items())}
        yield gates, drawn, shape, digest(gates, number, program.shots, shape, registers(item.circuit), others)


def simulate_exactly(
    gates: list[Gate], batch: int, shots: int, clbits: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Shots without noise.

    Raises:
        UnsupportedCircuitError: if something follows a measurement.
    """
    if not statevector.ends_in_measurements(gates):
        raise UnsupportedCircuitError("The stand-in without noise runs circuits that end in their measurements.")
    return statevector.sample(gates, batch, shots, clbits, rng)


def flipping_simulator(up: float, down: float) -> Simulator:
    """What takes shots without noise but of readouts, which read 1 for 0 and 0 for 1 with these probabilities.

    Qubits differ by half of them. Unlike other shots, flips are not those of another program with the same content.
    """
    flips = np.random.default_rng(1)

    def simulate(gates: list[Gate], batch: int, shots: int, clbits: int, rng: np.random.Generator) -> NDArray[np.bool_]:
        bits = simulate_exactly(gates, batch, shots, clbits, rng)
        qubit = {gate.clbits[0]: gate.qubits[0] for gate in gates if gate.name == "measure"}
        size = np.array([0.75 + 0.5 * (qubit.get(bit, 0) % 2) for bit in range(clbits)])
        return np.asarray(bits ^ (flips.random(bits.shape) < size * np.where(bits, down, up)))

    return simulate


def encoded(
    params: dict[str, Any], results: list[dict[str, NDArray[Any]]], started: datetime, finished: datetime
) -> dict[str, Any]:
    """The body of a result, with what the client asked to be passed through."""
    asked = params["quantum_program"]
    parts = []
    for number, item in enumerate(asked["items"]):
        shape = _shape(item)
        size, permutation = prod(shape), list(range(len(shape)))
        parts.append({"idx_item": number, "size": size, "permutation": permutation, "element_range": [0, size, 1]})
    timing = {"start": started.isoformat(), "stop": finished.isoformat(), "parts": parts}
    return {
        "schema_version": params["schema_version"],
        "data": [
            {
                "results": {name: CompressedTensorModel.from_numpy(a).model_dump() for name, a in arrays.items()},
                "metadata": {},
            }
            for arrays in results
        ],
        "metadata": {"chunk_timing": [timing]},
        "passthrough_data": asked.get("passthrough_data"),
        "semantic_role": asked.get("semantic_role"),
    }


def _shape(item: dict[str, Any]) -> list[int]:
    """The shape of a request's item; that of a plain circuit is the shape of its parameter sets."""
    if item["item_type"] == "circuit":
        return list(item["circuit_arguments"]["shape"][:-1])
    return list(item["shape"])


def _twirl_rng(number: int, item: SamplexItem) -> np.random.Generator:
    """Randomizations by content: of the template and the arguments.

    No name enters, nor the order that names decide: parameters are sorted by name, and the client numbers bases of
    measurements through the life of its process.
    """
    found = sha256(repr((number, tuple(item.shape))).encode() + structure(item.circuit))
    for argument in sorted(_argument_digest(item.samplex_arguments[name]) for name in item.samplex_arguments):
        found.update(argument)
    return np.random.default_rng(list(found.digest()))


def _argument_digest(value: object) -> bytes:
    if isinstance(value, np.ndarray):
        return sha256(repr(value.shape).encode() + np.sort(value, axis=-1).tobytes()).digest()
    if isinstance(value, PauliLindbladMap):
        return sha256(repr(value.to_sparse_list()).encode()).digest()
    return sha256(repr(value).encode()).digest()
