"""What may stand where in a configuration, read off its JSON schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from sggd_qiskit.config.errors import KeyPath

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Spot:
    """A place in the data and in the schema at once.

    Attributes:
        path: the keys that lead there.
        schema: what is allowed there; empty where no key is known.
        value: what was found there; None where there is nothing.
        around: the place that holds it.
    """

    path: KeyPath
    schema: Schema
    value: Any
    around: Spot | None = None


class Outline:
    """The JSON schema of a model, as it is with all extensions that are there."""

    def __init__(self, model: type[BaseModel]):
        self.root: Schema = model.model_json_schema()

    def choices(self, schema: Schema) -> list[Schema]:
        """The alternatives that a schema allows, with unions and references taken apart."""
        if "$ref" in schema:
            return self.choices(self.root["$defs"][schema["$ref"].rpartition("/")[2]])
        if parts := schema.get("anyOf") or schema.get("oneOf"):
            return [choice for part in parts for choice in self.choices(part)]
        return [schema] if schema else []

    def kinds(self, schema: Schema) -> dict[str, Schema]:
        """The blocks that a schema allows, by the values of their ``kind``; empty if it does not distinguish kinds."""
        return {kind: choice for choice in self.choices(schema) for kind in kinds_of(choice)}

    def block(self, schema: Schema, value: object) -> Schema | None:
        """The block that a mapping is meant to be, going by its ``kind`` where there are several."""
        blocks = [choice for choice in self.choices(schema) if "properties" in choice]
        if len(blocks) < 2:
            return blocks[0] if blocks else None
        kind = value.get("kind") if isinstance(value, dict) else None
        return self.kinds(schema).get(kind) if isinstance(kind, str) else None

    def follow(self, data: Mapping[str, Any], loc: KeyPath) -> Spot:
        """The place that pydantic names, which puts the names of a union's members between the keys."""
        spot = Spot((), self.root, data)
        rest = list(loc)
        while rest:
            if len([choice for choice in self.choices(spot.schema) if choice.get("type") != "null"]) > 1:
                del rest[0]
            if rest:
                spot = self.below(spot, rest.pop(0))
        return spot

    def below(self, spot: Spot, key: str | int) -> Spot:
        """The place under a key or an index."""
        block = self.block(spot.schema, spot.value)
        if block is not None:
            schema = block["properties"].get(str(key), {})
        else:
            inner = "items" if isinstance(key, int) else "additionalProperties"
            schema = {"anyOf": [choice[inner] for choice in self.choices(spot.schema) if choice.get(inner)]}
        has = isinstance(spot.value, list) or (isinstance(spot.value, dict) and key in spot.value)
        return Spot((*spot.path, key), schema, spot.value[key] if has else None, spot)

    def keys(self, schema: Schema | None = None, path: KeyPath = ()) -> Iterator[tuple[KeyPath, tuple[str, ...]]]:
        """Every key path that can occur, with the kinds of its block; the first item stands for all of a list."""
        for choice in self.choices(self.root if schema is None else schema):
            for key, inner in choice.get("properties", {}).items():
                yield (*path, key), kinds_of(choice)
                yield from self.keys(inner, (*path, key))
            yield from self.keys(choice.get("items", {}), (*path, 0))


def kinds_of(block: Schema) -> tuple[str, ...]:
    """The values of ``kind`` that mean this block."""
    return tuple(literals(block.get("properties", {}).get("kind", {})))


def literals(schema: Schema) -> list[Any]:
    """The values, if only certain ones are allowed."""
    return schema.get("enum") or ([schema["const"]] if "const" in schema else [])
