"""Executors without shots, for tests that compare circuits with linear algebra."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.circuit.simulate import all_bit_strings, prepared_states


class ExactExecutor:
    """Expectation values of bound circuits by Qiskit's statevectors, one by one: nothing of the package's simulators."""

    backend = "statevectors"

    def prepare(self, measurement):
        return measurement

    def close(self, *, final):
        pass

    def run(self, settings: Sequence[Setting], seed=None, unit=None):
        return tuple(self._outcome(setting) for setting in settings), ()

    def _outcome(self, setting: Setting) -> Outcome:
        values = np.empty((*setting.shape, setting.measurement.num_outputs))
        for index in np.ndindex(setting.shape):
            bound = {p: v for ps, array in setting.values.items() for p, v in zip(ps, array[index], strict=True)}
            values[index] = _means(setting.measurement, setting.measurement.circuit.assign_parameters(bound))
        return Outcome(values, np.zeros(values.shape))


class NoiselessExecutor(ExactExecutor):
    """The same for Estimator circuits, of all parameter sets at once, which is faster."""

    def __init__(self):
        self._forms = {}

    def _outcome(self, setting: Setting) -> Outcome:
        measurement = setting.measurement
        if measurement not in self._forms:
            self._forms[measurement] = rotation_form(measurement.circuit)
        form = self._forms[measurement]
        column = {p: k for k, p in enumerate(measurement.circuit.parameters)}
        bound = np.zeros((setting.parameter_sets, len(column)))
        for parameters, array in setting.values.items():
            for k, parameter in enumerate(parameters):
                if parameter in column:
                    bound[:, column[parameter]] = np.broadcast_to(array, (*setting.shape, len(parameters)))[
                        ..., k
                    ].ravel()
        states = prepared_states(form, bound)
        means = [np.einsum("ds,ds->s", states.conj(), o.to_matrix() @ states).real for o in measurement.observables]
        values = np.stack(means, axis=-1).reshape(*setting.shape, -1)
        return Outcome(values, np.zeros(values.shape))


def _means(measurement: Measurement | Readout, circuit: QuantumCircuit) -> np.ndarray:
    if isinstance(measurement, Measurement):
        state = Statevector(circuit)
        return np.array([state.expectation_value(observable).real for observable in measurement.observables])
    qubits = {}
    for instruction in circuit.data:
        if instruction.operation.name == "measure":
            qubits[circuit.find_bit(instruction.clbits[0]).index] = circuit.find_bit(instruction.qubits[0]).index
    probabilities = Statevector(circuit.remove_final_measurements(inplace=False)).probabilities(
        [qubits[bit] for bit in range(circuit.num_clbits)]
    )
    return probabilities @ measurement.outcome(all_bit_strings(circuit.num_clbits))
