"""Random gradients against their distributions where these are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from problems import CONFIGS

from sggd_qiskit import load_config
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.data.werner import swap_expectation
from sggd_qiskit.explore import landscape, random_gradients
from sggd_qiskit.explore.gradients import gradient_summary, variance_decay
from sggd_qiskit.explore.ways import both_ways

SIGMAS = 4


def test_variance_of_one_layer_of_ry() -> None:
    # One RY on the measured control: f = cos θ₀ cos φ, so ∂C/∂θ₀ = -2 sin θ₀ (A cos θ₀ - B), and ∂C/∂θ₁ = 0.
    config = load_config(
        CONFIGS / "plane.yaml",
        [
            "model.qubits=2",
            "model.ansatz={kind: hardware_efficient, layers: 1, rotations: [ry]}",
            "data.train=12",
            "data.test=2",
            "cost.guidance=none",
        ],
    )
    train = both_ways(config)["none"].dataset.train
    c, y = np.cos(1.5708 * train.points[:, 0]), train.targets(1)[:, 0]
    a, b = np.mean(c**2), np.mean(c * y)
    row = gradient_summary(random_gradients(config, 800)).iloc[0]
    assert abs(row.variance - (a**2 / 2 + 2 * b**2) / 2) < SIGMAS * row.variance_stderr
    assert 0 < row.variance_stderr < 0.1 * row.variance


def test_werner_gradients_have_their_variance_and_share() -> None:
    config = load_config(CONFIGS / "werner.yaml", ["data.train=5", "cost.weight=0.5"])
    t = swap_expectation(both_ways(config)["none"].dataset.train.points[:, 0]) - 0.5
    theta = np.linspace(-np.pi, np.pi, 200_000, endpoint=False)
    b, slope = np.cos(theta / 2) ** 2, -np.sin(theta) / 2
    plain = 2 * (np.mean(t**2) * b - 0.5 * np.mean(t)) * slope  # labels are +1, and f = 1/2 + b t
    threshold, summary = 0.1, gradient_summary(random_gradients(config, 800), 0.1).set_index("way")
    shares = {}
    for way, gradient in {"none": plain, "penalty": plain - 0.5 * 6 * b * slope}.items():
        row, shares[way] = summary.loc[way], np.mean(np.abs(gradient) < threshold)
        assert abs(row.variance - np.mean(gradient**2)) < SIGMAS * row.variance_stderr
        assert abs(row.share - shares[way]) < SIGMAS * row.share_stderr
    change = summary.loc["penalty"]
    assert change.share_change < 0
    assert abs(change.share_change - shares["penalty"] + shares["none"]) < SIGMAS * change.share_change_stderr


def test_guided_and_unguided_share_their_draws_and_sizes_follow() -> None:
    settings = ["data.train=4", "data.test=2", "model.ansatz.layers=1"]
    table = random_gradients(load_config(CONFIGS / "plane.yaml", settings), 8, qubits=(2, 4))
    for n, parameters in ((2, 6), (4, 12)):
        guided, plain = (table[(table.qubits == n) & (table.way == way)] for way in ("penalty", "none"))
        assert guided.theta.to_list() == plain.theta.to_list()
        assert {len(theta) for theta in guided.theta} == {parameters}
        assert np.allclose(guided.data_term, plain.cost)


def test_no_share_claims_to_be_free_of_error() -> None:
    table = random_gradients(load_config(CONFIGS / "werner.yaml", ["data.train=2"]), 8)
    summary = gradient_summary(table, threshold=100.0)
    assert (summary.share == 1).all()
    assert (summary.share_stderr > 0).all()
    assert summary.share_change_stderr[0] > 0


def test_another_ansatz_shares_no_draws() -> None:
    settings = ["data.train=4", "data.test=2", "model.ansatz.layers=1", "cost.guidance=symmetrised_ansatz"]
    config = load_config(CONFIGS / "plane.yaml", settings)
    summary = gradient_summary(random_gradients(config, 8))
    assert summary.way.to_list() == ["symmetrised_ansatz", "none"]
    assert summary.parameters[0] < summary.parameters[1]
    assert "share_change" not in summary
    assert list(landscape(config, values=3).table.way.unique()) == ["symmetrised_ansatz"]


def test_decay_of_a_known_law() -> None:
    qubits = np.arange(2, 9)
    summary = pd.DataFrame({"way": "none", "qubits": qubits, "variance": 3 * 2.0 ** (-1.5 * qubits)})
    summary["variance_stderr"] = 0.05 * summary.variance
    rate, stderr = variance_decay(summary, "none")
    assert rate == pytest.approx(1.5)
    assert stderr == pytest.approx(0.05 / np.log(2) / np.sqrt(np.sum((qubits - qubits.mean()) ** 2)))
    assert variance_decay(summary[:2], "none") is None


def test_bad_requests_are_told() -> None:
    with pytest.raises(ConfigError, match="draws = 3; wanted 8"):
        random_gradients(CONFIGS / "plane.yaml", 3)
    with pytest.raises(ConfigError, match=r"draws = 1,000,000.*will do is 100,000$"):
        random_gradients(CONFIGS / "plane.yaml", 1_000_000)
    with pytest.raises(ConfigError, match=r"symmetry\.group.*3 qubits"):
        random_gradients(CONFIGS / "plane.yaml", 8, qubits=(2, 3))
