"""Python objects as the plain data that a YAML file would hold."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from sggd_qiskit.config.block import Block
from sggd_qiskit.config.errors import ConfigError, Fault, KeyPath

MAX_DEPTH = 64


def plain(value: object, path: KeyPath = ()) -> Any:
    """Nested mappings, sequences and arrays, and blocks among them, as dicts, lists, strings, numbers, booleans and None.

    Raises:
        ConfigError: something else is among them, or they are nested without end; it names the key.
    """
    if len(path) > MAX_DEPTH:
        raise ConfigError(Fault(path[:3], f"found something nested more than {MAX_DEPTH} deep; flatten it"))
    match value:
        case Block():
            return value.model_dump(mode="json")
        case Mapping():
            if strange := [key for key in value if not isinstance(key, str)]:
                raise ConfigError(Fault(path, f"found the key {strange[0]!r}, wanted a string; put it in quotes"))
            return {key: plain(item, (*path, key)) for key, item in value.items()}
        case list() | tuple():
            return [plain(item, (*path, index)) for index, item in enumerate(value)]
        case np.ndarray() | np.generic():
            return plain(value.tolist(), path)
        case os.PathLike():
            return plain(os.fspath(value), path)
    try:
        require_storable(value)
    except TypeError as error:
        raise ConfigError(Fault(path, f"{error}, wanted numbers, strings, lists, mappings or blocks")) from None
    except ValueError:
        found = type(value).__name__
        raise ConfigError(Fault(path, f"found a {found} that no file can hold; choose another")) from None
    return value


def require_storable(value: object) -> None:
    """Refuse what is no scalar of YAML's core types.

    Raises:
        TypeError: it is of another type.
        ValueError: it is a whole number of thousands of digits, or has a character that is none.
    """
    if not isinstance(value, None | bool | int | float | str):
        raise TypeError(f"found a {type(value).__name__}")
    json.dumps(value, ensure_ascii=False).encode()
