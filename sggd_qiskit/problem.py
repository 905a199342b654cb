"""From the configuration to what is trained: data, network, group and its fit to them, and the terms of the cost."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import NoneType
from typing import Any

from qiskit import QuantumCircuit

from sggd_qiskit.circuit.files import read_circuit
from sggd_qiskit.circuit.rotation_form import CircuitError
from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.config.data import DataConfig, GivenData, PlaneData, TableData, WernerData
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.config.registry import GUIDANCES
from sggd_qiskit.config.sizes import Known, require_sizes
from sggd_qiskit.config.symmetry import Generator, SymmetryConfig
from sggd_qiskit.config.training import RandomCoordinates
from sggd_qiskit.cost.data_term import DataTerm
from sggd_qiskit.cost.penalty.symmetry_penalty import MOST_OPERATOR_QUBITS
from sggd_qiskit.cost.term import WeightedTerm
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.plane import plane_data
from sggd_qiskit.data.table import table_data
from sggd_qiskit.data.turned import require_turnable
from sggd_qiskit.data.werner import werner_data
from sggd_qiskit.model.given import read_given
from sggd_qiskit.model.qnn import QNN, build_qnn
from sggd_qiskit.symmetry.character import CharacterError
from sggd_qiskit.symmetry.element import SymmetryError
from sggd_qiskit.symmetry.equivariance import MOST_QUBITS, Equivariance, encoding_equivariance, state_invariance
from sggd_qiskit.symmetry.group import SymmetryGroup

logger = logging.getLogger(__name__)

MOST_STATEVECTOR_QUBITS = 14
"""For linear algebra with the states of the data alone."""
MOST_SIMULATED_QUBITS = 24
MOST_REHEARSED_QUBITS = 12


@dataclass(frozen=True, eq=False, repr=False)
class Problem:
    """All that a training needs but where it runs. A guidance makes another one of it by ``dataclasses.replace``.

    Attributes:
        config: the resolved configuration.
        dataset: training and test sample.
        qnn: encoding, ansatz and observables.
        group: the symmetry group, if the configuration names one.
        equivariance: whether it is a symmetry of the encoding; None without a group, beyond 12 qubits, or where each data
            point is a circuit of its own.
        twirl: the group over which the outputs are averaged; None for plain outputs.
        terms: what the guidance adds to the data term.
    """

    config: ExperimentConfig
    dataset: Dataset
    qnn: QNN
    group: SymmetryGroup | None
    equivariance: Equivariance | None
    twirl: SymmetryGroup | None = None
    terms: tuple[WeightedTerm, ...] = ()

    def __repr__(self) -> str:
        group = "no group" if self.group is None else repr(self.group)
        return f"Problem({self.config.name!r}: {len(self.dataset.train)} training points, {self.qnn!r}, {group})"

    @cached_property
    def data_term(self) -> DataTerm:
        """The loss of the network's outputs."""
        states = (*self.dataset.train.circuits, *self.dataset.test.circuits)
        return DataTerm(self.qnn, self.config.cost.loss, self.config.execution.shots, self.twirl, states)

    @property
    def circuit_qubits(self) -> int:
        """Qubits of the largest circuit that is run."""
        measurements = [*self.data_term.measurements, *(m for guided in self.terms for m in guided.term.measurements)]
        return max(int(measurement.circuit.num_qubits) for measurement in measurements)

    def weights(self, step: int) -> tuple[float, ...]:
        """λ of each of ``terms`` at a step."""
        return tuple(guided.weight(step) for guided in self.terms)

    @property
    def cautions(self) -> tuple[str, ...]:
        """What is to be said of the terms' error bars."""
        found = (getattr(guided.term, "caution", "") for guided in self.terms)
        return tuple(caution for caution in found if caution)

    def violation(self) -> str:
        """Why the group is no symmetry of the encoding, or of the features before they were scaled; "" if it is both."""
        found, train = self.equivariance, self.dataset.train
        if found is None:
            return ""
        if not found.holds:
            return found.violation(train.columns, train.points)
        if train.scaling is None or found.actions is None:
            return ""
        return next(filter(None, (train.scaling.obstacle(action, train.columns) for action in found.actions)), "")

    def require_group(self) -> SymmetryGroup:
        """The group.

        Raises:
            ConfigError: if there is none, or it has no element but the identity.
        """
        if self.group is None:
            raise ConfigError.at("symmetry", f"is missing; guidance {self.config.cost.guidance.kind!r} needs a group")
        if self.group.order == 1:
            raise ConfigError.at("symmetry", "found a group that has no element but the identity; it guides nothing")
        return self.group


def build_problem(config: ExperimentConfig | Mapping[str, Any] | Path | str, dataset: Dataset | None = None) -> Problem:
    """Build and check everything before anything runs.

    Args:
        config: the experiment, or what `load_config` makes one of: a file, or a mapping.
        dataset: takes the place of the data that the configuration names; its digest is then in the problem's configuration.

    Raises:
        ConfigError: naming the key at fault.
        TypeError: if an argument is of the wrong type.
    """
    require_type("dataset", dataset, (Dataset, NoneType), "as Dataset.from_arrays(...) makes one")
    config = config if isinstance(config, ExperimentConfig) else load_config(config)
    require_sizes(config)
    if dataset is None:
        dataset = _dataset(config.data)
    else:
        given = GivenData(sha256=dataset.digest(), train=len(dataset.train), test=len(dataset.test))
        config = config.model_copy(update={"data": given})
    known = Known(len(dataset.train), len(dataset.test), dataset.train.preparations.shape[1])
    require_sizes(config, known)
    qnn = build_qnn(config.model, dataset)
    require_sizes(config, replace(known, angles=qnn.ansatz_form.num_angles))
    group = None if config.symmetry is None else _group(config.symmetry, config.model.qubits)
    problem = Problem(config, dataset, qnn, group, None)
    if group is not None and config.symmetry is not None:
        problem = replace(problem, equivariance=_equivariance(group, qnn, dataset, config.symmetry.tolerance))
        if problem.violation() and config.symmetry.check == "error":
            raise ConfigError.at("symmetry", problem.violation())
        _warn_of_mirrors(problem)
        if group.turns_labels:
            found, holds = problem.equivariance, problem.equivariance is not None and problem.equivariance.holds
            require_turnable(problem.dataset, group.signs, found if holds else None)
    return checked(guided(problem))


def guided(problem: Problem) -> Problem:
    """The problem with data enhancement, if it is on, and the guidance of its configuration."""
    if getattr(problem.config.data, "enhance", False):
        problem = GUIDANCES.get("enhanced")().guide(problem)
    guidance: Problem = problem.config.cost.guidance.guide(problem)
    return guidance


def require_simulable(problem: Problem) -> None:
    """Refuse circuits that the simulator of the configuration's backend can't take.

    Raises:
        ConfigError: naming the largest number of qubits.
    """
    kind, qubits = problem.config.execution.kind, problem.config.model.qubits
    if kind == "aer" and qubits > MOST_SIMULATED_QUBITS:
        raise ConfigError.at(
            "model.qubits", f"found {qubits}; statevectors on aer take up to {MOST_SIMULATED_QUBITS} qubits"
        )
    if kind == "rehearsal" and qubits > MOST_REHEARSED_QUBITS:
        raise ConfigError.at(
            "model.qubits", f"found {qubits}; a device's noise is simulated on {MOST_REHEARSED_QUBITS} at most"
        )
    if kind != "exact":
        return
    cost = problem.config.cost
    by_states = problem.twirl is None and (not problem.terms or cost.norm == "local_states")
    if qubits > (MOST_STATEVECTOR_QUBITS if by_states else MOST_OPERATOR_QUBITS):
        raise ConfigError.at(
            "execution.backend",
            f"found exact with {qubits} qubits; linear algebra takes up to {MOST_OPERATOR_QUBITS}, and up to "
            f"{MOST_STATEVECTOR_QUBITS} without guidance or with cost.norm=local_states, so use aer",
        )


def checked(problem: Problem) -> Problem:
    """The problem, if its numbers fit together.

    Raises:
        ConfigError: naming the key at fault.
    """
    config, parameters = problem.config, len(problem.qnn.theta)
    training, cost = config.training, config.cost
    if training.batch is not None and training.batch > len(problem.dataset.train):
        raise ConfigError.at(
            "training.batch",
            f"found {training.batch} with {len(problem.dataset.train)} training points; choose at most as many",
        )
    initial = training.initial
    if initial.kind == "values" and len(initial.values) != parameters:
        raise ConfigError.at(
            "training.initial.values", f"found {len(initial.values)} values; the ansatz has {parameters} parameters"
        )
    gradient = training.gradient
    if isinstance(gradient, RandomCoordinates) and gradient.coordinates > parameters:
        raise ConfigError.at(
            "training.gradient.coordinates",
            f"found {gradient.coordinates}; the ansatz has {parameters} parameters, so choose at most as many",
        )
    if not problem.dataset.classes and cost.loss.of_classes:
        raise ConfigError.at(
            "cost.loss", f"found {cost.loss.kind} for values; it takes classes, so choose squared_error"
        )
    if cost.estimator == "exact" and problem.terms and config.model.qubits > MOST_OPERATOR_QUBITS:
        raise ConfigError.at(
            "cost.estimator",
            f"found exact with {config.model.qubits} qubits; linear algebra takes up to {MOST_OPERATOR_QUBITS}, so use "
            "local_states, with the norm of that name, or echo",
        )
    return problem


def _dataset(config: DataConfig | None) -> Dataset:
    match config:
        case WernerData():
            return werner_data(config)
        case PlaneData():
            return plane_data(config)
        case TableData():
            return table_data(config)
        case GivenData():
            raise ConfigError.at("data", "was handed over from Python; hand the same dataset over again")
    raise ConfigError.at("data", "is missing; describe the data, or hand a dataset over from Python")


def _group(config: SymmetryConfig, num_qubits: int) -> SymmetryGroup:
    try:
        if config.group is not None:
            return SymmetryGroup.named(config.group, num_qubits, config.max_order, config.character)
        generators = [_generator(generator, number) for number, generator in enumerate(config.generators or ())]
        return SymmetryGroup.from_generators(generators, num_qubits, config.max_order, config.character)
    except CharacterError as error:
        raise ConfigError.at("symmetry.character", str(error)) from error
    except SymmetryError as error:
        raise ConfigError.at("symmetry.group" if config.group else "symmetry.generators", str(error)) from error


def _generator(generator: Generator, number: int) -> QuantumCircuit | tuple[int, ...] | str:
    if generator.permutation is not None:
        return generator.permutation
    if generator.pauli is not None:
        return generator.pauli
    try:
        return read_circuit(str(generator.circuit)) if generator.given is None else read_given(generator.given)
    except CircuitError as error:
        key = "circuit" if generator.given is None else "given"
        raise ConfigError.at(f"symmetry.generators.{number}.{key}", str(error)) from error


def _equivariance(group: SymmetryGroup, qnn: QNN, dataset: Dataset, tolerance: float) -> Equivariance | None:
    train = dataset.train
    if train.circuits or qnn.num_qubits > MOST_QUBITS:
        return None
    if dataset.invariant_states:
        return state_invariance(group, qnn.encoding_form, train.preparations, train.weights, tolerance)
    found = encoding_equivariance(group, qnn.encoding_form, train.preparations, tolerance)
    if train.scaling is None or found.features is None:
        return found
    return replace(found, features=train.scaling.unscaled(found.features))


def _warn_of_mirrors(problem: Problem) -> None:
    train, found = problem.dataset.train, problem.equivariance
    if train.scaling is None or found is None or found.actions is None or found.shifts is None or not found.holds:
        return
    for action, shift in zip(found.actions, found.shifts, strict=True):
        if mirror := train.scaling.mirror(action, shift, train.columns):
            logger.warning(mirror)
            return
