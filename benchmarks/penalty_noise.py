"""Bias and spread of the penalty under device noise: a table of docs/penalty.md.

    python benchmarks/penalty_noise.py [fake_manila fake_torino …]

Every way to measure the penalty runs on Aer with the noise model of a device, on circuits transpiled for it, for the paper's
two examples. θ is that of the exact training, where the penalty is small and the overlaps are large, so that what noise takes
from them shows in full. The same number of shots is asked for each overlap. No error mitigation.
"""

from __future__ import annotations

import sys
from functools import cache
from tempfile import TemporaryDirectory

import numpy as np
from qiskit.primitives import BackendEstimatorV2, BackendSamplerV2
from qiskit_aer import AerSimulator

from sggd_qiskit import load_config, load_results, run_experiment, symmetry_penalty
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.execute.devices import device_pass_manager, fake_device
from sggd_qiskit.problem import Problem, build_problem

FAMILIES = ("echo", "bell_pair", "hadamard_test", "destructive_swap_test", "swap_test", "local_states")
EXAMPLES = ("werner", "plane")
SHOTS = 4096
STATES = 32
REPEATS = 4


def problem_of(example: str) -> Problem:
    """The problem of a configuration, with few data points, which the penalty does not depend on."""
    config: ExperimentConfig = load_config(f"configs/{example}.yaml", ["data.train=2", "data.test=2"])
    return build_problem(config)


@cache
def trained(example: str) -> np.ndarray:
    """θ after the configured training on the exact evaluator."""
    config = load_config(f"configs/{example}.yaml", ["execution.backend=exact"])
    with TemporaryDirectory() as folder:
        return load_results(run_experiment(config, folder).folder).theta


def row(example: str, family: str, device_name: str) -> str:
    """A line of the table, or a note that the device is too small."""
    problem, device = problem_of(example), fake_device(device_name)
    norm = "local_states" if family == "local_states" else "normalized_hilbert_schmidt"
    theta = trained(example)
    common = {"estimator": family, "norm": norm, "states": STATES, "shots": SHOTS}
    arguments = (problem.qnn.ansatz, problem.qnn.observables[0], problem.group, theta)
    exact = symmetry_penalty(*arguments, estimator="exact", norm=norm).value
    try:
        found = []
        for seed in range(REPEATS):
            simulator = AerSimulator.from_backend(device, seed_simulator=seed + 1)
            primitives = {
                "estimator_primitive": BackendEstimatorV2(backend=simulator),
                "sampler_primitive": BackendSamplerV2(backend=simulator),
                "pass_manager": device_pass_manager(device),
            }
            found.append(symmetry_penalty(*arguments, **common, **primitives, seed=seed))
    except Exception as error:
        if "qubits" not in str(error):
            raise
        return f"| {example} | {device_name} | {family} | {exact:.3f} | needs more qubits | | | | |"
    values, stderr = np.array([f.value for f in found]), np.mean([f.stderr for f in found])
    numbers = (
        f"{exact:.3f} | {values.mean():.3f} | {values.mean() - exact:+.3f} | {stderr:.3f} | {values.std(ddof=1):.3f}"
    )
    return f"| {example} | {device_name} | {family} | {numbers} | {found[0].jobs[0].shots:,} |"


def main() -> None:
    """Print the table."""
    print(
        "| example | device | way | exact | mean of 4 | bias | standard error of one | spread of the 4 | shots of one |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for example in EXAMPLES:
        for device in sys.argv[1:] or ("fake_manila", "fake_torino"):
            for family in FAMILIES:
                print(row(example, family, device), flush=True)


if __name__ == "__main__":
    main()
