"""``sggd plan``: what a run would take, before anything is spent."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from sggd_qiskit.cli.families_view import show_families
from sggd_qiskit.cli.tables import numbers_table
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.identity import run_name
from sggd_qiskit.evaluate.problem import Problem, build_problem, violation
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.train.forecast import Forecast, Load, forecast

_WIDTH = 1000  # more than any table takes; one as wide as the terminal would leave out digits


def show_plan(config: ExperimentConfig, device: str | None = None) -> None:
    """Print circuits, loads, ways to measure the penalty and the verdict on the symmetry.

    Args:
        config: the experiment.
        device: name of a device to which the penalty's circuits are transpiled; None for unrouted circuits.

    Raises:
        ConfigError: if the configuration can't be used.
        DeviceError: if the device is not known.
    """
    target = None if device is None else fake_device(device)
    console = Console(highlight=False, soft_wrap=True)
    console.width = _WIDTH
    problem = build_problem(config)
    qnn = problem.qnn
    console.print(f"Run       {run_name(config)}")
    console.print(
        f"Data      {len(problem.dataset.train)} training and {len(problem.dataset.test)} test points, "
        f"{len(problem.dataset.train.preparations)} preparations for the training points"
    )
    console.print(
        f"Model     {qnn.num_qubits} qubits, {len(qnn.theta)} parameters in {qnn.ansatz_form.num_angles} rotations, "
        f"{len(qnn.observable)} Pauli terms"
    )
    console.print(f"Symmetry  {_verdict(problem)}", markup=False)
    console.print(f"Cost      guidance {config.cost.guidance}; backend {config.execution.backend}")
    expected = forecast(problem)
    console.print(_circuits(expected))
    console.print(_loads(expected, config))
    if config.cost.guidance == "penalty":
        show_families(console, problem, target)
    if config.execution.backend == "exact":
        console.print("The exact backend runs no circuits and no jobs; the table is for a backend with shots.")


def _verdict(problem: Problem) -> str:
    if problem.group is None:
        return "none configured"
    about = f"{problem.group.name}, {problem.group.order} elements: "
    found = problem.equivariance
    if found is None:
        return about + "not checked, the encoding has too many qubits for linear algebra"
    if not found.holds:
        return about + violation(found, problem.dataset)
    claim = "the states are invariant" if found.actions is None else "it is a symmetry of the encoding"
    return about + f"{claim} (largest trace distance {found.distance:.1e}, tolerance {found.tolerance:.0e})"


def _circuits(expected: Forecast) -> Table:
    table = numbers_table(
        "Circuits, in CZ, RZ, SX and X gates, not routed",
        "measures",
        "circuits",
        "qubits",
        "depth",
        "CZ gates",
        "bases",
    )
    for size in expected.circuits:
        table.add_row(size.term, *map(str, (size.count, size.qubits, size.depth, size.two_qubit_gates, size.bases)))
    return table


def _loads(expected: Forecast, config: ExperimentConfig) -> Table:
    title = f"Load, at {config.execution.shots:,} shots for each expectation value"
    table = numbers_table(title, "", "jobs", "PUBs", "parameter sets", "circuits run", "shots")
    rows: dict[str, Load] = {
        "a step": expected.plain,
        "a step with accuracy": expected.measured,
        "last evaluation": expected.final,
        f"in total ({expected.total.evaluations:,})": expected.total,
    }
    for name, load in rows.items():
        numbers = (load.jobs, load.pubs, load.parameter_sets, load.circuits, load.shots)
        table.add_row(name, *(f"{number:,}" for number in numbers))
    return table
