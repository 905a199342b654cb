"""``sggd plan``: what a run would take, before anything is spent."""

from __future__ import annotations

from math import isnan

import numpy as np
from qiskit.providers import BackendV2
from rich.console import Console
from rich.table import Table

from sggd_qiskit.cli.families_view import show_families
from sggd_qiskit.cli.terminal import noting, numbers_table, show_left_aside, wide_console
from sggd_qiskit.cli.variants_view import show_variants
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.identity import run_name
from sggd_qiskit.data.labels import named
from sggd_qiskit.execute.devices import DeviceError, fake_device
from sggd_qiskit.execute.ibm.timing import MICRO, SECONDS_PER_JOB
from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.problem import Problem, build_problem, require_simulable
from sggd_qiskit.run.backends import planned_device
from sggd_qiskit.run.family_costs import FamilyCost, family_costs, recommended
from sggd_qiskit.run.forecast import Forecast, Load, forecast, with_known_patches
from sggd_qiskit.run.start import starting_point
from sggd_qiskit.run.variants import cheaper_variants
from sggd_qiskit.train.initial import initial_theta


def show_plan(config: ExperimentConfig, device: str | None = None) -> None:
    """Print circuits, loads, ways to measure the penalty and the verdict on the symmetry.

    Args:
        config: the experiment.
        device: name of a device of qiskit-ibm-runtime's to which the circuits are transpiled, in place of the configured
            backend; unrouted circuits if neither is a device, or the service can't be reached.

    Raises:
        ConfigError: if the configuration can't be used.
        DeviceError: if the device is not known.
    """
    console = wide_console()
    with noting(console):
        problem = starting_point(build_problem(config)).problem
    require_simulable(problem)
    target = _target(console, problem, device)
    qnn = problem.qnn
    console.print(f"Run       {run_name(config)}")
    console.print(
        f"Data      {len(problem.dataset.train)} training and {len(problem.dataset.test)} test points, "
        f"{len(problem.dataset.train.preparations)} preparations for the training points"
    )
    console.print(f"Labels    {_labels(problem)}", markup=False)
    console.print(
        f"Model     {qnn.num_qubits} qubits, {len(qnn.theta)} parameters in {qnn.ansatz_form.num_angles} rotations, "
        f"{_observables(problem)}"
    )
    if (g := qnn.postprocessing) is not None:
        console.print(f"Outputs   of a polynomial of order {g.order}, truncation error {g.truncation_error:.2g}")
    console.print(f"Symmetry  {_verdict(problem)}", markup=False)
    cost = config.cost
    console.print(f"Cost      {cost.loss.kind}; guidance {cost.guidance.kind}; backend {config.execution.backend}")
    show_left_aside(console, config.execution)
    for caution in problem.cautions:
        console.print(f"warning: {caution}", style="yellow", markup=False)
    expected = forecast(problem, target)
    console.print(_circuits(expected, target))
    if config.execution.patches != 1 and target is not None:
        console.print(f"Patches   {_patches(expected)}", markup=False)
    console.print(_loads(expected, config))
    _show_billed(console, expected, problem)
    costs: tuple[FamilyCost, ...] = ()
    # Of g's penalty there are no circuits to compare.
    if qnn.postprocessing is None and any(guided.name == "penalty" for guided in problem.terms):
        costs = family_costs(problem, initial_theta(problem.config.training, len(problem.qnn.theta)), target)
        show_families(console, problem, costs, target)
    _show_variants(console, expected, problem, target, recommended(costs))
    if config.execution.backend == "exact":
        console.print("The exact backend runs no circuits and no jobs; the table is for a backend with shots.")


def _target(console: Console, problem: Problem, device: str | None) -> BackendV2 | None:
    if device is not None:
        return fake_device(device)
    try:
        return planned_device(problem)
    except DeviceError:
        raise
    except ExecutionError as error:
        console.print(f"note: {error}. The circuits are shown unrouted; --device takes a device without a service.")
        return None


def _patches(expected: Forecast) -> str:
    """How many copies of each circuit run side by side, and why there are no more."""
    least = {term: min(copies, key=lambda one: one.count) for term, copies in expected.patches.items() if copies}
    return "; ".join(
        f"{term} {copies.count}" + (f" ({copies.stopped})" if copies.stopped else "") for term, copies in least.items()
    )


def _labels(problem: Problem) -> str:
    classes = problem.dataset.classes
    if len(problem.qnn.observables) > 1:
        return f"{named(classes)}, an output for each"
    return f"{classes[0]!r} is -1, {classes[1]!r} is +1"


def _verdict(problem: Problem) -> str:
    if problem.group is None:
        return "none configured"
    turned = problem.group.signs.count(-1)
    labels = f", {turned} of which change the sign of labels" if turned else ""
    about = f"{problem.group.name}, {problem.group.order} elements{labels}: "
    found = problem.equivariance
    if found is None:
        return about + "not checked, the encoding has too many qubits for linear algebra"
    if problem.violation():
        return about + problem.violation()
    claim = "the states are invariant" if found.actions is None else "it is a symmetry of the encoding"
    shifted = [] if found.shifts is None else np.flatnonzero(found.shifts.any(axis=1)).tolist()
    if shifted:
        claim += f", such as {found.described(problem.dataset.train.columns, shifted[0])}"
    return about + f"{claim} (largest trace distance {found.distance:.1e}, tolerance {found.tolerance:.0e})"


def _observables(problem: Problem) -> str:
    counts = [len(observable) for observable in problem.qnn.observables]
    terms = f"{sum(counts)} Pauli terms"
    return terms if len(counts) == 1 else f"{terms} in {len(counts)} observables, one for each class"


def _circuits(expected: Forecast, device: BackendV2 | None) -> Table:
    where = "in CZ, RZ, SX and X gates, not routed" if device is None else f"transpiled to {device.name}"
    table = numbers_table(
        f"Circuits, {where}",
        "measures",
        "circuits",
        "qubits",
        "depth",
        "two-qubit gates",
        "bases",
    )
    for size in expected.circuits:
        table.add_row(size.term, *map(str, (size.count, size.qubits, size.depth, size.two_qubit_gates, size.bases)))
    return table


def _loads(expected: Forecast, config: ExperimentConfig) -> Table:
    each = "estimate of the cost" if config.execution.shots_for == "cost" else "expectation value"
    title = f"Load, at {config.execution.shots:,} shots for each {each}"
    on_device = config.execution.kind == "ibm"
    table = numbers_table(title, "", "jobs", "PUBs", "parameter sets", "circuits run", "shots", "QPU seconds")
    rows: dict[str, Load] = {
        "a step": expected.plain,
        "a step with accuracy": expected.measured,
        "last evaluation": expected.final,
        f"in total ({expected.total.evaluations:,})": expected.total,
    }
    for name, load in rows.items():
        jobs = load.device_jobs if on_device else load.jobs
        numbers = (jobs, load.pubs, load.parameter_sets, load.circuits, load.shots)
        seconds = "–" if isnan(load.qpu_seconds) else f"{load.qpu_seconds:,.0f}"
        table.add_row(name, *(f"{number:,}" for number in numbers), seconds)
    return table


def _show_billed(console: Console, expected: Forecast, problem: Problem) -> None:
    execution, total = problem.config.execution, expected.total
    if isnan(total.qpu_seconds):
        console.print("A single circuit passes execution.limits; choose fewer shots.")
        return
    console.print(
        f"QPU seconds are a forecast for a device of IBM's with execution.options as set: {SECONDS_PER_JOB:g} s a job, and "
        f"{expected.pace.rep_delay / MICRO:g} µs between two executions, each some {expected.pace.circuit / MICRO:.0f} µs "
        "long; a session is billed by the clock, pauses included."
    )
    if execution.rate is not None:
        price = execution.rate * total.qpu_seconds
        console.print(
            f"Price     {price:,.2f} at {execution.rate:g} a second, for {total.qpu_seconds:,.0f} QPU seconds"
        )
    budget = execution.budget
    if budget.qpu_seconds is not None and total.qpu_seconds > budget.qpu_seconds:
        console.print(
            f"The budget of {budget.qpu_seconds:g} QPU seconds is less than the run takes; it will stop there."
        )
    if budget.jobs is not None and total.device_jobs > budget.jobs:
        console.print(
            f"The budget of {budget.jobs} jobs is less than the run's {total.device_jobs:,}; it will stop there."
        )


def _show_variants(
    console: Console, expected: Forecast, problem: Problem, device: BackendV2 | None, family: FamilyCost | None
) -> None:
    if not isnan(expected.total.qpu_seconds):
        known = with_known_patches(problem, expected.patches)
        name = None if family is None else family.name
        variants = cheaper_variants(known, expected.pace, device, name, expected.room)
        budget = problem.config.execution.budget.qpu_seconds
        show_variants(console, variants, expected.total.qpu_seconds, budget)
