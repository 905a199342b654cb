"""The one error that bad input ends in: it names the place, what was found, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic_core import PydanticCustomError

KeyPath = tuple[str | int, ...]
"""Keys and list indices that lead to a value, such as ``("symmetry", "generators", 0, "pauli")``."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the input.

    Attributes:
        path: the key's path in the configuration, such as ``("cost", "weight")``; empty for the file as a whole.
        message: what was found, what was wanted and what to do, as a sentence or two.
    """

    path: KeyPath
    message: str

    def __str__(self) -> str:
        """``key: message``."""
        return f"{key_name(self.path)}: {self.message}" if self.path else self.message


class ConfigError(ValueError):
    """The configuration, or a file that it names, can't be used; nothing was run and nothing was written."""

    def __init__(self, *faults: Fault):
        self.faults = faults
        super().__init__(*faults)  # what pickle makes it again from

    def __str__(self) -> str:
        """A line for each fault."""
        return "\n".join(map(str, self.faults))

    @classmethod
    def at(cls, key: str, message: str) -> ConfigError:
        """An error with a single fault at a dotted ``key`` such as ``"model.observable"``."""
        return cls(Fault(tuple(key.split(".")) if key else (), message))


def key_name(path: KeyPath) -> str:
    """The path as a user writes it: ``symmetry.generators.0.pauli``."""
    return ".".join(map(str, path))


def misfit(key: str, message: str) -> PydanticCustomError:
    """What a validator of a block raises about a key further down, ``key`` being relative to that block."""
    return PydanticCustomError("misfit", "{message}", {"key": key, "message": message})
