"""The noise of a rehearsal: that of Aer's model of the whole device, to the last digits, for all kinds of gates."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.library import U2Gate, U3Gate, get_standard_gate_name_mapping
from qiskit.providers import BackendV2
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import DensityMatrix, SparsePauliOp, Statevector, SuperOp, random_density_matrix
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel
from qiskit_aer.noise.device import basic_device_gate_errors, basic_device_readout_errors

from sggd_qiskit.circuit.measurement import Measurement, Setting
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.execute.noisy import noisy_probabilities
from sggd_qiskit.execute.noisy.device_noise import DeviceNoise, matrix_of, restricted
from sggd_qiskit.execute.noisy.pauli_vectors import TURNS, Turn, evolved
from sggd_qiskit.execute.noisy.rehearsal import RehearsalExecutor
from sggd_qiskit.execute.transpiling import transpiled


def noisy_expectation(circuit: QuantumCircuit, observable: SparsePauliOp, device: BackendV2) -> float:
    """⟨observable⟩ after a bound circuit of the device, from Aer's model of the whole device and nothing of the package's.

    Each term is measured on its own with the device's gates.
    """
    simulator = AerSimulator(method="density_matrix", noise_model=noise_model(device))
    total = 0.0
    for label, coefficient in observable.to_list():
        letters = {q: letter for q, letter in enumerate(reversed(label)) if letter != "I"}
        if not letters:
            total += coefficient.real
            continue
        turn = QuantumCircuit(circuit.num_qubits)
        for qubit, letter in letters.items():
            if letter == "Y":
                turn.sdg(qubit)
            if letter in "XY":
                turn.h(qubit)
        turn = transpile(turn, basis_gates=device.operation_names, optimization_level=0)
        measured = circuit.compose(turn)
        measured.save_probabilities(list(letters))
        probabilities = simulator.run(measured, shots=1).result().data(0)["probabilities"]
        for number, probability in enumerate(probabilities):
            signs = [_read_sign(device, qubit, (number >> k) & 1) for k, qubit in enumerate(letters)]
            total += coefficient.real * probability * np.prod(signs)
    return total


@cache
def noise_model(device: BackendV2) -> NoiseModel:
    return NoiseModel.from_backend(device)


@cache
def read_errors(device: BackendV2) -> dict[int, list[list[float]]]:
    """For each qubit with readout errors, the probability to read b where there is a, at [a][b]."""
    errors = [error for error in noise_model(device).to_dict()["errors"] if error["type"] == "roerror"]
    return {error["gate_qubits"][0][0]: error["probabilities"] for error in errors}


def _read_sign(device: BackendV2, qubit: int, bit: int) -> float:
    """The mean of ±1 that is read where the qubit is in |bit⟩."""
    zero, one = read_errors(device).get(qubit, [[1, 0], [0, 1]])[bit]
    return zero - one


def exact_values(measurement, device, values):
    """Without shots, at values of shape (set, parameter)."""
    bound = {} if values is None else {tuple(measurement.circuit.parameters): values}
    setting = Setting(measurement, bound, () if values is None else values.shape[:-1], 2)
    executor = RehearsalExecutor(device, shot_noise=False)
    return executor.run([setting], np.random.SeedSequence(0), WorkUnit(0, "t"))[0][0].values[..., 0]


def observed(circuit, observable):
    return Measurement(circuit, (observable,))


# Gates rz, sx, cx; u1, u2, u3, cx; and rx, rzz among others. The layouts are no identity.
@pytest.mark.parametrize(
    ("name", "layout"), [("fake_manila", (3, 1, 2)), ("fake_burlington", (4, 0, 3)), ("fake_fractional", (2, 3, 1))]
)
def test_exact_values_are_those_of_the_noise_model_of_the_whole_device(name, layout):
    rng = np.random.default_rng(3)
    device = fake_device(name)
    ansatz = random_ansatz(rng, 3, 12, affine=name == "fake_manila")
    measurement = observed(ansatz, random_pauli_sum(rng, 3, 6))
    found = transpiled(measurement, device.target, seeds=[1], initial_layout=layout)
    assert found.num_bases > 2
    values = rng.uniform(-3, 3, size=(3, ansatz.num_parameters))
    truth = [noisy_expectation(found.circuit.assign_parameters(row), found.observables[0], device) for row in values]
    ideal = [
        Statevector(ansatz.assign_parameters(row)).expectation_value(measurement.observables[0]).real for row in values
    ]
    ours = exact_values(found, device, values)
    np.testing.assert_allclose(ours, truth, atol=1e-9)
    assert np.abs(ours - ideal).max() > 0.01  # there is noise


def test_gates_of_several_angles_have_their_noise_once():
    device = fake_device("fake_burlington")
    a, b, c = (Parameter(name) for name in "abc")
    circuit = QuantumCircuit(5)
    circuit.append(U3Gate(a, 2 * b, 0.3), [1])
    circuit.append(U2Gate(b, -c), [0])
    circuit.cx(0, 1)
    circuit.append(U3Gate(c, 0.1, a - b), [1])
    observable = SparsePauliOp(["IIIZZ", "IIIXX", "IIIYI"], [1, 0.5, 0.25])
    values = np.random.default_rng(6).uniform(-3, 3, size=(3, 3))
    truth = [noisy_expectation(circuit.assign_parameters(row), observable, device) for row in values]
    np.testing.assert_allclose(exact_values(observed(circuit, observable), device, values), truth, atol=1e-9)


def test_a_bound_circuit_gives_what_its_parameters_give():
    rng = np.random.default_rng(5)
    device = fake_device("fake_torino")
    ansatz = random_ansatz(rng, 3, 12, affine=True)
    found = transpiled(observed(ansatz, random_pauli_sum(rng, 3, 4)), device.target, seeds=[1])
    values = rng.uniform(-3, 3, size=(4, ansatz.num_parameters))
    bound = [
        exact_values(observed(found.circuit.assign_parameters(row), found.observables[0]), device, None)
        for row in values
    ]
    np.testing.assert_allclose(exact_values(found, device, values), bound, atol=1e-12)


def test_without_noise_every_layout_gives_the_statevectors_values():
    rng = np.random.default_rng(8)
    device = GenericBackendV2(5, basis_gates=["rz", "sx", "x", "cx"], noise_info=False, seed=1)
    for layout in ([4, 2, 0], [1, 3, 2], [0, 1, 2]):
        ansatz = random_ansatz(rng, 3, 12)
        measurement = observed(ansatz, random_pauli_sum(rng, 3, 6))
        found = transpiled(measurement, device.target, seeds=[2], initial_layout=layout)
        values = rng.uniform(-3, 3, size=(5, ansatz.num_parameters))
        states = [Statevector(ansatz.assign_parameters(row)) for row in values]
        ideal = [state.expectation_value(measurement.observables[0]).real for state in states]
        np.testing.assert_allclose(exact_values(found, device, values), ideal, atol=1e-10)


def test_a_few_qubits_have_the_errors_that_they_have_on_the_whole_device():
    target, qubits = fake_device("fake_manila").target, (3, 1, 2)
    part = restricted(target, qubits)
    whole = {(name, tuple(q)): SuperOp(error) for name, q, error in basic_device_gate_errors(target=target)}
    few = {(name, tuple(q)): SuperOp(error) for name, q, error in basic_device_gate_errors(target=part)}
    assert {(name, tuple(qubits[k] for k in q)) for name, q in few} == {
        (name, q) for name, q in whole if set(q) <= set(qubits)
    }
    for (name, q), error in few.items():
        np.testing.assert_allclose(error.data, whole[name, tuple(qubits[k] for k in q)].data, atol=1e-12)
    read = {q: error.probabilities for (q,), error in basic_device_readout_errors(target=target)}
    for k, flips in DeviceNoise(target).part(qubits).flips.items():
        np.testing.assert_array_equal(flips, read[qubits[k]])
    assert [part.qubit_properties[k].t1 for k in range(3)] == [target.qubit_properties[q].t1 for q in qubits]


def test_a_delay_relaxes_its_qubit_and_barriers_do_nothing():
    device = fake_device("fake_manila")
    circuit = QuantumCircuit(5)
    circuit.x(1)
    circuit.sx(2)
    circuit.barrier()
    circuit.delay(100_000, 1, unit="dt")
    circuit.delay(20, 2, unit="us")
    circuit.delay(5000, 4, unit="dt")  # on a qubit that nothing depends on
    observable = SparsePauliOp(["IIIZI", "IIYII", "IIYZI"], [1, 0.5, 0.25])
    ours = exact_values(observed(circuit, observable), device, None)
    assert ours == pytest.approx(noisy_expectation(circuit, observable, device), abs=1e-9)
    without = QuantumCircuit(5)
    without.x(1)
    without.sx(2)
    assert abs(ours - exact_values(observed(without, observable), device, None)) > 0.05


@pytest.mark.parametrize("name", TURNS)
def test_turns_are_the_gates_that_they_are_named_after(name):
    rng = np.random.default_rng(1)
    gate = get_standard_gate_name_mapping()[name]
    qubits = tuple(int(q) for q in rng.permutation(3)[: gate.num_qubits])
    angle = 0.83
    state = random_density_matrix(8, seed=2)
    circuit = QuantumCircuit(3)
    circuit.append(gate.base_class(angle), qubits)
    # The vector of a state is the first column of the channel that prepares it.
    vectors = np.stack([_pauli_vector(state), _pauli_vector(DensityMatrix.from_label("01+"))], axis=1)
    turned = evolved([Turn(name, qubits, 0)], np.full((1, 2), angle), vectors)
    np.testing.assert_allclose(turned, matrix_of(SuperOp(circuit)) @ vectors, atol=1e-12)
    np.testing.assert_allclose(turned[:, 0], _pauli_vector(state.evolve(circuit)), atol=1e-12)


def _pauli_vector(state):
    letters = "IXYZ"
    labels = [letters[k >> 4] + letters[(k >> 2) & 3] + letters[k & 3] for k in range(64)]
    return np.array([state.expectation_value(SparsePauliOp(label)).real for label in labels])


def test_readout_errors_and_constants_of_qubits_without_gates_are_there():
    device = fake_device("fake_manila")
    flip = device.target["measure"][3,].error
    circuit = QuantumCircuit(5)
    assert exact_values(observed(circuit, SparsePauliOp("IZIII")), device, None) == pytest.approx(1 - 2 * flip)
    assert exact_values(observed(circuit, SparsePauliOp("IIIII", 0.7)), device, None) == pytest.approx(0.7)


def test_many_parameter_sets_are_simulated_in_pieces(monkeypatch):
    device = fake_device("fake_manila")
    theta = Parameter("t")
    circuit = QuantumCircuit(2)
    circuit.ry(theta, 0)
    circuit.cx(0, 1)
    found = transpiled(observed(circuit, SparsePauliOp(["ZZ", "XX"])), device.target, seeds=[1])
    values = np.linspace(-3, 3, 23)[:, None]
    whole = exact_values(found, device, values)
    monkeypatch.setattr(noisy_probabilities, "MOST_NUMBERS", 16 * 5)
    np.testing.assert_allclose(exact_values(found, device, values), whole, atol=1e-14)


def test_gates_are_kept_as_the_device_would_run_them():
    # Two gates that undo each other still make errors.
    device = fake_device("fake_manila")
    circuit = QuantumCircuit(5)
    for _ in range(20):
        circuit.x(0)
    value = exact_values(observed(circuit, SparsePauliOp("IIIIZ")), device, None)
    rest = exact_values(observed(QuantumCircuit(5), SparsePauliOp("IIIIZ")), device, None)
    assert value < rest - 1e-3
    assert transpile(circuit, device, optimization_level=1).count_ops().get("x", 0) == 0
