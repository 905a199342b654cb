"""Steps of random experiments on a device: what is forecast for them, and what the stand-in bills for what is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from ibm_standin.bill import bill
from ibm_standin.execution import decoded
from qiskit_ibm_runtime import IBMBackend
from qiskit_ibm_runtime.json import RuntimeEncoder

from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.evaluate.plan import StepPlanner
from sggd_qiskit.execute.ibm.options import primitive_options
from sggd_qiskit.execute.ibm.payload import prepared
from sggd_qiskit.execute.ibm.sampling import Sampling
from sggd_qiskit.execute.ibm.splitting import plan_jobs
from sggd_qiskit.execute.ibm.timing import MICRO, device_pace
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.execute.transpiling import transpiled
from sggd_qiskit.problem import build_problem
from sggd_qiskit.seeds import Purpose, seed_sequence
from sggd_qiskit.train.requests import Position, step_request

PLANE = Path(__file__).parents[1] / "configs" / "plane.yaml"
DEVICES = ("fake_torino", "fake_fez", "fake_marrakesh", "fake_kingston", "fake_miami", "fake_berlin")
RANGES = {"fake_kingston": (0, 2000), "fake_miami": (1000, 4000), "fake_berlin": (1000, 4000)}
SUBJOB = 10_000_000


def random_workloads(count: int, seed: int) -> Iterator[tuple[str, ExperimentConfig]]:
    """Devices in turn, and experiments on them with all else random."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        device = DEVICES[number % len(DEVICES)]
        least, most = RANGES.get(device, (0, 500))
        options = [
            "{resilience_level: 0}",
            "{resilience_level: 1, dynamical_decoupling: {enable: true}}",
            "{resilience_level: 2}",
            "{resilience_level: 0, twirling: {enable_gates: true, num_randomizations: 8}}",
        ]
        families = ("echo", "bell_pair", "hadamard_test", "destructive_swap_test")
        overrides = [
            f"execution.backend={device.replace('fake_', 'ibm_')}",
            f"execution.shots={rng.integers(16, 2000)}",
            f"execution.shots_for={rng.choice(['value', 'cost'])}",
            f"execution.options={options[rng.integers(len(options))]}",
            f"cost.estimator={families[rng.integers(len(families))]}",
            f"model.qubits={rng.choice([2, 4])}",
            f"model.ansatz.layers={rng.integers(1, 3)}",
            f"data.train={rng.integers(2, 12)}",
            "data.test=2",
            "training.gradient={kind: random_coordinates, coordinates: 3}",
        ]
        if rng.random() < 0.5:
            overrides.append(f"execution.rep_delay={rng.uniform(least, most) if rng.random() < 0.7 else least}")
        yield device, load_config(PLANE, overrides)


def forecast_and_billed(config: ExperimentConfig, backend: IBMBackend) -> tuple[float, float]:
    """QPU seconds of a step's jobs: as forecast, and as the stand-in bills them."""
    problem, execution = build_problem(config), config.execution
    planner = StepPlanner(problem)
    circuits = {m: transpiled(m, backend.target, seeds=range(1)) for m in planner.measurements}
    theta = np.random.default_rng(0).uniform(-1, 1, len(problem.qnn.theta))
    request = step_request(problem, Position(1, {"theta": theta}, None))
    planned = planner.plan(request, seed_sequence(0, Purpose.EIGENSTATES, 1)).settings
    settings = [replace(setting, measurement=circuits[setting.measurement]) for setting in planned]
    options = primitive_options(execution.options, execution.rep_delay)
    sent = Sampling(options, lambda: backend.target).step(settings).settings
    pace = device_pace(backend, execution.rep_delay)
    forecast = billed = 0.0
    for job in plan_jobs(sent, WorkUnit.of_step(1), options.rules, execution.limits, pace):
        params = json.loads(json.dumps(prepared(job, sent, options, backend).request["inputs"], cls=RuntimeEncoder))
        asked = params["options"]["rep_delay"]
        delay = backend.configuration().default_rep_delay if asked is None else asked
        if execution.rep_delay is not None and abs(asked - MICRO * execution.rep_delay) > 1e-12:
            raise ValueError(f"found a repetition delay of {asked} s for {execution.rep_delay} µs")
        forecast += job.qpu_seconds
        billed += bill(decoded(params), backend.target, delay, SUBJOB)
    return forecast, billed
