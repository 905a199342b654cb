"""A Sampler on Qiskit Aer that simulates each parameter set once and binds parameters in C++."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.primitives import BaseSamplerV2, BitArray, DataBin, PrimitiveJob, PrimitiveResult, PubResult, SamplerPubLike
from qiskit.primitives.containers.sampler_pub import SamplerPub

from sggd_qiskit.circuit.simulate import ComplexArray
from sggd_qiskit.execute.aer_states import simulated_states
from sggd_qiskit.execute.job import ExecutionError


class AerSampler(BaseSamplerV2):  # type: ignore[misc]  # Qiskit ships no types
    """Shots from the outcome probabilities of states on the noiseless Aer statevector simulator.

    Circuits end in measurements into one classical register.

    Args:
        seed: of the shots of all calls.
    """

    def __init__(self, seed: int | np.random.SeedSequence | None = None):
        self._rng = np.random.default_rng(seed)

    def run(self, pubs: Iterable[SamplerPubLike], *, shots: int | None = None) -> PrimitiveJob:
        """Sample all PUBs; ``shots`` is for those that have none of their own."""
        coerced = [SamplerPub.coerce(pub, 4096 if shots is None else shots) for pub in pubs]
        job = PrimitiveJob(self._run, coerced)
        job._submit()  # noqa: SLF001 - how every Qiskit primitive starts its job
        return job

    def _run(self, pubs: Sequence[SamplerPub]) -> PrimitiveResult:
        return PrimitiveResult([self._run_pub(pub) for pub in pubs], metadata={"version": 2})

    def _run_pub(self, pub: SamplerPub) -> PubResult:
        circuit, measured = _without_measurements(pub.circuit)
        values = pub.parameter_values.ravel().as_array(circuit.parameters)
        bits = np.empty((len(values), pub.shots, len(measured)), dtype=bool)
        for rows, states in simulated_states(circuit, values):
            outcomes = drawn_outcomes(states, pub.shots, self._rng)
            bits[rows] = (outcomes[..., None] >> measured) & 1
        array = BitArray.from_bool_array(bits.reshape(*pub.shape, pub.shots, len(measured)), order="little")
        (register,) = pub.circuit.cregs
        return PubResult(DataBin(**{register.name: array}, shape=pub.shape), metadata={"shots": pub.shots})


def drawn_outcomes(states: ComplexArray, shots: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Numbers of basis states drawn from every state, shape (state, shot), for states of shape (2ⁿ, state)."""
    cumulative = np.cumsum(np.abs(states.T) ** 2, axis=1)
    cumulative /= cumulative[:, -1:]
    # One search for all states: the k-th state's distribution is moved up by k.
    offset = np.arange(len(cumulative))[:, None]
    drawn = np.searchsorted(
        (cumulative + offset).ravel(), (rng.random((len(cumulative), shots)) + offset).ravel(), "right"
    )
    return np.asarray(drawn.reshape(-1, shots) - offset * len(states)).clip(0, len(states) - 1)


def _without_measurements(circuit: QuantumCircuit) -> tuple[QuantumCircuit, NDArray[np.intp]]:
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
