"""From the configuration to what is trained: data, network, group, and the verdict on their symmetry."""

from __future__ import annotations

from dataclasses import dataclass, replace

from qiskit import QuantumCircuit

from sggd_qiskit.circuit.files import read_circuit
from sggd_qiskit.circuit.rotation_form import CircuitError
from sggd_qiskit.config.data import DataConfig, PlaneData, WernerData
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.symmetry import Generator, SymmetryConfig
from sggd_qiskit.config.training import RandomCoordinates
from sggd_qiskit.data.enhance import with_images
from sggd_qiskit.data.plane import plane_data
from sggd_qiskit.data.sample import Dataset
from sggd_qiskit.data.table import table_data
from sggd_qiskit.data.werner import werner_data
from sggd_qiskit.model.qnn import QNN, build_qnn
from sggd_qiskit.symmetry.element import SymmetryError
from sggd_qiskit.symmetry.equivariance import MOST_QUBITS, Equivariance, encoding_equivariance, state_invariance
from sggd_qiskit.symmetry.group import SymmetryGroup

MOST_OPERATOR_QUBITS = 11
"""For linear algebra with O_θ itself, 4ⁿ numbers."""
MOST_STATEVECTOR_QUBITS = 14
"""For linear algebra with the states of the data alone."""
MOST_SIMULATED_QUBITS = 24
MOST_REHEARSED_QUBITS = 12


@dataclass(frozen=True, eq=False)
class Problem:
    """All that a training needs but where it runs.

    Attributes:
        config: the resolved configuration.
        dataset: training and test sample, with the images of data enhancement.
        qnn: encoding, ansatz and observable.
        group: the symmetry group, if the configuration names one.
        equivariance: whether it is a symmetry of the encoding; None without a group or beyond 12 qubits.
    """

    config: ExperimentConfig
    dataset: Dataset
    qnn: QNN
    group: SymmetryGroup | None
    equivariance: Equivariance | None


def build_problem(config: ExperimentConfig) -> Problem:
    """Build and check everything before anything runs.

    Raises:
        ConfigError: naming the key at fault.
    """
    if config.execution.backend == "aer" and config.model.qubits > MOST_SIMULATED_QUBITS:
        raise ConfigError.at(
            "model.qubits",
            f"found {config.model.qubits}; statevectors on aer take up to {MOST_SIMULATED_QUBITS} qubits",
        )
    if config.execution.kind == "rehearsal" and config.model.qubits > MOST_REHEARSED_QUBITS:
        raise ConfigError.at(
            "model.qubits",
            f"found {config.model.qubits}; a device's noise is simulated on {MOST_REHEARSED_QUBITS} at most",
        )
    dataset = _dataset(config.data)
    qnn = build_qnn(config.model, dataset.train.preparations.shape[1])
    group = None if config.symmetry is None else _group(config.symmetry, config.model.qubits)
    equivariance = None
    if group is not None and config.symmetry is not None and qnn.num_qubits <= MOST_QUBITS:
        equivariance = _equivariance(group, qnn, dataset, config.symmetry.tolerance)
        if not equivariance.holds and config.symmetry.check == "error":
            raise ConfigError.at("symmetry", violation(equivariance, dataset))
    if getattr(config.data, "enhance", False):
        dataset = _enhanced(dataset, equivariance)
    _check_sizes(config, dataset, qnn, group)
    return Problem(config, dataset, qnn, group, equivariance)


def violation(equivariance: Equivariance, dataset: Dataset) -> str:
    """The sentence about the worst element and point."""
    sample = dataset.train
    point = ", ".join(
        f"{name} = {value:.4g}" for name, value in zip(sample.columns, sample.points[equivariance.point], strict=True)
    )
    return (
        f"the group is not a symmetry of the encoding: {equivariance.element.label} moves the state of training point "
        f"{equivariance.point + 1} ({point}) to one at trace distance {equivariance.distance:.3g} from that of any image of "
        f"the point (tolerance {equivariance.tolerance:.1g}); choose a group that the encoding has, or set "
        "symmetry.check to warn"
    )


def _dataset(config: DataConfig) -> Dataset:
    match config:
        case WernerData():
            return werner_data(config)
        case PlaneData():
            return plane_data(config)
        case _:
            return table_data(config)


def _group(config: SymmetryConfig, num_qubits: int) -> SymmetryGroup:
    try:
        if config.group is not None:
            return SymmetryGroup.named(config.group, num_qubits, config.max_order)
        generators = [_generator(generator, number) for number, generator in enumerate(config.generators or ())]
        return SymmetryGroup.from_generators(generators, num_qubits, config.max_order)
    except SymmetryError as error:
        raise ConfigError.at("symmetry.group" if config.group else "symmetry.generators", str(error)) from error


def _generator(generator: Generator, number: int) -> QuantumCircuit | tuple[int, ...] | str:
    if generator.permutation is not None:
        return generator.permutation
    if generator.pauli is not None:
        return generator.pauli
    try:
        return read_circuit(str(generator.circuit))
    except CircuitError as error:
        raise ConfigError.at(f"symmetry.generators.{number}.circuit", str(error)) from error


def _equivariance(group: SymmetryGroup, qnn: QNN, dataset: Dataset, tolerance: float) -> Equivariance:
    train = dataset.train
    if dataset.invariant_states:
        return state_invariance(group, qnn.encoding_form, train.preparations, train.weights, tolerance)
    return encoding_equivariance(group, qnn.encoding_form, train.points, tolerance)


def _enhanced(dataset: Dataset, equivariance: Equivariance | None) -> Dataset:
    if equivariance is None or equivariance.actions is None or not equivariance.holds:
        raise ConfigError.at("data.enhance", "is on, but how the group acts on the features is not known; turn it off")
    return replace(dataset, train=with_images(dataset.train, equivariance.actions))


def _check_sizes(config: ExperimentConfig, dataset: Dataset, qnn: QNN, group: SymmetryGroup | None) -> None:
    if config.cost.guidance != "none" and group is not None and group.order == 1:
        raise ConfigError.at("symmetry", "found a group that has no element but the identity; it guides nothing")
    if config.training.batch is not None and config.training.batch > len(dataset.train):
        raise ConfigError.at(
            "training.batch",
            f"found {config.training.batch} with {len(dataset.train)} training points; choose at most as many",
        )
    initial = config.training.initial
    if initial.kind == "values" and len(initial.values) != len(qnn.theta):
        raise ConfigError.at(
            "training.initial.values", f"found {len(initial.values)} values; the ansatz has {len(qnn.theta)} parameters"
        )
    gradient = config.training.gradient
    if isinstance(gradient, RandomCoordinates) and gradient.coordinates > len(qnn.theta):
        raise ConfigError.at(
            "training.gradient.coordinates",
            f"found {gradient.coordinates}; the ansatz has {len(qnn.theta)} parameters, so choose at most as many",
        )
    if config.cost.estimator == "exact" and config.cost.guidance == "penalty" and qnn.num_qubits > MOST_OPERATOR_QUBITS:
        raise ConfigError.at(
            "cost.estimator",
            f"found exact with {qnn.num_qubits} qubits; linear algebra takes up to {MOST_OPERATOR_QUBITS}, so use "
            "local_states, with the norm of that name, or echo",
        )
    by_states = config.cost.guidance == "none" or (
        config.cost.guidance == "penalty" and config.cost.norm == "local_states"
    )
    most = MOST_STATEVECTOR_QUBITS if by_states else MOST_OPERATOR_QUBITS
    if config.execution.backend == "exact" and qnn.num_qubits > most:
        raise ConfigError.at(
            "execution.backend",
            f"found exact with {qnn.num_qubits} qubits; linear algebra takes up to {MOST_OPERATOR_QUBITS}, and up to "
            f"{MOST_STATEVECTOR_QUBITS} without guidance or with cost.norm=local_states, so use aer",
        )
