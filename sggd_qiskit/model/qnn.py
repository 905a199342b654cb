"""The quantum neural network f(x) = Tr[ρ(x) U†(θ) O U(θ)] (paper, (1))."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp
from qiskit_machine_learning.circuit.library import qnn_circuit

from sggd_qiskit.circuit.paulis import PauliError, pauli_sum
from sggd_qiskit.circuit.rotation_form import CircuitError, RotationForm, rotation_form
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.model import CircuitsEncoding, ModelConfig, PauliSum
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.labels import Label
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.model.ansatzes import build_ansatz
from sggd_qiskit.model.encodings import build_encoding
from sggd_qiskit.model.postprocessing import Postprocessing, build_postprocessing


@dataclass(frozen=True, repr=False)
class QNN:
    """Encoding, ansatz and observables.

    Attributes:
        circuit: the encoding followed by the ansatz, as qiskit-machine-learning composes them.
        features: the parameters that take the features, in order.
        theta: the trained parameters, in the ansatz' own order.
        encoding: the encoding alone.
        ansatz: the ansatz alone.
        observables: O_k, Hermitian, not multiples of the identity; one for two classes, or one for each class.
        postprocessing: g of order 2 or more; None if there is none, or the observables contain it.
    """

    circuit: QuantumCircuit
    features: tuple[Parameter, ...]
    theta: tuple[Parameter, ...]
    encoding: QuantumCircuit
    ansatz: QuantumCircuit
    observables: tuple[SparsePauliOp, ...]
    postprocessing: Postprocessing | None = None

    def __repr__(self) -> str:
        outputs = len(self.observables)
        return (
            f"QNN(qubits={self.num_qubits}, features={len(self.features)}, theta={len(self.theta)}, outputs={outputs})"
        )

    @property
    def num_qubits(self) -> int:
        """Number of qubits n."""
        return int(self.ansatz.num_qubits)

    @cached_property
    def encoding_form(self) -> RotationForm:
        """The encoding as fixed gates and Pauli rotations."""
        return rotation_form(self.encoding)

    @cached_property
    def ansatz_form(self) -> RotationForm:
        """The ansatz as fixed gates and Pauli rotations."""
        return rotation_form(self.ansatz)


def composed(encoding: QuantumCircuit, ansatz: QuantumCircuit, observables: tuple[SparsePauliOp, ...]) -> QNN:
    """The network of its parts.

    Args:
        encoding: its parameters are the features.
        ansatz: on as many qubits; its parameters are θ.
        observables: one for two classes, or one for each class.
    """
    circuit, features, theta = qnn_circuit(ansatz.num_qubits, encoding, ansatz)
    return QNN(circuit, tuple(features), tuple(theta), encoding, ansatz, observables)


def build_qnn(config: ModelConfig, dataset: Dataset) -> QNN:
    """The network that the ``model`` block describes, with an observable for all classes of the data or one for each.

    Raises:
        ConfigError: if a part can't be built, or the parts don't fit together.
    """
    encoding = _encoding(config, dataset.train)
    ansatz = build_ansatz(config.ansatz, config.qubits)
    shared = {p.name for p in encoding.parameters} & {p.name for p in ansatz.parameters}
    if shared:
        raise ConfigError.at(
            "model.ansatz",
            f"found the parameter {min(shared)!r} in the encoding as well; rename it in one of the files",
        )
    observables = _observables(config, dataset.classes)
    g = build_postprocessing(config.postprocessing, observables)
    if g is not None and g.order == 1:
        observables, g = tuple(g.applied_to(observable) for observable in observables), None
    qnn = replace(composed(encoding, ansatz, observables), postprocessing=g)
    for key, part in (("model.encoding", "encoding_form"), ("model.ansatz", "ansatz_form")):
        try:
            getattr(qnn, part)
        except CircuitError as error:
            raise ConfigError.at(key, str(error)) from error
    return qnn


def _encoding(config: ModelConfig, sample: Sample) -> QuantumCircuit:
    """The encoding; none of its own where each data point is a circuit."""
    if isinstance(config.encoding, CircuitsEncoding) != bool(sample.circuits):
        raise ConfigError.at(
            "model.encoding.kind",
            f"found {config.encoding.kind!r} for data points that are {'circuits' if sample.circuits else 'features'}; "
            "the encoding 'circuits' goes with a dataset of circuits, and with no other",
        )
    if not sample.circuits:
        return build_encoding(config.encoding, config.qubits, sample.preparations.shape[1])
    found = sample.circuits[0].num_qubits
    if found != config.qubits:
        raise ConfigError.at("model.qubits", f"found {config.qubits} for data points of {found} qubits")
    return QuantumCircuit(config.qubits)


def _observables(config: ModelConfig, classes: tuple[Label, ...]) -> tuple[SparsePauliOp, ...]:
    """One observable for two classes, or one for each class in their order."""
    by_class = config.observables
    if by_class is None:
        if len(classes) > 2:
            raise ConfigError.at(
                "model.observable",
                f"found one for {len(classes)} classes ({_listed(classes)}); wanted a mapping from each to an observable",
            )
        return (_pauli_sum(cast("PauliSum", config.observable), config.qubits, "model.observable"),)
    names = [str(label) for label in classes]
    if set(by_class) != set(names):
        raise ConfigError.at(
            "model.observable", f"found observables for {_listed(by_class)}; wanted one for each of {_listed(names)}"
        )
    return tuple(_pauli_sum(by_class[name], config.qubits, f"model.observable.{name}") for name in names)


def _pauli_sum(written: PauliSum, num_qubits: int, key: str) -> SparsePauliOp:
    try:
        return pauli_sum(written, num_qubits)
    except PauliError as error:
        raise ConfigError.at(key, str(error)) from error


def _listed(labels: Iterable[object]) -> str:
    return ", ".join(map(str, labels))
