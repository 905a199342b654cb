"""Landscapes against the evaluator, and that of the Werner states against its closed form."""

from __future__ import annotations

import numpy as np
import pytest
from problems import CONFIGS

from sggd_qiskit import load_config
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.cost.request import Request
from sggd_qiskit.data.werner import swap_expectation
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.explore import landscape
from sggd_qiskit.explore.ways import both_ways

SMALL = ["data.train=6", "data.test=4", "model.ansatz.layers=2", "cost.weight=0.7"]


@pytest.mark.parametrize("guidance", ["penalty", "twirled"])
def test_rows_are_what_the_evaluator_says(guidance: str) -> None:
    config = load_config(CONFIGS / "plane.yaml", [*SMALL, f"cost.guidance={guidance}"])
    around = np.random.default_rng(3).uniform(-3, 3, size=24)
    found = landscape(config, ["random", "θ[5]"], values=4, span=(-1, 2), around=around, seed=8)
    assert np.allclose(
        found.directions @ found.directions.T, np.diag([1, 1]) + (1 - np.eye(2)) * found.directions[0, 5]
    )
    assert list(found.table.way.unique()) == [guidance, "none"]
    assert len(found.table) == 2 * 4**2
    for way, problem in both_ways(config).items():
        rows = found.table[found.table.way == way].iloc[[0, 7, 15]]
        for _, row in rows.iterrows():
            theta = found.base + row["random 1"] * found.directions[0]
            theta[5] += row["θ[5]"]
            answer = ExactEvaluator(problem).evaluate(Request(0, theta, problem.weights(0), problem.dataset.train))
            assert row.cost == pytest.approx(answer.cost.value, abs=1e-12)
            assert row.data_term == pytest.approx(answer.data_term.value, abs=1e-12)
            assert row.gradient_norm == pytest.approx(np.linalg.norm(answer.cost.gradient), abs=1e-12)
            assert row.cost_stderr == 0
            if answer.penalty is not None:
                assert row.penalty == pytest.approx(answer.penalty.value, abs=1e-12)
                assert row.cost == pytest.approx(row.data_term + 0.7 * row.penalty, abs=1e-12)


def test_an_axis_is_the_parameter_itself_and_the_rest_stays_where_it_was() -> None:
    around = np.linspace(0.5, 1, 24)
    found = landscape(load_config(CONFIGS / "plane.yaml", SMALL), ["7"], values=3, around=around)
    assert found.axes == ("θ[7]",)
    assert found.base[7] == 0
    assert np.array_equal(np.delete(found.base, 7), np.delete(around, 7))


@pytest.mark.parametrize("region", ["d1", "d2"])
@pytest.mark.parametrize("point", [0, 2, None])
def test_werner_landscapes_have_their_closed_form(region: str, point: int | None) -> None:
    weight = 0.4
    config = load_config(CONFIGS / "werner.yaml", [f"data.region={region}", "data.train=3", f"cost.weight={weight}"])
    found = landscape(config, values=33, point=point)
    train = both_ways(config)["none"].dataset.train
    rows = slice(None) if point is None else slice(point, point + 1)
    t, y = swap_expectation(train.points[rows, 0]) - 0.5, train.labels[rows]
    for guided in (True, False):
        table = found.table[found.table.way == ("penalty" if guided else "none")]
        theta = table["θ"].to_numpy()
        b, slope = np.cos(theta / 2) ** 2, -np.sin(theta) / 2
        missed = 0.5 + b[:, None] * t - y
        cost, gradient = np.mean(missed**2, axis=1), np.mean(2 * missed * t, axis=1) * slope
        if guided:
            assert np.allclose(table.penalty, 3 * (1 - b**2))
            cost, gradient = cost + weight * 3 * (1 - b**2), gradient - weight * 6 * b * slope
        assert np.allclose(table.cost, cost)
        assert np.allclose(table.gradient_norm, np.abs(gradient))


def test_the_largest_number_that_a_refusal_names_is_taken() -> None:
    problem_size = ["data.train=2", "data.test=2"]
    config = load_config(CONFIGS / "werner.yaml", problem_size)
    with pytest.raises(ConfigError, match=r"values = 1,000,000.*will do is 100,000$"):
        landscape(config, values=1_000_000)
    with pytest.raises(ConfigError, match=r"will do is 100,000$"):
        landscape(config, values=100_001)

    class StartedError(Exception):
        pass

    def start(count: int) -> None:
        raise StartedError(count)

    with pytest.raises(StartedError, match="200000"):
        landscape(config, values=100_000, on_start=start)


@pytest.mark.parametrize(
    ("along", "options", "words"),
    [
        (["θ[3]"], {}, r"θ\[3\].*wanted θ"),
        (["random", "random"], {}, "2 axes.*single parameter"),
        (["0"], {"point": 20}, "point 20; wanted 0 to 19"),
        (["0"], {"values": 1}, "values = 1; wanted 2"),
        (["0"], {"span": (1, 1)}, "from 1 to 1"),
        (["0"], {"span": (0, np.nan)}, "nan"),
        (["0"], {"around": np.zeros(4)}, "4 values of θ.*1 parameters"),
        ([], {}, "0 axes"),
    ],
)
def test_bad_requests_are_told(along: list[str], options: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        landscape(CONFIGS / "werner.yaml", along, **options)
