"""Problems for the tests, from configurations or from random circuits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import SparsePauliOp, Statevector
from qiskit_machine_learning.circuit.library import qnn_circuit
from scipy import sparse

from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.data.sample import Dataset, Sample
from sggd_qiskit.model.qnn import QNN
from sggd_qiskit.problem import Problem, build_problem
from sggd_qiskit.symmetry.group import SymmetryGroup

CONFIGS = Path(__file__).parent.parent / "configs"


def configured(name: str, *overrides: str) -> Problem:
    """The problem of a file in configs/, with overrides."""
    return build_problem(load_config(CONFIGS / f"{name}.yaml", overrides))


def random_sample(rng: np.random.Generator, points: int, preparations: int, features: int) -> Sample:
    """Data points that are random mixtures of random preparations."""
    weights = rng.dirichlet(np.ones(preparations), size=points)
    weights[rng.uniform(size=weights.shape) < 0.3] = 0
    weights[:, 0] += 1 - weights.sum(axis=1)
    values = rng.uniform(-1, 1, size=(preparations, features))
    labels = rng.choice([-1.0, 1.0], size=points)
    described = rng.uniform(-1, 1, size=(points, 1))
    return Sample(("z",), described, labels, values, sparse.csr_array(weights))


def random_problem(
    rng: np.random.Generator,
    ansatz: QuantumCircuit,
    observable: SparsePauliOp,
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
    qnn = QNN(circuit, tuple(inputs), tuple(theta), encoding, ansatz, observable)
    config = ExperimentConfig.model_validate(
        {
            "name": "random",
            "data": {"kind": "plane"},
            "model": {"qubits": n, "encoding": {"kind": "angle"}, "ansatz": {"kind": "hardware_efficient"}},
            "symmetry": {"group": "parity"},
            **settings,
        }
    )
    train, test = (random_sample(rng, points, preparations, n) for _ in range(2))
    return Problem(config, Dataset(train, test), qnn, group, None)


def dense_terms(problem: Problem, theta: np.ndarray, sample: Sample) -> tuple[float, float]:
    """Data term and penalty on the scale ‖·‖²_HS / 2ⁿ, from Qiskit's own matrices and nothing of the package's."""
    qnn, group = problem.qnn, problem.group
    from qiskit.quantum_info import Operator

    unitary = Operator(qnn.ansatz.assign_parameters(theta)).data
    evolved = unitary.conj().T @ qnn.observable.to_matrix() @ unitary
    twirled = sum(_matrix(e).conj().T @ evolved @ _matrix(e) for e in group.elements) / group.order
    seen = twirled if problem.config.cost.guidance == "twirled" else evolved
    states = np.array([Statevector(qnn.encoding.assign_parameters(x)).data for x in sample.preparations])
    outputs = sample.weights.toarray() @ np.einsum("pi,ij,pj->p", states.conj(), seen, states).real
    penalty = np.linalg.norm(evolved - twirled) ** 2 / len(evolved)
    return float(np.mean((outputs - sample.labels) ** 2)), float(penalty)


def _matrix(element: Any) -> np.ndarray:
    from qiskit.quantum_info import Operator

    return Operator(element.full_circuit()).data
