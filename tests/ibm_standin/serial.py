"""Samplomatic's sampling without its threads: a pool for each of the thousands of samples takes most of a job's time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from samplomatic.samplex import samplex


class _Done:
    """What a pool's ``submit`` returns, run already."""

    def __init__(self, value: Any):
        self._value = value

    def result(self) -> Any:
        return self._value


class _Here:
    """A pool without threads."""

    def __init__(self, workers: int | None = None):
        del workers

    def __enter__(self) -> _Here:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def submit(self, work: Callable[..., Any], *arguments: Any) -> _Done:
        return _Done(work(*arguments))


def _wait(futures: Iterable[_Done]) -> None:
    for future in futures:
        future.result()


def sample_without_threads() -> None:
    """From now on in this process; what is sampled stays the same, since every node has its own random numbers."""
    samplex.ThreadPoolExecutor = _Here
    samplex.wait_with_raise = _wait
