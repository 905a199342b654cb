"""JSON for numbers: floats come back bit by bit, NaN included, and NumPy's arrays and scalars are welcome."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import numpy as np


def to_json(value: object, *, indent: int | None = None) -> str:
    """The value as JSON; arrays become lists, tuples lists, times ISO strings, and a mapping's keys strings."""
    return json.dumps(value, default=_plain, indent=indent)


def from_json(text: str) -> Any:
    """The value that `to_json` wrote."""
    return json.loads(text)


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, datetime):
        return value.isoformat()
    message = f"a run's record holds numbers, text, lists and mappings, not {type(value).__name__}"
    raise TypeError(message)
