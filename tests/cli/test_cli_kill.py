"""A run that is killed outright, again and again, ends as if nothing had happened."""

from __future__ import annotations

import random
from pathlib import Path
from time import sleep

import pytest
from command_line import call, started, steps_recorded, wait_for
from problems import CONFIGS
from training_runs import assert_same_run

EXACT = ("plane", ("model.qubits=6", "data.test=50", "training.steps=1500", "training.accuracy_every=249"))
AER = ("werner", ("data.train=8", "data.test=20", "training.steps=150", "execution.shots=20"))
KILLS = 4


def arguments(name: str, overrides: tuple[str, ...], results: Path) -> list[object]:
    return ["run", CONFIGS / f"{name}.yaml", "--results", results, *(a for o in overrides for a in ("--set", o))]


@pytest.mark.parametrize(("name", "overrides"), [EXACT, AER], ids=["exact", "aer"])
def test_a_run_that_was_killed_often_is_the_same(tmp_path, name, overrides):
    moments = random.Random(11)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    command = arguments(name, overrides, parts)

    def temporary_file() -> bool:
        return any(parts.glob("*/.*.tmp"))

    killed_at = []
    for kill in range(KILLS):
        before = steps_recorded(parts)
        with started(*command) as process:
            if kill == 0:
                sleep(moments.uniform(0, 1))  # while it starts
            elif kill == 1:
                wait_for(process, temporary_file)  # while it writes
            else:
                wait_for(process, lambda before=before: steps_recorded(parts) > before)
                sleep(moments.uniform(0, 0.02))
            assert process.poll() is None, process.stdout.read()
            process.kill()
            process.wait()
        killed_at.append(steps_recorded(parts))
    assert killed_at == sorted(killed_at)
    last = call(*command)
    assert (last.returncode, last.stderr) == (0, "")
    assert f"Continuing after step {killed_at[-1] - 1}." in last.stdout
    assert call(*arguments(name, overrides, whole)).returncode == 0
    (one,), (other,) = whole.iterdir(), parts.iterdir()
    assert_same_run(one, other)
    assert not list(other.glob(".*.tmp"))
