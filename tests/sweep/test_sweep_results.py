"""A sweep read back: one frame, and statistics by its axes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sweeps import completed, small_sweep

from sggd_qiskit import load_results, load_sweep
from sggd_qiskit.run.errors import RecordError


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """Two weights, three seeds."""
    folder = tmp_path_factory.mktemp("sweep")
    return completed(small_sweep(folder, "grid: {cost.weight: [0.5, 2], data.train: [6]}\nseeds: 3\n"), folder)


def test_one_frame_has_the_axes_and_the_last_step_of_every_run(sweep):
    results = load_sweep(sweep)
    assert results.axes == ("cost.weight", "data.train", "seed")
    assert list(results.runs.columns[:5]) == ["cost.weight", "data.train", "seed", "run", "state"]
    for _, row in results.runs.iterrows():
        run = load_results(sweep / row["run"])
        assert run.config["cost"]["weight"] == row["cost.weight"]
        assert run.config["training"]["seed"] == row["seed"]
        assert row["test_accuracy"] == run.steps["test_accuracy"].iloc[-1]
        mine = results.steps[results.steps["run"] == row["run"]]
        pd.testing.assert_series_equal(mine["cost"].reset_index(drop=True), run.steps["cost"])
    assert set(results.steps["cost.weight"]) == {0.5, 2}
    assert "6 complete" in repr(results)


@pytest.mark.parametrize("by", [None, "cost.weight", ["cost.weight", "data.train"], "seed"], ids=str)
def test_mean_standard_error_and_number_are_those_of_the_runs_at_a_point(sweep, by):
    results = load_sweep(sweep)
    found = results.statistics("cost", by)
    axes = ["cost.weight", "data.train"] if by is None else [by] if isinstance(by, str) else by
    assert found.index.names == axes
    assert found["runs"].sum() == 6
    for where, row in found.iterrows():
        point = dict(zip(axes, where if isinstance(where, tuple) else (where,), strict=True))
        costs = results.runs.loc[(results.runs[list(point)] == pd.Series(point)).all(axis=1), "cost"].to_numpy()
        assert row["runs"] == len(costs)
        assert row["mean"] == pytest.approx(costs.mean())
        assert row["stderr"] == pytest.approx(
            np.sqrt(((costs - costs.mean()) ** 2).sum() / (len(costs) - 1) / len(costs))
        )
        assert (row["min"], row["max"]) == (costs.min(), costs.max())


def test_an_unknown_column_is_told_with_those_that_there_are(sweep):
    with pytest.raises(KeyError, match=r"cost\.wieght.*test_accuracy"):
        load_sweep(sweep).statistics("cost", by="cost.wieght")


def test_runs_that_are_not_complete_are_no_part_of_the_statistics(tmp_path):
    job = small_sweep(tmp_path, "seeds: 4\n")
    folder = completed(job, tmp_path, shard=(1, 2))
    (folder / job.runs[0].name / "ledger.sqlite").unlink()  # its tables are left
    results = load_sweep(folder)
    assert results.runs["state"].tolist() == ["complete", "not begun", "complete", "not begun"]
    assert results.statistics("cost")["runs"].tolist() == [2]
    assert results.statistics("cost")["mean"].iloc[0] == pytest.approx(results.runs["cost"].mean())


def test_what_is_no_sweep_is_told_with_the_remedy(tmp_path, sweep):
    with pytest.raises(RecordError, match=r"sweep.json"):
        load_sweep(tmp_path)
    (tmp_path / "sweep.json").write_text('{"axes": 3}', encoding="utf-8")
    with pytest.raises(RecordError, match="start the sweep again"):
        load_sweep(tmp_path)
    with pytest.raises(RecordError, match="load_sweep"):
        load_results(sweep)
