"""Errors as messages and exit codes: 2 for what the user can mend in the input, 1 for what failed while running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from sggd_qiskit.config.errors import ConfigError, key_name

if TYPE_CHECKING:
    from sggd_qiskit.config.source import Source

BAD_INPUT = 2
FAILED = 1
INTERRUPTED = 130


@contextmanager
def explained(source: Source | None) -> Iterator[None]:
    """Turn the package's own errors into a message on standard error and an exit code."""
    try:
        yield
    except ConfigError as error:
        lines = (
            source.describe(error)
            if source
            else [f"{key_name(f.path)}: {f.message}" if f.path else f.message for f in error.faults]
        )
        for line in lines:
            typer.secho(f"error: {line}", err=True)
        raise typer.Exit(BAD_INPUT) from error
    except Exception as error:
        from sggd_qiskit.execute.executor import ExecutionError
        from sggd_qiskit.record.errors import RecordError

        if not isinstance(error, ExecutionError | RecordError):
            raise
        typer.secho(f"error: {error}", err=True)
        raise typer.Exit(BAD_INPUT if isinstance(error, RecordError) else FAILED) from error
