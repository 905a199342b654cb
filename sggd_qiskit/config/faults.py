"""Faults in plain words, from pydantic's account of what is wrong with the data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from math import isfinite
from sys import float_info
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sggd_qiskit.config.credentials import ADVICE, names_secret
from sggd_qiskit.config.errors import Fault, KeyPath, key_name
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.outline import Outline, Schema, kinds_of, literals

LONGEST_ECHO = 60
VERY_ALIKE = 0.8
MOST_PLACES = 3
MOST_FAULTS = 100

_PLAIN = {"null": "null", "boolean": "true or false", "integer": "a whole number", "number": "a number"}
_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "greater than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}


def faults_of(
    error: ValidationError, data: Mapping[str, Any], model: type[BaseModel] = ExperimentConfig
) -> list[Fault]:
    """What is wrong with a file's content, a fault per place, in the order in which pydantic found it.

    Args:
        error: pydantic's.
        data: the content.
        model: what it was to be.
    """
    outline = Outline(model, data)
    faults: dict[KeyPath, Fault] = {}
    details = error.errors(include_url=False)
    for detail in details[:MOST_FAULTS]:
        path, message = _fault(outline, detail)
        faults.setdefault(path, Fault(path, " ".join(message.split())))
    if len(details) > MOST_FAULTS:
        faults[()] = Fault((), f"there are {len(details) - MOST_FAULTS} more faults; mend these first")
    # A list or mapping is reported as a whole, too, when an item is wrong; the item says it all.
    around = {path[:end] for path in faults for end in range(len(path))}
    return [fault for path, fault in faults.items() if path not in around or not path]


def _fault(outline: Outline, detail: ErrorDetails) -> tuple[KeyPath, str]:
    """Key path and message."""
    path, context = outline.path(detail["loc"]), detail.get("ctx", {})
    schema, value = outline.schema(path), outline.value(path)
    match detail["type"]:
        case "misfit" | "value_error":
            for part in filter(None, context.get("key", "").split(".")):
                path = (*path, int(part) if isinstance(outline.value(path), list) else part)
            return path, str(context.get("message", context.get("error")))
        case "missing":
            described = " ".join(part.get("description", "") for part in schema["anyOf"]).rstrip(".").replace("``", "'")
            return path, f"is missing; wanted {wanted(outline, schema)}" + (f" ({described})" if described else "")
        case "extra_forbidden":
            return path, _unknown_key(outline, path)
    kinds = [kind for choice in outline.choices(schema) for kind in kinds_of(choice)]
    if not kinds or not isinstance(value, dict):
        return path, _unwanted(outline, schema, value)
    wrong = "kind" in value
    message = _unwanted(outline, {"enum": kinds}, value["kind"]) if wrong else f"is missing; wanted {one_of(kinds)}"
    return (*path, "kind"), message


def _unwanted(outline: Outline, schema: Schema, value: object) -> str:
    choices = outline.choices(schema)
    message = f"found {found(value)}, wanted {wanted(outline, schema)}"
    near = nearest(value, [str(literal) for choice in choices for literal in literals(choice)])
    if near:
        return f"{message}; did you mean {near!r}?"
    types = {choice.get("type") for choice in choices}
    if isinstance(value, float) and value.is_integer() and "integer" in types:
        return f"{message}; write {int(value)}"
    if isinstance(value, str) and types & {"integer", "number"} and _is_number(value):
        return f"{message}; write it without quotes"
    return message


def _unknown_key(outline: Outline, path: KeyPath) -> str:
    """The key that was probably meant, or where it belongs; values are never repeated, for they may be secrets."""
    key, known = str(path[-1]), outline.siblings(path)
    if names_secret(key):
        return f"unknown key {key!r}; {ADVICE}, and revoke it if the file was shared"
    if having := [kind for other in outline.keys if other.is_at(path) for kind in other.kinds]:
        kind = outline.value(path[:-1])["kind"]
        return f"kind {kind!r} has no key {key!r}, kind {one_of(having)} has; known keys: {', '.join(known)}"
    near = nearest(key, known)
    names = [str(other.path[-1]) for other in outline.keys]
    meant = key if near or key in names else nearest(key, names, VERY_ALIKE)
    elsewhere = dict.fromkeys(key_name(other.path) for other in outline.keys if other.path[-1] == meant)
    if suggestions := [*([near] if near else []), *list(elsewhere)[:MOST_PLACES]]:
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
        case [] | {} if not value:
            return "an empty list" if isinstance(value, list) else "an empty mapping"
    return "a list" if isinstance(value, list) else "a mapping"


def wanted(outline: Outline, schema: Schema) -> str:
    """What a schema allows: ``a whole number, at least 1, or null``."""
    choices = outline.choices(schema)
    names = [literal for choice in choices for literal in literals(choice)]
    kinds = [kind for choice in choices for kind in kinds_of(choice)]
    phrases = [one_of(names)] if names else []
    phrases += [_wanted(outline, choice) for choice in choices if not literals(choice) and not kinds_of(choice)]
    phrases += [f"a mapping of kind {one_of(kinds)}"] if kinds else []
    return ", or ".join(dict.fromkeys(sorted(phrases, key="null".__eq__)))


def _length(array: Schema) -> str:
    least, most = array.get("minItems", 0), array.get("maxItems")
    if least and least == most:
        return f" of {least} items"
    return f" with at least {least} items" if least > 1 else " with at least one item" if least else ""


def _wanted(outline: Outline, choice: Schema) -> str:
    match choice.get("type"):
        case "object" if "properties" in choice:
            return f"a mapping with keys {', '.join(choice['properties'])}"
        case "object":
            some = "a mapping with at least one key, each" if choice.get("minProperties") else "a mapping from names to"
            return f"{some} {wanted(outline, choice['additionalProperties'])}"
        case "array":
            return f"a list{_length(choice)}, each {wanted(outline, choice['items'])}"
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
    """The known name that ``name`` is probably a misspelling of.

    Args:
        name: what was found.
        known: the names that there are.
        likeness: at least, between 0 and 1.
    """
    near = get_close_matches(name, list(known), n=1, cutoff=likeness) if isinstance(name, str) else []
    return near[0] if near else None


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_ECHO else text[:LONGEST_ECHO] + "..."


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
