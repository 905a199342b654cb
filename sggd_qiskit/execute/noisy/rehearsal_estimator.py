"""An Estimator with the noise of a device and real shot noise."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit
from qiskit.primitives import PubResult
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import bases_of, parity_sum
from sggd_qiskit.circuit.simulate import all_bit_strings
from sggd_qiskit.execute.local.draws import mean_of_shots
from sggd_qiskit.execute.noisy.device_noise import DeviceNoise, NoisyPart
from sggd_qiskit.execute.noisy.noisy_circuit import active_qubits, cut_down, with_noise
from sggd_qiskit.execute.noisy.noisy_probabilities import Reading, noisy_probabilities
from sggd_qiskit.execute.primitives.local_primitives import LocalEstimator
from sggd_qiskit.execute.primitives.pubs import estimator_result, operators_of, parameter_rows
from sggd_qiskit.execute.primitives.results import shots_of
from sggd_qiskit.execute.transpiling import require_isa

_Basis = tuple[tuple[int, str], ...]  # measured physical qubits and their letters


class RehearsalEstimator(LocalEstimator):
    """Expectation values as a device would measure them, for circuits in its gates on its qubits.

    A precision p asks for 1/p² shots in each measurement basis; a precision of 0 gives the exact noisy values. Each basis
    serves all terms that commute qubit by qubit, and their covariance is part of the standard error. The gates that
    turn a basis are the device's, with their noise.

    Args:
        noise: of the device.
        seed: of the shots of all calls.
    """

    def __init__(self, noise: DeviceNoise, seed: int | np.random.SeedSequence | None = None):
        self._noise = noise
        self._rng = np.random.default_rng(seed)

    def _run_pub(self, pub: EstimatorPub) -> PubResult:
        require_isa(pub.circuit, self._noise.target)
        operators = operators_of(pub)
        groups = [(k, terms) for k, operator in enumerate(operators) for terms in _commuting(operator)]
        bases = list(dict.fromkeys(_basis(terms) for _, terms in groups))
        qubits = active_qubits(pub.circuit, [q for basis in bases for q, _ in basis])
        part = self._noise.part(qubits)
        place = {qubit: k for k, qubit in enumerate(qubits)}
        circuit = cut_down(pub.circuit, qubits)
        readings = [_reading(tuple((place[q], letter) for q, letter in basis), part) for basis in bases]
        found = noisy_probabilities(with_noise(circuit, part), readings, parameter_rows(pub, circuit), part)
        shots = shots_of(pub.precision) if pub.precision else None
        means, variances = np.zeros((2, len(operators), pub.parameter_values.size))
        for number, terms in groups:
            basis = _basis(terms)
            mean, variance = mean_of_shots(_values(terms, basis), found[bases.index(basis)], shots, self._rng)
            means[number] += mean
            variances[number] += variance
        return estimator_result(pub, means, variances, shots)


def _commuting(operator: SparsePauliOp) -> list[SparsePauliOp]:
    return list(operator.group_commuting(qubit_wise=True))


def _basis(terms: SparsePauliOp) -> _Basis:
    letters = bases_of(terms)
    support = (terms.paulis.x | terms.paulis.z).any(axis=0).nonzero()[0].tolist()
    return tuple((q, letters[q]) for q in support)


def _values(terms: SparsePauliOp, basis: _Basis) -> FloatArray:
    """The terms' value for each outcome of the measured qubits."""
    bits = np.zeros((2 ** len(basis), terms.num_qubits), dtype=bool)
    bits[:, [q for q, _ in basis]] = all_bit_strings(len(basis))
    return parity_sum(terms)(bits)


def _reading(basis: _Basis, part: NoisyPart) -> Reading:
    """How a basis is read by the device's own gates; qubits are those of the part."""
    turn = QuantumCircuit(part.target.num_qubits)
    for qubit, letter in basis:
        if letter == "Y":
            turn.sdg(qubit)
        if letter in "XY":
            turn.h(qubit)
    return Reading(with_noise(part.translator.run(turn), part), tuple(q for q, _ in basis))
