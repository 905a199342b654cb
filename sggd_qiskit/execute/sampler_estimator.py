"""An Estimator made of a Sampler, for when there is only the latter."""

from __future__ import annotations

from collections.abc import Iterable

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

from sggd_qiskit.circuit.measurement import Measurement, Setting, readouts
from sggd_qiskit.execute.results import sampler_outcome, shots_of


class SamplerEstimator(BaseEstimatorV2):  # type: ignore[misc]  # Qiskit ships no types
    """Expectation values from a Sampler's shots: one Sampler job, a PUB for each measurement basis.

    Takes PUBs with one observable each.

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
        parts = [readouts(_measurement(pub)) for pub in pubs]
        flat = [
            (readout.circuit, pub.parameter_values, shots_of(pub.precision))
            for pub, part in zip(pubs, parts, strict=True)
            for readout in part
        ]
        results = iter(self._sampler.run(flat).result())
        found = []
        for pub, part in zip(pubs, parts, strict=True):
            shots = shots_of(pub.precision)
            setting = Setting(0, {(): np.empty((*pub.parameter_values.shape, 0))}, shots)
            outcomes = [sampler_outcome(next(results), readout, setting) for readout in part]
            values = np.sum([outcome.values for outcome in outcomes], axis=0)
            variances = np.sum([outcome.variances for outcome in outcomes], axis=0)
            data = DataBin(evs=values, stds=np.sqrt(variances), shape=pub.shape)
            found.append(PubResult(data, metadata={"shots": shots, "target_precision": pub.precision}))
        return PrimitiveResult(found, metadata={"version": 2})


def _measurement(pub: EstimatorPub) -> Measurement:
    if pub.observables.shape != ():
        raise ValueError(f"found observables of shape {pub.observables.shape}; wanted one observable for each PUB")
    terms = dict(pub.observables.ravel().tolist()[0])
    return Measurement(pub.circuit, SparsePauliOp.from_list(list(terms.items()), num_qubits=pub.circuit.num_qubits))
