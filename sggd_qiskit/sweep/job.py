"""The job file of a sweep."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator

from sggd_qiskit.config.block import Block, Count, DataFile, Name, Seed
from sggd_qiskit.config.errors import ConfigError, Fault, misfit
from sggd_qiskit.config.execution import BudgetConfig
from sggd_qiskit.config.loading import validated
from sggd_qiskit.config.source import Source, read_source

Axes = Annotated[dict[str, Annotated[list[JsonValue], Field(min_length=1)]], Field(min_length=1)]
"""From a key of the configuration, such as ``cost.weight``, to its values."""


class SweepJob(Block):
    """One configuration, and what is varied in it: every case with every point of the grid and every seed."""

    name: Name
    """Name of the sweep, and of the folder that holds its runs."""
    base: DataFile
    """The experiment that is varied, a YAML file."""
    cases: Annotated[dict[str, dict[str, JsonValue]], Field(min_length=1)] | None = None
    """Variants by name, each with the keys that it sets, such as ``unguided: {cost.guidance: none}``."""
    grid: Axes | None = None
    """Keys of which every value is combined with every value of the others."""
    zip: Axes | None = None
    """Keys whose values go together, the first with the first, the second with the second."""
    seeds: Annotated[list[Seed], Field(min_length=1)] | Count | None = None
    """Values of ``training.seed`` and ``data.seed``: a list, or the number of them, counted from 0."""
    budget: BudgetConfig = BudgetConfig()
    """For IBM backends: what all runs together may spend, beside what each may by its own configuration."""

    @model_validator(mode="after")
    def _something_is_varied(self) -> Self:
        if (self.cases, self.grid, self.zip, self.seeds) == (None,) * 4:
            raise misfit("", "nothing is varied; add cases, grid, zip or seeds")
        lengths = {key: len(values) for key, values in (self.zip or {}).items()}
        if len(set(lengths.values())) > 1:
            counts = ", ".join(f"{count} for {key}" for key, count in lengths.items())
            raise misfit("zip", f"found {counts}, which can't go together; give as many values of each")
        return self


def load_job(file: str | os.PathLike[str]) -> tuple[SweepJob, Source]:
    """Read a job file, and remember its lines.

    Raises:
        ConfigError: it can't be used; the messages name file and line.
    """
    source = read_source(Path(file))
    with placed(source):
        return validated(SweepJob, source, source.data), source


@contextmanager
def placed(source: Source) -> Iterator[None]:
    """Put into the messages of errors where in the source the keys stand."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(*(Fault((), line) for line in source.describe(error))) from None
