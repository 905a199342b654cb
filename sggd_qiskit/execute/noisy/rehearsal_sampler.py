"""A Sampler with the noise of a device."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit
from qiskit.primitives import PubResult
from qiskit.primitives.containers.sampler_pub import SamplerPub

from sggd_qiskit.execute.local.draws import drawn_outcomes
from sggd_qiskit.execute.noisy.device_noise import DeviceNoise
from sggd_qiskit.execute.noisy.noisy_circuit import active_qubits, cut_down, with_noise
from sggd_qiskit.execute.noisy.noisy_probabilities import Reading, noisy_probabilities
from sggd_qiskit.execute.primitives.local_primitives import LocalSampler
from sggd_qiskit.execute.primitives.pubs import parameter_rows, sampler_result, without_measurements
from sggd_qiskit.execute.transpiling import require_isa


class RehearsalSampler(LocalSampler):
    """Shots as a device would give them, for circuits in its gates on its qubits.

    Circuits end in measurements into one classical register.

    Args:
        noise: of the device.
        seed: of the shots of all calls.
    """

    def __init__(self, noise: DeviceNoise, seed: int | np.random.SeedSequence | None = None):
        self._noise = noise
        self._rng = np.random.default_rng(seed)

    def _run_pub(self, pub: SamplerPub) -> PubResult:
        require_isa(pub.circuit, self._noise.target)
        circuit, bits = without_measurements(pub.circuit)
        qubits = active_qubits(circuit, bits.tolist())
        part = self._noise.part(qubits)
        circuit = cut_down(circuit, qubits)
        # Each qubit is read once, however many classical bits it is read into.
        read = sorted({qubits.index(q) for q in bits.tolist()})
        reading = Reading(with_noise(QuantumCircuit(len(qubits)), part), tuple(read))
        values = parameter_rows(pub, circuit)
        (probabilities,) = noisy_probabilities(with_noise(circuit, part), [reading], values, part)
        outcomes = drawn_outcomes(probabilities, pub.shots, self._rng)
        return sampler_result(pub, outcomes, np.array([read.index(qubits.index(q)) for q in bits.tolist()]))
