"""Circuits for the outputs of the network, plain (paper, (1)) or twirled (paper, (7)), and their shifts."""

from __future__ import annotations

from math import ceil

import numpy as np
from qiskit import QuantumCircuit

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.circuit.measurement import LEAST_SHOTS, Measurement, Outcome, Setting, stack_values
from sggd_qiskit.gradient.shift import (
    chain,
    chain_variance,
    chosen_rows,
    shift_derivative,
    shift_derivative_variance,
    shift_rows,
)
from sggd_qiskit.model.qnn import QNN
from sggd_qiskit.symmetry.element import Element, identity
from sggd_qiskit.symmetry.group import SymmetryGroup


class DataTerm:
    """Outputs of preparations: Tr[ρ O_θ], or their mean over V_s ρ V_s† if the observable is twirled.

    Attributes:
        measurements: encoding, V_s, ansatz, O: one for each group element, or one in all without a twirl.
    """

    def __init__(self, qnn: QNN, shots: int, twirl: SymmetryGroup | None = None):
        elements = (identity(qnn.num_qubits),) if twirl is None else twirl.elements
        self._form = qnn.ansatz_form
        self._features = qnn.features
        ansatz, self._angles = self._form.circuit("φ")
        self._shots = max(LEAST_SHOTS, ceil(shots / len(elements)))
        self.measurements = tuple(_measurement(qnn, element, ansatz) for element in elements)

    def plan(
        self,
        theta: FloatArray,
        preparations: FloatArray,
        first: int,
        *,
        gradient: bool,
        chosen: IndexArray | None = None,
    ) -> tuple[Setting, ...]:
        """A setting for each measurement, numbered from ``first``; results have the shape (row, preparation).

        Row 0 is θ itself; with the gradient the shifts of every angle follow.

        Args:
            theta: shape (parameter,).
            preparations: shape (preparation, feature).
            first: the number of this term's first measurement.
            gradient: whether to shift.
            chosen: the angles that are shifted, if not all.
        """
        angles = self._form.angles(theta)
        rows = np.concatenate([angles[None], shift_rows(angles, chosen)]) if gradient else angles[None]
        values = stack_values(
            {self._features: preparations[None], self._angles: rows[:, None]}, (len(rows), len(preparations))
        )
        shape = (len(rows), len(preparations))
        return tuple(Setting(first + s, values, shape, self._shots) for s in range(len(self.measurements)))

    def reduce(
        self, theta: FloatArray, outcomes: tuple[Outcome, ...], chosen: IndexArray | None = None
    ) -> tuple[Outcome, Outcome | None]:
        """Outputs, shape (preparation,), and with shifts their slopes ∂F/∂θ, shape (parameter, preparation)."""
        values = np.mean([outcome.values for outcome in outcomes], axis=0)
        variances = np.sum([outcome.variances for outcome in outcomes], axis=0) / len(outcomes) ** 2
        excess = np.sum([outcome.excess for outcome in outcomes], axis=0) / len(outcomes) ** 2
        outputs = Outcome(values[0], variances[0], excess[0])
        if len(values) == 1:
            return outputs, None
        jacobian = chosen_rows(self._form.angles.jacobian(theta), chosen)
        slopes = chain(jacobian, shift_derivative(values[1:]))
        return outputs, Outcome(slopes, chain_variance(jacobian, shift_derivative_variance(variances[1:])))


def _measurement(qnn: QNN, element: Element, ansatz: QuantumCircuit) -> Measurement:
    circuit = QuantumCircuit(qnn.num_qubits)
    circuit.compose(qnn.encoding, inplace=True)
    wires = element.apply_to(circuit)
    circuit.compose(ansatz, qubits=wires, inplace=True)
    return Measurement(circuit, qnn.observable.apply_layout(list(wires)))
