"""An estimator's arguments as a configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp
from qiskit_machine_learning.optimizers import Optimizer, SteppableOptimizer

from sggd_qiskit.config.block import Block
from sggd_qiskit.model.given import given_circuit
from sggd_qiskit.symmetry.group import SymmetryGroup

_TOLERANCE = 1e-12


def part(value: Any) -> Any:
    """A name as a block of that kind, and a circuit as a given one; blocks and mappings as they are.

    Raises:
        TypeError: if it is none of them.
    """
    if isinstance(value, QuantumCircuit):
        return given_circuit(value)
    if isinstance(value, Optimizer):
        return _optimizer(value)
    if isinstance(value, str):
        return {"kind": value}
    if isinstance(value, Mapping | Block):
        return value
    raise TypeError(f"found {value!r} of type {type(value).__name__}; wanted a name, a mapping or a circuit")


def model_block(feature_map: Any, ansatz: Any, observable: Any, qubits: int | None, classes: Sequence[Any]) -> Any:
    """The ``model`` block, without qubits where these are still to be chosen.

    Args:
        feature_map: a name, a mapping, or a circuit; one with ``feature_map`` and ``ansatz`` of its own gives both.
        ansatz: a name, a mapping, or a circuit.
        observable: one; or a sequence or mapping with one for each class; None for Z0, or Z_k for class number k.
        qubits: n, if they are given.
        classes: the labels; none where values are fitted.
    """
    if isinstance(feature_map, QuantumCircuit) and hasattr(feature_map, "ansatz"):
        whole: Any = feature_map
        feature_map, ansatz = whole.feature_map, whole.ansatz
    for circuit in (feature_map, ansatz):
        if qubits is None and isinstance(circuit, QuantumCircuit):
            qubits = circuit.num_qubits
    found = {"encoding": part(feature_map), "ansatz": part(ansatz), "observable": observables(observable, classes)}
    return found if qubits is None else {**found, "qubits": int(qubits)}


def observables(observable: Any, classes: Sequence[Any]) -> Any:
    """What ``model.observable`` says, from text, an operator, or one of them for each class.

    Raises:
        ValueError: if there is not one for each class, or an operator isn't Hermitian.
    """
    if observable is None:
        if len(classes) <= 2:
            return "Z0"
        observable = [f"Z{number}" for number in range(len(classes))]
    if isinstance(observable, SparsePauliOp):
        return _sum(observable)
    if isinstance(observable, Sequence) and not isinstance(observable, str):
        if len(observable) == 1:
            return observables(observable[0], classes)
        if len(observable) != len(classes):
            raise ValueError(
                f"found {len(observable)} observables for {len(classes)} classes; wanted one for each class, in the order "
                "of the sorted labels"
            )
        observable = dict(zip(classes, observable, strict=True))
    if isinstance(observable, Mapping):
        return {str(key): _sum(one) if isinstance(one, SparsePauliOp) else one for key, one in observable.items()}
    return observable


def symmetry_block(symmetry: Any) -> Any:
    """The ``symmetry`` block, from a name, a block, generators or a group; None for none."""
    if symmetry is None or isinstance(symmetry, Mapping | Block):
        return symmetry
    if isinstance(symmetry, SymmetryGroup):
        if symmetry.order == 1:
            return {"generators": [{"permutation": list(symmetry.elements[0].permutation)}]}
        block = symmetry_block([symmetry.elements[number].full_circuit() for number in symmetry.generators])
        turned = {"character": [symmetry.signs[number] for number in symmetry.generators]}
        return block | turned if symmetry.turns_labels else block
    if isinstance(symmetry, str):
        return {"group": symmetry}
    if isinstance(symmetry, QuantumCircuit):
        symmetry = [symmetry]
    return {"generators": [_generator(one) for one in symmetry]}


def _optimizer(optimizer: Optimizer) -> dict[str, Any]:
    name, options = type(optimizer).__name__, {}
    for key, value in (optimizer.settings if isinstance(optimizer, SteppableOptimizer) else {}).items():
        if callable(value):
            raise TypeError(f"found the {key} of {name}; use a callback of scikit-learn, by set_callbacks(...)")
        if value is not None:
            options[key] = np.asarray(value).tolist()
    return {"kind": "qiskit_machine_learning", "name": name, "options": options}


def _generator(one: Any) -> dict[str, Any]:
    if isinstance(one, QuantumCircuit):
        return {"given": given_circuit(one)}
    return {"pauli": one} if isinstance(one, str) else {"permutation": [int(qubit) for qubit in one]}


def _sum(operator: SparsePauliOp) -> dict[str, float]:
    simple = operator.simplify()
    if np.abs(simple.coeffs.imag).max() > _TOLERANCE:
        raise ValueError(f"found the observable {operator}, which is not Hermitian; wanted real coefficients")
    return {label: float(coefficient.real) for label, coefficient in simple.to_list()}
