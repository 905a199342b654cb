"""Qiskit Aer with real shot noise.

Aer's own Estimator adds Gaussian noise of the requested width, whatever the state. Here shots are drawn from the
outcome probabilities of the simulated states, so an eigenstate has no noise, and the standard error is that of the draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit, transpile
from qiskit.primitives import BaseEstimatorV2, DataBin, EstimatorPubLike, PrimitiveJob, PrimitiveResult, PubResult
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer import AerSimulator

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Setting
from sggd_qiskit.circuit.simulate import ComplexArray, apply_gate, basis_change
from sggd_qiskit.execute.executor import EstimatorExecutor, JobRecord, shots_of

FloatArray = NDArray[np.float64]

# Amplitudes of one simulator call; a larger step is simulated in several calls, which bounds the memory (16 bytes each).
_MOST_AMPLITUDES = 2**24


class AerEstimator(BaseEstimatorV2):  # type: ignore[misc]  # Qiskit ships no types
    """An Estimator on the noiseless Aer statevector simulator whose noise is that of shots.

    A precision p asks for 1/p² shots in each measurement basis; a precision of 0 gives exact values. Each basis serves
    all terms that commute qubit by qubit, and their covariance is part of the standard error.

    Args:
        seed: of the shots of all calls.
    """

    def __init__(self, seed: int | np.random.SeedSequence | None = None):
        self._rng = np.random.default_rng(seed)
        self._simulator = AerSimulator(method="statevector", runtime_parameter_bind_enable=True)

    def run(self, pubs: Iterable[EstimatorPubLike], *, precision: float | None = None) -> PrimitiveJob:
        """Estimate the expectation values of all PUBs; ``precision`` is for those that have none of their own."""
        coerced = [EstimatorPub.coerce(pub, 1 / 64 if precision is None else precision) for pub in pubs]
        job = PrimitiveJob(self._run, coerced)
        job._submit()  # noqa: SLF001 - how every Qiskit primitive starts its job
        return job

    def _run(self, pubs: Sequence[EstimatorPub]) -> PrimitiveResult:
        return PrimitiveResult([self._run_pub(pub) for pub in pubs], metadata={"version": 2})

    def _run_pub(self, pub: EstimatorPub) -> PubResult:
        operators = _operators(pub)
        where = np.broadcast_to(np.arange(pub.parameter_values.size).reshape(pub.parameter_values.shape), pub.shape)
        which = np.broadcast_to(np.arange(len(operators)).reshape(pub.observables.shape), pub.shape)
        shots = shots_of(pub.precision) if pub.precision else None
        means = np.empty((len(operators), pub.parameter_values.size))
        variances = np.empty_like(means)
        for rows, states in self._simulated(pub):
            for number, operator in enumerate(operators):
                means[number, rows], variances[number, rows] = sampled_expectation(operator, states, shots, self._rng)
        data = DataBin(evs=means[which, where], stds=np.sqrt(variances[which, where]), shape=pub.shape)
        return PubResult(data, metadata={"shots": shots, "target_precision": pub.precision})

    def _simulated(self, pub: EstimatorPub) -> Iterable[tuple[slice, ComplexArray]]:
        """The states of all parameter sets, shape (2ⁿ, set), in pieces that fit the memory."""
        circuit = pub.circuit.copy()
        circuit.save_statevector()
        values = pub.parameter_values.ravel().as_array(circuit.parameters)
        piece = max(1, _MOST_AMPLITUDES >> circuit.num_qubits)
        for start in range(0, len(values), piece):
            rows = slice(start, min(start + piece, len(values)))
            yield rows, _statevectors(self._simulator, circuit, values[rows]).T


def sampled_expectation(
    operator: SparsePauliOp, states: ComplexArray, shots: int | None, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of the mean of ``operator`` in every state, shape (state,), from shots in each basis.

    Args:
        operator: a Hermitian Pauli sum.
        states: shape (2ⁿ, state).
        shots: for each set of terms that commute qubit by qubit, or None for exact values.
        rng: draws the shots.
    """
    mean, variance = np.zeros(states.shape[1]), np.zeros(states.shape[1])
    for terms in operator.group_commuting(qubit_wise=True):
        outcomes = _outcomes(terms)
        probabilities = _probabilities(terms, states)
        if shots is None:
            mean += probabilities @ outcomes
            continue
        counts = rng.multinomial(shots, probabilities)
        mean += counts @ outcomes / shots
        variance += _variance_of_mean(counts, outcomes, shots)
    return mean, variance


def _variance_of_mean(counts: NDArray[np.int64], outcomes: FloatArray, shots: int) -> FloatArray:
    """From the draw itself, with one more shot at either end of the range.

    Without these two (Laplace's rule) a few equal outcomes would claim to be free of noise.
    """
    low, high = outcomes.min(), outcomes.max()
    total = shots + 2
    first = (counts @ outcomes + low + high) / total
    second = (counts @ outcomes**2 + low**2 + high**2) / total
    return np.asarray((second - first**2).clip(min=0) / shots)


def _probabilities(terms: SparsePauliOp, states: ComplexArray) -> FloatArray:
    """Outcome probabilities in the basis of the commuting terms, shape (state, 2ⁿ)."""
    x, z = terms.paulis.x.any(axis=0), terms.paulis.z.any(axis=0)
    for gate in basis_change(["Y" if a and b else "X" if a else "Z" for a, b in zip(x, z, strict=True)]):
        states = apply_gate(gate, states)
    probabilities = np.abs(states.T) ** 2
    return np.asarray(probabilities / probabilities.sum(axis=1, keepdims=True))


def _outcomes(terms: SparsePauliOp) -> FloatArray:
    """The value of the commuting terms for each measured bit string, shape (2ⁿ,)."""
    index = np.arange(2**terms.num_qubits)
    outcomes = np.zeros(index.size)
    for support, coefficient in zip(terms.paulis.x | terms.paulis.z, terms.coeffs.real, strict=True):
        mask = sum(1 << int(q) for q in np.flatnonzero(support))
        outcomes += coefficient * (1 - 2 * (np.bitwise_count(index & mask).astype(int) & 1))
    return outcomes


def _operators(pub: EstimatorPub) -> list[SparsePauliOp]:
    """The PUB's observables, flat."""
    return [
        SparsePauliOp.from_list(list(dict(observable).items()), num_qubits=pub.circuit.num_qubits)
        for observable in pub.observables.ravel().tolist()
    ]


def _statevectors(simulator: AerSimulator, circuit: QuantumCircuit, values: FloatArray) -> ComplexArray:
    """States of the circuit at every parameter set, shape (set, 2ⁿ), in one call that binds the parameters in C++."""
    if circuit.num_parameters == 0:
        state = simulator.run(circuit, shots=1).result().data(0)["statevector"]
        return np.repeat(np.asarray(state)[None], len(values), axis=0)
    binds = {parameter: values[:, k].tolist() for k, parameter in enumerate(circuit.parameters)}
    result = simulator.run([circuit], parameter_binds=[binds], shots=1).result()
    return np.array([np.asarray(result.data(i)["statevector"]) for i in range(len(values))])


class AerExecutor:
    """Runs measurements on Aer; the shots of a job depend on its seed alone."""

    backend = "aer"

    def __init__(self) -> None:
        self._simulator = AerSimulator(method="statevector")

    def prepare(self, measurement: Measurement) -> Measurement:
        """The measurement with its circuit in gates that Aer knows."""
        return Measurement(
            transpile(measurement.circuit, self._simulator, optimization_level=0), measurement.observable
        )

    def run(
        self, measurements: Sequence[Measurement], settings: Sequence[Setting], seed: np.random.SeedSequence, tag: str
    ) -> tuple[tuple[Outcome, ...], JobRecord]:
        """All settings as one job, with shots drawn from ``seed``."""
        return EstimatorExecutor(AerEstimator(seed), self.backend).run(measurements, settings, seed, tag)
