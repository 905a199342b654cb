"""What makes an experiment the one it is: its canonical form, hash and name, and its configuration written out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, get_args

from ruamel.yaml import YAML

from sggd_qiskit.config.block import Block, NamesFile, NamesRun, Operational
from sggd_qiskit.config.errors import ConfigError, Fault, KeyPath
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.files import read_file

SCHEMA_VERSION = 2
"""Part of every hash; grows when the meaning of a key changes, so that old and new runs keep apart."""

HASH_DIGITS = 8


def canonical(config: ExperimentConfig) -> dict[str, Any]:
    """The resolved configuration as plain data that is equal for equal experiments.

    A file counts by its content (``{"sha256": hex}``), wherever it lies, a run by its name, and a number by its value, however
    written.
    What has no effect on results, such as a budget, is left out.

    Raises:
        ConfigError: a file that the configuration names can't be read.
    """
    contents = {path: {"sha256": _sha256(path, name)} for path, name in data_files(config)}
    contents |= {path: {"run": Path(str(name)).absolute().name} for path, name in _marked(config, NamesRun)}
    plain = config.model_dump(mode="json")
    for (*around, key), _ in reversed(list(_marked(config, Operational))):  # entries of a list from its end
        block: Any = plain
        for part in around:
            block = block[part]
        del block[key]
    del plain["training"]["loggers"]  # emptied by now; runs of before there were any keep their hashes
    identity: dict[str, Any] = _canonical(plain, (), contents)
    return identity


def config_hash(config: ExperimentConfig) -> str:
    """The `identity_hash` of the configuration.

    Raises:
        ConfigError: a file that the configuration names can't be read.
    """
    return identity_hash(canonical(config))


def identity_hash(identity: Mapping[str, Any]) -> str:
    """Eight hex digits of the SHA-256 of a canonical configuration and the schema version."""
    versioned = {"schema": SCHEMA_VERSION, "config": identity}
    text = json.dumps(versioned, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]


def run_name(config: ExperimentConfig) -> str:
    """``<name>-<hash>``, the name of the run's folder.

    Raises:
        ConfigError: a file that the configuration names can't be read.
    """
    return f"{config.name}-{config_hash(config)}"


def to_yaml(config: ExperimentConfig) -> str:
    """The configuration as YAML with every value that was left to its default; loading it gives an equal one."""
    return plain_yaml(config.model_dump(mode="json"))


def plain_yaml(value: object) -> str:
    """Plain values as YAML, mappings in their order."""
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.allow_unicode = True
    yaml.width = 10_000
    stream = StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


def json_schema() -> dict[str, Any]:
    """The JSON schema of a configuration file, for editors that complete and check YAML."""
    schema = ExperimentConfig.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "sggd experiment"}


def data_files(config: ExperimentConfig) -> Iterator[tuple[KeyPath, str]]:
    """Key path and name of every file that the configuration names."""
    for path, value in _marked(config, NamesFile):
        if isinstance(value, str):
            yield path, value


def _marked(
    value: object, mark: object, path: KeyPath = (), *, marked: bool = False
) -> Iterator[tuple[KeyPath, object]]:
    """Key path and value of everything below ``value`` whose annotation bears a mark."""
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _marked(item, mark, (*path, index), marked=marked)
    elif marked:
        yield path, value
    elif isinstance(value, Block):
        for key, field in type(value).model_fields.items():
            bears = mark in field.metadata or _bears(field.annotation, mark)
            yield from _marked(getattr(value, key), mark, (*path, key), marked=bears)


def _bears(annotation: object, mark: object) -> bool:
    return any(part is mark or _bears(part, mark) for part in get_args(annotation))


def _sha256(path: KeyPath, name: str) -> str:
    try:
        return hashlib.sha256(read_file(Path(name))).hexdigest()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        message = (
            f"can't read {Path(name).absolute()}: {reason}; a relative path is taken from the configuration's folder"
        )
        raise ConfigError(Fault(path, message)) from None


def _canonical(value: Any, path: KeyPath, contents: dict[KeyPath, dict[str, str]]) -> Any:
    if path in contents:
        return contents[path]
    if isinstance(value, dict):
        return {key: _canonical(item, (*path, key), contents) for key, item in value.items()}
    if isinstance(value, list):
        return [_canonical(item, (*path, index), contents) for index, item in enumerate(value)]
    # 1.0 is 1 and -0.0 is 0, whichever of them was written or is a default.
    return int(value) if isinstance(value, float) and value.is_integer() else value
