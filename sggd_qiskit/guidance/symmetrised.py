"""An ansatz and observables that are symmetric from the start, so that the outputs are so at every θ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from sggd_qiskit.circuit.rotation_form import CircuitError
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.guidance.guidance import Guidance

if TYPE_CHECKING:
    from sggd_qiskit.problem import Problem


class SymmetrisedAnsatz(Guidance):
    """Generators and observables twirled over the group (Meyer et al., PRX Quantum 4, 010328)."""

    kind: Literal["symmetrised_ansatz"] = "symmetrised_ansatz"
    needs_group: ClassVar[bool] = True

    def guide(self, problem: Problem) -> Problem:
        """The problem with another network, of as many parameters as there are symmetric gates to train.

        Raises:
            ConfigError: if a gate can't be made symmetric, or nothing is left of the gates or of an observable.
        """
        from sggd_qiskit.circuit.paulis import traceless
        from sggd_qiskit.model.qnn import composed
        from sggd_qiskit.symmetry.symmetric_gates import MOST_DENSE_QUBITS
        from sggd_qiskit.symmetry.symmetrise import symmetrised
        from sggd_qiskit.symmetry.twirl import twirl_pauli_sum

        group, qnn = problem.require_group(), problem.qnn
        if qnn.num_qubits > MOST_DENSE_QUBITS and any(group.elements[k].clifford is None for k in group.generators):
            raise ConfigError.at(
                "symmetry",
                f"found a group on {qnn.num_qubits} qubits with elements that are no Cliffords; an ansatz is symmetrised over "
                f"such a group on up to {MOST_DENSE_QUBITS}, so choose a group of Cliffords or the guidance penalty",
            )
        observables = tuple(twirl_pauli_sum(observable, group) for observable in qnn.observables)
        if not all(traceless(observable).coeffs.any() for observable in observables):
            raise ConfigError.at(
                "model.observable",
                "found one whose average over the group, with its character, is a multiple of the identity, which has the "
                "same value in every state; choose an observable with a symmetric part, or another guidance",
            )
        try:
            # Gates commute with every V_s, whichever way the labels turn; the observables carry the character.
            ansatz = symmetrised(qnn.ansatz, replace(group, character=None), observables)
        except CircuitError as error:
            raise ConfigError.at("model.ansatz", str(error)) from error
        return replace(
            problem, qnn=replace(composed(qnn.encoding, ansatz, observables), postprocessing=qnn.postprocessing)
        )
