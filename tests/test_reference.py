"""The results in the repository: the page shows them as they are, and the jobs that make them run."""

from __future__ import annotations

import importlib
from pathlib import Path

import pandas as pd
import pytest

from sggd_qiskit.sweep.expand import load_sweep_job

ROOT = Path(__file__).parent.parent
JOBS = sorted(ROOT.glob("jobs/*.yaml"))


@pytest.fixture
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module


def test_the_page_shows_the_tables_of_the_kept_rows(benchmarks):
    page = (ROOT / "docs/paper.md").read_text(encoding="utf-8")
    tables = benchmarks("paper_tables").tables()
    assert [name for name, table in tables.items() if table not in page] == []


@pytest.mark.parametrize("file", JOBS, ids=lambda file: file.stem)
def test_every_kept_row_is_a_run_of_its_job(file):
    sweep = load_sweep_job(file)
    kept = pd.read_parquet(ROOT / f"results/reference/{file.stem}.parquet")
    shown = [tuple(map(str, run.axes.values())) for run in sweep.runs]
    assert [tuple(map(str, row)) for row in kept[list(sweep.axes)].itertuples(index=False)] == shown
    assert kept["test_accuracy"].notna().all()


def test_a_small_job_is_done_and_kept(benchmarks, tmp_path, monkeypatch, capsys):
    paper, tables = benchmarks("paper"), benchmarks("paper_tables")
    (tmp_path / "jobs").mkdir()
    short = {"training.steps": 2, "data.train": 4, "data.test": 20, "data.sampling": "grid"}
    base = ROOT / "configs/paper_werner.yaml"
    job = tmp_path / "jobs/paper_werner.yaml"
    job.write_text(f"name: paper_werner\nbase: {base}\nzip: {{{', '.join(f'{k}: [{v}]' for k, v in short.items())}}}\nseeds: 2\n")
    monkeypatch.setattr(tables, "REFERENCE", tmp_path)
    paper.keep(paper.trained(load_sweep_job(job), tmp_path / "runs"))
    kept = tables.rows_of("paper_werner")
    assert kept["seed"].tolist() == [0, 1]
    assert kept["at_identity"].tolist() == [False, False]
    assert (kept["start"] > 0).all()
    assert "2 of 2 runs" in capsys.readouterr().err
