"""Faults in plain words, from pydantic's account of what is wrong with the data."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from math import isfinite
from sys import float_info
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sggd_qiskit.config.credentials import ADVICE, names_secret
from sggd_qiskit.config.errors import Fault, KeyPath, key_name
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.outline import Outline, Schema, Spot, literals

LONGEST_ECHO = 60
VERY_ALIKE = 0.8
MOST_PLACES = 3

_PLAIN = {"null": "null", "boolean": "true or false", "integer": "a whole number", "number": "a number"}
_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "greater than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}


def faults_of(error: ValidationError, data: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with ``data``, a fault per place, in the order in which pydantic found it."""
    outline = Outline(ExperimentConfig)
    faults: dict[KeyPath, Fault] = {}
    for detail in error.errors(include_url=False):
        path, message = _fault(outline, detail, data)
        faults.setdefault(path, Fault(path, " ".join(message.split())))
    # A list or mapping is reported as a whole, too, when an item is wrong; the item says it all.
    around = {path[:end] for path in faults for end in range(len(path))}
    return [fault for path, fault in faults.items() if path not in around or not path]


def _fault(outline: Outline, detail: ErrorDetails, data: Mapping[str, Any]) -> tuple[KeyPath, str]:
    """Key path and message."""
    spot, context = outline.follow(data, detail["loc"]), detail.get("ctx", {})
    match detail["type"]:
        case "misfit":
            for part in filter(None, context["key"].split(".")):
                spot = outline.below(spot, int(part) if isinstance(spot.value, list) else part)
            return spot.path, context["message"]
        case "value_error":
            return spot.path, str(context["error"])
        case "missing":
            meaning = spot.schema.get("description", "").rstrip(".").replace("``", "'")
            return spot.path, f"is missing; wanted {wanted(outline, spot.schema)}" + (f" ({meaning})" if meaning else "")
        case "extra_forbidden":
            return spot.path, _unknown_key(outline, spot)
    if isinstance(spot.value, dict) and (kinds := list(outline.kinds(spot.schema))):
        return (*spot.path, "kind"), _wrong_kind(spot.value, kinds)
    return spot.path, _unwanted(outline, spot)


def _wrong_kind(value: dict[str, Any], known: list[str]) -> str:
    if "kind" not in value:
        return f"is missing; wanted {one_of(known)}"
    kind = value["kind"]
    if not isinstance(kind, str):
        return f"found {found(kind)}, wanted {one_of(known)}"
    near = nearest(kind, known)
    return f"unknown kind {kind!r}; {f'did you mean {near!r}? ' if near else ''}known kinds: {', '.join(known)}"


def _unwanted(outline: Outline, spot: Spot) -> str:
    value, choices = spot.value, outline.choices(spot.schema)
    message = f"found {found(value)}, wanted {wanted(outline, spot.schema)}"
    near = nearest(value, [str(literal) for choice in choices for literal in literals(choice)])
    if near:
        return f"{message}; did you mean {near!r}?"
    types = {choice.get("type") for choice in choices}
    if isinstance(value, float) and value.is_integer() and "integer" in types:
        return f"{message}; write {int(value)}"
    if isinstance(value, str) and types & {"integer", "number"} and _is_number(value):
        return f"{message}; write it without quotes"
    return message


def _unknown_key(outline: Outline, spot: Spot) -> str:
    """The key that was probably meant, or where it belongs; values are never repeated, for they may be secrets."""
    key, around = str(spot.path[-1]), spot.around
    if names_secret(key):
        return f"unknown key {key!r}; {ADVICE}, and revoke it if the file was shared"
    block = outline.block(around.schema, around.value) if around else None
    known = list(block["properties"]) if block else []
    places: dict[str, dict[str, None]] = defaultdict(dict)  # a dict's keys, as an ordered set
    place = tuple(0 if isinstance(part, int) else part for part in spot.path)
    having = []
    for path, kinds in outline.keys():
        places[str(path[-1])][key_name(path)] = None
        having += kinds if path == place else ()
    if around and having:
        kind = around.value["kind"]
        return f"kind {kind!r} has no key {key!r}, kind {one_of(having)} has; known keys: {', '.join(known)}"
    near = nearest(key, known)
    meant = key if near or key in places else nearest(key, places, VERY_ALIKE)
    suggestions = ([near] if near else []) + list(places.get(meant or "", ()))[:MOST_PLACES]
    if suggestions:
        return f"unknown key {key!r}; did you mean {one_of(suggestions)}?"
    return f"unknown key {key!r}; known keys: {', '.join(known)}"


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


def wanted(outline: Outline, schema: Schema) -> str:
    """What a schema allows: ``a whole number, at least 1, or null``."""
    choices, kinds = outline.choices(schema), list(outline.kinds(schema))
    names = [literal for choice in choices for literal in literals(choice)]
    phrases = [one_of(names)] if names else []
    phrases += [_wanted(outline, choice) for choice in choices if not literals(choice) and "properties" not in choice]
    if kinds:
        phrases.append(f"a mapping of kind {one_of(kinds)}")
    else:
        phrases += [f"a mapping with keys {', '.join(c['properties'])}" for c in choices if "properties" in c]
    return ", or ".join(dict.fromkeys(sorted(phrases, key="null".__eq__))) or "any value"


def _wanted(outline: Outline, choice: Schema) -> str:
    match choice.get("type"):
        case "object":
            return f"a mapping from names to {wanted(outline, choice['additionalProperties'])}"
        case "array":
            some = "a list with at least one item" if choice.get("minItems") else "a list"
            return f"{some}, each {wanted(outline, choice['items'])}"
        case "string" if choice.get("format") == "path":
            return "the path of a file"
        case "string":
            examples = f" such as {one_of(choice['examples'])}" if "examples" in choice else ""
            return "a string" + (examples or (f" that matches {choice['pattern']}" if "pattern" in choice else ""))
    bounds = [f"{words} {choice[bound]}" for bound, words in _BOUNDS.items() if bound in choice]
    return ", ".join([_PLAIN.get(choice.get("type", ""), "any value"), *bounds])


def one_of(values: Sequence[object]) -> str:
    """The values in quotes: ``'a', 'b' or 'c'``."""
    *most, last = (repr(value) for value in values)
    return f"{', '.join(most)} or {last}" if most else last


def nearest(name: object, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known name that ``name`` is probably a misspelling of."""
    near = get_close_matches(name, list(known), n=1, cutoff=likeness) if isinstance(name, str) else []
    return near[0] if near else None


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_ECHO else text[:LONGEST_ECHO] + "..."


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
