"""Values of a configuration that are chosen by a registered name."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SerializationInfo, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError, SchemaValidator, core_schema

from sggd_qiskit.config.block import Block
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.plain import plain
from sggd_qiskit.config.registry import Registry


@dataclass(frozen=True)
class Extension:
    """Annotation of a value that is a registered block: an instance, its name, or a mapping with ``kind`` and options.

    Whatever is written, the validated value is an instance. It is dumped as its name if it has no options.

    Attributes:
        registry: where names are looked up.
    """

    registry: Registry

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        written = core_schema.plain_serializer_function_ser_schema(_written, info_arg=True)
        return core_schema.with_info_plain_validator_function(self._validated, serialization=written)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        blocks = []
        for name in self.registry.names():
            with suppress(ConfigError):  # what can't be imported is told to who chooses it
                blocks.append(handler(self.registry.get(name).__pydantic_core_schema__))
        return {"anyOf": [{"enum": list(self.registry.names())}, *blocks]}

    def _validated(self, value: object, info: ValidationInfo) -> Any:
        if isinstance(value, Block):
            name = getattr(value, "kind", None)
            if isinstance(name, str) and name in self.registry and isinstance(value, self.registry.get(name)):
                return value
        given = {"kind": value} if isinstance(value, str) else value
        kind = given.get("kind") if isinstance(given, dict) else None
        if not isinstance(kind, str) or kind not in self.registry:
            names = ", ".join(self.registry.names())
            raise PydanticCustomError(
                "unknown_name", "Wanted a {what}, one of {names}", {"what": self.registry.what, "names": names}
            )
        block = self.registry.get(kind)
        # A union of one, so that pydantic puts the kind into the places of errors, as everywhere.
        union = core_schema.tagged_union_schema({kind: block.__pydantic_core_schema__}, "kind")
        return SchemaValidator(union).validate_json(json.dumps(plain(given)), strict=True, context=info.context)


@dataclass(frozen=True)
class RegisteredName:
    """Annotation of a string that is a registered name, or one of some others.

    Attributes:
        registry: where names are looked up.
        others: names that stand for something else.
    """

    registry: Registry
    others: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._known, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "enum": [*self.registry.names(), *self.others]}

    def _known(self, name: str) -> str:
        if name not in self.others and name not in self.registry:
            names = ", ".join((*self.registry.names(), *self.others))
            raise PydanticCustomError("unknown_name", "Wanted one of {names}", {"names": names})
        return name


def _written(block: Block | str, info: SerializationInfo) -> Any:
    if isinstance(block, str):  # a default, which the JSON schema shows as it stands
        return block
    written = block.model_dump(mode=info.mode)
    return written["kind"] if len(written) == 1 else written
