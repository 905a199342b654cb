"""Every key that a configuration may have, read off its JSON schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from sggd_qiskit.config.errors import KeyPath

Schema = Mapping[str, Any]
ANY = "*"
"""Stands for any key of a mapping that is no block, and for any index of a list."""


class Key(NamedTuple):
    """A key path that can occur, what is allowed there, and the kinds of the block that has it (none if there is one)."""

    path: KeyPath
    kinds: tuple[str, ...]
    schema: Schema

    def is_at(self, path: KeyPath) -> bool:
        """Whether it is the one at a path in the data."""
        return len(path) == len(self.path) and all(k in {ANY, p} for k, p in zip(self.path, path, strict=True))


class Outline:
    """All keys, with those of every extension that is known.

    Attributes:
        keys: the paths that can occur, each before those below it.
    """

    def __init__(self, model: type[BaseModel], data: Mapping[str, Any]):
        self._root, self._data = model.model_json_schema(), data
        self.keys = list(self._below(self._root, ()))

    def choices(self, schema: Schema) -> list[Schema]:
        """The alternatives that a schema allows, with unions and references taken apart."""
        if "$ref" in schema:
            return self.choices(self._root["$defs"][schema["$ref"].rpartition("/")[2]])
        parts = schema.get("anyOf", schema.get("oneOf"))
        return [schema] if parts is None else [choice for part in parts for choice in self.choices(part)]

    def path(self, loc: KeyPath) -> KeyPath:
        """The path of pydantic's place of an error, which has the names of a union's members between the keys."""
        path: KeyPath = ()
        rest = list(loc)
        while rest:
            if len([choice for choice in self.choices(self.schema(path)) if choice.get("type") != "null"]) > 1:
                del rest[0]
            path, rest = (*path, *rest[:1]), rest[1:]
        return path

    def schema(self, path: KeyPath) -> Schema:
        """What is allowed at a path in the data."""
        return {"anyOf": [key.schema for key in self.keys if self._applies(key, path)]} if path else self._root

    def siblings(self, path: KeyPath) -> list[str]:
        """The keys that the block around a path has, going by the block's kind."""
        return [str(key.path[-1]) for key in self.keys if self._applies(key, (*path[:-1], key.path[-1]))]

    def value(self, path: KeyPath) -> Any:
        """What the data have at a path; None where there is nothing."""
        value: Any = self._data
        for part in path:
            has = isinstance(value, list) or (isinstance(value, dict) and part in value)
            value = value[part] if has else None
        return value

    def _applies(self, key: Key, path: KeyPath) -> bool:
        around = self.value(path[:-1])
        return key.is_at(path) and (not key.kinds or (isinstance(around, dict) and around.get("kind") in key.kinds))

    def _below(self, schema: Schema, path: KeyPath) -> Iterator[Key]:
        for choice in self.choices(schema):
            inner = choice.get("properties") or {ANY: choice.get("items") or choice.get("additionalProperties")}
            for name, below in inner.items():
                if below:
                    yield Key((*path, name), kinds_of(choice), below)
                    yield from self._below(below, (*path, name))


def kinds_of(block: Schema) -> tuple[str, ...]:
    """The values of ``kind`` that mean this block."""
    return tuple(literals(block.get("properties", {}).get("kind", {})))


def literals(schema: Schema) -> list[Any]:
    """The values, if only certain ones are allowed."""
    return schema.get("enum") or ([schema["const"]] if "const" in schema else [])
