"""The commands that come before the first experiment."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sggd_qiskit.cli.failures import explained


def init(  # noqa: PLR0917 - each is an option by name
    data: Annotated[
        str | None,
        typer.Option(metavar="plane|werner|FILE", help="The package's own data, or your CSV or parquet file."),
    ] = None,
    label: Annotated[str | None, typer.Option(metavar="COLUMN", help="Your file's column of labels.")] = None,
    features: Annotated[
        list[str] | None, typer.Option("--feature", metavar="COLUMN", help="A column of numbers; may be repeated.")
    ] = None,
    symmetry: Annotated[str | None, typer.Option(metavar="NAME", help="A named group such as swap, or none.")] = None,
    guidance: Annotated[str | None, typer.Option(metavar="NAME", help="How it is used, such as penalty.")] = None,
    backend: Annotated[
        str | None, typer.Option(metavar="NAME", help="exact, aer, fake_torino, ibm_torino or the like.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, metavar="N", help="Steps of the training.")] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Of the experiment.")] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file; named after the experiment if not set.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing, and take what is proposed.")] = False,
) -> None:
    """Write a commented configuration to begin with, after a few questions on a terminal, or from flags.

    \f
    Args:
        data: ``plane``, ``werner`` or a table.
        label: column of the labels.
        features: columns of the features.
        symmetry: a named group, or ``none``.
        guidance: how it is used.
        backend: where to run.
        steps: of the training.
        name: of the experiment.
        output: the file.
        force: whether to replace it.
        yes: whether to ask nothing.
    """
    with explained(None):
        from sggd_qiskit.cli.starting import Flags, write_draft
        from sggd_qiskit.setup.draft import Choice

        choice = Choice(symmetry, guidance, backend, steps)
        asking = sys.stdin.isatty() and not yes
        write_draft(Flags(data, label, features or (), choice, name, output, force, asking))


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Don't ask IBM's service.")] = False,
) -> None:
    """Tell what is installed, which credentials are found, which backends answer, and what is wrong, with the remedy.

    The exit code is 0 if nothing is wrong, and 1 if something is. No token is ever shown.
    """
    with explained(None):
        from sggd_qiskit.cli.doctor_view import show_findings

        raise typer.Exit(show_findings(offline=offline))
