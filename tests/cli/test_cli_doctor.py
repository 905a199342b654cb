"""``sggd doctor``: what it finds, what it says is wrong, and what it never shows."""

from __future__ import annotations

import json
import logging
import subprocess

import pytest
from command_line import COMMAND, call, environment
from ibm_standin import Fault, StandIn

KEY = "api-key-of-nobody-0123456789"
VARIABLES = ("QISKIT_IBM_TOKEN", "QISKIT_IBM_INSTANCE", "QISKIT_IBM_CHANNEL", "QISKIT_IBM_URL")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home without accounts, and an environment without credentials, so that nobody is asked."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def saved(home, text):
    (home / ".qiskit").mkdir()
    (home / ".qiskit" / "qiskit-ibm.json").write_text(text)


def plain(text):
    return " ".join(text.split())


def test_without_credentials_nothing_is_wrong(home):
    looked = call("doctor")
    assert (looked.returncode, looked.stderr) == (0, "")
    text = plain(looked.stdout)
    for said in ("Python 3.", "numpy 2", "dask distributed", "exact answers", "aer answers", "ibm_… not asked"):
        assert said in text
    assert "save_account" in text
    assert "Nothing is wrong." in text
    assert list(home.iterdir()) == []


def test_the_devices_of_the_account_answer(caplog):
    caplog.set_level(logging.DEBUG)
    with StandIn(devices=("fake_manila", "fake_torino"), tokens=(KEY,)) as service:
        looked = call("doctor", **service.environment())
        asked = len(service.requests)
        offline = call("doctor", "--offline", **service.environment())
        assert len(service.requests) == asked
        assert not service.submissions
    assert (looked.returncode, looked.stderr) == (0, "")
    text = plain(looked.stdout)
    for said in (
        "QISKIT_IBM_TOKEN",
        "channel ibm_quantum_platform",
        "ibm_manila answers, 5 qubits",
        "ibm_torino answers",
    ):
        assert said in text
    assert offline.returncode == 0
    assert "ibm_… not asked" in plain(offline.stdout)
    for secret in (KEY, KEY[:8], "crn:"):
        assert secret not in looked.stdout + offline.stdout
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("changed", "fault", "said"),
    [
        ({"QISKIT_IBM_TOKEN": "another-key-of-nobody"}, None, "doesn't take the credentials"),
        ({"QISKIT_IBM_INSTANCE": "nowhere"}, None, "check QISKIT_IBM_INSTANCE"),
        ({}, Fault("status", "GET /backends", code=400, times=None), "try again later"),
    ],
)
def test_a_service_that_does_not_answer_is_wrong(changed, fault, said):
    with StandIn(tokens=(KEY,)) as service:
        service.inject(*([fault] if fault else []))
        looked = call("doctor", **{**service.environment(), **changed})
    assert looked.returncode == 1
    text = plain(looked.stdout)
    assert said in text
    assert "wrong 1:" in text
    for secret in (KEY, "another-key"):
        assert secret not in text


def test_a_service_that_is_away_is_wrong():
    with StandIn() as service:
        nowhere = service.environment()
    looked = call("doctor", **nowhere)
    assert looked.returncode == 1
    assert "check the network" in plain(looked.stdout)


def test_saved_accounts_are_named_and_no_more(home):
    accounts = {
        "mine": {"channel": "ibm_quantum_platform", "token": KEY, "instance": "crn:v1:secret", "url": "https://x"},
        "old": {"channel": "ibm_quantum", "token": KEY, "url": "https://x"},
    }
    saved(home, json.dumps(accounts))
    looked = call("doctor", "--offline")
    text = plain(looked.stdout)
    assert looked.returncode == 1
    assert "account mine, channel ibm_quantum_platform, with an instance" in text
    assert "delete_account" in text
    for secret in (KEY, KEY[:8], "crn:"):
        assert secret not in text


@pytest.mark.parametrize("text", ["{", f'{{"mine": "{KEY}"}}', "[]", f'{{"mine": {{"token": "{KEY}"}}}}'])
def test_a_damaged_file_of_accounts_is_wrong(home, text):
    saved(home, text)
    looked = call("doctor", "--offline")
    assert looked.returncode == 1
    assert "mend or remove the file" in plain(looked.stdout)
    assert KEY not in looked.stdout


def test_shells_complete_commands_and_options():
    def completed(*words):
        given = environment(_SGGD_COMPLETE="complete_bash", COMP_WORDS=" ".join(words), COMP_CWORD=str(len(words) - 1))
        script = COMMAND[-1].replace("import main;", "import main; import sys; sys.argv = ['sggd'];")
        ended = subprocess.run([*COMMAND[:-1], script], env=given, capture_output=True, text=True, check=True)
        return ended.stdout.split()

    assert completed("sggd", "la") == ["landscape"]
    assert "--backend" in completed("sggd", "init", "--b")
