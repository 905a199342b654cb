"""The documents: their Python runs, and their files exist."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    "README.md",
    "docs/penalty.md",
    "docs/cost.md",
    "docs/ways.md",
    "docs/landscape.md",
    "docs/scikit_learn.md",
    "docs/report.md",
    "docs/loggers.md",
]
PAGES = [*DOCUMENTS, "docs/start.md", "docs/ibm.md", "docs/economy.md", "docs/speed.md", "docs/paper.md"]
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_python_of_a_document_runs(document, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    names = {"__name__": "__document__"}
    blocks = CODE.findall((ROOT / document).read_text(encoding="utf-8"))
    assert blocks
    for block in blocks:
        exec(compile(block, document, "exec", dont_inherit=True), names)


@pytest.mark.parametrize("document", PAGES)
def test_no_table_was_left_out(document):
    assert "<!--" not in (ROOT / document).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", [*PAGES, "CONTRIBUTING.md"])
def test_files_that_a_document_names_exist(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:configs|jobs|benchmarks|docs|\.ci)/[\w./-]*\w", text))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_execution_block_of_the_page_is_a_valid_one(tmp_path):
    from sggd_qiskit import load_config
    from sggd_qiskit.execute.ibm.options import primitive_options

    (yaml,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/ibm.md").read_text(encoding="utf-8"), re.DOTALL)
    whole = (ROOT / "configs/werner.yaml").read_text(encoding="utf-8")
    rest = re.sub(r"(?ms)^execution:.*", "", whole)
    (tmp_path / "experiment.yaml").write_text(rest + "\n" + yaml, encoding="utf-8")
    execution = load_config(tmp_path / "experiment.yaml").execution
    assert (execution.kind, execution.budget.jobs) == ("ibm", 50)
    assert primitive_options(execution.options).sampler.dynamical_decoupling.enable


def test_the_loggers_of_the_page_are_valid_ones():
    from ruamel.yaml import YAML

    from sggd_qiskit import load_config

    (yaml,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/loggers.md").read_text(encoding="utf-8"), re.DOTALL)
    loggers = YAML(typ="safe").load(yaml)["training"]["loggers"]
    config = load_config(ROOT / "configs/plane.yaml", [f"training.loggers={loggers}"])
    assert [logger.kind for logger in config.training.loggers] == ["mlflow", "tensorboard"]


def test_the_experiment_of_the_readme_is_a_valid_one(tmp_path):
    from sggd_qiskit import load_config

    (yaml,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "experiment.yaml").write_text(yaml, encoding="utf-8")
    assert load_config(tmp_path / "experiment.yaml").name == "plane"
