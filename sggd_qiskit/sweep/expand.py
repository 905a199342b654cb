"""From a job file to its runs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from math import prod

from pydantic import JsonValue

from sggd_qiskit.config.errors import ConfigError, Fault, KeyPath
from sggd_qiskit.config.execution import BudgetConfig
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.identity import run_name
from sggd_qiskit.config.loading import validate
from sggd_qiskit.config.overrides import key_parts, override, put
from sggd_qiskit.config.source import Source, read_source
from sggd_qiskit.config.yaml_text import line_of
from sggd_qiskit.sweep.job import SweepJob, load_job, placed

MOST_RUNS = 10_000

Coordinate = str | int | float | bool
_SEED_KEYS = ("data.seed", "training.seed")


@dataclass(frozen=True)
class SweepRun:
    """One run of a sweep.

    Attributes:
        name: of its folder.
        axes: from each axis to where the run is on it.
        config: the resolved configuration.
        source: where its values come from.
    """

    name: str
    axes: dict[str, Coordinate]
    config: ExperimentConfig = field(repr=False)
    source: Source = field(repr=False)

    def __str__(self) -> str:
        return ", ".join(f"{axis} {value}" for axis, value in self.axes.items())


@dataclass(frozen=True)
class Sweep:
    """The runs of a job file.

    Attributes:
        name: of the folder that holds them.
        axes: what is varied: ``case``, keys of the configuration, ``seed``.
        runs: in their order, the seeds of a point one after the other.
        budget: of all runs together.
    """

    name: str
    axes: tuple[str, ...]
    runs: tuple[SweepRun, ...]
    budget: BudgetConfig


@dataclass(frozen=True)
class _Point:
    """A point of an axis: what it is called, what it sets, and where it stands in the job file."""

    called: dict[str, JsonValue]
    settings: dict[str, JsonValue]
    path: KeyPath


def load_sweep_job(file: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Sweep:
    """Read a job file and validate the configurations of all its runs.

    Args:
        file: the job file.
        overrides: of the base configuration, such as ``training.steps=20``.

    Raises:
        ConfigError: one of the files, an override or a run's configuration can't be used, or two runs are the same; the
            messages name file and line.
    """
    job, source = load_job(file)
    with placed(source):
        base = _base(job)
        axes = list(_axes(job))
        _check_axes(axes, [text.partition("=")[0].strip() for text in overrides])
    for text in overrides:
        override(base.data, base.overridden, text)
    runs = _runs(list(product(*axes)), source, base)
    return Sweep(job.name, tuple(axis for points in axes for axis in points[0].called), runs, job.budget)


def _base(job: SweepJob) -> Source:
    try:
        return read_source(job.base)
    except ConfigError as error:
        raise ConfigError.at("base", str(error)) from None


def _axes(job: SweepJob) -> Iterator[list[_Point]]:
    if job.cases:
        yield [_Point({"case": name}, sets, ("cases", name)) for name, sets in job.cases.items()]
    for key, values in (job.grid or {}).items():
        yield [_Point({key: value}, {key: value}, ("grid", key, number)) for number, value in enumerate(values)]
    if job.zip:
        rows = [dict(zip(job.zip, values, strict=True)) for values in zip(*job.zip.values(), strict=True)]
        yield [_Point(row, row, ("zip", next(iter(row)), number)) for number, row in enumerate(rows)]
    if job.seeds is not None:
        seeds = range(job.seeds) if isinstance(job.seeds, int) else job.seeds
        yield [
            _Point({"seed": seed}, dict.fromkeys(_SEED_KEYS, seed), ("seeds", number))
            for number, seed in enumerate(seeds)
        ]


def _check_axes(axes: Sequence[Sequence[_Point]], overridden: Sequence[str]) -> None:
    """Refuse two axes that set the same key, of which one would win unseen, and more runs than anyone means."""
    if (count := prod(map(len, axes))) > MOST_RUNS:
        raise ConfigError.at("", f"found {count:,} runs, wanted at most {MOST_RUNS:,}; take values from the axes")
    keys = [{key: point.path[:2] for point in points for key in point.settings} for points in axes]
    keys.append(dict.fromkeys(overridden, ("--set",)))
    for one, other in combinations(keys, 2):
        for (key, path), (second, where) in product(one.items(), other.items()):
            if f"{key}.".startswith(f"{second}.") or f"{second}.".startswith(f"{key}."):
                setter = " ".join(map(str, where[:1]))
                raise ConfigError(Fault(path, f"sets {key}, and {setter} sets {second}; keep one of the two"))


def _runs(rows: Sequence[tuple[_Point, ...]], job: Source, base: Source) -> tuple[SweepRun, ...]:
    found: dict[str, tuple[SweepRun, tuple[_Point, ...]]] = {}
    faults: dict[str, None] = {}  # each once, though it may concern many runs
    for points in rows:
        try:
            run = _run(points, job, base)
        except ConfigError as error:
            faults.update(dict.fromkeys(map(str, error.faults)))
            continue
        if run.name in found:
            known, others = found[run.name]
            path = next(one.path for one, other in zip(points, others, strict=True) if one is not other)
            same = Fault(path, f"{run} is the same run as {known}, {run.name}; take one of them away")
            faults.update(dict.fromkeys(job.describe(ConfigError(same))))
        found[run.name] = (run, points)
    if faults:
        raise ConfigError(*(Fault((), text) for text in faults))
    return tuple(run for run, _ in found.values())


def _run(points: Iterable[_Point], job: Source, base: Source) -> SweepRun:
    source = replace(base, data=deepcopy(base.data), overridden=dict(base.overridden))
    axes: dict[str, Coordinate] = {}
    for point in points:
        axes.update({axis: _coordinate(value) for axis, value in point.called.items()})
        for key, value in point.settings.items():
            place = _place(job, point.path, key)
            if key not in _SEED_KEYS or point.path[0] != "seeds" or "data" in source.data:
                put(source.data, source.overridden, key_parts(key, place), deepcopy(value), place)
    with placed(source):
        config = validate(source)
        return SweepRun(run_name(config), axes, config, source)


def _place(job: Source, path: KeyPath, key: str) -> str:
    """What a setting is called in messages: file and line."""
    path = (*path, key) if path[0] == "cases" else (path[0], key, *path[2:]) if path[0] == "zip" else path
    return f"{job.file}:{line_of(job.document, path)}" if job.document is not None else str(job.file)


def _coordinate(value: JsonValue) -> Coordinate:
    """A value as it stands in a column; what is no single value is JSON."""
    return value if isinstance(value, Coordinate) else json.dumps(value)
