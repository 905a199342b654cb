"""``sggd report``: a page where it is asked for, and messages in place of tracebacks."""

from __future__ import annotations

import pytest
from command_line import call
from training_runs import small

from sggd_qiskit import run_experiment


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return run_experiment(small("werner", "execution.backend=exact"), tmp_path_factory.mktemp("run")).folder


def test_a_page_is_written_once_and_again_if_forced(run, tmp_path):
    output = tmp_path / "page.html"
    first = call("report", run, "--output", output)
    assert first.returncode == 0
    assert f"{output}: 1 run" in first.stdout
    again = call("report", run, "--output", output)
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert call("report", run, "--output", output, "--force").returncode == 0


def test_what_could_not_be_read_is_told_beside_the_page(run, tmp_path):
    (run / "predictions.parquet").write_text("[bold]nothing[/bold]", encoding="utf-8")
    found = call("report", run, "--output", tmp_path / "page.html")
    assert found.returncode == 0
    assert "note: " in found.stdout
    assert "predictions.parquet" in found.stdout


def test_a_path_without_a_run_is_told(tmp_path):
    found = call("report", tmp_path)
    assert found.returncode == 2
    assert str(tmp_path) in found.stderr
    assert not list(tmp_path.iterdir())
