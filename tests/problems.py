"""Problems for the tests, from configurations or from random circuits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Operator, SparsePauliOp, Statevector
from qiskit_machine_learning.circuit.library import qnn_circuit
from scipy import sparse

from sggd_qiskit.config.loading import load_config
from sggd_qiskit.cost.request import Request
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.model.qnn import QNN
from sggd_qiskit.problem import Problem, build_problem, guided
from sggd_qiskit.symmetry.group import SymmetryGroup

CONFIGS = Path(__file__).parent.parent / "configs"


def configured(name: str, *overrides: str) -> Problem:
    """The problem of a file in configs/, with overrides."""
    return build_problem(load_config(CONFIGS / f"{name}.yaml", overrides))


def random_sample(rng: np.random.Generator, points: int, preparations: int, features: int, outputs: int = 1) -> Sample:
    """Data points that are random mixtures of random preparations, of two classes or of one for each output."""
    weights = rng.dirichlet(np.ones(preparations), size=points)
    weights[rng.uniform(size=weights.shape) < 0.3] = 0
    weights[:, 0] += 1 - weights.sum(axis=1)
    values = rng.uniform(-1, 1, size=(preparations, features))
    classes = (-1, 1) if outputs == 1 else tuple("abcdefgh"[:outputs])
    labels = rng.choice(np.array(classes), size=points)
    described = rng.uniform(-1, 1, size=(points, 1))
    return Sample(("z",), described, labels, values, sparse.csr_array(weights), classes)


def random_problem(
    rng: np.random.Generator,
    ansatz: QuantumCircuit,
    observable: SparsePauliOp | Sequence[SparsePauliOp],
    group: SymmetryGroup,
    *,
    points: int = 7,
    preparations: int = 5,
    **settings: Any,
) -> Problem:
    """A problem with a given ansatz, observable and group, and random mixtures of random states as its data."""
    n = ansatz.num_qubits
    features = ParameterVector("x", n)
    encoding = QuantumCircuit(n)
    for q in range(n):
        encoding.ry(features[q], q)
        encoding.rz(2 * features[q], q)
    for q in range(n - 1):
        encoding.cx(q, q + 1)
    circuit, inputs, theta = qnn_circuit(n, encoding, ansatz)
    observables = (observable,) if isinstance(observable, SparsePauliOp) else tuple(observable)
    qnn = QNN(circuit, tuple(inputs), tuple(theta), encoding, ansatz, observables)
    config = load_config(
        {
            "name": "random",
            "data": {"kind": "plane"},
            "model": {"qubits": n, "encoding": {"kind": "angle"}, "ansatz": {"kind": "hardware_efficient"}},
            "symmetry": {"group": "parity"},
            **settings,
        }
    )
    train, test = (random_sample(rng, points, preparations, n, len(observables)) for _ in range(2))
    return guided(Problem(config, Dataset(train, test), qnn, group, None))


def asked(problem: Problem, step: int, theta: np.ndarray, weight: float, batch: Sample, **more: Any) -> Request:
    """A request at the same λ for all terms of the guidance."""
    return Request(step, theta, (weight,) * len(problem.terms), batch, **more)


def dense_terms(problem: Problem, theta: np.ndarray, sample: Sample) -> tuple[float, float]:
    """Squared error and penalty on the scale ‖·‖²_HS / 2ⁿ, from Qiskit's own matrices and nothing of the package's."""
    outputs, penalties = [], []
    for evolved, twirled in _dense_observables(problem, theta):
        seen = twirled if problem.config.cost.guidance.kind == "twirled" else evolved
        outputs.append(dense_outputs(problem, seen, sample))
        penalties.append(np.linalg.norm(evolved - twirled) ** 2 / len(evolved))
    targets = sample.targets(len(outputs))
    return float(np.mean((np.stack(outputs, axis=1) - targets) ** 2)), float(np.mean(penalties))


def dense_outputs(problem: Problem, operator: np.ndarray, sample: Sample) -> np.ndarray:
    """Tr[ρ_i X] of the data points, shape (data,)."""
    encoding = problem.qnn.encoding
    states = np.array([Statevector(encoding.assign_parameters(x)).data for x in sample.preparations])
    return sample.weights.toarray() @ np.einsum("pi,ij,pj->p", states.conj(), operator, states).real


def _dense_observables(problem: Problem, theta: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """O_θ and T[O_θ] of each observable."""
    qnn, group = problem.qnn, problem.group
    unitary = Operator(qnn.ansatz.assign_parameters(theta)).data
    for observable in qnn.observables:
        evolved = unitary.conj().T @ observable.to_matrix() @ unitary
        images = [_matrix(e).conj().T @ evolved @ _matrix(e) for e in group.elements]
        yield evolved, sum(sign * image for sign, image in zip(group.signs, images, strict=True)) / group.order


@cache
def _matrix(element: Any) -> np.ndarray:
    return Operator(element.full_circuit()).data
