"""The documents: their Python runs, and their files exist."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from sggd_qiskit.cli.app import app

ROOT = Path(__file__).parent.parent
PAGES = ["README.md", *(str(page.relative_to(ROOT)) for page in sorted(ROOT.glob("docs/**/*.md")))]
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^(?:    )?(sggd (?:.*\\\n)*.*)", re.MULTILINE)
# Stands for something of the reader's, for an account, or for a service of another kind.
ELSEWHERE = re.compile(
    r"\bFILE\b|\bRUN\b|…|ibm_|least_busy|results/plane-|iris\.csv|points\.csv|mlflow|snapshot|doctor|init +#|tcp:|_ID\b"
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHORTER = {"run": ["--set", "training.steps=1", "--set", "data.test=20"], "landscape": ["--force"]}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """With what a checkout has beside the package."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    return tmp_path


@pytest.mark.parametrize("document", [page for page in PAGES if BLOCK.search((ROOT / page).read_text())])
def test_the_blocks_of_a_page_run(document, folder):
    names = {"__name__": "__document__"}
    for language, block in BLOCK.findall((ROOT / document).read_text(encoding="utf-8")):
        if language == "python":
            exec(compile(block, document, "exec", dont_inherit=True), names)
        else:
            for command in COMMAND.findall(block):
                _run(words(command))


@pytest.mark.parametrize("document", [page for page in PAGES if COMMAND.search((ROOT / page).read_text())])
def test_the_commands_that_a_page_names_are_right(document, folder):
    _run(["run", "configs/werner.yaml", *SHORTER["run"]])
    outside = BLOCK.sub("", (ROOT / document).read_text(encoding="utf-8"))
    for command in COMMAND.findall(outside):
        if document != "README.md" and command in README:
            continue
        given = words(command)
        if ELSEWHERE.search(command) is None:
            _run([*given, *SHORTER.get(given[0], [])])
        else:
            subcommand = get_command(app).get_command(None, given[0])
            assert subcommand.make_context(given[0], given[1:])


def words(command: str) -> list[str]:
    """The arguments of a line for the shell, without a comment and what comes after >."""
    found = shlex.split(command.replace("\\\n", " "), comments=True)
    return found[1 : found.index(">")] if ">" in found else found[1:]


def _run(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, (arguments, result.output)


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
