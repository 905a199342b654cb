"""What is handed to the public names in place of what they take: found, wanted, and what to do. And how they look."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from problems import CONFIGS
from qiskit import QuantumCircuit
from qiskit.primitives import StatevectorEstimator, StatevectorSampler

import sggd_qiskit
from sggd_qiskit import (
    Dataset,
    SymmetryGroup,
    build_problem,
    load_config,
    load_results,
    predict,
    register,
    run_experiment,
    symmetry_penalty,
    twirl_pauli_sum,
)
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.data.errors import DataError
from sggd_qiskit.symmetry.element import SymmetryError

PLANE = CONFIGS / "plane.yaml"
SWAP = SymmetryGroup.named("swap", 2)
SMALL = ("data.train=8", "data.test=5", "training.steps=2")


def rotation() -> QuantumCircuit:
    from qiskit.circuit import Parameter

    circuit = QuantumCircuit(2)
    circuit.ry(Parameter("a"), 0)
    return circuit


@pytest.fixture(scope="module")
def run():
    return run_experiment(load_config(PLANE, SMALL), None)


CALLS = {
    "load_config of a number": (lambda: load_config(3), "found int"),
    "overrides as a mapping": (lambda: load_config(PLANE, {"training.steps": 3}), "overrides of type dict; .*steps=20"),
    "an override that is a number": (lambda: load_config(PLANE, [3]), "override of type int; .*steps=20"),
    "build_problem of data": (lambda: build_problem(PLANE, [[1, 2]]), r"dataset of type list; .*from_arrays"),
    "run_experiment with data": (lambda: run_experiment(PLANE, None, dataset=3), r"dataset of type int; .*from_arrays"),
    "run_experiment with an estimator's name": (lambda: run_experiment(PLANE, None, estimator="aer"), "estimator of"),
    "a sampler alone": (lambda: run_experiment(PLANE, None, sampler=StatevectorSampler()), "give the estimator"),
    "results that are no folder": (lambda: run_experiment(PLANE, 3), "results of type int; wanted Path or str"),
    "load_results of a number": (lambda: load_results(3), "folder of type int"),
    "predict with no run": (lambda: predict(3, [[0, 0]]), r"results of type int; .*run\.results"),
    "from_frame of a mapping": (lambda: Dataset.from_frame({"a": [1]}, label="y"), r"frame of type dict; .*DataFrame"),
    "from_circuits of a number": (lambda: Dataset.from_circuits(3, [1]), "circuits of type int"),
    "a group's name": (lambda: SymmetryGroup.named(3, 2), "name of type int; .*swap"),
    "a group's qubits": (lambda: SymmetryGroup.named("swap", "2"), "num_qubits of type str"),
    "generators": (lambda: SymmetryGroup.from_generators(3), "generators of type int; .*list"),
    "twirl with arguments exchanged": (lambda: twirl_pauli_sum(SWAP, "Z0"), r"group of type str; .*observable, group"),
    "twirl of a matrix": (lambda: twirl_pauli_sum(np.eye(4), SWAP), "observable of type ndarray"),
    "penalty of a matrix": (lambda: symmetry_penalty(rotation(), np.eye(4), SWAP, [1]), "observable of type ndarray"),
    "penalty of a group's name": (lambda: symmetry_penalty(rotation(), "Z0", "swap", [1]), "group of type str"),
    "penalty of no numbers": (lambda: symmetry_penalty(rotation(), "Z0", SWAP, {"a": 1}), "theta of type dict"),
    "penalty with shots": (lambda: symmetry_penalty(rotation(), "Z0", SWAP, [1], shots=1e3), "shots of type float"),
    "penalty with a seed": (lambda: symmetry_penalty(rotation(), "Z0", SWAP, [1], seed="x"), "seed of type str"),
    "register by a class": (lambda: register(int, "x", int), "what of type type; .*loss"),
}


@pytest.mark.parametrize(("call", "found"), list(CALLS.values()), ids=list(CALLS))
def test_arguments_of_another_type(call, found):
    with pytest.raises(TypeError, match=found):
        call()


def test_arguments_of_another_value(run):
    with pytest.raises(SymmetryError, match="num_qubits = 0"):
        SymmetryGroup.named("swap", 0)
    with pytest.raises(DataError, match=r"no column 'x2'; .*'x1', 'x2'"):
        predict(run.results, pd.DataFrame({"x1": [1.0], "y": [2.0]}))
    with pytest.raises(ConfigError, match=r"execution.backend: found aer .*detach"):
        run_experiment(load_config(PLANE, [*SMALL, "execution.backend=aer"]), None, detach=True)
    with pytest.raises(ConfigError, match=r"execution.backend"):
        run_experiment(load_config(PLANE, SMALL), None, estimator=StatevectorEstimator(), detach=True)


def test_numbers_of_numpy_are_numbers():
    assert SymmetryGroup.named("swap", np.int64(2)).order == 2
    assert symmetry_penalty(rotation(), "Z0", SWAP, np.array([1.0]), shots=np.int64(64), seed=np.int32(1)).stderr > 0


def test_what_a_file_or_a_mapping_is_made_of(run):
    assert build_problem(PLANE).config.name == build_problem(load_config(PLANE).model_dump(mode="json")).config.name


def test_a_notebook_is_not_flooded(run):
    problem = build_problem(load_config(PLANE, SMALL))
    penalty = symmetry_penalty(rotation(), "Z0", SWAP, [1], gradient=True, seed=1)
    for thing in (
        run,
        run.results,
        problem,
        problem.dataset,
        problem.dataset.train,
        problem.qnn,
        problem.group,
        penalty,
    ):
        shown = repr(thing)
        assert shown.startswith(f"{type(thing).__name__}(")
        assert len(shown) < 400
        assert "object at" not in shown


def test_they_are_few():
    assert len(sggd_qiskit.__all__) < 15
    assert all(hasattr(sggd_qiskit, name) for name in sggd_qiskit.__all__)
