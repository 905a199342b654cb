"""Calls that are given up post nothing afterwards, and the client posts nothing twice by itself."""

from __future__ import annotations

import time

import pytest
from ibm_standin import Fault, StandIn
from ibm_standin.client import connect
from qiskit_ibm_runtime import Batch

from sggd_qiskit.execute.ibm.faults import HungError, Meaning, meaning
from sggd_qiskit.execute.ibm.posting import post_once, within


@pytest.fixture
def stand_in():
    with StandIn() as found:
        yield found


@pytest.fixture
def backend(monkeypatch, stand_in):
    found = connect(monkeypatch, stand_in).backend("ibm_manila")
    post_once(found)
    post_once(found)  # once more changes nothing
    return found


def posts(stand_in):
    return [request for request in stand_in.requests if (request.method, request.path) == ("POST", "/sessions")]


def test_what_is_given_up_before_it_was_posted_is_never_posted(stand_in, backend):
    def late():
        time.sleep(0.4)
        Batch(backend)

    with pytest.raises(HungError) as error:
        within(0.1, late)
    assert not error.value.posted
    time.sleep(0.8)
    assert not posts(stand_in)
    within(5, lambda: Batch(backend))  # others post
    assert len(posts(stand_in)) == 1


def test_what_is_given_up_after_it_was_posted_says_so(stand_in, backend):
    stand_in.inject(Fault("hang", "POST /sessions", seconds=1.0))
    with pytest.raises(HungError) as error:
        within(0.3, lambda: Batch(backend))
    assert error.value.posted


def test_a_post_is_not_repeated_after_an_error_of_the_service(stand_in, backend):
    stand_in.inject(Fault("status", "POST /sessions", code=504))
    with pytest.raises(Exception, match="504") as error:
        within(10, lambda: Batch(backend))
    assert meaning(error.value) is Meaning.UNCLEAR
    assert len(posts(stand_in)) == 1


def test_other_requests_are_repeated_as_before(stand_in, backend):
    stand_in.inject(Fault("status", "GET /jobs", code=504))
    assert within(10, backend.service.jobs) == []
