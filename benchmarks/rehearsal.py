"""A rehearsal against the local testing mode of qiskit-ibm-runtime: speed at the same shots, and the noise.

    python benchmarks/rehearsal.py [rounds]

The circuit is that of configs/plane.yaml, encoding and ansatz, 4 qubits and 4 layers, with the observable Z0, at
97 parameter sets: θ and the two shifts of each of its 48 parameters. Both ways run the same transpiled circuit on
FakeTorino with 1,024 shots, one after the other in every round. The last line compares the noise of the rehearsal, made of
the circuit's four qubits, with Aer's model of all 133, by exact expectation values.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from statistics import median
from time import perf_counter

import numpy as np
from qiskit import QuantumCircuit
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.providers import BackendV2
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel
from qiskit_ibm_runtime import EstimatorV2
from rich.console import Console
from rich.table import Table

from sggd_qiskit import load_config
from sggd_qiskit.circuit.measurement import Setting
from sggd_qiskit.cost.request import Request
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.execute.noisy.rehearsal import RehearsalExecutor
from sggd_qiskit.problem import build_problem

DEVICE = "fake_torino"
SHOTS = 1024
ROUNDS = 3
COMPARED = 4


def step(executor: RehearsalExecutor) -> Setting:
    """A data point's circuit in the device's gates, and its 97 parameter sets."""
    problem = build_problem(
        load_config(
            "configs/plane.yaml",
            ["data.train=1", "data.test=1", f"execution.shots={SHOTS}", "execution.shots_for=value"],
        )
    )
    term, rng = problem.data_term, np.random.default_rng(1)
    request = Request(0, rng.normal(size=len(problem.qnn.theta)), problem.weights(0), problem.dataset.train)
    (setting,) = term.plan(request, rng, gradient=True).settings
    return replace(setting, measurement=executor.prepare(setting.measurement))


def pub_of(setting: Setting) -> EstimatorPub:
    """The same as a PUB for an Estimator."""
    (observable,) = setting.measurement.observables
    return EstimatorPub.coerce((setting.measurement.circuit, observable, dict(setting.values), SHOTS**-0.5))


def seconds_of_both(
    executor: RehearsalExecutor, setting: Setting, device: BackendV2
) -> tuple[list[float], list[float]]:
    """Of every round of the local testing mode and of the rehearsal."""
    local, pub = EstimatorV2(mode=device), pub_of(setting)
    theirs, ours = [], []
    for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS):
        clock = perf_counter()
        local.run([pub]).result()
        theirs.append(perf_counter() - clock)
        clock = perf_counter()
        executor.run([setting], np.random.SeedSequence(number), WorkUnit(0, "benchmark"))
        ours.append(perf_counter() - clock)
    return theirs, ours


def whole_model_values(pub: EstimatorPub, device: BackendV2, values: np.ndarray) -> list[float]:
    """⟨Z⟩ on the observable's qubit with Aer's noise model of the whole device, unbound, readout errors by hand."""
    noise = NoiseModel.from_backend(device)
    simulator = AerSimulator(method="density_matrix", noise_model=noise)
    operator = SparsePauliOp.from_list(list(dict(pub.observables.ravel().tolist()[0]).items()))
    (qubit,) = operator.paulis.z[0].nonzero()[0].tolist()
    flip = device.target["measure"][qubit,].error
    found = []
    for row in values:
        circuit: QuantumCircuit = pub.circuit.assign_parameters(row)
        circuit.save_probabilities([qubit])
        zero, one = simulator.run(circuit, shots=1).result().data(0)["probabilities"]
        found.append((1 - 2 * flip) * (zero - one))
    return found


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore", DeprecationWarning)
    device = fake_device(DEVICE)
    executor = RehearsalExecutor(device)
    setting = step(executor)
    theirs, ours = seconds_of_both(executor, setting, device)
    table = Table(title=f"{setting.parameter_sets} parameter sets on {DEVICE}, {SHOTS} shots")
    for column in ("way", "median s", "least s", "most s"):
        table.add_column(column, justify="left" if column == "way" else "right")
    for name, seconds in (("local testing mode", theirs), ("rehearsal", ours)):
        table.add_row(name, f"{median(seconds):.3f}", f"{min(seconds):.3f}", f"{max(seconds):.3f}")
    pub = pub_of(setting)
    values = pub.parameter_values.ravel().as_array(pub.circuit.parameters)[:COMPARED]
    without_shots = RehearsalExecutor(device, shot_noise=False)
    (exact,), _ = without_shots.run([setting], np.random.SeedSequence(0), WorkUnit(0, "benchmark"))
    deviation = np.abs(exact.values.ravel()[:COMPARED] - whole_model_values(pub, device, values)).max()
    console = Console()
    console.print(table)
    console.print(f"ratio of the medians: {median(theirs) / median(ours):.0f}")
    console.print(f"largest deviation from the noise model of the whole device: {deviation:.1e} in 1")


if __name__ == "__main__":
    main()
