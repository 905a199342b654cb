"""Arguments that commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sggd_qiskit.cli.failures import explained

if TYPE_CHECKING:
    from sggd_qiskit.config.source import Source

File = Annotated[Path, typer.Argument(metavar="FILE", help="The experiment, a YAML file such as configs/werner.yaml.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY.PATH=VALUE", help="Replace a value of the file; may be repeated."),
]


def source_of(file: Path, overrides: list[str] | None) -> Source:
    """The configuration as it was given."""
    with explained(None):
        from sggd_qiskit.config.source import read_source

        return read_source(file, overrides or [])
