"""A Sampler on Qiskit Aer that simulates each parameter set once and binds parameters in C++."""

from __future__ import annotations

import numpy as np
from qiskit.primitives import PubResult
from qiskit.primitives.containers.sampler_pub import SamplerPub

from sggd_qiskit.execute.local.aer_states import simulated_states
from sggd_qiskit.execute.local.draws import drawn_outcomes
from sggd_qiskit.execute.primitives.local_primitives import LocalSampler
from sggd_qiskit.execute.primitives.pubs import parameter_rows, sampler_result, without_measurements


class AerSampler(LocalSampler):
    """Shots from the outcome probabilities of states on the noiseless Aer statevector simulator.

    Circuits end in measurements into one classical register.

    Args:
        seed: of the shots of all calls.
    """

    def __init__(self, seed: int | np.random.SeedSequence | None = None):
        self._rng = np.random.default_rng(seed)

    def _run_pub(self, pub: SamplerPub) -> PubResult:
        circuit, measured = without_measurements(pub.circuit)
        values = parameter_rows(pub, circuit)
        outcomes = np.empty((len(values), pub.shots), dtype=np.intp)
        for rows, states in simulated_states(circuit, values):
            outcomes[rows] = drawn_outcomes(np.abs(states.T) ** 2, pub.shots, self._rng)
        return sampler_result(pub, outcomes, measured)
