"""How messages name what was found and what was wanted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from math import isfinite
from sys import float_info
from types import NoneType
from typing import Any, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import JsonValue

from sggd_qiskit.config.block import NamesFile, Phrase
from sggd_qiskit.config.outline import Choice, choices, kinds

LONGEST_ECHO = 60

_PLAIN: dict[Any, str] = {
    NoneType: "null",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    JsonValue: "any value",
}


def found(value: object) -> str:
    """What stands in the file, shortened: ``'many' (a string)``."""
    match value:
        case None | True | False:
            return json.dumps(value)
        case str():
            return f"{_shortened(value)!r} (a string)"
        case int():
            return f"{_shortened(str(value))} ({'a whole number' if abs(value) < float_info.max else 'too large'})"
        case float():
            return f"{value} ({'a number' if isfinite(value) else 'not a finite number'})"
        case []:
            return "an empty list"
    return "a list" if isinstance(value, list) else "a mapping"


def wanted(annotation: Any) -> str:
    """What an annotation allows: ``a whole number, at least 1, or null``."""
    allowed = choices(annotation)
    literals = [literal for choice in allowed for literal in choice.literals]
    phrases = [one_of(literals)] if literals else []
    phrases += [_wanted(choice) for choice in allowed if not (choice.literals or choice.block)]
    if names := list(kinds(annotation)):
        phrases.append(f"a mapping of kind {one_of(names)}")
    else:
        phrases += [f"a mapping with keys {listed(choice.block.model_fields)}" for choice in allowed if choice.block]
    return ", or ".join(sorted(phrases, key="null".__eq__))


def one_of(values: Sequence[object]) -> str:
    """The values in quotes: ``'a', 'b' or 'c'``."""
    *most, last = (repr(value) for value in values)
    return f"{', '.join(most)} or {last}" if most else last


def listed(names: Iterable[object]) -> str:
    """The names without quotes: ``a, b, c``."""
    return ", ".join(map(str, names))


def nearest(name: object, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known name that ``name`` is probably a misspelling of."""
    near = get_close_matches(name, list(known), n=1, cutoff=likeness) if isinstance(name, str) else []
    return near[0] if near else None


def _wanted(choice: Choice) -> str:
    if choice.type in _PLAIN:
        return ", ".join([_PLAIN[choice.type], *_bounds(choice.marks)])
    if get_origin(choice.type) is dict:
        return f"a mapping from names to {wanted(get_args(choice.type)[1])}"
    if get_origin(choice.type) is tuple:
        some = "a list with at least one item" if _least_length(choice.marks) else "a list"
        return f"{some}, each {wanted(get_args(choice.type)[0])}"
    if NamesFile in choice.marks:
        return "the path of a file"
    phrases = [mark.text for mark in choice.marks if isinstance(mark, Phrase)]
    if phrases:
        return phrases[0]
    patterns = [mark.pattern for mark in choice.marks if getattr(mark, "pattern", None)]
    return f"a string that matches {patterns[0]}" if patterns else "a string"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_ECHO else text[:LONGEST_ECHO] + "..."


def _bounds(marks: Iterable[Any]) -> list[str]:
    words = {Ge: ("at least", "ge"), Gt: ("greater than", "gt"), Le: ("at most", "le"), Lt: ("less than", "lt")}
    return [f"{words[type(mark)][0]} {getattr(mark, words[type(mark)][1])}" for mark in marks if type(mark) in words]


def _least_length(marks: Iterable[Any]) -> int:
    return max((mark.min_length for mark in marks if isinstance(mark, MinLen)), default=0)
