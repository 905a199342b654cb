"""The raw configuration as it was given: plain data, and the place that each key came from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml.nodes import Node

from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.config.block import Block
from sggd_qiskit.config.errors import ConfigError, KeyPath
from sggd_qiskit.config.files import read_file
from sggd_qiskit.config.overrides import override
from sggd_qiskit.config.plain import plain
from sggd_qiskit.config.yaml_text import line_of, parse

MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Source:
    """A configuration before validation.

    Attributes:
        file: the file that it was read from; None if it was given as Python objects.
        data: dicts, lists, strings, numbers, booleans and None, with the overrides in place.
        overridden: what set a key path in place of the file, such as ``--set cost.weight=2``.
        document: the file's nodes, which know their lines.
    """

    file: Path | None
    data: dict[str, Any]
    overridden: dict[KeyPath, str] = field(default_factory=dict)
    document: Node | None = None

    @property
    def folder(self) -> Path:
        """Where relative paths of data files start."""
        return Path.cwd() if self.file is None else self.file.absolute().parent

    def describe(self, error: ConfigError) -> list[str]:
        """A line for each fault of ``error``: its place, its key, and what is wrong.

        The place of a key that was never given is that of the nearest mapping around it.
        """
        return [" ".join(f"{self._place(fault.path)}{fault}".split()) for fault in error.faults]

    def _place(self, path: KeyPath) -> str:
        parts = tuple(map(str, path))  # errors may write indices as text
        overridden = {tuple(map(str, key)): place for key, place in self.overridden.items()}
        for end in range(len(parts), 0, -1):
            if parts[:end] in overridden:
                return f"{overridden[parts[:end]]}: "
        line = None if self.document is None else line_of(self.document, path)
        return f"{self.file}:{line}: " if line else f"{self.file}: " if self.file else ""


def read_source(
    given: str | os.PathLike[str] | Mapping[str, object] | Block, overrides: str | Sequence[str] = ()
) -> Source:
    """Read a configuration and apply overrides to it, in their order.

    Args:
        given: the path of a YAML file; or nested mappings, whose values may be blocks.
        overrides: such as ``cost.weight=2.5``; a single one may be given as it is.

    Raises:
        ConfigError: the file can't be read, is not a single YAML mapping of plain values, or an override can't be
            applied; the message names the line or the override.
        TypeError: ``given`` is neither a path nor a mapping, or an override no string.
    """
    if isinstance(given, Mapping | Block):
        source = Source(None, plain(given))
    elif isinstance(given, str | os.PathLike):
        source = _from_file(Path(given))
    else:
        raise TypeError(f"found {type(given).__name__}; wanted the path of a YAML file, or a mapping of its blocks")
    require_type("overrides", overrides, (str, list, tuple), "such as ['training.steps=20']")
    for text in [overrides] if isinstance(overrides, str) else overrides:
        require_type("override", text, str, "such as 'training.steps=20'")
        override(source.data, source.overridden, text)
    return source


def _from_file(file: Path) -> Source:
    data, document = parse(_text(file), lambda line: f"{file}:{line}")
    if not isinstance(data, dict):
        found = "is empty" if data is None else "found a list" if isinstance(data, list) else "found a single value"
        raise ConfigError.at("", f"{file}: {found}; wanted a mapping with the keys of an experiment ('name: ...')")
    return Source(file, data, {}, document)


def _text(file: Path) -> str:
    try:
        content = read_file(file, MAX_BYTES)
    except IsADirectoryError:
        raise ConfigError.at("", f"{file} is a folder; give the path of a YAML file") from None
    except FileNotFoundError:
        raise ConfigError.at("", f"there is no file {file}; give the path of a YAML file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError.at(
            "",
            f"can't read {file}: {reason}; give the path of a readable YAML file, and keep data in files of their own",
        ) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError.at("", f"{file}:{line}: found bytes that are not UTF-8; save the file as UTF-8") from None
