"""``sggd init``: what it writes is planned and trained as it stands."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import COMMAND, call, environment

from sggd_qiskit import load_config, load_results

CLASSES = ("healthy", "ill", "in between")


def table(path: Path, features: int, classes: int, rows: int = 48) -> Path:
    rng = np.random.default_rng(features)
    points = rng.normal(50, 20, (rows, features))
    frame = pd.DataFrame(points, columns=[f"size {k} (mm)" for k in range(features)])
    frame.insert(0, "id", range(rows))
    frame["state"] = np.array(CLASSES)[np.argsort(np.argsort(points[:, 0])) * classes // rows]
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_examples_are_planned_and_trained_at_once():
    for example in ("plane", "werner"):
        made = call("init", "--data", example, "--steps", "2")
        assert (made.returncode, made.stderr) == (0, "")
        assert f"sggd run {example}.yaml" in made.stdout
        for command in (["plan", f"{example}.yaml"], ["run", f"{example}.yaml"]):
            done = call(*command)
            assert (done.returncode, done.stderr) == (0, "")
    config = load_config("werner.yaml")
    assert (config.symmetry.group, config.cost.guidance.kind) == ("collective_su2", "penalty")


@pytest.mark.parametrize(("features", "classes"), product([2, 3, 4], [2, 3]))
def test_an_own_table_is_planned_and_trained_at_once(place, features, classes):
    (place / "sub").mkdir()
    table(place / "own data.csv", features, classes)
    made = call("init", "--data", "own data.csv", "--steps", "4", "--output", "sub/e.yaml")
    assert (made.returncode, made.stderr) == (0, "")
    for said in ("state: healthy, ill", "id: ", "cyclic", "--symmetry"):
        assert said in made.stdout
    assert (place / "sub/e.yaml").read_text().count("../own data.csv") == 1
    for command in (["plan", "sub/e.yaml"], ["run", "sub/e.yaml"]):
        done = call(*command)
        assert (done.returncode, done.stderr) == (0, "")
    found = load_results(place / "results").predictions
    assert set(found["label"]) == set(CLASSES[:classes])


@pytest.mark.parametrize("features", [2, 3])
def test_a_symmetry_is_used_with_the_scaling_that_it_needs(place, features):
    table(place / "own data.csv", features, 2)
    again = call("init", "--data", "own data.csv", "--symmetry", "cyclic", "--steps", "2", "--name", "guided")
    assert (again.returncode, again.stderr) == (0, "")
    config = load_config("guided.yaml")
    assert (config.data.scaling, config.cost.guidance.kind) == ("minmax_together", "penalty")
    assert call("run", "guided.yaml").returncode == 0


def test_it_learns_what_is_there_to_be_learned(place):
    table(place / "t.csv", 2, 3, rows=90)
    call("init", "--data", "t.csv", "--steps", "60")
    call("run", "t.yaml")
    assert load_results(place / "results").steps["train_accuracy"].iloc[-1] > 0.85


def test_each_key_has_its_description(place):
    call("init", "--data", "plane")
    text = (place / "plane.yaml").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 80
    lines = text.splitlines()
    keys = [number for number, line in enumerate(lines) if re.match(r"\s*\w+:", line)]
    assert len(keys) > 20
    undescribed = [lines[n].strip() for n in keys if not lines[n - 1].lstrip().startswith("#")]
    assert undescribed == []
    assert "# Number of training points." in text


@pytest.mark.parametrize(("backend", "batch"), [("aer", None), ("fake_manila", 16), ("ibm_torino", 16)])
def test_a_device_gets_few_shots_and_batches(backend, batch):
    made = call("init", "--data", "plane", "--backend", backend)
    assert (made.returncode, made.stderr) == (0, "")
    config = load_config("plane.yaml")
    assert config.execution.backend == backend
    assert config.training.batch == batch


def test_a_table_with_gaps_sides_and_decimal_commas(place):
    rows = "\n".join(
        f"0,{k};-0,{9 - k};{'ja' if k % 2 else 'nein'};{'test' if k > 6 else 'train'}" for k in range(1, 10)
    )
    (place / "t.csv").write_text(f"a;b;Größe;side\n{rows}\n;0,1;ja;train\n", encoding="latin-1")
    made = call("init", "--data", "t.csv", "--steps", "1")
    assert made.returncode == 0
    data = load_config("t.yaml").data
    assert (data.split, data.missing, data.decimal, data.delimiter) == ("side", "drop", ",", ";")
    assert data.scaling == "none"
    assert call("run", "t.yaml").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--data plane"),
        (("--data", "nowhere.csv"), "nowhere.csv"),
        (("--data", "plane", "--label", "x"), "--label"),
        (("--data", "plane", "--backend", "tokyo"), "execution.backend"),
        (("--data", "plane", "--guidance", "magic"), "cost.guidance"),
        (("--data", "plane", "--symmetry", "none", "--guidance", "penalty"), "cost.guidance"),
        (("--data", "plane", "--symmetry", "u1_total_z"), "symmetry"),
        (("--data", "plane", "--symmetry", "nothing"), "symmetry.group"),
        (("--data", "plane", "--name", "a b"), "name"),
        (("--data", "plane", "--output", "nowhere/x.yaml"), "make it"),
        (("--data", "plane", "--output", "."), "folder"),
    ],
)
def test_refuses_and_writes_nothing(place, arguments, said):
    refused = call("init", *arguments)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert not list(place.glob("*.yaml"))


def test_nothing_is_overwritten_unless_told(place):
    (place / "plane.yaml").write_text("mine")
    refused = call("init", "--data", "plane")
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert (place / "plane.yaml").read_text() == "mine"
    assert call("init", "--data", "plane", "--force").returncode == 0
    assert load_config("plane.yaml")


def test_on_a_terminal_it_asks(place):
    table(place / "t.csv", 2, 2)
    (place / "t.yaml").write_text("mine")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "init"], stdin=theirs, stdout=theirs, stderr=theirs, env=environment(COLUMNS="80", TERM="dumb")
    )
    os.close(theirs)
    shown = ""
    answers = iter(
        [
            ("Data", "nowhere.csv"),
            ("can't open", "t.csv"),
            ("labels", ""),
            ("features", ""),
            ("Symmetry", "swap"),
            ("Guidance", "twirled"),
            ("Backend", "tokyo"),
            ("wanted", "aer"),
            ("Name", "t"),
            ("--force", "mine"),
        ]
    )
    waiting = next(answers, None)
    while True:
        try:
            shown += os.read(ours, 4096).decode(errors="replace")
        except OSError:  # the other end is closed
            break
        if waiting and waiting[0] in shown and shown.rstrip(" ").endswith(":"):
            os.write(ours, f"{waiting[1]}\n".encode())
            shown, waiting = "", next(answers, None)
    os.close(ours)
    assert process.wait() == 0
    config = load_config("mine.yaml")
    assert (config.symmetry.group, config.cost.guidance.kind, config.execution.backend) == ("swap", "twirled", "aer")
