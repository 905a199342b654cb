"""Layouts of larger rehearsals stay as small as the circuits."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import Measurement
from sggd_qiskit.config.model import HardwareEfficientAnsatz
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.noisy.noisy_circuit import active_qubits
from sggd_qiskit.execute.noisy.rehearsal import RehearsalExecutor
from sggd_qiskit.execute.transpiling import require_isa
from sggd_qiskit.model.ansatzes import hardware_efficient


@pytest.mark.parametrize("qubits", [8, 10])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_ring_takes_no_more_qubits_of_the_device_than_it_has(qubits, seed):
    device = fake_device("fake_torino")
    ring = hardware_efficient(HardwareEfficientAnsatz(layers=2), qubits)
    observable = SparsePauliOp("Z" * qubits)
    prepared = RehearsalExecutor(device, seeds=[seed]).prepare(Measurement(ring, (observable,)))
    require_isa(prepared.circuit, device.target)
    read = np.flatnonzero(prepared.observables[0].paulis.z.any(axis=0)).tolist()
    assert len(active_qubits(prepared.circuit, read)) == qubits
