"""Overrides of single keys, as given on a command line: ``cost.weight=2.5``."""

from __future__ import annotations

import re
from typing import Any

from sggd_qiskit.config.credentials import names_secret
from sggd_qiskit.config.errors import ConfigError, Fault, KeyPath, key_name
from sggd_qiskit.config.plain import MAX_DEPTH
from sggd_qiskit.config.yaml_text import parse


def override(data: dict[str, object], places: dict[KeyPath, str], text: str) -> None:
    """Set one key of ``data``, and in ``places`` what set it.

    Args:
        data: the configuration so far; changed.
        places: what set each key path, such as ``--set cost.weight=2``; changed.
        text: ``key.path=value``, where list items are named by their index and the value is YAML. Mappings on the way
            are made where they are missing.

    Raises:
        ConfigError: the text has no ``=`` or an empty key, the path leads through something that is neither mapping nor
            list or to a list item that is not there, or the value is not YAML.
    """
    place = _place(text)
    dotted, equals, value_text = text.partition("=")
    keys = key_parts(dotted.strip() if equals else "", place)
    value, _ = parse(value_text, lambda _line: place, root=keys)
    put(data, places, keys, value, place)


def key_parts(dotted: str, place: str) -> tuple[str, ...]:
    """The keys of ``cost.weight``, one below the other.

    Raises:
        ConfigError: one of them is empty, or there are too many.
    """
    keys = tuple(dotted.split("."))
    if not all(keys):
        raise ConfigError(Fault((), f"{place}: found no key and value, wanted key.path=value, such as cost.weight=2.5"))
    if len(keys) > MAX_DEPTH:
        raise ConfigError(Fault((), f"{place}: found {len(keys)} keys below one another, wanted at most {MAX_DEPTH}"))
    return keys


def put(data: dict[str, object], places: dict[KeyPath, str], keys: tuple[str, ...], value: object, place: str) -> None:
    """Set one key of ``data``; mappings on the way are made where they are missing.

    Args:
        data: the configuration so far; changed.
        places: what set each key path; changed.
        keys: the way to the value, list items by their index.
        value: plain data, which become part of ``data``.
        place: what sets it, for messages.

    Raises:
        ConfigError: the way leads through something that is neither mapping nor list, or to a list item that is not there.
    """
    parent: Any = data
    path: KeyPath = ()
    for end, part in enumerate(keys, start=1):
        key = _key_in(parent, part, path, place)
        path = (*path, key)
        if end == len(keys):
            parent[key] = value
            for known in [known for known in places if known[: len(path)] == path]:
                del places[known]
            places[path] = place
        elif isinstance(parent, list) or parent.get(key) is not None:
            parent = parent[key]
        else:
            parent[key] = {}
            places[path] = place
            parent = parent[key]


def _key_in(parent: object, part: str, path: KeyPath, place: str) -> str | int:
    """The key or index that ``part`` means in ``parent``, which stands at ``path``."""
    if isinstance(parent, dict):
        return part
    if not isinstance(parent, list):
        raise ConfigError(
            Fault(path, f"{place}: {key_name(path)} is a single value, so it has no key {part!r}; set it as a whole")
        )
    if part not in map(str, range(len(parent))):
        wanted = (
            f"wanted an index from 0 to {len(parent) - 1}" if parent else "but the list is empty; set it as a whole"
        )
        raise ConfigError(Fault(path, f"{place}: found list item {part!r}, {wanted}"))
    return int(part)


def _place(text: str) -> str:
    """What an override is called in messages, without what may be a credential."""
    if not names_secret(text):
        return "--set " + " ".join(text.split())
    key, equals, _ = text.partition("=")
    return f"--set {key}=..." if equals and not re.search(r"\s", key) else "--set ..."
