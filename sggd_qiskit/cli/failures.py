"""Errors as messages and exit codes: 2 for what the user can mend in the input, 1 for what failed while running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

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
    except BrokenPipeError:
        raise  # the reader of the output has gone, as head does; typer leaves quietly
    except MemoryError as error:
        _fail(f"not enough memory ({error}); choose fewer qubits, layers or data points", FAILED, error)
    except OSError as error:
        _fail(f"{error}; once that is mended, the same command starts again or continues", FAILED, error)
    except Exception as error:
        from sggd_qiskit.execute.devices import DeviceError
        from sggd_qiskit.execute.job import ExecutionError
        from sggd_qiskit.run.errors import DiskError, RecordError
        from sggd_qiskit.train.divergence import DivergenceError

        if isinstance(error, RecordError | DeviceError) and not isinstance(error, DiskError):
            _fail(str(error), BAD_INPUT, error)
        if isinstance(error, DiskError | ExecutionError | DivergenceError):
            _fail(str(error), FAILED, error)
        raise


def _fail(message: str, code: int, error: Exception) -> NoReturn:
    typer.secho(f"error: {message}", err=True)
    raise typer.Exit(code) from error
