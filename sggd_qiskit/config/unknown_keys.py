"""What to say about a key that is not known: the key that was probably meant, or where it belongs."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sggd_qiskit.config.credentials import ADVICE, names_secret
from sggd_qiskit.config.errors import KeyPath, key_name
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.outline import all_keys, block_meant, kinds_of
from sggd_qiskit.config.wording import listed, nearest, one_of

VERY_ALIKE = 0.8
MOST_PLACES = 3


def unknown_key(path: KeyPath, annotation: Any, value: Any) -> str:
    """The message for the unknown key at ``path``.

    Args:
        path: the whole path of the key.
        annotation: what is allowed where the key was found.
        value: the mapping that holds the key; its values are never repeated, for they may be secrets.
    """
    key = str(path[-1])
    if names_secret(key):
        return f"unknown key {key!r}; {ADVICE}, and revoke it if the file was shared"
    block = block_meant(annotation, value)
    known = list(block.model_fields) if block else []
    if having := _kinds_with(path):
        return f"kind {value['kind']!r} has no key {key!r}, kind {one_of(having)} has; known keys: {listed(known)}"
    near = nearest(key, known)
    suggestions = ([near] if near else []) + _places_elsewhere(key, only_exact=near is not None)
    if suggestions:
        return f"unknown key {key!r}; did you mean {one_of(suggestions)}?"
    return f"unknown key {key!r}; known keys: {listed(known)}"


def _kinds_with(path: KeyPath) -> list[str]:
    """The kinds of block that do take a key at this path."""
    place = tuple(0 if isinstance(part, int) else part for part in path)  # the first item stands for all of a list
    return [kind for known, block in all_keys(ExperimentConfig) if known == place for kind in kinds_of(block)]


def _places_elsewhere(key: str, *, only_exact: bool) -> list[str]:
    """Where else in a configuration there is such a key, or one that is spelled very much like it."""
    places: dict[str, dict[str, None]] = defaultdict(dict)  # a dict's keys, as an ordered set
    for path, _ in all_keys(ExperimentConfig):
        places[str(path[-1])][key_name(path)] = None
    meant = key if only_exact or key in places else nearest(key, places, VERY_ALIKE)
    return list(places.get(meant or "", ()))[:MOST_PLACES]
