"""An Estimator made of a Sampler, for when there is only the latter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from qiskit.primitives import (
    BaseEstimatorV2,
    BaseSamplerV2,
    DataBin,
    EstimatorPubLike,
    PrimitiveJob,
    PrimitiveResult,
    PubResult,
)
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import Measurement, Readout, Setting, readouts
from sggd_qiskit.execute.results import sampler_outcome, shots_of


class SamplerEstimator(BaseEstimatorV2):  # type: ignore[misc]  # Qiskit ships no types
    """Expectation values from a Sampler's shots: one Sampler job, a PUB for each observable and measurement basis.

    Args:
        sampler: runs the circuits.
    """

    def __init__(self, sampler: BaseSamplerV2):
        self._sampler = sampler

    def run(self, pubs: Iterable[EstimatorPubLike], *, precision: float | None = None) -> PrimitiveJob:
        """Estimate the expectation values of all PUBs; ``precision`` is for those that have none of their own."""
        coerced = [EstimatorPub.coerce(pub, 1 / 64 if precision is None else precision) for pub in pubs]
        job = PrimitiveJob(self._run, coerced)
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
    which = np.broadcast_to(np.arange(len(observables)).reshape(pub.observables.shape), pub.shape)
    where = np.broadcast_to(np.arange(pub.parameter_values.size).reshape(shape), pub.shape)
    data = DataBin(evs=values[which, where], stds=np.sqrt(variances[which, where]), shape=pub.shape)
    return PubResult(data, metadata={"shots": shots, "target_precision": pub.precision})


def _measurements(pub: EstimatorPub) -> list[Measurement]:
    """The PUB's circuit with each of its observables, flat."""
    return [
        Measurement(pub.circuit, SparsePauliOp.from_list(list(dict(terms).items()), num_qubits=pub.circuit.num_qubits))
        for terms in pub.observables.ravel().tolist()
    ]
