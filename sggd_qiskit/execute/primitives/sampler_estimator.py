"""An Estimator made of a Sampler, for when there is only the latter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from qiskit.primitives import BaseEstimatorV2, BaseSamplerV2, EstimatorPubLike, PrimitiveJob, PrimitiveResult, PubResult
from qiskit.primitives.containers.estimator_pub import EstimatorPub

from sggd_qiskit.circuit.measurement import Measurement, Readout, Setting, readouts
from sggd_qiskit.execute.primitives.pubs import estimator_pubs, estimator_result, operators_of
from sggd_qiskit.execute.primitives.results import sampler_outcome, shots_of


class SamplerEstimator(BaseEstimatorV2):  # type: ignore[misc]  # Qiskit ships no types
    """Expectation values from a Sampler's shots: one Sampler job, a PUB for each observable and measurement basis.

    Args:
        sampler: runs the circuits.
    """

    def __init__(self, sampler: BaseSamplerV2):
        self._sampler = sampler

    def run(self, pubs: Iterable[EstimatorPubLike], *, precision: float | None = None) -> PrimitiveJob:
        """Estimate the expectation values of all PUBs; ``precision`` is for those that have none of their own."""
        job = PrimitiveJob(self._run, estimator_pubs(pubs, precision))
        job._submit()  # noqa: SLF001 - how every Qiskit primitive starts its job
        return job

    def _run(self, pubs: list[EstimatorPub]) -> PrimitiveResult:
        parts = [[readouts(measurement) for measurement in _measurements(pub)] for pub in pubs]
        flat = [
            (readout.circuit, pub.parameter_values, shots_of(pub.precision))
            for pub, observables in zip(pubs, parts, strict=True)
            for part in observables
            for readout in part
        ]
        results = iter(self._sampler.run(flat).result())
        return PrimitiveResult(
            [_pub_result(pub, observables, results) for pub, observables in zip(pubs, parts, strict=True)],
            metadata={"version": 2},
        )


def _pub_result(pub: EstimatorPub, observables: list[tuple[Readout, ...]], results: Iterator[PubResult]) -> PubResult:
    """A PUB's result from the Sampler's results of all bases of all its observables."""
    shape, shots = pub.parameter_values.shape, shots_of(pub.precision)
    setting = Setting(0, {}, shape, shots)
    values, variances = np.zeros((2, len(observables), pub.parameter_values.size))
    for number, part in enumerate(observables):
        for readout in part:
            outcome = sampler_outcome(next(results), readout, setting)
            values[number] += outcome.values.ravel()
            variances[number] += outcome.excess.ravel()
    return estimator_result(pub, values, variances, shots)


def _measurements(pub: EstimatorPub) -> list[Measurement]:
    """The PUB's circuit with each of its observables, flat."""
    return [Measurement(pub.circuit, operator) for operator in operators_of(pub)]
