"""Transpiling: the best of several seeds, honest layouts, and circuits that a device does not have."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from qiskit import QuantumCircuit
from qiskit.circuit import Measure, Parameter
from qiskit.circuit.library import CZGate, RZGate, SXGate
from qiskit.quantum_info import Operator, SparsePauliOp, Statevector
from qiskit.transpiler import InstructionProperties, Target

from sggd_qiskit.circuit.measurement import Measurement, Readout
from sggd_qiskit.execute.calibrated_error import circuit_error, two_qubit_error
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.execute.transpiling import placed, require_isa, transpiled


def small_target(cz=(0.02, None, 0.04), measure=(0.1, 0.2, None, 0.3), sx=(0.001, 0.002, 0.003, 0.004)):
    """Four qubits in a row."""
    target = Target(num_qubits=4)
    angle = Parameter("angle")
    target.add_instruction(RZGate(angle), {(q,): InstructionProperties(error=0.0) for q in range(4)})
    target.add_instruction(SXGate(), {(q,): InstructionProperties(error=e) for q, e in enumerate(sx)})
    target.add_instruction(CZGate(), {(q, q + 1): InstructionProperties(error=e) for q, e in enumerate(cz)})
    target.add_instruction(Measure(), {(q,): InstructionProperties(error=e) for q, e in enumerate(measure)})
    return target


def test_the_error_is_that_of_gates_and_readouts_and_the_unknown_counts_as_the_median():
    circuit = QuantumCircuit(4, 1)
    circuit.sx(0)
    circuit.cz(0, 1)
    circuit.cz(1, 2)  # not known: the median of 0.02 and 0.04
    circuit.barrier()
    circuit.measure(0, 0)
    wanted = 1 - 0.999 * 0.98 * 0.97 * 0.9
    assert circuit_error(circuit, small_target()) == pytest.approx(wanted)
    # Qubits of an observable are read out too, each once; the readout of qubit 2 is not known.
    assert circuit_error(circuit, small_target(), [0, 2]) == pytest.approx(1 - (1 - wanted) * 0.8)
    assert circuit_error(circuit, small_target(cz=(None, None, None))) == pytest.approx(1 - 0.999 * 0.9)
    assert circuit_error(circuit, small_target(cz=(1.0, 0.01, 0.01))) == 1


def test_two_qubit_errors_are_those_of_the_gates_that_work():
    assert two_qubit_error(small_target()) == pytest.approx(0.03)
    assert two_qubit_error(small_target(cz=(1.0, None, 0.01))) == pytest.approx(0.01)


def on_qubit(qubit, num_qubits):
    return SparsePauliOp.from_sparse_list([("Z", [qubit], 1)], num_qubits)


def test_the_seed_with_the_least_error_wins_then_fewer_gates():
    device = fake_device("fake_torino")
    measurement = Measurement(random_ansatz(np.random.default_rng(0), 4, 20), (on_qubit(0, 4),))
    seeds = [3, 4, 5, 6, 7, 8]
    single = [transpiled(measurement, device.target, seeds=[seed]).circuit.metadata for seed in seeds]
    circuit = transpiled(measurement, device.target, seeds=seeds).circuit
    best = circuit.metadata
    assert len({one["error"] for one in single}) > 1
    assert best["error"] == min(one["error"] for one in single)
    assert best["seed"] == min((one["error"], one["two_qubit_gates"], one["seed"]) for one in single)[2]
    assert best["error"] == pytest.approx(circuit_error(circuit, device.target, [best["layout"][0]]))
    assert best["two_qubit_gates"] == circuit.count_ops()["cz"]
    assert (best["optimization_level"], circuit.num_qubits) == (3, 133)


def test_the_layout_tells_where_qubits_end():
    # On a line of qubits a fully connected circuit must be routed, so that qubits do not end where they start.
    rng = np.random.default_rng(1)
    circuit = QuantumCircuit(4)
    for a in range(4):
        circuit.ry(float(rng.uniform(0, 3)), a)
        for b in range(a):
            circuit.cz(a, b)
            circuit.rx(float(rng.uniform(0, 3)), b)
    start = [2, 0, 3, 1]
    measurement = Measurement(circuit, tuple(on_qubit(qubit, 4) for qubit in range(4)))
    found = transpiled(measurement, small_target(), seeds=[1, 2], initial_layout=start)
    layout = found.circuit.metadata["layout"]
    assert list(layout) != start
    assert found.circuit.layout.initial_index_layout()[:4] == start
    assert found.observables == tuple(on_qubit(layout[qubit], 4) for qubit in range(4))
    for before, after in zip(measurement.observables, found.observables, strict=True):
        value = Statevector(circuit).expectation_value(before)
        assert Statevector(found.circuit).expectation_value(after) == pytest.approx(value)


def test_measurements_keep_their_values_and_readouts_their_bits():
    rng = np.random.default_rng(2)
    target = fake_device("fake_manila").target
    ansatz = random_ansatz(rng, 3, 12)
    measurement = Measurement(ansatz, (random_pauli_sum(rng, 3, 5), random_pauli_sum(rng, 3, 2)))
    found = transpiled(measurement, target, seeds=[1], initial_layout=[4, 2, 3])
    theta = rng.uniform(-3, 3, size=ansatz.num_parameters)
    state = Statevector(ansatz.assign_parameters(theta))
    bound = Statevector(found.circuit.assign_parameters(theta))
    for before, after in zip(measurement.observables, found.observables, strict=True):
        assert bound.expectation_value(after) == pytest.approx(state.expectation_value(before))
    circuit = QuantumCircuit(3)
    circuit.x(1)
    circuit.measure_all()
    readout = Readout(circuit, lambda bits: bits[..., 1:2].astype(float), np.ones(1))
    turned = transpiled(readout, target, seeds=[1], initial_layout=[4, 2, 3])
    assert isinstance(turned, Readout)
    assert [register.name for register in turned.circuit.cregs] == ["meas"]
    assert (turned.outcome, turned.bound) == (readout.outcome, readout.bound)
    wires = {turned.circuit.find_bit(i.clbits[0]).index: turned.circuit.find_bit(i.qubits[0]).index
             for i in turned.circuit.data if i.operation.name == "measure"}  # fmt: skip
    assert wires == {0: 4, 1: 2, 2: 3}


def test_readout_of_the_observables_qubits_counts():
    circuit = QuantumCircuit(2)
    circuit.sx([0, 1])

    def error(*labels):
        measurement = Measurement(circuit, tuple(SparsePauliOp(label) for label in labels))
        return transpiled(measurement, small_target(), seeds=[1], initial_layout=[0, 1]).circuit.metadata["error"]

    assert 1 - error("IZ") == pytest.approx(0.999 * 0.998 * 0.9)
    assert 1 - error("XZ") == 1 - error("IZ", "XI") == pytest.approx((1 - error("IZ")) * 0.8)


def test_a_circuit_without_a_layout_keeps_its_observables():
    measurement = Measurement(QuantumCircuit(2), (SparsePauliOp("ZI"),))
    assert placed(measurement, QuantumCircuit(2)).observables == measurement.observables
    target = Target(num_qubits=2)
    target.add_instruction(SXGate())
    target.add_instruction(RZGate(Parameter("angle")))
    target.add_instruction(CZGate())
    circuit = QuantumCircuit(2)
    circuit.h(0)
    found = transpiled(Measurement(circuit, (SparsePauliOp("ZI"),)), target, seeds=[1]).circuit
    assert found.metadata["layout"] == (0, 1)
    assert found.metadata["error"] == 0
    assert Operator(found).equiv(Operator(circuit))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda c: c.h(1), r"'h' on qubits \(1,\)"),
        (lambda c: c.cz(1, 0), r"'cz' on qubits \(1, 0\)"),
        (lambda c: c.cz(0, 2), r"'cz' on qubits \(0, 2\)"),
        (lambda c: c.sx(3), r"'sx' on qubits \(3,\)"),
    ],
    ids=["gate", "direction", "pair", "faulty"],
)
def test_instructions_that_the_device_has_not_are_named(make, words):
    target = Target(num_qubits=4)
    target.add_instruction(RZGate(Parameter("angle")), {(q,): None for q in range(3)})
    target.add_instruction(SXGate(), {(q,): None for q in range(3)})
    target.add_instruction(CZGate(), {(0, 1): None, (1, 2): None})
    circuit = QuantumCircuit(4)
    circuit.rz(2 * Parameter("t") + 1, 0)
    circuit.barrier()
    circuit.rz(0.3, 2)
    circuit.cz(0, 1)
    require_isa(circuit, target)
    make(circuit)
    with pytest.raises(ExecutionError, match=words):
        require_isa(circuit, target)


def test_what_does_not_fit_is_refused():
    wide = Measurement(QuantumCircuit(5), (SparsePauliOp("ZZZZZ"),))
    with pytest.raises(ExecutionError, match="5 qubits for a device of 4"):
        transpiled(wide, small_target(), seeds=[1])
    with pytest.raises(ExecutionError, match="5 qubits for a device of 4"):
        require_isa(wide.circuit, small_target())
    with pytest.raises(ExecutionError, match="no seeds"):
        transpiled(Measurement(QuantumCircuit(2), (SparsePauliOp("ZZ"),)), small_target(), seeds=[])
