"""Devices by name."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit

from sggd_qiskit.execute.devices import DeviceError, device_pass_manager, fake_device


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("fake_torin", "fake_torino"), ("ibm_torino", "fake_torino"), ("nothing like it", "fake_manila")],
)
def test_an_unknown_device_is_answered_with_a_known_one(name, remedy):
    with pytest.raises(DeviceError, match=remedy) as error:
        fake_device(name)
    assert name in str(error.value)


def test_circuits_are_routed_where_there_is_a_device():
    circuit = QuantumCircuit(3)
    circuit.h(0)
    for a, b in ((0, 1), (1, 2), (0, 2)):
        circuit.cp(0.3, a, b)
    plain = device_pass_manager(None).run(circuit)
    assert plain.num_qubits == 3
    assert set(plain.count_ops()) <= {"rz", "sx", "x", "cz"}
    device = fake_device("fake_manila")
    routed = device_pass_manager(device).run(circuit)
    assert routed.num_qubits == device.num_qubits
    assert all(
        device.target.instruction_supported(i.operation.name, tuple(routed.find_bit(q).index for q in i.qubits))
        for i in routed.data
    )
