"""Variance per shot of the ways to measure the penalty, for 1 to 6 qubits: a table of docs/penalty.md.

    python benchmarks/penalty_variance.py

The overlap o_s/2ⁿ of a random circuit's Z on qubit 0 with its image under one group element is measured with 2,048 shots,
spread over all input states or, where there are more than that, on as many drawn ones. Its squared standard error times
the number of shots is averaged over circuits. For the local-states norm it is that of the norm itself.
"""

from __future__ import annotations

import numpy as np
from qiskit.circuit.library import efficient_su2

from sggd_qiskit import SymmetryGroup, symmetry_penalty

FAMILIES = ("echo", "bell_pair", "hadamard_test", "destructive_swap_test", "swap_test", "local_states")
SHOTS = 2048
CIRCUITS = 4


def group_on(qubits: int) -> SymmetryGroup:
    """A group with one element beside the identity: the exchange of two qubits, or X on a single one."""
    if qubits == 1:
        return SymmetryGroup.from_generators(["X"])
    return SymmetryGroup.from_generators([[1, 0, *range(2, qubits)]])


def variance_per_shot(family: str, qubits: int) -> float:
    """Variance of o_s/2ⁿ (of the penalty itself for the local-states norm) times the shots, mean over random circuits."""
    rng = np.random.default_rng(qubits)
    found = []
    for number in range(CIRCUITS):
        ansatz = efficient_su2(qubits, reps=2)
        penalty = symmetry_penalty(
            ansatz,
            {"Z0": 1.0},
            group_on(qubits),
            rng.uniform(-np.pi, np.pi, size=ansatz.num_parameters),
            estimator=family,
            norm="local_states" if family == "local_states" else "normalized_hilbert_schmidt",
            shots=SHOTS,
            states=SHOTS,
            seed=number,
        )
        # Of a group of two elements the penalty is (1 - o_s/2ⁿ)/2.
        scale = 1 if family == "local_states" else 4
        found.append(scale * penalty.stderr**2 * penalty.jobs[0].shots)
    return float(np.mean(found))


def main() -> None:
    """Print the table."""
    print("| n | " + " | ".join(FAMILIES) + " | 4ⁿ |")
    print("|---" * (len(FAMILIES) + 2) + "|")
    for qubits in range(1, 7):
        values = [variance_per_shot(family, qubits) for family in FAMILIES]
        print(f"| {qubits} | " + " | ".join(f"{value:.2f}" for value in values) + f" | {4**qubits} |", flush=True)


if __name__ == "__main__":
    main()
