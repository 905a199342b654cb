"""Values from a device against the truth, in units of the errors that come with them: at the stand-in, whose readouts flip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from ibm_standin import StandIn
from numpy.typing import NDArray
from qiskit.quantum_info import Operator, SparsePauliOp

from sggd_qiskit.circuit.measurement import Measurement, Setting, basis_change
from sggd_qiskit.circuit.paulis import pauli_sum
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.circuit.simulate import prepared_states
from sggd_qiskit.config.execution import ExecutionConfig
from sggd_qiskit.execute.executor import Executor
from sggd_qiskit.execute.ibm.executor import IbmExecutor
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.execute.patched import PatchedExecutor, PatchRule
from sggd_qiskit.run.ledger import Ledger

FLIPS = (0.02, 0.04)
"""Probabilities to read 1 for 0 and 0 for 1; a device has about half of them."""

OBSERVABLES = {
    "Z0 + Z1": pauli_sum("Z0 + Z1", 2),
    "SWAP": pauli_sum("SWAP", 2),
    "five terms": random_pauli_sum(np.random.default_rng(5), 3, 5),
}
OPTIONS: dict[str, dict[str, Any]] = {"none": {"resilience_level": 0}, "readout": {"resilience_level": 1}}


@dataclass(frozen=True)
class Pulls:
    """(value - truth) / error.

    Attributes:
        each: of each parameter set.
        means: of the mean over the sets of each job, whose errors have the calibration in common.
    """

    each: NDArray[np.float64]
    means: NDArray[np.float64]


def pulls(
    observable: SparsePauliOp, options: Mapping[str, Any], *, jobs: int, sets: int, shots: int, patches: int = 1
) -> Pulls:
    """Of a random circuit at random parameters, every job of which calibrates its readouts anew."""
    with StandIn(flips=FLIPS) as stand_in, pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        for name, value in stand_in.environment().items():
            patch.setenv(name, value)
        config = ExecutionConfig(
            backend="ibm_manila", options=dict(options), transpiler={"trials": 1}, service={"poll": 0.01}
        )
        service = Service(config.service)
        service.connect()
        with closing(Ledger.open(Path(folder) / "ledger.sqlite", durable=False)) as ledger:
            executor: Executor = IbmExecutor(config, service, "ibm_manila", ledger)
            if patches > 1:
                target = service.backend("ibm_manila").target
                executor = PatchedExecutor(executor, lambda: target, PatchRule(patches, shots))
            return _pulls(executor, observable, bool(options["resilience_level"]), jobs, sets, shots)


def _pulls(executor: Executor, observable: SparsePauliOp, mitigated: bool, jobs: int, sets: int, shots: int) -> Pulls:
    rng, num_qubits = np.random.default_rng(3), observable.num_qubits or 0
    circuit = random_ansatz(rng, num_qubits, 4 * num_qubits, affine=True)
    measurement = Measurement(circuit, (observable,))
    prepared = executor.prepare(measurement)
    layout = prepared.circuit.layout.final_index_layout()
    each, means = [], []
    for job in range(jobs):
        values = rng.uniform(-np.pi, np.pi, size=(sets, circuit.num_parameters))
        setting = Setting(prepared, {tuple(circuit.parameters): values}, (sets,), shots)
        (outcome,), _ = executor.run([setting], np.random.SeedSequence(job), WorkUnit.of_step(job))
        wanted = truth(measurement, values, None if mitigated else layout)
        off, own = outcome.values[:, 0] - wanted, outcome.excess[:, 0, 0]
        common = np.zeros((sets, 1)) if outcome.common is None else outcome.common[:, 0]
        each.append(off / np.sqrt(own + (common**2).sum(axis=1)))
        means.append(off.mean() / np.sqrt(own.sum() / sets**2 + (common.mean(axis=0) ** 2).sum()))
    return Pulls(np.concatenate(each), np.array(means))


def truth(measurement: Measurement, rows: NDArray[np.float64], layout: Sequence[int] | None) -> NDArray[np.float64]:
    """Expectation values, with the stand-in's flips of the readouts on the qubits of a layout if there is one."""
    states = prepared_states(rotation_form(measurement.circuit), rows)
    values = np.zeros(len(rows))
    for basis in measurement.bases:
        used = [letter if q in basis.qubits else "Z" for q, letter in enumerate(basis.letters)]
        turned = Operator(basis_change(used)).data @ states
        chances = (np.abs(turned) ** 2).reshape(*(2,) * len(used), len(rows))
        for qubit in basis.qubits if layout is not None else ():
            up, down = np.array(FLIPS) * (0.75 + 0.5 * (layout[qubit] % 2))
            axis = len(used) - 1 - qubit
            flips = np.array([[1 - up, down], [up, 1 - down]])
            chances = np.moveaxis(np.tensordot(flips, chances, axes=(1, axis)), 0, axis)
        strings = (np.arange(2 ** len(used))[:, None] >> np.arange(len(used)) & 1).astype(bool)
        values += basis.outcome(strings)[:, 0] @ chances.reshape(len(strings), -1)
    return values
