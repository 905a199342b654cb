"""A short run of what ``benchmarks/fuzz.py`` does for hours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from damaged_runs import prepared
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from training_runs import small

from . import strategies
from .judge import Command, Ended, Server, faults

SHORT = settings(
    max_examples=12,
    phases=[Phase.generate],
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as found:
        yield found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    states = ("middle", "finished")
    made = {state: prepared(tmp_path_factory.mktemp(state), small("plane"), state) for state in states}
    return {state: run.folder.parent for state, run in made.items()}


def test_inputs_of_every_kind_end_well(server: Server) -> None:
    kinds = [strategies.configurations(), strategies.tables(), strategies.circuits(), strategies.commands()]

    @SHORT
    @given(st.tuples(*kinds))
    def look(commands: tuple[Command, ...]) -> None:
        for command in commands:
            ended, found = server.judged(command)
            assert found == [], (command.arguments, ended)

    look()


def test_damaged_run_folders_end_well(server: Server, runs: dict[str, Path]) -> None:
    @SHORT
    @given(strategies.folders(runs))
    def look(command: Command) -> None:
        ended, found = server.judged(command)
        assert found == [], (command.arguments, ended)

    look()


def test_the_judge_finds_faults() -> None:
    ended = Ended(code=2, stdout="", stderr="error: it is wrong", cpu=1.0, silence=9.0, megabytes=1e5)
    found = faults(ended, {"mine": "one"}, {"mine": "other"})
    assert [fault.split()[0] for fault in found] == ["no", "a", "100000", "silent"]
    ended = Ended(code=-9, stdout="", stderr="Traceback\nKeyError: 1", cpu=1.0, silence=1.0, megabytes=1.0)
    assert [fault.split()[0] for fault in faults(ended, {}, {})] == ["exit", "traceback:"]
