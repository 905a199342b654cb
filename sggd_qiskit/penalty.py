"""The symmetry penalty of a circuit, by itself, without any configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from types import NoneType
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike
from qiskit import QuantumCircuit
from qiskit.primitives import BaseEstimatorV2, BaseSamplerV2
from qiskit.quantum_info import Pauli, SparsePauliOp
from qiskit.transpiler import PassManager

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import LEAST_SHOTS
from sggd_qiskit.circuit.paulis import PauliError, pauli_sum
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.config.cost import LEAST_DRAWS, Norm
from sggd_qiskit.cost.penalty.symmetry_penalty import SymmetryPenalty as MeasuredTerm
from sggd_qiskit.cost.request import Request
from sggd_qiskit.data.sample import classical
from sggd_qiskit.execute.executor import Executor
from sggd_qiskit.execute.job import JobRecord, WorkUnit
from sggd_qiskit.execute.local.aer import AerExecutor
from sggd_qiskit.execute.primitives.executor import PrimitivesExecutor
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.symmetry.group import SymmetryGroup

Reference: TypeAlias = Literal["identity", "none"]

_NO_DATA = classical((), np.empty((0, 0)), np.empty(0))


@dataclass(frozen=True, eq=False, repr=False)
class SymmetryPenalty:
    """‖O_θ - T[O_θ]‖² and what it took.

    Attributes:
        value: the penalty; from shots it is unbiased, and so may come out slightly negative.
        stderr: its standard error; 0 if it is exact.
        gradient: ∂/∂θ, shape (parameter,), or None if it was not asked for.
        gradient_stderr: shape (parameter,), or None likewise.
        reference: the share that noise leaves of the identity's overlap; None if it was not measured.
        reference_stderr: its standard error, or None likewise.
        jobs: the jobs that ran: PUBs, parameter sets, shots asked and delivered, seconds.
    """

    value: float
    stderr: float
    gradient: FloatArray | None
    gradient_stderr: FloatArray | None
    jobs: tuple[JobRecord, ...]
    reference: float | None = None
    reference_stderr: float | None = None

    def __repr__(self) -> str:
        gradient = "" if self.gradient is None else f", gradient of {len(self.gradient)} parameters"
        return f"SymmetryPenalty({self.value:.6g} ± {self.stderr:.2g}{gradient})"


def symmetry_penalty(
    ansatz: QuantumCircuit,
    observable: SparsePauliOp | Pauli | str | Mapping[str, float],
    group: SymmetryGroup,
    theta: ArrayLike,
    *,
    estimator: str = "echo",
    estimator_primitive: BaseEstimatorV2 | None = None,
    sampler_primitive: BaseSamplerV2 | None = None,
    pass_manager: PassManager | None = None,
    shots: int = 4096,
    norm: Norm = "hilbert_schmidt",
    gradient: bool = False,
    states: int = 256,
    group_samples: int | None = None,
    reference: Reference = "none",
    seed: int | None = None,
) -> SymmetryPenalty:
    """The penalty ‖O_θ - T[O_θ]‖² (paper, (6)), O_θ = U†(θ) O U(θ), T the twirl over the group (paper, (5)).

    Args:
        ansatz: U, a unitary circuit with parameters θ.
        observable: O, Hermitian; a Pauli sum, or one as text such as ``"0.5 Z0 + 0.25 X0 X1"``.
        group: S, on the ansatz' qubits.
        theta: shape (parameter,), radians, in the order of ``ansatz.parameters``.
        estimator: ``echo``, ``bell_pair``, ``hadamard_test``, ``destructive_swap_test``, ``swap_test``, ``local_states``
            (for the norm of that name), or ``exact``.
        estimator_primitive: runs expectation values; by default Aer with shot noise.
        sampler_primitive: runs swap tests; given alone, it runs expectation values too.
        pass_manager: transpiles the circuits, for primitives that take those of a device only.
        shots: for each overlap of O_θ with its image under a group element.
        norm: ``hilbert_schmidt`` (the paper's), ``normalized_hilbert_schmidt`` (divided by 2ⁿ), or ``local_states``.
        gradient: whether the gradient is wanted too.
        states: most input states of a circuit; if there are more, that many are drawn.
        group_samples: elements to draw; None to run the whole group.
        reference: ``identity`` to divide the overlaps by the share that noise leaves of the identity's, for primitives with
            noise.
        seed: of all that is drawn.

    Raises:
        TypeError: if an argument is of the wrong kind, a primitive among them.
        ValueError: if the ansatz is not unitary, the observable not Hermitian, θ of the wrong length or not finite, the
            group on other qubits, the shots or draws too few, the estimator not one of the norm, or in no need of a reference.
        ExecutionError: if a job fails, or noise leaves nothing of the reference.
    """
    for name, value, kind in (
        ("ansatz", ansatz, QuantumCircuit),
        ("observable", observable, (SparsePauliOp, Pauli, str, Mapping)),
        ("group", group, SymmetryGroup),
        ("estimator", estimator, str),
        ("estimator_primitive", estimator_primitive, (BaseEstimatorV2, NoneType)),
        ("sampler_primitive", sampler_primitive, (BaseSamplerV2, NoneType)),
        ("pass_manager", pass_manager, (PassManager, NoneType)),
        ("reference", reference, str),
        ("seed", seed, (Integral, NoneType)),
    ):
        require_type(name, value, kind)
    values = _checked_theta(ansatz, theta)
    operator = _checked_observable(observable, ansatz.num_qubits)
    if group.num_qubits != ansatz.num_qubits:
        raise ValueError(f"found a group on {group.num_qubits} qubits; wanted {ansatz.num_qubits}, as the ansatz has")
    for name, number, least in (
        ("shots", shots, LEAST_SHOTS),
        ("states", states, LEAST_DRAWS),
        ("group_samples", group_samples, LEAST_DRAWS),
    ):
        _check_count(name, number, least)
    term = MeasuredTerm(
        rotation_form(ansatz),
        (operator,),
        group,
        norm,
        estimator=estimator,
        shots=shots,
        states=states,
        group_samples=group_samples,
        reference=_steps_of(reference),
    )
    drawn, noise = np.random.SeedSequence(seed).spawn(2)
    request = Request(0, values, (), _NO_DATA, gradient=gradient)
    plan = term.plan(request, np.random.default_rng(drawn), gradient=gradient)
    executor = _executor(estimator_primitive, sampler_primitive, pass_manager)
    prepared = {measurement: executor.prepare(measurement) for measurement in term.measurements}
    settings = [replace(setting, measurement=prepared[setting.measurement]) for setting in plan.settings]
    outcomes, jobs = executor.run(settings, noise, WorkUnit(0, "penalty"))
    return _penalty(term.reduce(request, plan, outcomes), jobs)


def _penalty(found: Estimate, jobs: tuple[JobRecord, ...]) -> SymmetryPenalty:
    penalty = SymmetryPenalty(found.value, found.stderr, found.gradient, found.gradient_stderr, jobs)
    if not found.learned:
        return penalty
    share = found.learned["reference"]
    return replace(penalty, reference=share["share"], reference_stderr=share["stderr"])


def _steps_of(reference: str) -> int | None:
    """Steps for which a reference is used, if there is one."""
    if reference not in get_args(Reference):
        raise ValueError(f"found reference {reference!r}; wanted one of {', '.join(get_args(Reference))}")
    return 1 if reference == "identity" else None


def _executor(
    estimator: BaseEstimatorV2 | None, sampler: BaseSamplerV2 | None, pass_manager: PassManager | None
) -> Executor:
    if estimator is None and sampler is None:
        return AerExecutor()
    return PrimitivesExecutor(estimator, sampler, pass_manager=pass_manager)


def _check_count(name: str, number: object, least: int) -> None:
    if number is None and name == "group_samples":
        return
    require_type(name, number, Integral)
    if isinstance(number, Integral) and number < least:
        raise ValueError(f"found {name} = {number}; wanted {least} or more")


def _checked_theta(ansatz: QuantumCircuit, theta: ArrayLike) -> FloatArray:
    try:
        values = np.asarray(theta, dtype=float)
    except (TypeError, ValueError) as error:
        raise TypeError(f"found theta of type {type(theta).__name__}; wanted an array of numbers") from error
    if values.shape != (ansatz.num_parameters,):
        raise ValueError(
            f"found θ of shape {values.shape}; wanted one value for each of {ansatz.num_parameters} parameters"
        )
    if not np.isfinite(values).all():
        raise ValueError("found values of θ that are not finite; wanted numbers")
    return values


def _checked_observable(
    observable: SparsePauliOp | Pauli | str | Mapping[str, float], num_qubits: int
) -> SparsePauliOp:
    if isinstance(observable, str | Mapping):
        return pauli_sum(observable, num_qubits)
    operator = SparsePauliOp(observable)
    if operator.num_qubits != num_qubits:
        raise PauliError(f"found an observable of {operator.num_qubits} qubits; wanted {num_qubits}, as the ansatz has")
    terms: Sequence[tuple[str, complex]] = operator.simplify().to_list()
    return pauli_sum(
        {label: str(coefficient) if coefficient.imag else coefficient.real for label, coefficient in terms}, num_qubits
    )
