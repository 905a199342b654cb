"""Requests in threads that can be given up: what was given up posts nothing afterwards, and nothing is posted twice.

A call to the service can't be stopped. So each has a ticket, which is asked for in the moment before a request goes out.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread, local
from typing import Any, TypeVar

from qiskit_ibm_runtime import IBMBackend
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter, HTTPAdapter

from sggd_qiskit.execute.ibm.faults import HungError

T = TypeVar("T")

_calls = local()
_SCHEMES = ("http://", "https://")


class Ticket:
    """The right of one call to change something at the service; it ends when the call is given up."""

    def __init__(self) -> None:
        self._lock, self._valid, self._used = Lock(), True, False

    def use(self) -> None:
        """Take note that a request goes out now.

        Raises:
            ConnectionAbortedError: if the call was given up; nothing may go out any more.
        """
        with self._lock:
            if not self._valid:
                raise ConnectionAbortedError("given up before it was sent")
            self._used = True

    def give_up(self) -> bool:
        """Let nothing go out any more; whether something has."""
        with self._lock:
            self._valid = False
            return self._used


class OncePosting(HTTPAdapter):
    """Posts once, and only for calls that nobody has given up.

    The client's own adapter repeats a POST after an error of the service, which may have taken the job before.

    Args:
        other: sends all other requests, and repeats them as it likes.
    """

    def __init__(self, other: BaseAdapter):
        super().__init__(max_retries=0)
        self._other = other

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """Send a request.

        Args:
            request: prepared.
            args: as of `requests`' adapters.
            options: likewise.

        Raises:
            ConnectionAbortedError: if a POST comes from a call that was given up.
        """
        if request.method != "POST":
            return self._other.send(request, *args, **options)
        ticket: Ticket | None = getattr(_calls, "ticket", None)
        if ticket is not None:
            ticket.use()
        return super().send(request, *args, **options)


def post_once(backend: IBMBackend) -> None:
    """See that the client of a backend posts through ``OncePosting``."""
    client = backend.service._get_api_client(backend._instance)  # noqa: SLF001 - the client has no setting for this
    session = client._session  # noqa: SLF001
    for scheme in _SCHEMES:
        adapter = session.get_adapter(scheme)
        if not isinstance(adapter, OncePosting):
            session.mount(scheme, OncePosting(adapter))


def within(seconds: float, call: Callable[[], T], heard: Callable[[str], None] = lambda _: None) -> T:
    """The call's result, if it comes within ``seconds``.

    The call goes on in a thread of its own, which can't be stopped and doesn't keep the process from ending; but it posts
    nothing any more. What it warns of is caught here, since warnings belong to the process, not to a thread.

    Args:
        seconds: for which it is waited for.
        call: asks the service.
        heard: told what the client warns its user of meanwhile.

    Raises:
        HungError: if it doesn't come in time; it knows whether something was posted.
    """
    future: Future[T] = Future()
    ticket = Ticket()

    def run() -> None:
        _calls.ticket = ticket
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001 - raised again where the result is asked for
            future.set_exception(error)

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        Thread(target=run, daemon=True).start()
        try:
            return future.result(seconds)
        except TimeoutError as error:
            if future.done():
                raise  # the call's own
            raise HungError(f"no answer within {seconds:g} s", posted=ticket.give_up()) from error
        finally:
            for warning in told:
                if warning.category is UserWarning:
                    heard(" ".join(str(warning.message).split()))
