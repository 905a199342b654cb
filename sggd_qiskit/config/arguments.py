"""Types checked at the door: what was found in place of an argument, what was wanted, and what to do."""

from __future__ import annotations


def require_type(name: str, value: object, kinds: type | tuple[type, ...], remedy: str = "") -> None:
    """Refuse an argument of another type.

    Args:
        name: of the argument.
        value: what was given.
        kinds: what is taken.
        remedy: what to do.

    Raises:
        TypeError: naming all of these.
    """
    if isinstance(value, kinds):
        return
    wanted = " or ".join(kind.__name__ for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
    raise TypeError(f"found {name} of type {type(value).__name__}; wanted {wanted}{f', {remedy}' if remedy else ''}")
