"""What the client's errors mean, what is said of them, and a time limit on calls."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest
import requests
from qiskit.exceptions import QiskitError
from qiskit.providers.exceptions import QiskitBackendNotFoundError
from qiskit_ibm_runtime.accounts.exceptions import InvalidAccountError
from qiskit_ibm_runtime.api.exceptions import RequestsApiError
from qiskit_ibm_runtime.exceptions import (
    IBMInputValueError,
    IBMNotAuthorizedError,
    IBMRuntimeError,
    RuntimeJobFailureError,
    RuntimeJobNotFound,
)

from sggd_qiskit.execute.ibm.faults import HungError, Meaning, http_status, meaning, said, service_code
from sggd_qiskit.execute.ibm.posting import within
from sggd_qiskit.execute.ibm.redaction import keep_secret

ANSWER = {"errors": [{"code": 1352, "message": "No sessions on your plan.", "solution": "Use a batch."}], "trace": "x"}


def chained(outer, inner):
    """As the client raises them: the inner one hidden by ``from None``."""
    try:
        try:
            raise inner
        except type(inner):
            raise outer from None
    except type(outer) as error:
        return error


def api(status):
    return RequestsApiError("it failed", status_code=status)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (chained(IBMRuntimeError("no"), api(503)), Meaning.UNCLEAR),
        (chained(IBMRuntimeError("no"), api(-1)), Meaning.UNCLEAR),
        (chained(IBMRuntimeError("no"), api(429)), Meaning.WAIT),
        (chained(IBMRuntimeError("no"), api(408)), Meaning.UNCLEAR),
        (chained(IBMRuntimeError('no {"errors": [{"code": 3458, "message": "x"}]}'), api(400)), Meaning.NO_PLACE),
        (chained(IBMRuntimeError("Job create exceeds open plan job limits"), api(403)), Meaning.NO_PLACE),
        (chained(IBMRuntimeError("no"), api(401)), Meaning.UNAUTHORIZED),
        (chained(IBMRuntimeError("no"), api(404)), Meaning.MISSING),
        (chained(IBMRuntimeError("no"), api(400)), Meaning.REFUSED),
        (chained(IBMRuntimeError("no"), api(413)), Meaning.REFUSED),
        (IBMNotAuthorizedError("no"), Meaning.UNAUTHORIZED),
        (RuntimeJobNotFound("no"), Meaning.MISSING),
        (RuntimeJobFailureError("no"), Meaning.REFUSED),
        (IBMInputValueError("no"), Meaning.REFUSED),
        (QiskitBackendNotFoundError("no"), Meaning.REFUSED),
        (chained(InvalidAccountError("no"), api(400)), Meaning.REFUSED),
        (InvalidAccountError("no"), Meaning.REFUSED),
        (chained(InvalidAccountError("no"), api(503)), Meaning.UNCLEAR),
        (chained(InvalidAccountError("no"), requests.ConnectionError("gone")), Meaning.UNCLEAR),
        (requests.ConnectionError("gone"), Meaning.UNCLEAR),
        (json.JSONDecodeError("half", "{", 1), Meaning.UNCLEAR),
        (HungError("no answer"), Meaning.UNCLEAR),
        (QiskitError("whatever"), Meaning.UNCLEAR),
    ],
    ids=lambda value: None if isinstance(value, Meaning) else f"{type(value).__name__} {http_status(value)}",
)
def test_meaning(error, expected):
    assert meaning(error) is expected


def test_the_status_of_a_response_counts_too():
    error = requests.HTTPError("no", response=SimpleNamespace(status_code=429, request=None))
    assert http_status(error) == 429


@pytest.mark.parametrize(
    "text", [json.dumps(ANSWER), f"Failed: {json.dumps(ANSWER)}. Sorry", f"{{not}} {json.dumps(ANSWER)}"]
)
def test_the_service_is_quoted_without_its_json(text):
    error = IBMRuntimeError(text)
    assert said(error) == "No sessions on your plan. Use a batch"
    assert service_code(error) == 1352


def test_what_is_said_is_one_line_and_not_too_long():
    assert said(OSError("a\n  b ")) == "a b"
    assert said(OSError()) == "OSError"
    assert len(said(OSError("word " * 1000))) <= 400


SECRET = "sEcReT-0123456789_abcdef"
JWT = "eyJhbGciOiJub25lIn0.eyJpYXQiOjE3MDB9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f"Authorization: {SECRET}",
        f"Authorization: apikey {SECRET}",
        f"authorization=basic {SECRET} was sent",
        f"with apikey {SECRET} as the header",
        f"{{'Authorization': 'Bearer {SECRET}'}}",
        f'{{"apikey": "{SECRET}"}}',
        f"grant_type=x&apikey={SECRET}",
        f"API key: {SECRET} could not be found",
        f"QISKIT_IBM_TOKEN={SECRET}",
        f"token={SECRET}",
        f"access_token: '{SECRET}'",
        f"refresh_token={SECRET}",
        f"bearer {SECRET}",
        f"the header was Bearer {JWT}",
        f"found {JWT} in it",
        "x" * 390 + f" token={SECRET}",
    ],
)
def test_credentials_are_not_repeated(text):
    found = said(OSError(text))
    assert SECRET[:12] not in found
    assert JWT[:12] not in found
    assert "c2lnbmF0dXJl" not in found


def test_the_token_in_use_is_not_repeated_wherever_it_stands(monkeypatch):
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "of the environment")
    keep_secret("of-an-account")
    found = said(OSError("found <of the environment>, wanted of-an-account"))
    assert found == "found <...>, wanted ..."


@pytest.mark.parametrize(
    "text", ["The access token is not valid. Log in again", "Provided API key could not be found", "token expired"]
)
def test_words_about_credentials_are_repeated(text):
    assert said(OSError(text)) == text


def test_within_gives_the_result_or_the_error_or_gives_up():
    assert within(5, lambda: 3) == 3
    with pytest.raises(KeyError, match="own"):
        within(5, lambda: {}["own"])
    with pytest.raises(TimeoutError) as own:
        within(5, timed_out)
    assert not isinstance(own.value, HungError)
    started = time.monotonic()
    with pytest.raises(HungError, match=r"no answer within 0\.1 s"):
        within(0.1, lambda: time.sleep(3))
    assert time.monotonic() - started < 2


def timed_out():
    raise TimeoutError("the call's own")
