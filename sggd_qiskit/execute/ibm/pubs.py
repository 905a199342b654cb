"""The PUBs of a job, and the outcomes of settings from their results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from qiskit.circuit import Parameter
from qiskit.primitives import DataBin, PubResult
from qiskit.primitives.containers import BindingsArray

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Outcome, Readout, Setting
from sggd_qiskit.execute.ibm.splitting import Chunk, JobPlan
from sggd_qiskit.execute.primitives.pubs import bindings, observables_array
from sggd_qiskit.execute.primitives.results import estimator_outcome, require_results, sampler_outcome


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


def chunk_outcomes(results: Sequence[PubResult], plan: JobPlan, settings: Sequence[Setting]) -> list[Outcome]:
    """An outcome for each chunk, of shape (parameter set, output), checked.

    Args:
        results: of the job's PUBs.
        plan: of the job.
        settings: of the step.

    Raises:
        ExecutionError: if the results are not those of the plan, or hold numbers that are not finite.
    """
    require_results(results, plan.chunks)
    outcomes = []
    for result, chunk in zip(results, plan.chunks, strict=True):
        measurement = settings[chunk.setting].measurement
        asked = Setting(measurement, {}, (chunk.repeats, chunk.parameter_sets), plan.delivered)
        if isinstance(measurement, Readout):
            outcome = sampler_outcome(result, measurement, asked)
        else:
            outcome = estimator_outcome(_pooled(result, plan), measurement, asked)
        outcomes.append(_mean(outcome))
    return outcomes


def joined(
    plans: Sequence[JobPlan], outcomes: Sequence[Sequence[Outcome]], settings: Sequence[Setting]
) -> list[Outcome]:
    """An outcome for each setting, from those of its chunks in all jobs.

    Args:
        plans: of the jobs.
        outcomes: of each job's chunks.
        settings: of the step.
    """
    parts: list[list[Outcome]] = [[] for _ in settings]
    for plan, found in zip(plans, outcomes, strict=True):
        for chunk, outcome in zip(plan.chunks, found, strict=True):
            parts[chunk.setting].append(outcome)
    return [_concatenated(found, setting.shape) for setting, found in zip(settings, parts, strict=True)]


def _concatenated(parts: Sequence[Outcome], shape: tuple[int, ...]) -> Outcome:
    arrays = zip(*((part.values, part.variances, part.excess) for part in parts), strict=True)
    return Outcome(*(np.concatenate(pieces).reshape(*shape, *pieces[0].shape[1:]) for pieces in arrays))


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


def _pooled(result: PubResult, plan: JobPlan) -> PubResult:
    """The result with the standard errors of all shots pooled, where it has them.

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
    metadata = {"shots": plan.delivered, "target_precision": plan.delivered**-0.5}
    return PubResult(DataBin(evs=data.evs, stds=stderr, shape=data.shape), metadata)
