"""A step as what is sent: readouts for the Sampler wherever bits suffice, and the calibration of their errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil
from weakref import WeakKeyDictionary

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit, transpile
from qiskit.circuit import Parameter
from qiskit.transpiler import Target

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting, readouts
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.execute.ibm.options import PrimitiveOptions, ShotRule
from sggd_qiskit.execute.ibm.packing import Packed, copies_of, packed, packed_values
from sggd_qiskit.execute.ibm.pubs import Found
from sggd_qiskit.execute.ibm.tally import Tally, excess_of_twirls
from sggd_qiskit.execute.readings import worth_of
from sggd_qiskit.execute.readout_errors import MOST_BITS, BitCounts, mitigated
from sggd_qiskit.execute.shots import total

CALIBRATION_SHARE = 0.01
"""Of a step's shots, that a calibration takes at least: its error is common to the step, and does not average out."""

MOST_SHOTS = 100_000
"""Of a calibration, unless the circuits themselves have more."""

LEAST_TWIRLS = 32
"""Of a calibration: its error is the spread of the twirls, as readouts err more often at 1 than at 0."""

_TURNS = ("rz", "sx", "x", "u1", "u2", "u3")  # those of them that a device has turn any basis
_NOTHING = Parameter("nothing")  # turns a qubit that is 0: a PUB without parameters has no parameter sets


@dataclass(frozen=True, eq=False)
class SentStep:
    """The settings of a step as they are sent.

    Attributes:
        settings: in the order of the step's, each as one or several; then the calibration's, if there is one.
        parts: for each setting of the step the numbers of those that it is sent as, and which copy it is in each.
        calibration: the number of the calibration; None without one.
    """

    settings: tuple[Setting, ...]
    parts: tuple[tuple[tuple[int, int], ...], ...]
    calibration: int | None = None


class Sampling:
    """Knows how settings are sent, and what comes back.

    Args:
        options: of the client's primitives.
        target: gives the device's; None before transpiling, where circuits are only counted.
    """

    def __init__(self, options: PrimitiveOptions, target: Callable[[], Target] | None = None):
        self._options, self._target, self.rules = options, target, options.rules
        self._items: WeakKeyDictionary[Measurement | Readout, tuple[Measurement | Readout, ...]] = WeakKeyDictionary()
        self._packs: WeakKeyDictionary[Measurement | Readout, Packed] = WeakKeyDictionary()

    def step(self, settings: Sequence[Setting]) -> SentStep:
        """The settings as they are sent.

        Raises:
            ConfigError: if a readout has too many bits for its errors to be taken back.
        """
        sent: list[Setting] = []
        parts: list[tuple[tuple[int, int], ...]] = []
        for _, members in groupby(
            enumerate(settings), lambda item: (item[1].beside, item[0] * (item[1].beside is None))
        ):
            group = [setting for _, setting in members]
            numbers = range(len(sent), len(sent) + len(self._sent_as(group[0].measurement)))
            parts += [tuple((number, copy) for number in numbers) for copy in range(len(group))]
            sent += self._sent(group)
        read = [setting for setting in sent if isinstance(setting.measurement, Readout)]
        if not self._options.mitigated or not read:
            return SentStep(tuple(sent), tuple(parts))
        return SentStep((*sent, self._calibration(read)), tuple(parts), calibration=len(sent))

    def outcomes(self, step: SentStep, found: Sequence[Found]) -> tuple[Outcome, ...]:
        """An outcome for each setting of the step.

        Args:
            step: as it was sent.
            found: for each setting that was sent.

        Raises:
            ExecutionError: if a readout tells next to nothing.
        """
        outcomes = {(number, 0): item for number, item in enumerate(found) if isinstance(item, Outcome)}
        tallies = {
            (number, copy): tally
            for number, item in enumerate(found)
            if isinstance(item, tuple)
            for copy, tally in enumerate(item)
        }
        counted = [_counts(step.settings[k].measurement, copy, tally) for (k, copy), tally in tallies.items()]
        if step.calibration is None:
            read = [counts.outcome() for counts in counted]
        else:
            calibrated = step.settings[step.calibration].measurement.circuit
            read = mitigated(counted, np.asarray(found[step.calibration], dtype=bool), _measured(calibrated))
        factor = excess_of_twirls(list(tallies.values()))
        outcomes |= {k: _noisier(outcome, factor) for k, outcome in zip(tallies, read, strict=True)}
        return tuple(
            total([outcomes[place].reshaped(step.settings[place[0]].shape) for place in part]) for part in step.parts
        )

    def _sent(self, group: Sequence[Setting]) -> list[Setting]:
        """One setting, or those that run side by side, as what is sent."""
        items = [self._sent_as(setting.measurement) for setting in group]
        if len(group) == 1:
            return [replace(group[0], measurement=item) for item in items[0]]
        values = packed_values([setting.values for setting in group])
        return [
            replace(group[0], measurement=self._packed(copies), values=values) for copies in zip(*items, strict=True)
        ]

    def _packed(self, copies: Sequence[Measurement | Readout]) -> Packed:
        first, readouts = copies[0], [copy for copy in copies if isinstance(copy, Readout)]
        if len(readouts) < len(copies) or max(copy.circuit.num_clbits for copy in readouts) > MOST_BITS:
            raise ConfigError.at(
                "execution.patches",
                f"found circuits that are extrapolated to zero noise, or of which more than {MOST_BITS} bits are read; these "
                "do not run side by side, so set execution.patches to 1, or change options or cost.estimator",
            )
        if first not in self._packs:
            self._packs[first] = packed(readouts)
        return self._packs[first]

    def _sent_as(self, measurement: Measurement | Readout) -> tuple[Measurement | Readout, ...]:
        if measurement not in self._items:
            items: tuple[Measurement | Readout, ...] = (measurement,)
            if isinstance(measurement, Measurement) and not self._options.extrapolated:
                items = readouts(measurement, self._translated)
            bits = max([item.circuit.num_clbits for item in items if isinstance(item, Readout)], default=0)
            if self._options.mitigated and bits > MOST_BITS:
                raise ConfigError.at(
                    "execution.options.resilience.measure_mitigation",
                    f"found a circuit of which {bits} bits are read; errors of {MOST_BITS} at most are taken back, so set "
                    "this to false, or take another cost.estimator such as echo",
                )
            self._items[measurement] = items
        return self._items[measurement]

    def _translated(self, turn: QuantumCircuit) -> QuantumCircuit:
        if self._target is None or not turn.data:
            return turn
        known = self._target().operation_names
        gates = [name for name in _TURNS if name in known]
        return transpile(turn, basis_gates=gates, optimization_level=1)

    def _calibration(self, read: Sequence[Setting]) -> Setting:
        """Readouts of 0 on all qubits that are read, with the shots that most circuits have."""
        rule = ShotRule(self._options.sampler)
        executions: dict[int, int] = {}
        for setting in read:
            executions[setting.shots] = executions.get(setting.shots, 0) + setting.circuits
        shots = max(executions, key=lambda level: (level * executions[level], level))
        each = rule.delivered(shots)
        wanted = CALIBRATION_SHARE * sum(level * count for level, count in executions.items())
        rows = max(ceil(min(wanted, MOST_SHOTS) / each), ceil(LEAST_TWIRLS / rule.twirls(shots)))
        if self._options.calibration_twirls is not None:
            rows = ceil(max(self._options.calibration_twirls, 2) / rule.twirls(shots))
        qubits = sorted({qubit for setting in read for qubit in _measured(setting.measurement.circuit)})
        circuit = QuantumCircuit(max(setting.measurement.circuit.num_qubits for setting in read))
        circuit.rz(_NOTHING, qubits[0])
        register = ClassicalRegister(len(qubits), "meas")
        circuit.add_register(register)
        circuit.measure(qubits, register)
        readout = Readout(circuit, lambda bits: bits.astype(float), np.ones(len(qubits)))
        return Setting(readout, {(_NOTHING,): np.zeros((rows, 1))}, (rows,), shots)


def _counts(measured: Measurement | Readout, copy: int, tally: Tally) -> BitCounts:
    if isinstance(measured, Measurement):
        raise TypeError("found counts of an Estimator's measurement")
    readout = copies_of(measured)[copy]
    return BitCounts(tally.counts, worth_of(readout), readout.bound, _measured(readout.circuit))


def _noisier(outcome: Outcome, factor: float) -> Outcome:
    return replace(outcome, variances=factor * outcome.variances, covariance=factor * outcome.excess)


def _measured(circuit: QuantumCircuit) -> tuple[int, ...]:
    """The qubit that each classical bit is read from."""
    found = {
        circuit.find_bit(instruction.clbits[0]).index: circuit.find_bit(instruction.qubits[0]).index
        for instruction in circuit.data
        if instruction.operation.name == "measure"
    }
    return tuple(found[bit] for bit in sorted(found))
