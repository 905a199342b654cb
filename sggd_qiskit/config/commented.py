"""A configuration as YAML whose comments are the descriptions of its keys."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from io import StringIO
from textwrap import wrap
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from sggd_qiskit.config.block import Block
from sggd_qiskit.config.errors import KeyPath

_WIDTH = 80
_INDENT = 2


def commented_yaml(chosen: Mapping[str, Any], config: Block, header: str, notes: Mapping[KeyPath, str]) -> str:
    """The chosen keys as YAML, each below what it is for.

    Args:
        chosen: nested mappings of plain values.
        config: the block that they make, whose fields have the descriptions.
        header: lines at the top.
        notes: further lines above a key, by its path; they are written as they are.
    """
    document = _commented(chosen, config, notes, ())
    document.yaml_set_start_comment(header)
    yaml: Any = YAML()
    yaml.allow_unicode = True
    yaml.width = 10_000
    stream = StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def _commented(chosen: Mapping[str, Any], block: Block, notes: Mapping[KeyPath, str], path: KeyPath) -> CommentedMap:
    found = CommentedMap()
    indent = _INDENT * len(path)
    for key, value in chosen.items():
        below = getattr(block, key)
        nested = isinstance(value, Mapping) and isinstance(below, Block)
        found[key] = _commented(value, below, notes, (*path, key)) if nested else _in_flow(value)
        note = notes.get((*path, key))
        lines = [*(note.split("\n") if note else ()), *_description(block, key, _WIDTH - 2 - indent)]
        if not path:
            lines.insert(0, "")
        if lines:
            found.yaml_set_comment_before_after_key(key, before="\n".join(lines), indent=indent)
    return found


def _description(block: Block, key: str, width: int) -> Iterator[str]:
    """What a key is for; for a kind, and where nothing is said of the key, what the block is."""
    value = getattr(block, key)
    described = type(block).model_fields[key].description or ""
    about = block if key == "kind" else value if not described else None
    if isinstance(about, Block):
        described = (inspect.getdoc(type(about)) or "").split("\n\n")[0]
    for paragraph in described.replace("``", "").split("\n\n"):
        yield from wrap(paragraph, width)


def _in_flow(value: Any) -> Any:
    """Lists and mappings of values on one line."""
    if isinstance(value, Mapping):
        found = CommentedMap(value)
        found.fa.set_flow_style()
        return found
    if isinstance(value, list | tuple):
        items = CommentedSeq(value)
        items.fa.set_flow_style()
        return items
    return value
