"""Primitives that run in this process, one PUB after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from qiskit.primitives import (
    BaseEstimatorV2,
    BaseSamplerV2,
    EstimatorPubLike,
    PrimitiveJob,
    PrimitiveResult,
    PubResult,
    SamplerPubLike,
)
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.primitives.containers.sampler_pub import SamplerPub

from sggd_qiskit.execute.primitives.pubs import estimator_pubs, sampler_pubs


class LocalEstimator(BaseEstimatorV2, ABC):  # type: ignore[misc]  # Qiskit ships no types
    """An Estimator that knows how to run one PUB."""

    def run(self, pubs: Iterable[EstimatorPubLike], *, precision: float | None = None) -> PrimitiveJob:
        """Estimate the expectation values of all PUBs; ``precision`` is for those that have none of their own."""
        return _started(PrimitiveJob(self._run, estimator_pubs(pubs, precision)))

    def _run(self, pubs: Sequence[EstimatorPub]) -> PrimitiveResult:
        return PrimitiveResult([self._run_pub(pub) for pub in pubs], metadata={"version": 2})

    @abstractmethod
    def _run_pub(self, pub: EstimatorPub) -> PubResult: ...


class LocalSampler(BaseSamplerV2, ABC):  # type: ignore[misc]  # Qiskit ships no types
    """A Sampler that knows how to run one PUB."""

    def run(self, pubs: Iterable[SamplerPubLike], *, shots: int | None = None) -> PrimitiveJob:
        """Sample all PUBs; ``shots`` is for those that have none of their own."""
        return _started(PrimitiveJob(self._run, sampler_pubs(pubs, shots)))

    def _run(self, pubs: Sequence[SamplerPub]) -> PrimitiveResult:
        return PrimitiveResult([self._run_pub(pub) for pub in pubs], metadata={"version": 2})

    @abstractmethod
    def _run_pub(self, pub: SamplerPub) -> PubResult: ...


def _started(job: PrimitiveJob) -> PrimitiveJob:
    job._submit()  # noqa: SLF001 - how every Qiskit primitive starts its job
    return job
