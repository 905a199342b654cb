"""An Estimator on Qiskit Aer with real shot noise.

Aer's own Estimator adds Gaussian noise of the requested width, whatever the state. Here shots are drawn from the outcome
probabilities of the simulated states, so an eigenstate has no noise, and the standard error is that of the draw.
"""

from __future__ import annotations

import numpy as np
from qiskit.primitives import PubResult
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.circuit.measurement import bases_of, parity_sum
from sggd_qiskit.circuit.simulate import all_bit_strings, apply_gate, basis_change
from sggd_qiskit.execute.local.aer_states import simulated_states
from sggd_qiskit.execute.local.draws import mean_of_shots
from sggd_qiskit.execute.primitives.local_primitives import LocalEstimator
from sggd_qiskit.execute.primitives.pubs import estimator_result, operators_of, parameter_rows
from sggd_qiskit.execute.primitives.results import shots_of


class AerEstimator(LocalEstimator):
    """Expectation values on the noiseless Aer statevector simulator, with the noise of shots.

    A precision p asks for 1/p² shots in each measurement basis; a precision of 0 gives exact values. Each basis serves
    all terms that commute qubit by qubit, and their covariance is part of the standard error.

    Args:
        seed: of the shots of all calls.
    """

    def __init__(self, seed: int | np.random.SeedSequence | None = None):
        self._rng = np.random.default_rng(seed)

    def _run_pub(self, pub: EstimatorPub) -> PubResult:
        operators = operators_of(pub)
        shots = shots_of(pub.precision) if pub.precision else None
        means = np.empty((len(operators), pub.parameter_values.size))
        variances = np.empty_like(means)
        for rows, states in simulated_states(pub.circuit, parameter_rows(pub, pub.circuit)):
            for number, operator in enumerate(operators):
                means[number, rows], variances[number, rows] = sampled_expectation(operator, states, shots, self._rng)
        return estimator_result(pub, means, variances, shots)


def sampled_expectation(
    operator: SparsePauliOp, states: ComplexArray, shots: int | None, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Mean and (unbiased) variance of the mean of ``operator`` in every state, shape (state,), from shots in each basis.

    Args:
        operator: a Hermitian Pauli sum.
        states: shape (2ⁿ, state).
        shots: for each set of terms that commute qubit by qubit, or None for exact values.
        rng: draws the shots.
    """
    mean, variance = np.zeros(states.shape[1]), np.zeros(states.shape[1])
    for terms in operator.group_commuting(qubit_wise=True):
        outcomes = parity_sum(terms)(all_bit_strings(operator.num_qubits))
        of_terms = mean_of_shots(outcomes, _probabilities(terms, states), shots, rng)
        mean += of_terms[0]
        variance += of_terms[1]
    return mean, variance


def _probabilities(terms: SparsePauliOp, states: ComplexArray) -> FloatArray:
    """Outcome probabilities in the basis of the commuting terms, shape (state, 2ⁿ)."""
    for gate in basis_change(bases_of(terms)):
        states = apply_gate(gate, states)
    probabilities = np.abs(states.T) ** 2
    return np.asarray(probabilities / probabilities.sum(axis=1, keepdims=True))
