"""Circuits from Python as blocks of the configuration."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz
from problems import CONFIGS
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import zz_feature_map
from qiskit.quantum_info import Operator

from sggd_qiskit import build_problem, load_config
from sggd_qiskit.circuit.rotation_form import CircuitError
from sggd_qiskit.config.circuits import GivenCircuit
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.identity import config_hash
from sggd_qiskit.model.given import given_circuit, read_given

SMALL = ["data.train=4", "data.test=2"]


def made(ansatz, generator=None):
    plain = load_config(CONFIGS / "plane.yaml", SMALL).model_dump(mode="json")
    symmetry = {"group": "swap"} if generator is None else {"generators": [{"given": given_circuit(generator)}]}
    return load_config({**plain, "model": {**plain["model"], "ansatz": ansatz}, "symmetry": symmetry})


def test_a_circuit_comes_back_with_its_parameters_in_order():
    circuit = random_ansatz(np.random.default_rng(1), 3, 14)
    back = read_given(given_circuit(circuit))
    assert [p.name for p in back.parameters] == [p.name for p in circuit.parameters]
    theta = np.random.default_rng(2).normal(size=14)
    assert np.allclose(Operator(back.assign_parameters(theta)), Operator(circuit.assign_parameters(theta)), atol=1e-14)


def own_gate(angle: float) -> QuantumCircuit:
    inner = QuantumCircuit(2, name="mine")
    inner.rxx(angle, 0, 1)
    circuit = QuantumCircuit(4)
    for q in range(4):
        circuit.ry(Parameter(f"a{q}") * 0.5, q)
    circuit.append(inner.to_gate(), [0, 2])
    return circuit


def test_equal_circuits_make_equal_runs_and_others_others():
    hashes = [config_hash(made(given_circuit(own_gate(angle)))) for angle in (0.3, 0.3, 0.4)]
    assert hashes[0] == hashes[1] != hashes[2]
    assert given_circuit(zz_feature_map(3)).sha256 == given_circuit(zz_feature_map(3)).sha256


def test_it_is_trained_and_may_generate_the_group():
    swap = QuantumCircuit(4)
    swap.swap(0, 1)
    swap.swap(2, 3)
    problem = build_problem(made(given_circuit(own_gate(0.3)), swap))
    assert len(problem.qnn.theta) == 4
    assert problem.group.order == 2


def test_blocks_that_can_not_be_used():
    one, other = given_circuit(own_gate(0.3)), given_circuit(own_gate(0.4))
    with pytest.raises(CircuitError, match=f"{other.sha256[:8]}.*{one.sha256[:8]}"):
        read_given(GivenCircuit(sha256=one.sha256, qpy=other.qpy))
    for damaged in (one.qpy[:-80], "no base 64", ""):
        with pytest.raises(ConfigError, match=r"model\.ansatz: .*given_circuit"):
            build_problem(made({"kind": "given", "sha256": one.sha256, "qpy": damaged}))
    measured = QuantumCircuit(1, 1)
    measured.measure(0, 0)
    with pytest.raises(CircuitError):
        given_circuit(measured)
    with pytest.raises(TypeError, match="circuit of type str"):
        given_circuit("cx_power")
