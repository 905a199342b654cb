"""The PUBs of a job, and the outcomes of settings from their results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from qiskit.circuit import Parameter
from qiskit.primitives import DataBin, PubResult
from qiskit.primitives.containers import BindingsArray

from sggd_qiskit.aliases import BoolArray, FloatArray, IndexArray
from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.execute.ibm.packing import Packed, copies_of
from sggd_qiskit.execute.ibm.splitting import Chunk, JobPlan
from sggd_qiskit.execute.ibm.tally import Tally, together
from sggd_qiskit.execute.primitives.pubs import bindings, entries, observables_array
from sggd_qiskit.execute.primitives.results import (
    estimator_outcome,
    measured_bits,
    require_results,
    sampler_outcome,
    string_counts,
    unpacked,
)
from sggd_qiskit.execute.readings import worth_of
from sggd_qiskit.execute.readout_errors import MOST_BITS

Found: TypeAlias = Outcome | tuple[Tally, ...] | BoolArray
"""An outcome, shape (set, output); counts of bit strings for each copy in a circuit; or a calibration's bits, shape (twirl,
shot, bit)."""


class _Bindings(BindingsArray):  # type: ignore[misc]
    """Bindings that are put in order once: the client asks for all of them anew for each parameter set."""

    def as_array(self, parameters: Iterable[Parameter | str] | None = None) -> FloatArray:
        """As of any bindings, made once; nobody changes it."""
        if parameters is None:
            return np.asarray(super().as_array())
        if not hasattr(self, "_ordered"):
            self._ordered: dict[tuple[str, ...], FloatArray] = {}
        names = tuple(getattr(parameter, "name", parameter) for parameter in parameters)
        if names not in self._ordered:
            self._ordered[names] = super().as_array(names)
        return self._ordered[names]


def job_pubs(plan: JobPlan, settings: Sequence[Setting]) -> list[tuple[object, ...]]:
    """What is handed to the primitive; results have the shape (repeat, parameter set), after the observables' entries."""
    pubs: list[tuple[object, ...]] = []
    for chunk in plan.chunks:
        setting = settings[chunk.setting]
        measurement = setting.measurement
        shape = chunk.repeats, chunk.parameter_sets
        bound = _Bindings(bindings(measurement.circuit, _values(setting, chunk), shape).data, shape)
        if isinstance(measurement, Readout):
            pubs.append((measurement.circuit, bound))
        else:
            pubs.append((measurement.circuit, observables_array(measurement, 2), bound))
    return pubs


def chunk_outcomes(
    results: Sequence[PubResult], plan: JobPlan, settings: Sequence[Setting], calibration: int | None = None
) -> list[Found]:
    """What was found for each chunk, checked: counts of bit strings, or an outcome where these are too many for a table.

    Args:
        results: of the job's PUBs.
        plan: of the job.
        settings: that are sent.
        calibration: the number of the one whose bits are wanted themselves.

    Raises:
        ExecutionError: if the results are not those of the plan, or hold numbers that are not finite.
    """
    require_results(results, plan.chunks)
    found: list[Found] = []
    for result, chunk in zip(results, plan.chunks, strict=True):
        measurement = settings[chunk.setting].measurement
        asked = Setting(measurement, {}, (chunk.repeats, chunk.parameter_sets), plan.delivered)
        if not isinstance(measurement, Readout):
            found.append(_mean(estimator_outcome(_pooled(result, plan, measurement), measurement, asked)))
        elif chunk.setting == calibration:
            bits = measured_bits(result, measurement, asked)
            found.append(unpacked(bits.array, bits.num_bits).reshape(-1, plan.delivered // plan.twirls, bits.num_bits))
        elif not isinstance(measurement, Packed) and measurement.circuit.num_clbits > MOST_BITS:
            found.append(_mean(sampler_outcome(result, measurement, asked)))
        else:
            copies, bits = copies_of(measurement), measured_bits(result, measurement, asked)
            counted = string_counts(bits, [worth_of(copy) for copy in copies], plan.twirls)
            found.append(tuple(_tally(*one, chunk, copy) for one, copy in zip(counted, copies, strict=True)))
    return found


def joined(plans: Sequence[JobPlan], found: Sequence[Sequence[Found]], settings: Sequence[Setting]) -> list[Found]:
    """What was found for each setting, its parameter sets in one row, from its chunks in all jobs.

    Args:
        plans: of the jobs.
        found: for each job's chunks.
        settings: that were sent.
    """
    parts: list[list[Found]] = [[] for _ in settings]
    for plan, items in zip(plans, found, strict=True):
        for chunk, item in zip(plan.chunks, items, strict=True):
            parts[chunk.setting].append(item)
    return [_concatenated(items) for items in parts]


def _concatenated(parts: Sequence[Found]) -> Found:
    tallies = [part for part in parts if isinstance(part, tuple)]
    if tallies:
        return tuple(together(copy) for copy in zip(*tallies, strict=True))
    outcomes = [part for part in parts if isinstance(part, Outcome)]
    if not outcomes:
        return np.concatenate([part for part in parts if isinstance(part, np.ndarray)])
    arrays = zip(*((part.values, part.variances, part.excess) for part in outcomes), strict=True)
    return Outcome(*(np.concatenate(pieces) for pieces in arrays))


def _tally(counts: IndexArray, means: FloatArray, chunk: Chunk, readout: Readout) -> Tally:
    """Of all repeats together, from counts and means of shape (repeat × parameter set, ...)."""
    shape = chunk.repeats, chunk.parameter_sets
    twirls = np.moveaxis(means.reshape(*shape, *means.shape[1:]), 0, 1)
    twirls = twirls.reshape(chunk.parameter_sets, -1, means.shape[-1])
    return Tally.of(counts.reshape(*shape, -1).sum(axis=0), twirls, worth_of(readout))


def _mean(outcome: Outcome) -> Outcome:
    """Over the repeats, which are independent."""
    repeats = len(outcome.values)
    return Outcome(
        outcome.values.mean(axis=0),
        outcome.variances.sum(axis=0) / repeats**2,
        outcome.excess.sum(axis=0) / repeats**2,
    )


def _values(setting: Setting, chunk: Chunk) -> dict[tuple[Parameter, ...], FloatArray]:
    """The chunk's parameter values, each repeated, shape (repeat, parameter set, parameter)."""
    values = {}
    for parameters, array in setting.values.items():
        rows = np.reshape(array, (-1, len(parameters)))[chunk.first : chunk.stop]
        values[parameters] = np.broadcast_to(rows, (chunk.repeats, chunk.parameter_sets, len(parameters)))
    return values


def _pooled(result: PubResult, plan: JobPlan, measurement: Measurement) -> PubResult:
    """The result with the standard errors of all shots pooled, where it has them, and never too small for joint terms.

    The client's own are the spread between twirls, which says little when there are few of them; and with zero-noise
    extrapolation they are those of a fit to three points or so, which may pass through all of them by chance, or fail. Then
    they are taken for no less than what a straight line makes of the errors at the noise factors.
    """
    data = result.data
    stderr = data.ensemble_standard_error if "ensemble_standard_error" in data else data.stds
    if "ensemble_stds_noise_factors" in data:
        factors = np.array(plan.noise_factors)
        centred = factors - factors.mean()
        weights = 1 / len(factors) - factors.mean() * centred / (centred @ centred)  # of the line's value at 0
        least = np.sqrt(np.asarray(data.ensemble_stds_noise_factors) ** 2 @ weights**2)
        stderr = np.where(np.isfinite(stderr), np.maximum(stderr, least), least)
    # The client adds up variances of terms that are read together: (Σσ)² at most, which is no more than n Σσ² of n terms.
    together = np.array(
        [np.count_nonzero((part.paulis.x | part.paulis.z).any(axis=1)) for part in entries(measurement)[0]]
    )
    stderr = stderr * np.sqrt(together.clip(min=1)).reshape(-1, *[1] * (np.ndim(stderr) - 1))
    metadata = {"shots": plan.delivered, "target_precision": plan.delivered**-0.5}
    return PubResult(DataBin(evs=data.evs, stds=stderr, shape=data.shape), metadata)
