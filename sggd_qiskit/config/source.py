"""The raw configuration as it was given: plain data, and the place that each key came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sggd_qiskit.config.errors import ConfigError, KeyPath, key_name
from sggd_qiskit.config.overrides import override
from sggd_qiskit.config.yaml_tree import parse

MAX_BYTES = 4_000_000


@dataclass(frozen=True)
class Source:
    """A configuration before validation.

    Attributes:
        file: the file that it was read from.
        data: dicts, lists, strings, numbers, booleans and None, with the overrides in place.
        places: where each key path was set, such as ``configs/werner.yaml:12`` or ``--set cost.weight=2``.
    """

    file: Path
    data: dict[str, Any]
    places: dict[KeyPath, str]

    def describe(self, error: ConfigError) -> list[str]:
        """A line for each fault of ``error``: its place, its key, and what is wrong.

        The place of a key that was never given is that of the nearest mapping around it.
        """
        names = {
            tuple(map(str, path)): place for path, place in self.places.items()
        }  # errors may write indices as text
        lines = []
        for fault in error.faults:
            path = tuple(map(str, fault.path))
            around = (path[:end] for end in range(len(path), 0, -1))
            place = next((names[prefix] for prefix in around if prefix in names), str(self.file))
            key = " ".join(key_name(path).split())
            lines.append(f"{place}: {key}: {fault.message}" if path else f"{place}: {fault.message}")
        return lines


def read_source(path: str | Path, overrides: Sequence[str] = ()) -> Source:
    """Read a YAML file and apply overrides such as ``cost.weight=2.5``, in their order.

    Raises:
        ConfigError: the file can't be read, is not a single YAML mapping of plain values, or an override can't be
            applied; the message names the line or the override.
    """
    file = Path(path)
    data, places = parse(_text(file), lambda line: f"{file}:{line}")
    if data is None:
        raise ConfigError.at(
            "", f"{file} is empty; wanted a mapping with the keys of an experiment, such as 'name: ...'"
        )
    if not isinstance(data, dict):
        found = "a list" if isinstance(data, list) else "a single value"
        raise ConfigError.at(
            "", f"{file}: found {found}, wanted a mapping with the keys of an experiment ('name: ...')"
        )
    for text in overrides:
        override(data, places, text)
    return Source(file, data, places)


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise ConfigError.at("", f"{file} is a folder; give the path of a YAML file") from None
    except FileNotFoundError:
        raise ConfigError.at("", f"there is no file {file}; give the path of a YAML file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError.at("", f"can't read {file}: {reason}; give the path of a readable YAML file") from None
    if len(content) > MAX_BYTES:
        raise ConfigError.at(
            "", f"{file} is larger than {MAX_BYTES} bytes; wanted a configuration, keep data in files of its own"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError.at("", f"{file}:{line}: found bytes that are not UTF-8; save the file as UTF-8") from None
