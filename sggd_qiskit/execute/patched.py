"""Copies of a circuit side by side on a device: a layer between the settings of a step and what runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
from qiskit.transpiler import Target

from sggd_qiskit.aliases import IndexArray
from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.execute.executor import Executor
from sggd_qiskit.execute.job import JobRecord, WorkUnit
from sggd_qiskit.execute.patches import device_patches, on_patch
from sggd_qiskit.seeds import Purpose

PATCHES = "patches"
"""The circuits' metadata under it name the physical qubits of each copy."""

RowPatches = dict[int, list[int]]
"""For settings by number, the row on each slot: the first rows of all patches, then the second, and so on."""


@dataclass(frozen=True)
class PatchRule:
    """How patches are chosen.

    Attributes:
        wanted: so many, or as many as are worth it.
        shots: of one value.
        exclude: qubits that may not be used.
    """

    wanted: int | Literal["auto"]
    shots: int
    exclude: tuple[int, ...] = ()


@dataclass(frozen=True)
class Copies:
    """Copies of a circuit that run side by side.

    Attributes:
        count: how many there are.
        stopped: why there are no more; empty if so many are configured.
    """

    count: int
    stopped: str = ""


class PatchedExecutor:
    """Runs the parameter sets of a setting on patches of a device, which an executor of circuits side by side packs.

    Which row runs on which patch is drawn for every unit from its seed, so that a patch's bias does not tilt one component
    of the gradient, and is the same whenever the unit is run. Slots that are left over repeat rows.

    Args:
        executor: runs settings, those with the same ``beside`` in one circuit if it can.
        target: gives the device's.
        rule: how patches are chosen.
        keep: told of every unit and the rows on its slots.
    """

    def __init__(
        self,
        executor: Executor,
        target: Callable[[], Target],
        rule: PatchRule,
        keep: Callable[[WorkUnit, RowPatches], None] = lambda *_: None,
    ):
        self._executor, self._target, self._rule, self._keep = executor, target, rule, keep
        self._copies: WeakKeyDictionary[Measurement | Readout, tuple[Measurement | Readout, ...]] = WeakKeyDictionary()

    @property
    def backend(self) -> str:
        """Name of the device."""
        return self._executor.backend

    def prepare(self, measurement: Measurement | Readout) -> Measurement | Readout:
        """The measurement as the device takes it; its circuit's metadata tell the patches.

        Raises:
            ExecutionError: if it doesn't fit the device so often.
        """
        return with_patches(self._executor.prepare(measurement), self._target(), self._rule)

    def run(
        self, settings: Sequence[Setting], seed: np.random.SeedSequence, unit: WorkUnit
    ) -> tuple[tuple[Outcome, ...], tuple[JobRecord, ...]]:
        """All settings, spread over their patches; see `Executor`.

        Args:
            settings: of prepared measurements.
            seed: of the shots, and of the rows' patches.
            unit: what is run.
        """
        drawn = np.random.SeedSequence(seed.entropy, spawn_key=(int(Purpose.PATCHES), *seed.spawn_key))
        rng, slots = np.random.default_rng(drawn), dict[int, IndexArray]()
        sent: list[Setting] = []
        for number, setting in enumerate(settings):
            copies = self.copies(setting.measurement)
            if len(copies) == 1:
                sent.append(replace(setting, measurement=copies[0]))
                continue
            slots[number] = row_slots(setting.parameter_sets, len(copies), rng)
            sent += spread(setting, copies, slots[number], number)
        self._keep(unit, {number: rows.ravel().tolist() for number, rows in slots.items()})
        outcomes, jobs = self._executor.run(sent, seed, unit)
        left = iter(outcomes)
        gathered = [
            _gathered([next(left) for _ in slots[number].T], slots[number], setting) if number in slots else next(left)
            for number, setting in enumerate(settings)
        ]
        return tuple(gathered), jobs

    def close(self, *, final: bool) -> None:
        """Let the executor go of what it holds."""
        self._executor.close(final=final)

    def copies(self, measurement: Measurement | Readout) -> tuple[Measurement | Readout, ...]:
        """The measurement on each of its patches; alone if it has none."""
        if measurement not in self._copies:
            patches = (measurement.circuit.metadata or {}).get(PATCHES) or []
            self._copies[measurement] = tuple(on_patch(measurement, patch) for patch in patches) or (measurement,)
        return self._copies[measurement]


def with_patches(prepared: Measurement | Readout, target: Target, rule: PatchRule) -> Measurement | Readout:
    """A measurement that is transpiled to a device, with its patches in its circuit's metadata.

    Args:
        prepared: on the device's qubits.
        target: the device's.
        rule: how patches are chosen.

    Raises:
        ExecutionError: if it doesn't fit the device so often.
    """
    found = device_patches(prepared, target, rule.wanted, rule.shots, rule.exclude)
    prepared.circuit.metadata = {
        **(prepared.circuit.metadata or {}),
        PATCHES: [list(qubits) for qubits in found.qubits],
        "patch_errors": list(found.errors),
        "patches_end": found.stopped,
    }
    return prepared


def counted_copies(prepared: Measurement | Readout, wanted: int | Literal["auto"]) -> Copies:
    """Copies of a measurement's circuit: as its metadata tell, else so many, or one where it is not known how many."""
    metadata = prepared.circuit.metadata or {}
    if PATCHES in metadata:
        return Copies(len(metadata[PATCHES]), metadata["patches_end"])
    return Copies(1 if wanted == "auto" else wanted)


def row_slots(rows: int, patches: int, rng: np.random.Generator) -> IndexArray:
    """The row on each slot, shape (row of the packed circuit, patch); each row at least once, some twice if slots are left.

    Args:
        rows: how many there are.
        patches: how many there are.
        rng: draws which row is where.
    """
    packed = ceil(rows / patches)
    return np.asarray(rng.permutation(packed * patches).reshape(packed, patches) % rows)


def spread(setting: Setting, copies: Sequence[Measurement | Readout], slots: IndexArray, beside: int) -> list[Setting]:
    """A setting for each patch.

    Args:
        setting: whose rows are spread.
        copies: of its measurement, one for each patch.
        slots: the row on each slot, shape (row of the packed circuit, patch).
        beside: the number that they share.
    """
    flat = {
        parameters: np.broadcast_to(array, (*setting.shape, len(parameters))).reshape(-1, len(parameters))
        for parameters, array in setting.values.items()
    }
    return [
        replace(
            setting,
            measurement=copy,
            values={parameters: array[rows] for parameters, array in flat.items()},
            shape=(len(rows),),
            beside=beside,
        )
        for copy, rows in zip(copies, slots.T, strict=True)
    ]


def packed_rows(setting: Setting, patches: int) -> Setting:
    """As many of the setting's rows as the packed circuit has, to count with."""
    rows = ceil(setting.parameter_sets / patches)
    values = {
        parameters: np.broadcast_to(array, (*setting.shape, len(parameters))).reshape(-1, len(parameters))[:rows]
        for parameters, array in setting.values.items()
    }
    return replace(setting, values=values, shape=(rows,))


def _gathered(parts: Sequence[Outcome], slots: IndexArray, setting: Setting) -> Outcome:
    """Means over the slots of each row, in the setting's shape."""
    rows, sets = slots.T.ravel(), setting.parameter_sets
    count = np.bincount(rows, minlength=sets)
    found: Mapping[str, list[np.ndarray | None]] = {
        "values": [part.values for part in parts],
        "variances": [part.variances for part in parts],
        "covariance": [part.excess for part in parts],
        "common": [part.common for part in parts],
    }
    arrays = {}
    for name, pieces in found.items():
        whole = [piece for piece in pieces if piece is not None]
        if not whole:
            continue
        joined = np.concatenate(whole)
        total = np.zeros((sets, *joined.shape[1:]))
        np.add.at(total, rows, joined)
        power = 1 if name in {"values", "common"} else 2
        arrays[name] = total / (count**power).reshape(-1, *[1] * (joined.ndim - 1))
    return Outcome(**arrays).reshaped(setting.shape)
