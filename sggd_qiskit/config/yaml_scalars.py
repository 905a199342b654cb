"""The single values of YAML's core types."""

from __future__ import annotations

SCALARS = frozenset({"null", "bool", "int", "float", "str", "value", "merge"})
"""Core types; the last two are what the parser calls the plain strings ``=`` and ``<<``."""

MAX_DIGITS = 1000

_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def read_scalar(kind: str, text: str) -> object:
    """The value of a scalar, of which the parser has found out the ``kind``.

    Raises:
        ValueError: the text is not of that kind, or a number too long to be meant.
        KeyError: the text is not a truth value.
    """
    if kind == "null":
        return None
    if kind == "bool":
        return _TRUTH[text.lower()]
    if kind in {"int", "float"}:
        if len(text) > MAX_DIGITS:
            raise ValueError("too long to be meant")
        digits = text.replace("_", "")
        if kind == "int":
            return int(digits, 10 if digits.lstrip("+-").isdigit() else 0)
        return float(digits.lower().replace(".inf", "inf").replace(".nan", "nan"))
    text.encode()  # an escape such as "\ud800" names no character
    return text
