"""Runs in MLflow."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from time import monotonic, time
from typing import Annotated, Any, ClassVar, Literal

from filelock import FileLock
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from sggd_qiskit.config.block import beside_the_configuration
from sggd_qiskit.config.credentials import ADVICE
from sggd_qiskit.loggers.logger import LoggedRun, Logger, State, Summary

_PAUSE = 1.0
"""Seconds from one request to the next at least, since a fast run has thousands of steps in one."""
_MOST_METRICS, _MOST_PARAMS, _LONGEST = 1000, 100, 500
"""That MLflow takes in a request, and characters of a parameter that every version and store takes."""
_LONGEST_WAIT = 120.0
"""Seconds for another process that makes the database."""
_TAG = "sggd.run"
_LAST = "cost"
"""The metric by which a step is known; every step has it."""
_STATUS: dict[State, str] = {
    "complete": "FINISHED",
    "interrupted": "KILLED",
    "pending": "RUNNING",
    "failed": "FAILED",
}


def _path_or_uri(value: object, info: ValidationInfo) -> object:
    """A plain path is relative to the configuration file; a URI, and ``databricks``, are as they are."""
    plain = isinstance(value, str) and ":" not in value and value != "databricks"
    return beside_the_configuration(value, info) if plain else value


def _without_password(uri: str) -> str:
    if re.search(r"://[^/]*@", uri):
        raise ValueError(f"found a user or password in the address; {ADVICE}")
    return uri


class MlflowLogger(Logger):
    """A run in MLflow: the configuration as parameters, the columns of the steps as metrics."""

    kind: Literal["mlflow"] = "mlflow"
    packages: ClassVar[tuple[str, ...]] = ("mlflow", "sqlalchemy", "alembic")
    extra: ClassVar[str] = "mlflow"
    tracking_uri: Annotated[
        str | None,
        BeforeValidator(_path_or_uri),
        AfterValidator(lambda uri: uri and _without_password(uri)),
        Field(examples=["http://127.0.0.1:5000", "sqlite:///mlflow.db"]),
    ] = None
    """Where MLflow keeps its runs: a server's address, ``sqlite:///`` and a file, or a folder; if not set, what
    MLFLOW_TRACKING_URI says, or MLflow's default, ``mlflow.db`` in the current folder."""
    experiment: Annotated[str, Field(min_length=1)] = "sggd"
    """The experiment in MLflow to which the run belongs; it is made if there is none."""

    def start(self, run: LoggedRun) -> MlflowLog:
        """Begin a run in MLflow, or go on with the one that has this run's tag."""
        from mlflow.tracking import MlflowClient, get_tracking_uri

        for name in ("mlflow.store.db.utils", "alembic"):  # they tell of every table that they make
            logging.getLogger(name).setLevel(logging.WARNING)
        if _is_folder(self.tracking_uri):
            os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # which MLflow asks of who names a folder
        with _alone(self.tracking_uri or get_tracking_uri()):
            client = MlflowClient(self.tracking_uri)
            experiment = _experiment(client, self.experiment)
        found = client.search_runs([experiment], filter_string=f"tags.`{_TAG}` = '{run.tag}'", max_results=1)
        if found:
            number = found[0].info.run_id
            client.update_run(number, status="RUNNING")
            return MlflowLog(client, number, _histories(client, number, found[0].data.metrics))
        folder = {} if run.folder is None else {"sggd.folder": str(run.folder.absolute())}
        number = client.create_run(experiment, tags={_TAG: run.tag, **folder}, run_name=run.name).info.run_id
        _log_parameters(client, number, run.config)
        return MlflowLog(client, number, {})


class MlflowLog:
    """A run in MLflow.

    A folder takes a request metric by metric, so that a kill may leave half a step. The metric by which a step is known comes
    last, and those that are there already are left out.

    Attributes:
        steps: that it has from earlier processes.
    """

    def __init__(self, client: Any, run: str, known: Mapping[str, Collection[int]]):
        self._client, self._run, self._known = client, run, known
        self.steps: Collection[int] = known.get(_LAST, ())
        self._waiting: list[Any] = []
        self._due = 0.0

    def step(self, numbers: Mapping[str, float]) -> None:
        """Log a step, together with those after it if they come fast."""
        from mlflow.entities import Metric

        now, step = int(time() * 1000), int(numbers["step"])
        names = [name for name in numbers if name not in {"step", _LAST} and step not in self._known.get(name, ())]
        metrics = [Metric(name, float(numbers[name]), now, step) for name in (*names, _LAST)]
        if len(self._waiting) + len(metrics) > _MOST_METRICS:
            self._send()
        self._waiting += metrics
        if monotonic() >= self._due:
            self._send()

    def end(self, summary: Summary) -> None:
        """Log what is left, and the state of the run."""
        if self._waiting:
            self._send()
        if summary.reason is not None:
            self._client.set_tag(self._run, "sggd.reason", summary.reason)
        if _STATUS[summary.state] != "RUNNING":
            self._client.set_terminated(self._run, _STATUS[summary.state])

    def _send(self) -> None:
        self._client.log_batch(self._run, metrics=self._waiting)
        self._waiting = []
        self._due = monotonic() + _PAUSE


def _alone(uri: str) -> AbstractContextManager[object]:
    """Let no other process make the same database meanwhile, as those of a sweep would: MLflow would spoil it for good."""
    file = uri if _is_folder(uri) else uri.partition("sqlite:///")[2]
    return FileLock(f"{file}.lock", timeout=_LONGEST_WAIT) if file else nullcontext()


def _is_folder(uri: str | None) -> bool:
    return uri is not None and Path(uri).is_absolute()


def _experiment(client: Any, name: str) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name))
        except MlflowException:  # another process of a sweep was faster
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    return str(found.experiment_id)


def _histories(client: Any, run: str, names: Iterable[str]) -> dict[str, set[int]]:
    return {name: {metric.step for metric in client.get_metric_history(run, name)} for name in names}


def _log_parameters(client: Any, run: str, config: Mapping[str, Any]) -> None:
    from mlflow.entities import Param

    left = iter([Param(key, value) for key, value in _parameters(config)])
    while some := list(islice(left, _MOST_PARAMS)):
        client.log_batch(run, params=some)


def _parameters(config: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Dotted keys, of the characters that MLflow takes, and their values."""
    for key, value in config.items():
        path = above + re.sub(r"[^\w./: -]", "_", str(key))
        if isinstance(value, Mapping) and value:
            yield from _parameters(value, f"{path}.")
        elif value is not None:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield path, text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
