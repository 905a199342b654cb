"""Ansatzes in the order of their penalty, against closed forms; the rank correlation against scipy's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from problems import CONFIGS
from scipy.stats import spearmanr

from sggd_qiskit import load_config
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.explore import rank_ansatzes
from sggd_qiskit.explore.correlation import rank_correlation

SIGMAS = 4


def werner(kind: str, *overrides: str) -> ExperimentConfig:
    return load_config(
        CONFIGS / "werner.yaml",
        [f"model.ansatz.kind={kind}", f"name={kind}", "training.steps=25", "data.train=4", *overrides],
    )


def test_the_penalties_of_the_werner_ansatzes() -> None:
    table = rank_ansatzes([werner("cx_power"), werner("crx")], draws=400, starts=2)
    assert table.name.to_list() == ["crx", "cx_power"]
    theta = np.linspace(-np.pi, np.pi, 100_001)
    for name, b in (("cx_power", np.cos(theta / 2) ** 2), ("crx", ((1 + np.cos(theta / 2)) ** 2 - 1) / 3)):
        row, penalty = table[table.name == name].iloc[0], 3 * (1 - b**2)
        assert abs(row.penalty - penalty.mean()) < SIGMAS * row.penalty_stderr
        for share in (25, 50, 75):
            wanted = np.quantile(penalty, share / 100)
            assert abs(row[f"penalty_q{share}"] - wanted) < SIGMAS * row[f"penalty_q{share}_stderr"]
        assert 0 <= row.lowest < 0.1 < row.penalty
        assert row.lowest <= row.reached
        assert row.parameters == 1
    assert (table.two_qubit_gates > 0).all()


def test_training_tells_the_accuracy_and_its_runs_are_kept(tmp_path: Path) -> None:
    configs = [werner("cx_power", "training.steps=3"), werner("crx", "training.steps=3")]
    table = rank_ansatzes(configs, draws=32, starts=2, training=True, results=tmp_path)
    assert len(list(tmp_path.iterdir())) == 4
    again = rank_ansatzes(configs, draws=32, starts=2, training=True, results=tmp_path)
    assert table.equals(again)
    assert table.accuracy.between(0, 1).all()


def test_ansatzes_that_cannot_be_compared() -> None:
    plane = load_config(CONFIGS / "plane.yaml")
    with pytest.raises(ConfigError, match="1 experiment"):
        rank_ansatzes([plane])
    with pytest.raises(ConfigError, match=r"name.*'plane'"):
        rank_ansatzes([plane, plane])
    with pytest.raises(ConfigError, match=r"cost\.norm.*hilbert_schmidt and normalized"):
        rank_ansatzes([plane, werner("crx")])
    with pytest.raises(ConfigError, match=r"cost\.norm.*2 and 4 qubits"):
        rank_ansatzes([load_config(CONFIGS / "plane.yaml", ["cost.norm=hilbert_schmidt"]), werner("crx")])
    with pytest.raises(ConfigError, match="draws = 5; wanted 32"):
        rank_ansatzes([plane, werner("crx")], draws=5)
    with pytest.raises(ConfigError, match=r"cost\.guidance.*symmetrised.*changes the ansatz"):
        rank_ansatzes([plane, load_config(CONFIGS / "plane.yaml", ["name=other", "cost.guidance=symmetrised_ansatz"])])
    lone = load_config({"name": "x", "data": {"kind": "plane"}, "model": plane.model.model_dump(),
                        "cost": {"guidance": "none"}})  # fmt: skip
    with pytest.raises(ConfigError, match="symmetry"):
        rank_ansatzes([plane, lone])


def test_rank_correlation_is_that_of_scipy_and_knows_its_error() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=12)
    y = x + rng.normal(size=12)
    none = np.full(12, np.nan)
    found = rank_correlation(x, y, none, none)
    assert found.value == pytest.approx(spearmanr(x, y).statistic)
    drawn = rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], size=(300, 12))
    values = np.array([spearmanr(pairs).statistic for pairs in drawn])
    typical = rank_correlation(*drawn[np.argsort(values)[150]].T, none, none)
    assert typical.stderr == pytest.approx(np.std(values), rel=0.25)
    assert found.p == pytest.approx(spearmanr(x, y).pvalue, abs=0.02)
    assert rank_correlation(x, y, none, np.ones(12)).stderr > found.stderr


def test_few_or_equal_ansatzes_tell_nothing() -> None:
    four = np.arange(4.0)
    assert np.isnan(rank_correlation(four[:2], four[:2], four[:2], four[:2]).value)
    assert np.isnan(rank_correlation(four, np.ones(4), four, four).value)
    assert np.isnan(rank_correlation(four[:3], four[:3], four[:3], four[:3]).stderr)
    exact = rank_correlation(four, -four, np.zeros(4), np.zeros(4))
    assert 0 < exact.stderr < 1
    assert (exact.value, exact.p) == (pytest.approx(-1), pytest.approx(2 / 24))
