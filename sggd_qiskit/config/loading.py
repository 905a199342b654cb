"""From a YAML file, or from Python objects, to a validated configuration."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from sggd_qiskit.config.block import Block
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.faults import faults_of
from sggd_qiskit.config.source import Source, read_source

AnyBlock = TypeVar("AnyBlock", bound=Block)

_IDENTITY: tuple[object, ...] = ("identity", {"kind": "identity"}, {})


def load_config(
    given: str | os.PathLike[str] | Mapping[str, object] | Block, overrides: str | Sequence[str] = ()
) -> ExperimentConfig:
    """Read, override and validate a configuration.

    Args:
        given: the path of a YAML file; or the same as nested mappings, whose values may be blocks such as
            ``{"training": TrainingConfig(steps=20)}``, or a whole configuration. Relative paths of data files are taken from
            the file's folder, or else from the current one.
        overrides: such as ``cost.weight=2.5``; a single one may be given as it is.

    Raises:
        ConfigError: anything is wrong with it; all faults at once where they are independent.
        TypeError: ``given`` is neither a path nor a mapping, or an override no string.
    """
    return validate(read_source(given, overrides))


def validate(source: Source) -> ExperimentConfig:
    """The validated configuration.

    Raises:
        ConfigError: keys are unknown or missing, or values are not what was wanted.
    """
    return validated(ExperimentConfig, source, _without_postprocessing(source.data))


def validated(model: type[AnyBlock], source: Source, data: Mapping[str, Any]) -> AnyBlock:
    """The content of a file as a validated block.

    Args:
        model: the block.
        source: where the content comes from.
        data: the content.

    Raises:
        ConfigError: keys are unknown or missing, or values are not what was wanted.
    """
    # Strict, so that "300" is no number; as JSON, so that lists are tuples and 1 is a float where one is wanted.
    try:
        return model.model_validate_json(json.dumps(data), strict=True, context={"folder": str(source.folder)})
    except ValidationError as error:
        raise ConfigError(*faults_of(error, source.data, model)) from None


def _without_postprocessing(data: dict[str, Any]) -> dict[str, Any]:
    """Files of 0.1.0 may name the identity as post-processing of the output, which was the only one."""
    model = data.get("model")
    if not isinstance(model, dict) or model.get("postprocessing") not in _IDENTITY:
        return data
    return {**data, "model": {key: value for key, value in model.items() if key != "postprocessing"}}
