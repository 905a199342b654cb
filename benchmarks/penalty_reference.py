"""What a device's noise adds to the penalty and its gradient, with and without a reference: tables of docs/penalty.md.

    python benchmarks/penalty_reference.py [fake_torino fake_fez fake_miami …]

Penalty divided by 2ⁿ at infinitely many shots: rehearsals without shot noise. Means of the absolute bias over the θ
of the exact training and 20 random θ; of the gradient's components three are drawn for each θ, of those that there are.
The second table compares with zero-noise extrapolation by folded gates, at fewer θ of one example.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sggd_qiskit import load_config, run_experiment
from sggd_qiskit.circuit.measurement import Measurement, Readout
from sggd_qiskit.cost.penalty.symmetry_penalty import SymmetryPenalty
from sggd_qiskit.cost.request import Request
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.execute.noisy.rehearsal import RehearsalExecutor
from sggd_qiskit.gradient.directions import drawn_coordinates
from sggd_qiskit.problem import Problem, build_problem

DEVICES = ("fake_torino", "fake_fez", "fake_miami")
EXAMPLES = {
    "werner": ("werner", ()),
    "plane, swap": ("plane", ()),
    "plane, square": ("plane", ("symmetry.group=dihedral_square",)),
}
FAMILIES = ("echo", "bell_pair")
RANDOM = 20
COMPONENTS = 3
COMPARED = "plane, swap"
FEW = 5
"""Random θ at which extrapolation is compared, beside the trained one."""
FACTORS = (1, 3, 5)
"""Of the noise of gates of two qubits."""


@dataclass(frozen=True)
class Biases:
    """Absolute biases at one θ: without and with the reference, of the value and of each component of the gradient."""

    share: float
    value: tuple[float, float]
    gradient: tuple[np.ndarray, np.ndarray]


def term_of(problem: Problem, estimator: str) -> SymmetryPenalty:
    """The penalty, with a reference where it is measured."""
    qnn, reference = problem.qnn, None if estimator == "exact" else 1
    return SymmetryPenalty(
        qnn.ansatz_form,
        qnn.observables,
        problem.require_group(),
        "normalized_hilbert_schmidt",
        estimator=estimator,
        shots=4096,
        reference=reference,
    )


def folded(measurement: Measurement | Readout, factor: int) -> Measurement | Readout:
    """With gate, inverse, gate, … in place of each gate of two qubits, so that their noise is ``factor`` times as large."""
    circuit = measurement.circuit.copy_empty_like()
    for instruction in measurement.circuit.data:
        circuit.append(instruction)
        if len(instruction.qubits) == 2 and instruction.operation.name != "barrier":
            for _ in range(factor // 2):
                circuit.append(instruction.operation.inverse(), instruction.qubits)
                circuit.append(instruction)
    return replace(measurement, circuit=circuit)


def extrapolated(values: np.ndarray) -> np.ndarray:
    """To no noise, from shape (factor, …): exponentially where the values fall with the noise, else by a line."""
    x = np.array(FACTORS) - np.mean(FACTORS)

    def at_zero(y: np.ndarray) -> np.ndarray:
        slope = np.tensordot(x, y, axes=1) / (x @ x)
        return np.asarray(y.mean(axis=0) - slope * np.mean(FACTORS))

    sizes = np.abs(values)
    falling = (np.sign(values) == np.sign(values[0])).all(axis=0) & (np.diff(sizes, axis=0) < 0).all(axis=0)
    exponential = np.sign(values[0]) * np.exp(at_zero(np.log(np.where(falling, sizes, 1.0))))
    return np.where(falling & (np.abs(exponential) < 2 * sizes[0]), exponential, at_zero(values))


def biases(
    problem: Problem, family: str, executor: RehearsalExecutor, thetas: np.ndarray, *, extrapolate: bool = False
) -> list[Biases]:
    """At every θ, with zero-noise extrapolation of every expectation value or without."""
    measured, exact = term_of(problem, family), term_of(problem, "exact")
    factors = FACTORS if extrapolate else (1,)
    prepared = [{m: folded(executor.prepare(m), factor) for m in measured.measurements} for factor in factors]
    constant = np.mean(
        [np.sum(np.abs(o.coeffs[o.paulis.x.any(1) | o.paulis.z.any(1)]) ** 2) for o in problem.qnn.observables]
    )
    constant *= 1 - 1 / problem.require_group().order
    found, rng = [], np.random.default_rng(1)
    for theta in thetas:
        drawn = drawn_coordinates(rng, len(theta), min(COMPONENTS, len(theta)))
        request = Request(0, theta, (), problem.dataset.train, factors=drawn)
        plan = measured.plan(request, rng, gradient=True)
        runs = [
            executor.run(
                [replace(s, measurement=known[s.measurement]) for s in plan.settings],
                np.random.SeedSequence(0),
                WorkUnit(0, "benchmark"),
            )[0]
            for known in prepared
        ]
        outcomes = runs[0]
        if extrapolate:
            outcomes = tuple(
                replace(of[0], values=extrapolated(np.array([o.values for o in of]))) for of in zip(*runs, strict=True)
            )
        got = measured.reduce(request, plan, outcomes)
        want = exact.reduce(request, exact.plan(request, rng, gradient=True), ())
        share, chosen = got.learned["reference"]["share"], drawn != 0
        # Without the reference the overlaps are smaller by the share.
        plain = constant - share * (constant - got.value)
        slopes = [abs(factor * got.gradient[chosen] - want.gradient[chosen]) for factor in (share, 1.0)]
        found.append(Biases(share, (abs(plain - want.value), abs(got.value - want.value)), (slopes[0], slopes[1])))
    return found


def means(found: list[Biases]) -> tuple[np.ndarray, np.ndarray]:
    """Of value and gradient, each without and with the reference."""
    return np.mean([b.value for b in found], axis=0), np.array(
        [np.mean(np.concatenate([b.gradient[k] for b in found])) for k in (0, 1)]
    )


def line(name: str, found: list[Biases]) -> str:
    """A line of the table, and the mean biases."""
    numbers = " | ".join(f"{plain:.4f} | {referred:.4f} | {referred / plain:.2f}" for plain, referred in means(found))
    return f"| {name} | {np.mean([b.share for b in found]):.2f} | {numbers} |"


def compare(problem: Problem, thetas: np.ndarray, devices: Sequence[str]) -> None:
    """Print a table of reference and zero-noise extrapolation, apart and together."""
    print("| device | way | of | plain | reference | extrapolation | both |")
    print("|---|---|---|---|---|---|---|")
    for device in devices:
        executor = RehearsalExecutor(fake_device(device), shot_noise=False)
        for family in FAMILIES:
            raw = means(biases(problem, family, executor, thetas))
            zne = means(biases(problem, family, executor, thetas, extrapolate=True))
            for name, a, b in zip(("value", "gradient"), raw, zne, strict=True):
                numbers = " | ".join(f"{number:.4f}" for number in (*a, *b))
                print(f"| {device} | {family} | {name} | {numbers} |", flush=True)


def main() -> None:
    """Print the tables."""
    devices = sys.argv[1:] or DEVICES
    print(
        "| example | device | way | ô_e/Tr[O²] | value: plain | reference | ratio | gradient: plain | reference | ratio |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    everything: dict[str, list[Biases]] = {family: [] for family in FAMILIES}
    for example, (name, overrides) in EXAMPLES.items():
        few = [*overrides, "data.train=2", "data.test=2"]
        problem = build_problem(load_config(f"configs/{name}.yaml", few))
        exact = load_config(f"configs/{name}.yaml", [*overrides, "execution.backend=exact"])
        trained = run_experiment(exact, None).results.theta
        thetas = np.concatenate(
            [trained[None], np.random.default_rng(2).uniform(-np.pi, np.pi, size=(RANDOM, len(trained)))]
        )
        if example == COMPARED:
            compared = problem, thetas[: 1 + FEW]
        for device in devices:
            executor = RehearsalExecutor(fake_device(device), shot_noise=False)
            for family in FAMILIES:
                found = biases(problem, family, executor, thetas)
                everything[family] += found
                for case, part in (("trained θ", found[:1]), (f"{RANDOM} random θ", found[1:])):
                    print(line(f"{example}, {case} | {device} | {family}", part), flush=True)
    for family, found in everything.items():
        print(line(f"all | all | {family}", found))
    print()
    compare(*compared, devices)


if __name__ == "__main__":
    main()
