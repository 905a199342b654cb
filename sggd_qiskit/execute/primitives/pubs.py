"""What PUBs ask for, taken apart, and their results put together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from qiskit import QuantumCircuit
from qiskit.primitives import BitArray, DataBin, EstimatorPubLike, PubResult, SamplerPubLike
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.primitives.containers.sampler_pub import SamplerPub
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.execute.job import ExecutionError


def estimator_pubs(pubs: Iterable[EstimatorPubLike], precision: float | None) -> list[EstimatorPub]:
    """The PUBs; ``precision`` is for those that have none of their own, 1/64 (4096 shots) if it is None."""
    return [EstimatorPub.coerce(pub, 1 / 64 if precision is None else precision) for pub in pubs]


def sampler_pubs(pubs: Iterable[SamplerPubLike], shots: int | None) -> list[SamplerPub]:
    """The PUBs; ``shots`` is for those that have none of their own, 4096 if it is None."""
    return [SamplerPub.coerce(pub, 4096 if shots is None else shots) for pub in pubs]


def operators_of(pub: EstimatorPub) -> list[SparsePauliOp]:
    """The PUB's observables, flat."""
    return [
        SparsePauliOp.from_list(list(dict(observable).items()), num_qubits=pub.circuit.num_qubits)
        for observable in pub.observables.ravel().tolist()
    ]


def parameter_rows(pub: EstimatorPub | SamplerPub, circuit: QuantumCircuit) -> FloatArray:
    """Values of the parameters of ``circuit``, a part of the PUB's, shape (set, parameter)."""
    column = {parameter: k for k, parameter in enumerate(pub.circuit.parameters)}
    values = pub.parameter_values.ravel().as_array(pub.circuit.parameters)
    return np.asarray(values[:, [column[parameter] for parameter in circuit.parameters]])


def estimator_result(pub: EstimatorPub, means: FloatArray, variances: FloatArray, shots: int | None) -> PubResult:
    """The PUB's result from what was found for each observable and parameter set, shape (observable, set)."""
    which = np.broadcast_to(np.arange(len(means)).reshape(pub.observables.shape), pub.shape)
    where = np.broadcast_to(np.arange(pub.parameter_values.size).reshape(pub.parameter_values.shape), pub.shape)
    data = DataBin(evs=means[which, where], stds=np.sqrt(variances[which, where]), shape=pub.shape)
    return PubResult(data, metadata={"shots": shots, "target_precision": pub.precision})


def sampler_result(pub: SamplerPub, outcomes: IndexArray, bits: IndexArray) -> PubResult:
    """The PUB's result from numbers of outcomes, shape (set, shot), whose bit ``bits[k]`` is classical bit k."""
    strings = np.empty((*outcomes.shape, len(bits)), dtype=bool)
    for k, bit in enumerate(bits):
        strings[..., k] = (outcomes >> bit) & 1
    array = BitArray.from_bool_array(strings.reshape(*pub.shape, pub.shots, len(bits)), order="little")
    (register,) = pub.circuit.cregs
    return PubResult(DataBin(**{register.name: array}, shape=pub.shape), metadata={"shots": pub.shots})


def without_measurements(circuit: QuantumCircuit) -> tuple[QuantumCircuit, IndexArray]:
    """The circuit before its measurements, and the qubit that each classical bit is read from.

    Raises:
        ExecutionError: if the circuit does not end in measurements of all bits of one register.
    """
    unitary = QuantumCircuit(circuit.num_qubits)
    measured: dict[int, int] = {}
    for instruction in circuit.data:
        qubits = [circuit.find_bit(q).index for q in instruction.qubits]
        if instruction.operation.name == "measure":
            measured[circuit.find_bit(instruction.clbits[0]).index] = qubits[0]
        elif instruction.operation.name != "barrier":
            if instruction.clbits or set(qubits) & set(measured.values()):
                raise ExecutionError("found an operation after a measurement; circuits end in their measurements")
            unitary.append(instruction.operation, qubits)
    if len(circuit.cregs) != 1 or sorted(measured) != list(range(circuit.num_clbits)):
        raise ExecutionError(
            "found classical bits that are not measured, or several registers; wanted one, all of it measured"
        )
    return unitary, np.array([measured[bit] for bit in range(circuit.num_clbits)])
