"""``sggd landscape`` and ``sggd rank``: their options."""

from __future__ import annotations

from math import pi
from pathlib import Path
from typing import Annotated

import typer

from sggd_qiskit.cli.failures import explained
from sggd_qiskit.cli.options import File, Overrides, source_of

Output = Annotated[
    Path | None, typer.Option(metavar="PATH", help="Table and figure, without the endings .parquet and .svg.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]


def landscape(  # noqa: PLR0917 - each is an option by name
    file: File,
    overrides: Overrides = None,
    along: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A parameter's name or number, or random; once or twice.", show_default="0"),
    ] = None,
    values: Annotated[int | None, typer.Option(help="Values along each axis; 101 for one and 41 for two.")] = None,
    span: Annotated[
        tuple[float, float], typer.Option("--range", metavar="LOW HIGH", help="Range of parameters, radians.")
    ] = (-pi, pi),
    point: Annotated[int | None, typer.Option(help="The only training point in the cost, counted from 0.")] = None,
    around: Annotated[Path | None, typer.Option(metavar="RUN", help="A run whose trained θ is looked around.")] = None,
    draws: Annotated[
        int | None, typer.Option(help="Random θ in place of axes: share of small gradients, variance.")
    ] = None,
    qubits: Annotated[
        str | None, typer.Option(metavar="N,N", help="Numbers of qubits for --draws, such as 2,4,6 or 2-10.")
    ] = None,
    threshold: Annotated[float, typer.Option(help="Gradients with a smaller norm count as vanishing.")] = 0.1,
    seed: Annotated[int | None, typer.Option(min=0, help="Of what is random; training.seed if not given.")] = None,
    output: Output = None,
    force: Force = False,
) -> None:
    """Show cost, penalty and gradient along parameters or random directions, or at random θ, guided and not.

    \f
    Args:
        file: the configuration.
        overrides: ``key.path=value``, in their order.
        along: one or two axes.
        values: along each.
        span: first and last value.
        point: number of a training point.
        around: folder of a run.
        draws: of random θ.
        qubits: numbers of qubits.
        threshold: of the gradient's norm.
        seed: of what is random.
        output: path of the files without their endings.
        force: whether files are replaced.
    """
    source = source_of(file, overrides)
    with explained(source):
        from sggd_qiskit.cli import exploring
        from sggd_qiskit.cli.landscape_view import given_qubits, show_landscape, show_random_gradients
        from sggd_qiskit.config.loading import validate

        config = validate(source)
        wrong = (
            {"--along": along, "--values": values, "--point": point, "--around": around}
            if draws is not None
            else {"--qubits": qubits}
        )
        exploring.require_unset(wrong, "with --draws" if draws is not None else "without --draws")
        exploring.require_threshold(threshold)
        name = "landscape" if draws is None else "gradients"
        files = exploring.Output.claimed(output or Path(f"{config.name}-{name}"), force=force)
        if draws is not None:
            sizes = () if qubits is None else given_qubits(qubits)
            show_random_gradients(config, draws, files, threshold=threshold, qubits=sizes, span=span, seed=seed)
            return
        show_landscape(
            config,
            along or ["0"],
            files,
            around=around,
            values=values,
            threshold=threshold,
            span=span,
            point=point,
            seed=seed,
        )


def rank(  # noqa: PLR0917 - likewise
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Experiments that differ in their ansatz.")],
    overrides: Overrides = None,
    draws: Annotated[int, typer.Option(help="Random θ at which the penalty is taken.")] = 500,
    starts: Annotated[int, typer.Option(help="Trainings of each, with seeds from training.seed on.")] = 5,
    train: Annotated[
        bool, typer.Option("--train", help="Train each as configured, too, and compare accuracies.")
    ] = False,
    results: Annotated[Path, typer.Option(metavar="DIR", help="Folder of these runs, which are found again.")] = Path(
        "results"
    ),
    device: Annotated[
        str | None, typer.Option(metavar="NAME", help="A device such as fake_torino for depth and gates.")
    ] = None,
    output: Output = None,
    force: Force = False,
) -> None:
    """Order ansatzes by their symmetry penalty, and say whether that predicts their test accuracy.

    \f
    Args:
        files: the configurations.
        overrides: ``key.path=value``, in their order, for each of them.
        draws: of random θ.
        starts: trainings of each.
        train: whether to train on the whole cost.
        results: the folder of these runs.
        device: name of a device to which the ansatzes are transpiled.
        output: path of the files without their endings.
        force: whether files are replaced.
    """
    configs = []
    for source in [source_of(file, overrides) for file in files]:
        with explained(source):
            from sggd_qiskit.config.loading import validate

            configs.append(validate(source))
    with explained(None):
        from sggd_qiskit.cli import exploring
        from sggd_qiskit.cli.rank_view import show_rank

        written = exploring.Output.claimed(output or Path("rank"), force=force)
        show_rank(configs, written, draws=draws, starts=starts, training=train, results=results, device=device)
