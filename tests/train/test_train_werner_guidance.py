"""The first example of the paper: entanglement of Werner states, learned from separable ones alone (MATH: D2).

With u = t(α) - 1/2 and b = cos²(θ/2) the network's output is 1/2 + b u, the labels are +1, and the penalty is
3(1 - b²), so dC/db = mean 2u(b u - 1/2) - 6λb. It is positive below b* and negative above: what starts above ends at
b = 1, the identity; what starts below ends at b = 0, the CNOT. b = sin²(δ/2) at a distance δ from θ = π.
"""

from __future__ import annotations

import numpy as np
import pytest
from training_runs import small

from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.data.werner import swap_expectation, werner_data
from sggd_qiskit.run.run import run_experiment

STARTS = 16
NEAR = 0.1  # radians
DESCENT = "training.optimizer={kind: gradient_descent, learning_rate: 0.4}"
# The paper's norm is 2ⁿ = 4 times the normalized one, so the same guidance takes a quarter or four times of λ.
NORMS = {"hilbert_schmidt": 1, "normalized_hilbert_schmidt": 4}


def half_width(u: np.ndarray, weight: float) -> float:
    """δ at which dC/db vanishes, for λ in the paper's norm."""
    turning = -u.mean() / (6 * weight - 2 * np.mean(u**2))
    return float(2 * np.arcsin(np.sqrt(turning)))


def excess(config: ExperimentConfig) -> np.ndarray:
    """u of the training states."""
    return swap_expectation(werner_data(config.data).train.points[:, 0]) - 0.5


def guided(norm: str, weight: float, *overrides: str) -> ExperimentConfig:
    return small(
        "werner", "data.train=20", DESCENT, f"cost.norm={norm}", f"cost.weight={weight * NORMS[norm]}", *overrides
    )


def outside(delta: float) -> np.ndarray:
    """Evenly spaced θ, from one edge of the basin around θ = π to the other."""
    return np.pi + delta + (np.arange(STARTS) + 0.5) / STARTS * 2 * (np.pi - delta)


def angle(theta: float) -> float:
    """θ modulo 2π, in (-π, π]."""
    return float(np.angle(np.exp(1j * theta)))


def end(config: ExperimentConfig, start: float, results) -> float:
    """Where the training ends that begins at ``start``."""
    training = config.training.model_copy(
        update={"initial": config.training.initial.model_copy(update={"values": (float(start),)})}
    )
    return angle(run_experiment(config.model_copy(update={"training": training}), results).row["theta"][0])


def test_the_basins_half_width_at_the_edge_of_d2():
    assert half_width(np.array([swap_expectation(np.array(0.5)) - 0.5]), 1.0) == pytest.approx(0.61, abs=0.005)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("weight", [1.0, 0.4])
def test_the_gradient_turns_at_the_edge_of_the_basin(tmp_path, norm, weight):
    config = guided(norm, weight, "execution.backend=exact", "training.steps=1")
    delta = half_width(excess(config), weight)
    for side in (-1, 1):
        for distance, towards_pi in ((delta - 1e-3, True), (delta + 1e-3, False)):
            start = np.pi + side * distance
            moved = abs(angle(end(config, start, tmp_path) - np.pi)) - distance
            assert (moved < 0) is towards_pi


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("weight", [1.0, 0.4])
def test_guided_trainings_end_at_the_identity(tmp_path, norm, weight):
    config = guided(norm, weight, "execution.backend=exact", "training.steps=60")
    for start in outside(half_width(excess(config), weight)):
        assert abs(end(config, start, tmp_path)) < NEAR


@pytest.mark.parametrize("share", [-0.9, -0.4, 0.4, 0.9])
def test_guided_trainings_from_inside_the_basin_end_at_the_cnot(tmp_path, share):
    config = guided("hilbert_schmidt", 1.0, "execution.backend=exact", "training.steps=150")
    delta = half_width(excess(config), 1.0)
    assert abs(angle(end(config, np.pi + share * delta, tmp_path) - np.pi)) < NEAR


@pytest.mark.parametrize("start", np.linspace(0, 2 * np.pi, 8, endpoint=False)[1:])
def test_unguided_trainings_end_at_the_cnot(tmp_path, start):
    config = guided("hilbert_schmidt", 1.0, "cost.guidance=none", "execution.backend=exact", "training.steps=60")
    descent = config.training.optimizer.model_copy(update={"learning_rate": 3.0})
    config = config.model_copy(update={"training": config.training.model_copy(update={"optimizer": descent})})
    assert abs(angle(end(config, start, tmp_path) - np.pi)) < NEAR


def test_guided_trainings_end_at_the_identity_with_shots(tmp_path):
    config = guided(
        "hilbert_schmidt",
        1.0,
        "execution.shots=4096",
        "execution.shots_for=value",
        "training.steps=20",
        "training.accuracy_every=20",
    )
    for start in outside(half_width(excess(config), 1.0)):
        assert abs(end(config, start, tmp_path)) < NEAR


def test_an_unguided_training_ends_at_the_cnot_with_shots(tmp_path):
    config = guided(
        "hilbert_schmidt",
        1.0,
        "cost.guidance=none",
        "execution.shots=4096",
        "execution.shots_for=value",
        "training.steps=25",
    )
    descent = config.training.optimizer.model_copy(update={"learning_rate": 3.0})
    config = config.model_copy(update={"training": config.training.model_copy(update={"optimizer": descent})})
    assert abs(angle(end(config, 2.2, tmp_path) - np.pi)) < NEAR
