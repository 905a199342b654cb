"""A training that starts where another run has ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.identity import canonical, run_name
from sggd_qiskit.config.training import GivenInitial, RunInitial
from sggd_qiskit.problem import Problem
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.files import LEDGER
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.manifest import ledger_manifest
from sggd_qiskit.run.results import load_results

_KEY, _FACT = "training.initial.path", "initial"


@dataclass(frozen=True)
class Start:
    """Where a training starts.

    Attributes:
        problem: what is trained, with θ in place of the run that it comes from.
        facts: for the manifest: the run's name, its θ and the digest of that; nothing if θ is not another run's.
    """

    problem: Problem
    facts: dict[str, Any]


def starting_point(problem: Problem, results: Path | None = None) -> Start:
    """Read θ of the run that ``training.initial`` names; a run that has begun has it in its own manifest.

    Args:
        problem: what is going to be trained.
        results: the folder of all results; None where none has begun.

    Raises:
        ConfigError: if the run is not there or not complete, or its ansatz is another one.
        RecordError: if the run in that folder has another θ than that with which this one began.
    """
    config = problem.config
    initial = config.training.initial
    if not isinstance(initial, RunInitial):
        return Start(problem, {})
    source, known = Path(initial.path), None
    if results is not None:
        known = _recorded(results / run_name(config))
    if known is None or (source / LEDGER).exists():
        found = _read(source, problem)
        if known is not None and known["sha256"] != found["sha256"]:
            raise RecordError(
                source, "its θ is not that with which this run has begun", "choose another name in the configuration"
            )
        known = found
    training = config.training.model_copy(update={"initial": GivenInitial(values=tuple(known["theta"]))})
    return Start(replace(problem, config=config.model_copy(update={"training": training})), {_FACT: known})


def _recorded(folder: Path) -> dict[str, Any] | None:
    """What a run's own ledger says of its start; None if it has not begun."""
    if not (folder / LEDGER).exists():
        return None
    with LedgerReader.open(folder / LEDGER) as ledger:
        found: dict[str, Any] | None = ledger_manifest(folder.name, ledger).get(_FACT)
    return found


def _read(source: Path, problem: Problem) -> dict[str, Any]:
    if not (source / LEDGER).exists():
        raise ConfigError.at(_KEY, f"found no run in {source.absolute()}; name the folder of a run")
    try:
        results = load_results(source)
    except RecordError as error:
        raise ConfigError.at(_KEY, str(error)) from error
    if not results.complete or not len(results.theta):
        raise ConfigError.at(
            _KEY,
            f"found {source.name}, which is not complete; finish it, or give the θ of one of its steps as "
            "training.initial: {kind: values, values: [...]}",
        )
    there, here = _ansatz(results.manifest.get("configuration") or {}), _ansatz(canonical(problem.config))
    there |= {"parameters": results.manifest.get("parameters")}
    here |= {"parameters": [parameter.name for parameter in problem.qnn.theta]}
    differences = list(_differences(there, here))
    if differences:
        raise ConfigError.at(
            _KEY,
            f"found {source.name}, whose ansatz is another one: {'; '.join(differences)}; its θ means nothing here",
        )
    digest = sha256(np.ascontiguousarray(results.theta, dtype="<f8").tobytes()).hexdigest()
    return {"run": source.absolute().name, "sha256": digest, "theta": results.theta.tolist()}


def _ansatz(configuration: dict[str, Any]) -> dict[str, Any]:
    """What of a canonical configuration decides what a parameter means."""
    model = configuration.get("model") or {}
    ansatz = model.get("ansatz") or {}
    return {"model.qubits": model.get("qubits")} | {f"model.ansatz.{key}": value for key, value in ansatz.items()}


def _differences(there: dict[str, Any], here: dict[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys((*there, *here)):
        if there.get(key) != here.get(key):
            if key == "parameters" and isinstance(there.get(key), list):
                yield f"{len(there[key])} parameters, not {len(here[key])}, or others"
            else:
                yield f"{key} is {there.get(key)} there and {here.get(key)} here"
