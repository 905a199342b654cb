"""No access token and no API key in anything that a run leaves behind or says, however much it logs."""

from __future__ import annotations

import json
import logging
from contextlib import suppress

import pytest
from command_line import call
from ibm_runs import command, completed, plane, serving
from ibm_standin import Fault

from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.run.run import run_experiment

KEY = "api-key-of-nobody-0123456789"
WRONG = "another-key-of-nobody-9876543210"
SHORT = ("training.steps=2",)


def secrets(stand_in):
    """API keys, and what all access tokens begin with."""
    token = stand_in.accounts.token({"apikey": [KEY], "grant_type": ["x"]})
    return [KEY, WRONG, json.loads(token.body)["access_token"].split(".")[0] + "."]


def assert_silent(stand_in, *texts):
    for text in texts:
        assert not [secret for secret in secrets(stand_in) if secret in text]


def everything(folder):
    """All bytes of all files, as text."""
    return "\n".join(path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file())


def test_a_run_with_faults_leaves_no_token(tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    with serving(tokens=(KEY,)) as stand_in:
        stand_in.inject(
            *(Fault("unauthorized"), Fault("drop"), Fault("status", code=400, after=3), Fault("job_fails", after=1)),
            Fault("unauthorized", "GET /jobs/ID/results"),
        )
        with suppress(ExecutionError):
            run_experiment(plane(*SHORT), tmp_path)
        completed(plane(*SHORT), tmp_path)
        printed = capfd.readouterr()
        ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("sggd_qiskit"))
        assert ours
        assert_silent(stand_in, everything(tmp_path), printed.out, ours)
        assert_silent(stand_in, printed.err, caplog.text)


def test_a_service_that_repeats_the_token_is_not_quoted(tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    told = f"No: {KEY}, apikey {KEY}, Authorization: apikey {KEY}, authorization: Bearer {WRONG}"
    with serving(tokens=(KEY,)) as stand_in:
        stand_in.inject(Fault("status", code=400, reason=told), Fault("job_fails", reason=told, times=None))
        for _ in range(2):
            with pytest.raises(ExecutionError) as error:
                run_experiment(plane(*SHORT), tmp_path)
            assert "No: ..." in str(error.value)
            assert_silent(stand_in, str(error.value))
        assert_silent(stand_in, caplog.text, *capfd.readouterr(), everything(tmp_path))


@pytest.mark.parametrize("wrong_from", ["the start", "the middle"])
def test_a_wrong_token_is_not_repeated(tmp_path, monkeypatch, caplog, wrong_from):
    def spoil(row):
        monkeypatch.setenv("QISKIT_IBM_TOKEN", WRONG)
        stand_in.revoke_tokens()

    caplog.set_level(logging.DEBUG)
    with serving(tokens=(KEY,)) as stand_in:
        if wrong_from == "the start":
            monkeypatch.setenv("QISKIT_IBM_TOKEN", WRONG)
        with pytest.raises(ExecutionError, match="doesn't take the credentials") as error:
            run_experiment(plane(*SHORT), tmp_path, on_step=spoil)
        assert_silent(stand_in, str(error.value), caplog.text, everything(tmp_path))
        if wrong_from == "the middle":
            monkeypatch.setenv("QISKIT_IBM_TOKEN", KEY)
            completed(plane(*SHORT), tmp_path)  # with the right one it goes on


def test_the_command_says_no_token(tmp_path):
    with serving(tokens=(KEY,)) as stand_in:
        failed = call(*command(tmp_path, *SHORT), QISKIT_IBM_TOKEN=WRONG, QISKIT_IBM_RUNTIME_LOG_LEVEL="DEBUG")
        assert failed.returncode == 1
        assert "Traceback" not in failed.stderr
        done = call(*command(tmp_path, *SHORT), QISKIT_IBM_RUNTIME_LOG_LEVEL="DEBUG")
        assert done.returncode == 0
        assert_silent(stand_in, failed.stdout, failed.stderr, done.stdout, done.stderr, everything(tmp_path))
