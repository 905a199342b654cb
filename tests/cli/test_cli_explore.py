"""``sggd landscape`` and ``sggd rank``: files, summaries, and requests that can't be met."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from command_line import call
from problems import CONFIGS

WERNER, PLANE = CONFIGS / "werner.yaml", CONFIGS / "plane.yaml"
SMALL = ("--set", "data.train=6", "--set", "data.test=8", "--set", "model.ansatz.layers=1")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_landscape_is_written_once(tmp_path: Path) -> None:
    result = call("landscape", WERNER, "--values", 9)
    assert result.returncode == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert len(pd.read_parquet("werner-landscape.parquet")) == 18
    figure = Path("werner-landscape.svg")
    assert figure.read_text().count("<svg") == 1
    before = figure.read_bytes()
    again = call("landscape", WERNER, "--values", 5)
    assert again.returncode == 2
    assert "werner-landscape.parquet: is there already" in again.stderr
    assert figure.read_bytes() == before
    assert call("landscape", WERNER, "--values", 5, "--force").returncode == 0
    assert len(pd.read_parquet("werner-landscape.parquet")) == 10
    assert sorted(path.name for path in tmp_path.iterdir()) == ["werner-landscape.parquet", "werner-landscape.svg"]


def test_a_plane_around_the_end_of_a_run() -> None:
    assert call("run", PLANE, *SMALL, "--set", "training.steps=2").returncode == 0
    (run,) = Path("results").iterdir()
    axes = ("--along", "random", "--along", "3", "--values", 3, "--output", "end")
    result = call("landscape", PLANE, *SMALL, *axes, "--around", run)
    assert result.returncode == 0
    assert "random 1 and θ[3]" in result.stdout
    assert len(pd.read_parquet("end.parquet")) == 18


def test_random_gradients_by_qubits() -> None:
    result = call("landscape", PLANE, *SMALL, "--draws", 10, "--qubits", "2,4,6", "--threshold", 0.3)
    assert result.returncode == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "2^(-r n)" in result.stdout
    assert len(pd.read_parquet("plane-gradients.parquet")) == 60


def test_ansatzes_in_their_order() -> None:
    for layers in range(1, 5):
        text = (
            PLANE.read_text().replace("layers: 4", f"layers: {layers}").replace("name: plane", f"name: plane-{layers}")
        )
        Path(f"{layers}.yaml").write_text(text)
    changes = ("--set", "data.train=6", "--set", "data.test=8", "--set", "training.steps=3")
    files = [f"{layers}.yaml" for layers in range(1, 5)]
    result = call("rank", *files, *changes, "--draws", 32, "--starts", 2, "--train", "--device", "fake_manila")
    assert result.returncode == 0, result.stderr
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "rank correlation" in result.stdout
    table = pd.read_parquet("rank.parquet")
    assert table.penalty.is_monotonic_increasing
    assert set(table.name) == {f"plane-{layers}" for layers in range(1, 5)}
    assert len(list(Path("results").iterdir())) == 8


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("landscape", WERNER, "--draws", 9, "--point", 1), "--point with --draws"),
        (("landscape", WERNER, "--qubits", "2"), "--qubits without --draws"),
        (("landscape", PLANE, "--draws", 9, "--qubits", "4-2"), "--qubits 4-2"),
        (("landscape", PLANE, "--draws", 9, "--qubits", "two"), "--qubits two"),
        (("landscape", WERNER, "--values", 10**9), "will do is 100,000"),
        (("landscape", WERNER, "--draws", 0), "draws = 0"),
        (("landscape", WERNER, "--output", "nowhere/x"), "no such folder"),
        (("landscape", WERNER, "--around", "nowhere"), "nowhere"),
        (("landscape", WERNER, "--threshold", "nan"), "threshold"),
        (("rank", WERNER), "two or more"),
        (("rank", WERNER, PLANE), "cost.norm"),
        (("rank", WERNER, WERNER), "'werner' in two"),
        (("rank", WERNER, PLANE, "--device", "fake_x"), "fake_x"),
    ],
)
def test_requests_that_cannot_be_met(arguments: tuple[object, ...], words: str, tmp_path: Path) -> None:
    result = call(*arguments)
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())
