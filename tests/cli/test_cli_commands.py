from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from io import StringIO
from pathlib import Path

import pytest
from command_line import environment
from problems import CONFIGS
from rich.console import Console
from ruamel.yaml import YAML
from training_runs import small
from typer.testing import CliRunner

from sggd_qiskit.cli import app as commands
from sggd_qiskit.cli import main, training
from sggd_qiskit.cli.app import app
from sggd_qiskit.cli.progress import TrainingProgress
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.run.errors import DiskError, RecordError
from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run import run_experiment

SHIPPED = pytest.mark.parametrize("file", sorted(CONFIGS.glob("*.yaml")), ids=lambda file: file.stem)
QUICK = ("data.train=7", "data.test=5", "model.ansatz.layers=1", "training.steps=25")


def sggd(*arguments: object):
    return CliRunner().invoke(app, list(map(str, arguments)))


def sets(overrides) -> list[str]:
    return [part for override in overrides for part in ("--set", override)]


def test_a_run_shows_its_progress_and_its_result(tmp_path):
    ended = sggd("run", CONFIGS / "plane.yaml", *sets(QUICK), "--results", tmp_path)
    assert (ended.exit_code, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    # Some ten lines, on steps whose accuracy is known, and the last one.
    assert [line[:10] for line in lines if line.startswith("step")] == [
        "step  0/25",
        "step 10/25",
        "step 20/25",
        "step 25/25",
    ]
    assert all("penalty" in line and "test accuracy" in line for line in lines if line.startswith("step"))
    assert "Complete: all 25 steps are done." in lines
    results = load_results(tmp_path)
    assert f"{results.theta[0]:.5g}, {results.theta[1]:.5g}" in ended.stdout
    assert "… (12 values)" in ended.stdout
    assert f'load_results("{results.folder}")' in ended.stdout


def test_a_complete_run_is_said_to_be_complete(tmp_path):
    arguments = ("run", CONFIGS / "plane.yaml", *sets(QUICK), "--results", tmp_path)
    sggd(*arguments)
    ended = sggd(*arguments)
    assert ended.exit_code == 0
    assert ended.stdout.startswith("This run is complete already (all 25 steps are done); nothing was run.\n")
    assert "change the configuration, for example its name or training.seed" in ended.stdout


def test_a_run_with_shots_shows_errors(tmp_path):
    overrides = ("data.test=5", "training.steps=1", "execution.shots=20", "cost.guidance=none")
    ended = sggd("run", CONFIGS / "werner.yaml", *sets(overrides), "--results", tmp_path)
    assert ended.exit_code == 0
    assert " ± " in ended.stdout
    assert "penalty 0" not in ended.stdout
    assert "values)" not in ended.stdout


@pytest.mark.parametrize("folder", ["with space", "量子 [b]bold[/b]", "a/b/c"])
def test_results_go_where_they_are_told(tmp_path, folder):
    ended = sggd("run", CONFIGS / "plane.yaml", *sets((*QUICK, "training.steps=1")), "--results", tmp_path / folder)
    assert ended.exit_code == 0
    assert f"Results are in {load_results(tmp_path / folder).folder}." in ended.stdout


@SHIPPED
def test_the_shown_configuration_is_the_configuration(tmp_path, monkeypatch, file):
    monkeypatch.chdir(tmp_path)
    ended = sggd("run", file, "--set", "training.seed=5", "--show-config")
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
    shown = tmp_path / "shown.yaml"
    shown.write_text(ended.stdout, encoding="utf-8")
    assert load_config(shown) == load_config(file, ["training.seed=5"])
    assert "min_improvement: 0.0001" in ended.stdout


@SHIPPED
def test_a_plan_shows_what_a_run_would_take(tmp_path, monkeypatch, file):
    monkeypatch.chdir(tmp_path)
    ended = sggd("plan", file)
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
    assert "largest trace distance" in ended.stdout
    assert ("The exact backend runs no circuits" in ended.stdout) == (load_config(file).execution.kind == "exact")
    steps = load_config(file).training.steps
    total = next(line.split() for line in ended.stdout.splitlines() if "in total" in line)
    assert total[:4] == ["in", "total", f"({steps + 1})", str(steps + 1)]


def test_a_plan_shows_all_digits(tmp_path):
    ended = sggd("plan", CONFIGS / "plane.yaml", *sets((*QUICK, "training.steps=1000000")))
    assert ended.exit_code == 0
    assert "in total (1,000,001)" in ended.stdout
    assert "penalty" in ended.stdout
    assert not any("…" in line for line in ended.stdout.splitlines())


def test_a_plan_without_a_symmetry():
    ended = sggd("plan", CONFIGS / "plane.yaml", *sets((*QUICK, "symmetry=null", "cost.guidance=none")))
    assert ended.exit_code == 0
    assert "Symmetry  none configured" in ended.stdout


def test_a_plan_of_states_that_are_invariant():
    assert "the states are invariant" in sggd("plan", CONFIGS / "werner.yaml", "--set", "data.train=5").stdout


def test_a_plan_of_too_many_qubits_for_a_check():
    overrides = (*QUICK, "model.qubits=13", "symmetry.group=parity", "execution.backend=aer", "cost.guidance=none")
    assert "13" in (ended := sggd("plan", CONFIGS / "plane.yaml", *sets(overrides))).stdout
    assert "not checked, the encoding has too many qubits for linear algebra" in ended.stdout


def test_the_schema_is_one():
    ended = sggd("schema")
    assert (ended.exit_code, ended.stderr) == (0, "")
    schema = json.loads(ended.stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert {"name", "model"} == set(schema["required"])


def test_the_shipped_configurations_fit_the_schema():
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(sggd("schema").stdout))
    validator.check_schema(validator.schema)
    for file in CONFIGS.glob("*.yaml"):
        validator.validate(YAML(typ="safe").load(file))


def test_the_version_is_the_packages():
    ended = sggd("--version")
    assert (ended.exit_code, ended.stdout) == (0, f"sggd-qiskit {version('sggd-qiskit')}\n")


def test_the_package_is_the_command_too():
    ended = subprocess.run(
        [sys.executable, "-m", "sggd_qiskit", "--version"],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == f"sggd-qiskit {version('sggd-qiskit')}\n"


def test_without_a_command_the_help_is_shown():
    assert "schema" in sggd().output
    assert sggd("frobnicate").exit_code == 2


@pytest.mark.parametrize("arguments", ["--help", "run --help", "plan --help", "--version"])
def test_help_imports_nothing_heavy(arguments):
    script = (
        "import sys\nfrom sggd_qiskit.cli import main\n"
        f"sys.argv = ['sggd', *{arguments.split()!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    code = end.code\n"
        "print(sorted({'qiskit', 'qiskit_aer', 'pandas', 'pyarrow', 'scipy', 'numpy'} & set(sys.modules)), code)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines()[-1] == "[] 0"


def test_the_entry_point_runs_the_commands(monkeypatch):
    called = []
    monkeypatch.setattr(commands, "app", lambda: called.append(True))
    main()
    assert called == [True]


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_a_diverging_training_is_a_failure(tmp_path):
    steep = ("training.optimizer={kind: gradient_descent, learning_rate: 1.0e+6}", "model.observable=1e8 Z0")
    ended = sggd("run", CONFIGS / "plane.yaml", *sets((*QUICK, *steep)), "--results", tmp_path)
    assert ended.exit_code == 1
    assert "error: the training diverged: θ is beyond 1e+12 at step 1" in ended.stderr


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ExecutionError("the job failed"), 1, "error: the job failed\n"),
        (
            DiskError(Path("ledger.sqlite"), "disk is full", "free some"),
            1,
            "error: ledger.sqlite: disk is full; free some\n",
        ),
        (RecordError(Path("results"), "no run", "name one"), 2, "error: results: no run; name one\n"),
        (MemoryError("8 TiB"), 1, "error: not enough memory (8 TiB); choose fewer qubits, layers or data points\n"),
        (OSError(28, "No space left"), 1, "error: [Errno 28] No space left; once that is mended"),
    ],
)
def test_failures_are_messages(monkeypatch, error, code, message):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(training, "run_with_progress", fail)
    ended = sggd("run", CONFIGS / "plane.yaml")
    assert ended.exit_code == code
    assert ended.stderr.startswith(message)


def test_mistakes_of_the_program_are_not_hidden(monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(training, "run_with_progress", fail)
    assert isinstance(sggd("run", CONFIGS / "plane.yaml").exception, ZeroDivisionError)


def test_a_reader_that_has_gone_is_not_an_error_of_ours(monkeypatch):
    def fail(*_, **__):
        raise BrokenPipeError

    monkeypatch.setattr(training, "run_with_progress", fail)
    ended = sggd("run", CONFIGS / "plane.yaml")
    assert "error" not in ended.stderr


def test_on_a_terminal_there_is_a_bar(tmp_path: Path):
    screen = StringIO()
    console = Console(file=screen, force_terminal=True, width=140, highlight=False)
    with TrainingProgress(console, steps=6, accuracy_every=2) as progress:
        run_experiment(small("plane"), tmp_path, on_start=lambda _, rows: progress.start(rows), on_step=progress.step)
    shown = screen.getvalue()
    assert "6/6" in shown
    assert "test accuracy" in shown
    assert "step 0/6" not in shown
