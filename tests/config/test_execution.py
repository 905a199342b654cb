"""The ``execution`` block: kinds of backends, what they leave aside, and what may change in the middle of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.execution import ExecutionConfig
from sggd_qiskit.config.identity import run_name
from sggd_qiskit.config.loading import load_config

WERNER = Path(__file__).parents[2] / "configs" / "werner.yaml"


def execution(*overrides: str):
    return load_config(WERNER, [f"execution.{override}" for override in overrides]).execution


def name(*overrides: str) -> str:
    return run_name(load_config(WERNER, [f"execution.{override}" for override in overrides]))


@pytest.mark.parametrize(
    ("backend", "kind"),
    [
        ("exact", "exact"),
        ("aer", "aer"),
        ("fake_torino", "rehearsal"),
        ("ibm_torino", "ibm"),
        ("least_busy", "ibm"),
    ],
)
def test_a_backend_is_of_a_kind(backend, kind):
    assert execution(f"backend={backend}").kind == kind


def test_a_snapshot_is_a_rehearsal_with_its_file():
    assert execution("backend=snapshot", "snapshot=torino.json").kind == "rehearsal"


@pytest.mark.parametrize(
    ("overrides", "key", "says"),
    [
        (["backend=exat"], "execution.backend", "did you mean 'exact'"),
        (["backend=torino"], "execution.backend", "such as 'fake_torino' or 'ibm_torino'"),
        (["backend=snapshot"], "execution.snapshot", "name the file that sggd snapshot has saved"),
        (["snapshot=x.json"], "execution.snapshot", "set execution.backend to snapshot"),
        (["mode=seesion"], "execution.mode", "did you mean 'session'"),
        (["options=fast"], "execution.options", "a mapping from names to any value"),
        (["budget.jobs=0"], "execution.budget.jobs", "at least 1"),
        (["budget.qpu_second=3"], "execution.budget.qpu_second", "did you mean 'qpu_seconds'"),
        (["service.poll=0"], "execution.service.poll", "at least 0.01"),
        (["options.token=abcdefgh"], "execution.options.token", "credentials belong in the environment"),
        (["options.environment={api_key: abcdefgh}"], "execution.options.environment.api_key", "credentials belong"),
    ],
)
def test_refuses(overrides, key, says):
    with pytest.raises(ConfigError) as refused:
        execution(*overrides)
    (fault,) = refused.value.faults
    assert ".".join(map(str, fault.path)) == key
    assert says in fault.message
    assert "abcdefgh" not in str(refused.value)


@pytest.mark.parametrize(
    "override", ["mode=session", "budget.jobs=3", "budget.qpu_seconds=60", "rate=1.6", "service.poll=5"]
)
def test_what_has_no_effect_on_results_may_change_in_the_middle_of_a_run(override):
    assert name(override) == name()


@pytest.mark.parametrize(
    "override", ["shots=100", "backend=fake_torino", "options.resilience_level=0", "limits.executions=5000",
                 "transpiler.trials=2"]
)  # fmt: skip
def test_what_has_an_effect_makes_another_run(override):
    assert name(override) != name()


def test_says_what_a_backend_leaves_aside():
    keys = ("mode=session", "options.resilience_level=0", "budget.jobs=3")
    assert execution(*keys).left_aside == ("mode", "options", "budget")
    assert execution("backend=ibm_torino", *keys).left_aside == ()
    assert ExecutionConfig().left_aside == ()


def test_patches_concern_devices_and_their_rehearsals():
    patches = "patches=4"
    assert execution("backend=exact", patches).left_aside == execution(patches).left_aside == ("patches",)
    assert (
        execution("backend=fake_torino", patches).left_aside
        == execution("backend=ibm_torino", patches).left_aside
        == ()
    )
