"""The results in the repository: the page shows them as they are, and the jobs that make them run."""

from __future__ import annotations

import importlib
import re
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
def test_the_kept_rows_are_the_runs_of_the_job(file, tmp_path):
    kept = pd.read_parquet(ROOT / f"results/reference/{file.stem}.parquet")
    text = re.sub(r"(?m)^seeds: .*", "seeds: 1", file.read_text(encoding="utf-8")).replace(
        "../configs", str(ROOT / "configs")
    )
    (tmp_path / "job.yaml").write_text(text, encoding="utf-8")
    sweep = load_sweep_job(tmp_path / "job.yaml")
    shown = pd.DataFrame([run.axes for run in sweep.runs])
    first = kept.loc[kept["seed"] == 0, list(sweep.axes)].reset_index(drop=True)
    pd.testing.assert_frame_equal(first, shown, check_dtype=False)
    assert kept["test_accuracy"].notna().all()


def test_a_small_job_is_done_and_kept(benchmarks, tmp_path, monkeypatch, capsys):
    paper, tables = benchmarks("paper"), benchmarks("paper_tables")
    (tmp_path / "jobs").mkdir()
    short = {"training.steps": 2, "data.train": 4, "data.test": 20, "data.sampling": "grid"}
    base = ROOT / "configs/paper_werner.yaml"
    job = tmp_path / "jobs/paper_werner.yaml"
    job.write_text(
        f"name: paper_werner\nbase: {base}\nzip: {{{', '.join(f'{k}: [{v}]' for k, v in short.items())}}}\nseeds: 2\n"
    )
    monkeypatch.setattr(tables, "REFERENCE", tmp_path)
    paper.keep(paper.trained(load_sweep_job(job), tmp_path / "runs"))
    kept = tables.rows_of("paper_werner")
    assert kept["seed"].tolist() == [0, 1]
    assert kept["at_identity"].tolist() == [False, False]
    assert (kept["start"] > 0).all()
    assert "paper_werner" in capsys.readouterr().err
