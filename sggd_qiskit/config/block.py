"""What every block of the configuration has in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema


class NamesFile:
    """Marks a string as the name of a file, whose content is part of what makes an experiment the one it is."""


class NamesRun:
    """Marks a string as the folder of a run, whose name and hash are part of what makes an experiment the one it is."""


class Operational:
    """Marks a value that has no effect on results, so that it may be changed in the middle of a run."""


@dataclass(frozen=True)
class Unit:
    """Annotation of a number: its unit, which the JSON schema and the reference of the configuration tell."""

    name: str

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "unit": self.name}


class Block(BaseModel):
    """A frozen block of the YAML file; unknown keys are errors, and numbers are finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


def beside_the_configuration(value: object, info: ValidationInfo) -> object:
    """Read a relative path as lying beside the configuration file, wherever the command is run."""
    folder = (info.context or {}).get("folder")
    return str(Path(folder, value)) if isinstance(value, str) and value and folder is not None else value


DataFile = Annotated[
    str,
    NamesFile,
    BeforeValidator(beside_the_configuration),
    Field(min_length=1, json_schema_extra={"format": "path"}),
]
"""A file that the experiment reads. A relative path is taken from the folder of the configuration file, or from the current
folder where the configuration comes from Python."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""What folders are named after."""
RunFolderPath = Annotated[
    str,
    NamesRun,
    BeforeValidator(beside_the_configuration),
    Field(min_length=1, json_schema_extra={"format": "path"}),
]
"""The folder of a run; relative as a `DataFile` is."""

OutputPath = Annotated[
    str, BeforeValidator(beside_the_configuration), Field(min_length=1, json_schema_extra={"format": "path"})
]
"""A folder that is written to; relative as a `DataFile` is."""

Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]
Count = Annotated[int, Field(ge=1)]
Steps = Annotated[int, Field(ge=1, le=1_000_000)]
Angle = Annotated[float, Field(gt=0, le=1e6)]
"""Radians, or a factor of these: beyond it an angle has fewer digits than its sine needs."""
Positive = Annotated[float, Field(gt=0)]
