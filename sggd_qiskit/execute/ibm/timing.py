"""What a device of IBM's bills: 2 s a sub-job, and for each execution its repetition delay and the length of its circuit.

The rule is the service's published one. How it divides a job into sub-jobs is not published; a job within the limits counts as
one, and a run corrects its forecast by what its finished jobs were billed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from qiskit import QuantumCircuit
from qiskit.providers import BackendV2
from qiskit.transpiler import Target

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.execute.ibm.book import JobBook
from sggd_qiskit.execute.job import ExecutionError

SECONDS_PER_JOB = 2.0
MICRO = 1e-6

_KEY = "rep_delay"
_CIRCUIT = 5e-6  # a usual one; steps are divided into jobs by it, so that a new calibration doesn't change the division
_TURNS = 3  # √X gates that the client adds before the readout, to choose the basis and to twirl
_PER_LAYER = 2  # √X gates by which it twirls a layer of two-qubit gates


@dataclass(frozen=True)
class Pace:
    """How fast a device runs circuits.

    Attributes:
        rep_delay: pause between two executions, seconds.
        target: the device's, with the durations of its gates; None if there is no device.
        circuit: length of a circuit where there is no device, seconds.
    """

    rep_delay: float = 250e-6
    target: Target | None = None
    circuit: float = 100e-6

    @property
    def usual(self) -> float:
        """What an execution takes, about, in seconds."""
        return self.rep_delay + (self.circuit if self.target is None else _CIRCUIT)

    def executions(self, circuit: QuantumCircuit, noise_factors: Sequence[float] = (1.0,), *, twirled: bool) -> float:
        """What one shot of a circuit takes at each noise factor in turn, seconds.

        Args:
            circuit: transpiled to the device; measured at its end if it doesn't measure.
            noise_factors: by which its two-qubit gates are repeated.
            twirled: whether each layer of two-qubit gates is.
        """
        if self.target is None:
            return len(noise_factors) * self.rep_delay + sum(noise_factors) * self.circuit
        turn = _duration(self.target, "sx")
        measures = any(instruction.operation.name == "measure" for instruction in circuit.data)
        ending = _TURNS * turn + (0.0 if measures else _duration(self.target, "measure"))
        layers = _layers(circuit, self.target, _PER_LAYER * turn)
        plain = ending + circuit.estimate_duration(self.target)
        if twirled:
            plain = max(plain, ending + layers + _PER_LAYER * turn)
        return float(sum(self.rep_delay + plain + (factor - 1) * layers for factor in noise_factors))

    @property
    def calibration(self) -> float:
        """What one shot of a circuit that measures readout errors takes, seconds."""
        return self.executions(QuantumCircuit(1), twirled=False)


def device_pace(device: BackendV2 | None, rep_delay: float | None = None) -> Pace:
    """The pace of a device.

    Args:
        device: of IBM's, real, fake or a snapshot; None if there is none.
        rep_delay: as configured, microseconds; the device's own if None.

    Raises:
        ConfigError: if the device doesn't take that repetition delay.
    """
    found = _configured(device, "default_rep_delay")
    least, most = rep_delay_range(device) or (0.0, float("inf"))
    if rep_delay is not None and not least - 1e-9 <= rep_delay <= most + 1e-9:
        raise ConfigError.at(
            "execution.rep_delay",
            f"found {rep_delay:g} µs, and {getattr(device, 'name', 'the device')} takes {least:g} to {most:g} µs",
        )
    seconds = found if rep_delay is None else MICRO * rep_delay
    target = None if device is None else device.target
    return Pace(target=target) if seconds is None else Pace(float(seconds), target)


def remembered_pace(device: BackendV2, rep_delay: float | None, book: JobBook) -> Pace:
    """The pace with the repetition delay with which the run began, as steps are divided into jobs by it.

    Args:
        device: of the run.
        rep_delay: as configured, microseconds.
        book: remembers it.

    Raises:
        ConfigError: if the device doesn't take the repetition delay.
    """
    pace, known = device_pace(device, rep_delay), book.recall(_KEY)
    if known is None:
        book.remember(_KEY, repr(pace.rep_delay))
    return pace if known is None else replace(pace, rep_delay=float(known))


def rep_delay_range(device: BackendV2 | None) -> tuple[float, float] | None:
    """Least and largest repetition delay of a device, microseconds; None if it has none to choose."""
    found = _configured(device, "rep_delay_range")
    return None if not found else (found[0] / MICRO, found[1] / MICRO)


def _configured(device: BackendV2 | None, name: str) -> Any:
    """A number of a device's configuration; None if it has none, as devices that are none of IBM's."""
    configuration = getattr(device, "configuration", None)
    return None if configuration is None else getattr(configuration(), name, None)


def _duration(target: Target, name: str) -> float:
    """The longest of a gate's durations over the device, seconds; all qubits are read out together."""
    found = target[name] if name in target.operation_names else None
    return max((p.duration or 0.0 for p in (found or {}).values() if p is not None), default=0.0)


def _layers(circuit: QuantumCircuit, target: Target, turns: float) -> float:
    """The length of the two-qubit gates, one layer after the other, each with the turns that twirl it; seconds."""
    ends = dict.fromkeys(circuit.qubits, 0.0)
    for instruction in circuit.data:
        if len(instruction.qubits) != 2 or instruction.operation.name == "barrier":
            continue
        qubits = tuple(circuit.find_bit(qubit).index for qubit in instruction.qubits)
        try:
            seconds = target[instruction.operation.name][qubits].duration or 0.0
        except (KeyError, AttributeError) as error:
            raise ExecutionError(
                f"found {instruction.operation.name} on {qubits}, which the device has not; transpile the circuit first"
            ) from error
        end = max(ends[qubit] for qubit in instruction.qubits) + seconds + turns
        ends.update(dict.fromkeys(instruction.qubits, end))
    return max(ends.values(), default=0.0)
