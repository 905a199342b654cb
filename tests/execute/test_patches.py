"""Patches of a device, and what runs on them, against one circuit alone and linear algebra."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from executors import ExactExecutor
from qiskit.circuit import Parameter
from qiskit.circuit.library import CXGate, Measure, RZGate, SXGate, XGate
from qiskit.quantum_info import SparsePauliOp
from qiskit.transpiler import InstructionProperties, Target

from sggd_qiskit.circuit.measurement import Measurement, Setting, readouts
from sggd_qiskit.execute.calibrated_error import circuit_error
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.job import ExecutionError, WorkUnit
from sggd_qiskit.execute.noisy.rehearsal import RehearsalExecutor
from sggd_qiskit.execute.patched import PATCHES, PatchedExecutor, PatchRule, row_slots
from sggd_qiskit.execute.patches import device_patches, on_patch
from sggd_qiskit.execute.transpiling import require_isa, transpiled

SIGMAS = 5
SHOTS = 200


def line(qubits, errors=None):
    """A device of qubits in a row, with an error of its own for each pair; without noise if there are none."""
    target = Target(num_qubits=qubits)
    angle = Parameter("angle")
    for gate in (SXGate(), XGate(), RZGate(angle), Measure()):
        target.add_instruction(
            gate, {(q,): None if errors is None else InstructionProperties(error=0.0) for q in range(qubits)}
        )
    pairs = {}
    for q in range(qubits - 1):
        known = None if errors is None else InstructionProperties(error=errors[q])
        pairs |= {(q, q + 1): known, (q + 1, q): known}
    target.add_instruction(CXGate(), pairs)
    return target


class Device:
    """What a rehearsal asks of a device."""

    def __init__(self, target):
        self.target, self.name = target, "line"


def measurement(seed, qubits=2, terms=4):
    rng = np.random.default_rng(seed)
    circuit = random_ansatz(rng, qubits, 6)
    return Measurement(circuit, (random_pauli_sum(rng, qubits, terms), random_pauli_sum(rng, qubits, terms)))


def settings_of(prepared, rows, seed=0):
    rng = np.random.default_rng(seed)
    parameters = tuple(prepared.circuit.parameters)
    return Setting(prepared, {parameters: rng.uniform(-3, 3, (*rows, len(parameters)))}, rows, SHOTS)


def test_patches_of_a_device_lie_apart_and_are_ranked_by_their_error():
    target = fake_device("fake_torino").target
    fitted = transpiled(measurement(1, qubits=4), target, seeds=range(1))
    found = device_patches(fitted, target, 12, 1024)
    assert len(found.qubits) == 12  # "at least twelve times fewer executions" on 133 qubits
    assert list(found.errors) == sorted(found.errors)
    for one, other in combinations(found.qubits, 2):
        assert not set(one) & set(other)
        for pair in ((a, b) for a in one for b in other):
            assert not any(target.instruction_supported("cz", qargs) for qargs in (pair, pair[::-1]))
    observed = [
        sorted({q for basis in copy.bases for q in basis.qubits})
        for copy in (on_patch(fitted, p) for p in found.qubits)
    ]
    for patch, read, error in zip(found.qubits, observed, found.errors, strict=True):
        copy = on_patch(fitted, patch)
        require_isa(copy.circuit, target)
        assert circuit_error(copy.circuit, target, read) == pytest.approx(error)


def test_copies_on_all_patches_have_the_same_values():
    target = line(11)
    fitted = transpiled(measurement(2), target, seeds=range(2))
    found = device_patches(fitted, target, 4, SHOTS)
    assert sorted(min(patch) for patch in found.qubits) == [0, 3, 6, 9]
    for items in (lambda m: (m,), readouts):
        wanted = None
        for patch in found.qubits:
            copies = items(on_patch(fitted, patch))
            values = sum(ExactExecutor().run([settings_of(copy, (3,))])[0][0].values for copy in copies)
            wanted = values if wanted is None else wanted
            np.testing.assert_allclose(values, wanted, atol=1e-9)


@pytest.mark.parametrize(
    ("last", "count", "words"), [(0.03, 2, "bias"), (0.6, 2, "variance"), (0.01, 3, "no further patch fits")]
)
def test_auto_stops_before_a_patch_that_adds_more_than_it_saves(last, count, words):
    target = line(9, np.array([*[0.01] * 6, last, last]))
    found = device_patches(transpiled(measurement(3), target, seeds=range(2)), target, "auto", 1000)
    assert len(found.qubits) == count
    assert words in found.stopped


@pytest.mark.parametrize("exclude", [(), (0, 1, 2)])
def test_more_patches_than_fit_are_refused_with_what_fits(exclude):
    fitted = transpiled(measurement(4), line(9), seeds=range(2), exclude=exclude)
    room = 3 - bool(exclude)
    assert len(device_patches(fitted, line(9), room, SHOTS, exclude).qubits) == room
    with pytest.raises(ExecutionError, match=rf"{room} patches of 2 qubits.*wanted {room + 1}.*execution\.patches"):
        device_patches(fitted, line(9), room + 1, SHOTS, exclude)


def test_every_row_has_a_slot_and_the_rest_repeat():
    for rows, patches in ((1, 5), (7, 3), (6, 3), (4, 9)):
        slots = row_slots(rows, patches, np.random.default_rng(0))
        assert slots.shape == (-(-rows // patches), patches)
        counts = np.bincount(slots.ravel(), minlength=rows)
        assert counts.min() >= 1
        assert counts.max() - counts.min() <= 1


def patched(patches, keep=lambda *_: None):
    target = line(11)
    executor = RehearsalExecutor(Device(target), seeds=range(2))
    return PatchedExecutor(executor, lambda: target, PatchRule(patches, SHOTS), keep)


def test_values_from_patches_are_unbiased_with_honest_errors():
    drawn, kept = [], []
    executor = patched(4, lambda unit, slots: kept.append((unit.step, slots)))
    exact = measurement(5)
    prepared = executor.prepare(exact)
    assert len(prepared.circuit.metadata[PATCHES]) == 4
    asked = settings_of(prepared, (5, 3))
    (wanted,), _ = ExactExecutor().run([Setting(exact, asked.values, (5, 3), SHOTS)])
    for step in range(20):
        (outcome,), _ = executor.run([asked], np.random.SeedSequence(0, spawn_key=(2, step)), WorkUnit.of_step(step))
        variances = np.einsum("...kk->...k", outcome.excess)
        drawn.append((outcome.values - wanted.values) / np.sqrt(variances))
    pulls = np.array(drawn)
    assert np.all(np.abs(pulls.mean(axis=0)) < SIGMAS / np.sqrt(20))
    assert abs(pulls.var() - 1) < SIGMAS * np.sqrt(2 / pulls.size)
    rows = [slots[0] for _, slots in kept]
    assert [step for step, _ in kept] == list(range(20))
    assert len({tuple(row) for row in rows}) == 20  # drawn afresh every step
    again = []
    other = patched(4, lambda unit, slots: again.append(slots[0]))
    repeated = settings_of(other.prepare(exact), (5, 3))
    (outcome,), _ = other.run([repeated], np.random.SeedSequence(0, spawn_key=(2, 7)), WorkUnit.of_step(7))
    assert again == [rows[7]]


def test_rows_that_run_twice_have_half_the_variance():
    exact = Measurement(measurement(6).circuit, (SparsePauliOp("ZX"),))
    side_by_side, alone = patched(4), RehearsalExecutor(Device(line(11)), seeds=range(2))
    means = []
    for executor in (side_by_side, alone):
        asked, found = settings_of(executor.prepare(exact), (2,)), []
        for step in range(100):
            (outcome,), _ = executor.run([asked], np.random.SeedSequence(step), WorkUnit.of_step(step))
            found.append(outcome.excess)
        means.append(np.mean(found, axis=0))
    np.testing.assert_allclose(means[0], means[1] / 2, rtol=0.05)
