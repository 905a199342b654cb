"""Keeping work that is only for the onlookers from slowing a run down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class Throttle:
    """Says when it is time again: at most once in ``pause`` seconds, and for at most ``share`` of the time."""

    def __init__(self, pause: float, share: float):
        self._pause, self._share = pause, share
        self._due = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it is time again."""
        return monotonic() >= self._due

    @contextmanager
    def work(self) -> Iterator[None]:
        """Do the work, and put off the next time by as much as this one took calls for."""
        begin = monotonic()
        yield
        end = monotonic()
        self._due = end + max(self._pause, (end - begin) / self._share)
