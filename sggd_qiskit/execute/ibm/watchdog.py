"""A time limit on calls that have none of their own: the service's client waits for an answer for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


class HungError(TimeoutError):
    """A call that did not come back in time; what became of it is not known."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """The call's result, if it comes within ``seconds``.

    The call goes on in a thread of its own, which can't be stopped and doesn't keep the process from ending.

    Raises:
        HungError: if it doesn't come in time.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001 - raised again where the result is asked for
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError as error:
        if future.done():
            raise  # the call's own
        raise HungError(f"no answer within {seconds:g} s") from error
