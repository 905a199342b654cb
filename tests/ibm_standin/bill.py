"""What the service bills for a program, by its published rule."""

from __future__ import annotations

from math import ceil, prod

from qiskit.transpiler import Target
from qiskit_ibm_runtime.quantum_program import QuantumProgram

SECONDS_PER_SUBJOB = 2.0


def bill(program: QuantumProgram, target: Target, rep_delay: float, subjob: int) -> float:
    """2 s a sub-job, and for each execution the repetition delay and the length of its circuit.

    Circuits are scheduled as late as possible, so that each is as long as its longest path.

    Args:
        program: as it was sent.
        target: of the device.
        rep_delay: seconds.
        subjob: executions in a sub-job at most.
    """
    executions, seconds = 0, 0.0
    for item in program.items:
        count = prod(item.shape) * program.shots
        executions += count
        seconds += count * (rep_delay + item.circuit.estimate_duration(target))
    return SECONDS_PER_SUBJOB * ceil(executions / subjob) + seconds
