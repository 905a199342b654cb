"""Faults in plain words, from pydantic's account of what is wrong with the data."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sggd_qiskit.config.errors import Fault, KeyPath
from sggd_qiskit.config.outline import ambiguous, block_meant, choices, kinds
from sggd_qiskit.config.unknown_keys import unknown_key
from sggd_qiskit.config.walk import Walk
from sggd_qiskit.config.wording import found, listed, nearest, one_of, wanted


def faults_of(error: ValidationError, data: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with ``data``, a fault per place, in the order in which pydantic found it."""
    faults: dict[KeyPath, Fault] = {}
    for detail in error.errors(include_url=False):
        fault = _fault(detail, data)
        faults.setdefault(fault.path, Fault(fault.path, " ".join(fault.message.split())))
    # A list or mapping is reported as a whole, too, when an item is wrong; the item says it all.
    around = {path[:end] for path in faults for end in range(len(path))}
    return [fault for path, fault in faults.items() if path not in around or not path]


def _fault(detail: ErrorDetails, data: Mapping[str, Any]) -> Fault:
    walk = Walk(detail["loc"], data)
    context = detail.get("ctx", {})
    match detail["type"]:
        case "misfit":
            return Fault(_deeper(walk, context["key"]), context["message"])
        case "value_error":
            return Fault(walk.path, str(context["error"]))
        case "missing":
            return Fault(walk.path, _missing(walk))
        case "extra_forbidden":
            return Fault(walk.path, unknown_key(walk.path, *walk.around))
    if kinds(walk.annotation) and ambiguous(walk.annotation) and isinstance(walk.value, dict):
        return Fault((*walk.path, "kind"), _wrong_kind(walk))
    return Fault(walk.path, _unwanted(walk))


def _deeper(walk: Walk, key: str) -> KeyPath:
    path, value = walk.path, walk.value
    for part in key.split(".") if key else ():
        if isinstance(value, list):
            path, value = (*path, int(part)), value[int(part)]
        else:
            path, value = (*path, part), value.get(part) if isinstance(value, dict) else None
    return path


def _missing(walk: Walk) -> str:
    block = block_meant(*walk.around)
    description = (block.model_fields[str(walk.path[-1])].description if block else None) or ""
    meaning = description.rstrip(".").replace("``", "'")
    return f"is missing; wanted {wanted(walk.annotation)}" + (f" ({meaning})" if meaning else "")


def _wrong_kind(walk: Walk) -> str:
    known = list(kinds(walk.annotation))
    if "kind" not in walk.value:
        return f"is missing; wanted {one_of(known)}"
    kind = walk.value["kind"]
    if not isinstance(kind, str):
        return f"found {found(kind)}, wanted {one_of(known)}"
    near = nearest(kind, known)
    return f"unknown kind {kind!r}; " + (f"did you mean {near!r}? " if near else "") + f"known kinds: {listed(known)}"


def _unwanted(walk: Walk) -> str:
    value = walk.value
    message = f"found {found(value)}, wanted {wanted(walk.annotation)}"
    allowed = choices(walk.annotation)
    near = nearest(value, [str(literal) for choice in allowed for literal in choice.literals])
    if near:
        return f"{message}; did you mean {near!r}?"
    types = {choice.type for choice in allowed}
    if isinstance(value, float) and value.is_integer() and int in types:
        return f"{message}; write {int(value)}"
    if isinstance(value, str) and types & {int, float} and _is_number(value):
        return f"{message}; write it without quotes"
    return message


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
