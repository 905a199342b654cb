"""The Aer estimator: exact means, real shot noise, honest errors, and Qiskit's own contract for estimators."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from qiskit import QuantumCircuit
from qiskit.primitives import StatevectorEstimator
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import Measurement, Setting
from sggd_qiskit.execute import aer_states
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.execute.local.aer import AerExecutor
from sggd_qiskit.execute.local.aer_estimator import AerEstimator
from sggd_qiskit.execute.primitives.results import shots_of

SHOTS = 1000
SIGMAS = 4


def test_without_shots_it_equals_the_statevector_estimator_on_broadcast_pubs():
    rng = np.random.default_rng(0)
    circuit = random_ansatz(rng, 3, 12)
    observables = [[random_pauli_sum(rng, 3, 3)], [random_pauli_sum(rng, 3, 5)]]
    values = rng.uniform(-3, 3, size=(4, circuit.num_parameters))
    pub = (circuit, observables, values, 0)
    ours = AerEstimator().run([pub]).result()[0].data
    theirs = StatevectorEstimator().run([pub]).result()[0].data
    assert ours.evs.shape == (2, 4)
    np.testing.assert_allclose(ours.evs, theirs.evs, atol=1e-12)
    assert not ours.stds.any()


def test_pulls_are_standard_normal_with_covariances_of_commuting_terms():
    rng = np.random.default_rng(4)
    pulls = []
    for _ in range(20):
        circuit = random_ansatz(rng, 2, 6)
        # Terms that share a basis: their outcomes are correlated.
        observable = SparsePauliOp(["IZ", "ZI", "ZZ", "XX", "IX", "II"], rng.normal(size=6))
        values = rng.uniform(-3, 3, size=(60, circuit.num_parameters))
        exact = AerEstimator().run([(circuit, observable, values, 0)]).result()[0].data.evs
        found = AerEstimator(rng.integers(2**31)).run([(circuit, observable, values, SHOTS**-0.5)]).result()[0].data
        pulls.extend((found.evs - exact) / found.stds)
    assert np.mean(np.abs(pulls) > SIGMAS) < 2e-3
    assert 0.9 < np.var(pulls) < 1.1


def test_an_eigenstate_has_no_noise_but_its_outcome_never_claims_certainty():
    circuit = QuantumCircuit(1)
    data = AerEstimator(1).run([(circuit, SparsePauliOp("Z"), None, SHOTS**-0.5)]).result()[0].data
    assert (data.evs, data.stds) == (1, 0)
    measurement, setting = Measurement(circuit, SparsePauliOp("Z")), Setting(0, {}, (3,), SHOTS)
    (outcome,), _ = AerExecutor().run([measurement], [setting], np.random.SeedSequence(1), WorkUnit(0, "t"))
    assert outcome.values.tolist() == [1, 1, 1]
    assert np.all(outcome.variances > 0)
    assert np.all(outcome.variances < (2 / SHOTS) ** 2)
    # What is taken from a square to free it of bias is the noise alone.
    assert not outcome.excess.any()


def test_shots_are_those_of_the_precision_and_the_default_is_4096():
    circuit = QuantumCircuit(1)
    circuit.h(0)
    job = AerEstimator(1).run([(circuit, "Z"), (circuit, "Z", None, 0.1)])
    first, second = job.result()
    assert (first.metadata["shots"], second.metadata["shots"]) == (4096, 100)
    assert second.data.stds == pytest.approx(0.1, rel=0.05)
    # A mean of ±1 outcomes is a multiple of 2/shots away from ±1: shots, not Gaussian noise.
    assert (second.data.evs + 1) * 100 / 2 == pytest.approx(round(float(second.data.evs + 1) * 100 / 2))
    assert AerEstimator(1).run([(circuit, "Z")], precision=0.5).result()[0].metadata["shots"] == 4
    assert [shots_of(n**-0.5) for n in (1, 3, 1000, 4096, 10**7)] == [1, 3, 1000, 4096, 10**7]


def test_a_seed_repeats_and_two_seeds_differ():
    circuit = QuantumCircuit(2)
    circuit.h([0, 1])
    pub = (circuit, ["IZ", "ZI"], None, 0.05)
    a, b, c = (AerEstimator(seed).run([pub]).result()[0].data.evs for seed in (3, 3, 4))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


def test_large_batches_are_simulated_in_pieces(monkeypatch):
    rng = np.random.default_rng(0)
    circuit = random_ansatz(rng, 2, 5)
    values = rng.uniform(-3, 3, size=(23, circuit.num_parameters))
    whole = AerEstimator(5).run([(circuit, "ZZ", values, 0)]).result()[0].data.evs
    monkeypatch.setattr(aer_states, "MOST_AMPLITUDES", 4 * 5)
    pieces = AerEstimator(5).run([(circuit, "ZZ", values, 0)]).result()[0].data.evs
    np.testing.assert_allclose(pieces, whole, atol=1e-14)


@pytest.mark.parametrize("qubits", [1, 3])
def test_states_together_are_those_of_aer(monkeypatch, qubits):
    rng = np.random.default_rng(qubits)
    circuit = random_ansatz(rng, qubits, 8)
    circuit.global_phase = 0.3
    values = rng.uniform(-3, 3, size=(5, circuit.num_parameters))
    ((_, together),) = aer_states.simulated_states(circuit, values)
    monkeypatch.setattr(aer_states, "MOST_QUBITS_TOGETHER", 0)
    ((_, one_by_one),) = aer_states.simulated_states(circuit, values)
    overlaps = np.abs(np.sum(together.conj() * one_by_one, axis=0))
    np.testing.assert_allclose(overlaps, 1, atol=1e-12)


def test_by_aer_pieces_make_the_whole(monkeypatch):
    monkeypatch.setattr(aer_states, "MOST_QUBITS_TOGETHER", 0)
    circuit = random_ansatz(np.random.default_rng(2), 2, 4)
    values = np.random.default_rng(3).uniform(-1, 1, size=(7, circuit.num_parameters))
    whole = AerEstimator().run([(circuit, "ZX", values, 0)]).result()[0].data.evs
    monkeypatch.setattr(aer_states, "MOST_AMPLITUDES", 4 * 2)
    pieces = AerEstimator().run([(circuit, "ZX", values, 0)]).result()[0].data.evs
    np.testing.assert_allclose(whole, pieces, atol=1e-12)
