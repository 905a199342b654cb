"""From a YAML file to a validated configuration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.faults import faults_of
from sggd_qiskit.config.source import Source, read_source


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> ExperimentConfig:
    """Read, override and validate the configuration in a YAML file.

    Raises:
        ConfigError: anything is wrong with it; all faults at once where they are independent.
    """
    return validate(read_source(path, overrides))


def validate(source: Source) -> ExperimentConfig:
    """The validated configuration; relative paths of data files are taken from the folder of the configuration file.

    Raises:
        ConfigError: keys are unknown or missing, or values are not what was wanted.
    """
    folder = str(source.file.absolute().parent)
    try:
        # Strict, so that "300" is no number; as JSON, so that lists are tuples and 1 is a float where one is wanted.
        return ExperimentConfig.model_validate_json(json.dumps(source.data), strict=True, context={"folder": folder})
    except ValidationError as error:
        raise ConfigError(*faults_of(error, source.data)) from None
