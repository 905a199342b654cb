"""What may stand where in a configuration, read off the annotations of its models."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from sggd_qiskit.config.block import Block
from sggd_qiskit.config.errors import KeyPath


class Choice(NamedTuple):
    """One of the types that a value may have, with the marks (bounds, ``NamesFile``, ...) of its annotation."""

    type: Any
    marks: tuple[Any, ...]

    @property
    def block(self) -> type[Block] | None:
        """The type, if it is a block."""
        return self.type if isinstance(self.type, type) and issubclass(self.type, Block) else None

    @property
    def literals(self) -> tuple[Any, ...]:
        """The values, if only certain ones are allowed."""
        return get_args(self.type) if get_origin(self.type) is Literal else ()


def choices(annotation: Any, marks: tuple[Any, ...] = ()) -> list[Choice]:
    """The types that an annotation allows, with unions and ``Annotated`` taken apart."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        nested = [mark for item in more for mark in (item.metadata if isinstance(item, FieldInfo) else [item])]
        return choices(inner, (*marks, *nested))
    if get_origin(annotation) in {Union, UnionType}:
        return [choice for part in get_args(annotation) for choice in choices(part, marks)]
    return [Choice(annotation, marks)]


def fields(block: type[Block]) -> dict[str, Any]:
    """The full annotation of each key of a block."""
    return {
        key: Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        for key, field in block.model_fields.items()
    }


def kinds(annotation: Any) -> dict[str, type[Block]]:
    """The blocks that an annotation allows, by the values of their ``kind``; empty if it does not distinguish kinds."""
    blocks = [choice.block for choice in choices(annotation) if choice.block]
    named = ((kind, block) for block in blocks if "kind" in block.model_fields for kind in kinds_of(block))
    return dict(named)


def kinds_of(block: type[Block]) -> tuple[str, ...]:
    """The values of ``kind`` that mean this block."""
    return get_args(block.model_fields["kind"].annotation) if "kind" in block.model_fields else ()


def block_meant(annotation: Any, value: object) -> type[Block] | None:
    """The block that a mapping is meant to be, going by its ``kind`` where there are several."""
    blocks = [choice.block for choice in choices(annotation) if choice.block]
    if len(blocks) <= 1:
        return blocks[0] if blocks else None
    kind = value.get("kind") if isinstance(value, dict) else None
    return kinds(annotation).get(kind) if isinstance(kind, str) else None


def below(annotation: Any, value: object, key: str | int) -> Any:
    """The annotation of what stands under ``key`` in ``value``; None if nothing is known about it."""
    block = block_meant(annotation, value)
    if block is not None:
        return fields(block).get(str(key))
    container = tuple if isinstance(key, int) else dict
    items = [get_args(choice.type) for choice in choices(annotation) if get_origin(choice.type) is container]
    return items[0][0 if container is tuple else 1] if items else None


def ambiguous(annotation: Any) -> bool:
    """Whether the value may be of several types, null apart; pydantic then adds the type's name to an error's place."""
    return len([choice for choice in choices(annotation) if choice.type is not NoneType]) > 1


def all_keys(annotation: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, type[Block]]]:
    """Every key path that can occur, with the block that it belongs to; the first item stands for all of a list."""
    for choice in choices(annotation):
        if choice.block is not None:
            for key, inner in fields(choice.block).items():
                yield (*path, key), choice.block
                yield from all_keys(inner, (*path, key))
        elif get_origin(choice.type) is tuple:
            yield from all_keys(get_args(choice.type)[0], (*path, 0))
