"""A run with more steps, or fewer, goes on from the steps of one that differs in nothing else."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.identity import HASH_DIGITS, canonical, identity_hash, run_name
from sggd_qiskit.run.errors import DamageError, RecordError
from sggd_qiskit.run.files import CIRCUITS, LEDGER, STEPS
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.manifest import read_manifest
from sggd_qiskit.run.run_folder import RunFolder

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Earlier:
    """What another run has done of this one.

    Attributes:
        folder: its own, which is left as it is.
        rows: of the steps that they have in common.
        jobs: of these steps.
        backend: the device that it ran on, if it was one of IBM's.
    """

    folder: Path
    rows: list[dict[str, Any]]
    jobs: list[dict[str, Any]]
    backend: str | None


def find_earlier(config: ExperimentConfig, results: Path, primitives: str | None = None) -> Earlier | None:
    """The run that differs in ``training.steps`` alone and has done most; None where this one has begun already.

    Args:
        config: what is about to be run.
        results: the folder of all results.
        primitives: the backend's name, where primitives were handed over.

    Raises:
        RecordError: there is one, but it can't be read, or its jobs are under way at a service.
    """
    own, identity = run_name(config), canonical(config)
    if _has_begun(results / own):
        return None
    found = []
    for folder in sorted(results.glob(f"{config.name}-{'[0-9a-f]' * HASH_DIGITS}")):
        manifest = read_manifest(folder)
        theirs = manifest.get("configuration")
        # A name that isn't the hash is that of another version's run.
        alike = _alike(theirs, identity) and folder.name == f"{config.name}-{identity_hash(theirs)}"
        if alike and folder.name != own and manifest.get("primitives") == primitives:
            found.append(_read(folder, config.training.steps))
    best = max(found, key=lambda earlier: len(earlier.rows), default=None)
    return best if best is not None and best.rows else None


def take_over(earlier: Earlier, record: RunFolder) -> None:
    """Record the earlier run's steps as this one's own.

    Args:
        earlier: from ``find_earlier``.
        record: the run's, without a step.

    Raises:
        RecordError: they can't be written.
    """
    record.keep_copy(earlier.folder / CIRCUITS)
    record.ledger.take(earlier.rows, earlier.jobs, {"fact continues": earlier.folder.name})
    logger.warning(
        "going on from %d steps of %s, which differs in training.steps alone and is left as it is",
        len(earlier.rows),
        earlier.folder.name,
    )


def _has_begun(folder: Path) -> bool:
    if not (folder / LEDGER).exists():
        return (folder / STEPS).exists()
    try:
        with LedgerReader.open(folder / LEDGER) as ledger:
            return bool(ledger.last_row() or ledger.job_rows())
    except DamageError:
        return True


def _read(folder: Path, steps: int) -> Earlier:
    other = f"{folder.name} differs from this run in training.steps alone"
    remedy = "end that run first, with its own number of steps, or choose another name in the configuration"
    try:
        with LedgerReader.open(folder / LEDGER) as ledger:
            ledger.refuse_if_damaged()
            rows, jobs, backend = ledger.rows(), ledger.job_rows(), ledger.recall("backend")
    except DamageError as error:
        raise RecordError(error.path, f"{other}, but {error.reason}", remedy) from error
    if any(job["status"] != "done" for job in jobs):
        raise RecordError(folder, f"{other}, and its jobs are not done", remedy)
    rows = [row for row in rows if row["gradient"] is not None][:steps]  # the last one has none
    return Earlier(folder, rows, [job for job in jobs if job["step"] < len(rows)], backend)


def _alike(one: object, other: Mapping[str, Any]) -> TypeGuard[dict[str, Any]]:
    return isinstance(one, dict) and _without_steps(one) == _without_steps(other)


def _without_steps(identity: Mapping[str, Any]) -> dict[str, Any]:
    training = identity.get("training")
    return {**identity, "training": {**training, "steps": None} if isinstance(training, dict) else training}
