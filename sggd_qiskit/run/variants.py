"""Cheaper variants of an experiment: what each would be billed, and what it gives up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from qiskit.providers import BackendV2

from sggd_qiskit.execute.ibm.options import ShotRule, primitive_options
from sggd_qiskit.execute.ibm.timing import MICRO, Pace, rep_delay_range
from sggd_qiskit.problem import Problem, guided
from sggd_qiskit.run.forecast import total_load

ENOUGH_SHOTS = 512
"""For an estimate of the cost, as ``docs/economy.md`` has found."""

_SHARE = 6  # one component of the gradient in so many is drawn, likewise
_LEAST_BATCH = 10
_COMPONENTS = "components of the gradient, left to later steps: half as many steps again, or more"
_MITIGATION = "the client's mitigation of errors"
_WORTH_IT = 0.95  # of the price as configured; what saves less is not shown


@dataclass(frozen=True)
class Variant:
    """An experiment with some keys changed.

    Attributes:
        changes: keys with dots between their parts, and their new values.
        gives_up: what is lost.
        qpu_seconds: billed for the whole training, as forecast.
        recommended: whether it is the one to take.
    """

    changes: Mapping[str, Any]
    gives_up: str
    qpu_seconds: float
    recommended: bool = False

    @property
    def overrides(self) -> tuple[str, ...]:
        """The changes as ``--set`` takes them."""
        return tuple(f"{key}={_text(value)}" for key, value in self.changes.items())


def cheaper_variants(
    problem: Problem, pace: Pace, device: BackendV2 | None, family: str | None, room: int = 1
) -> tuple[Variant, ...]:
    """Variants that are billed less for as many steps, the recommended one first, then the cheapest.

    Args:
        problem: as configured.
        pace: of the device, with the mean length of the problem's circuits.
        device: of the range of repetition delays; None if there is none.
        family: the way to measure the penalty that needs fewest shots on the device; None if it is not known.
        room: copies of every circuit that are worth it side by side on the device.
    """
    most = _WORTH_IT * total_load(problem, pace).qpu_seconds
    parts = dict(_recommendable(problem, room))
    others = {**parts, **dict(_other(problem, device, family))}
    best = _together(problem, pace, parts)
    # The client's mitigation runs at least 64 shots of each circuit, however few are asked for. Fewer components take more
    # steps, and where executions are few 2 s of each are the job's.
    for text, times in ((_MITIGATION, 2), (_COMPONENTS, 3)):
        if text in others:
            parts[text] = others[text]
            further = _together(problem, pace, parts)
            if further.qpu_seconds < best.qpu_seconds / times:
                best = further
            else:
                del parts[text]
    singles = [Variant(changes, text, _price(problem, changes, pace)) for text, changes in others.items()]
    cheaper = sorted((v for v in singles if v.qpu_seconds < most), key=lambda variant: variant.qpu_seconds)
    return (best, *cheaper) if best.qpu_seconds < most else tuple(cheaper)


def _together(problem: Problem, pace: Pace, parts: Mapping[str, Mapping[str, Any]]) -> Variant:
    changes = {key: value for part in parts.values() for key, value in part.items()}
    return Variant(changes, "; ".join(parts), _price(problem, changes, pace), recommended=True)


def _recommendable(problem: Problem, room: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is given up, and for which changes; they go together."""
    execution = problem.config.execution
    if room > 1 and execution.patches == 1:
        yield "the best qubits alone, and crosstalk that no rehearsal has", {"execution.patches": room}
    if execution.shots_for == "value":
        fewer = {"execution.shots": ENOUGH_SHOTS} if execution.shots > ENOUGH_SHOTS else {}
        yield "accuracies read from many shots", {"execution.shots_for": "cost", **fewer}
    elif execution.shots > ENOUGH_SHOTS:
        yield "precision of a single step", {"execution.shots": ENOUGH_SHOTS}


def _other(problem: Problem, device: BackendV2 | None, family: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    config, parameters = problem.config, len(problem.qnn.theta)
    training, execution, least = config.training, config.execution, rep_delay_range(device)
    points = max(_LEAST_BATCH, getattr(config.data, "train", 0) // 10)
    if training.gradient == "parameter_shift" and parameters > _SHARE:
        drawn = {"kind": "random_coordinates", "coordinates": parameters // _SHARE}
        yield _COMPONENTS, {"training.gradient": drawn}
    if training.batch is None:
        yield f"data points: {points} a step, and a noisier data term", {"training.batch": points}
    if training.accuracy_every < training.steps:
        yield "accuracies between the first step and the last", {"training.accuracy_every": training.steps}
    yield "precision: errors twice as large", {"execution.shots": max(2, execution.shots // 4)}
    if least is not None and execution.rep_delay != least[0]:
        yield "time for qubits to return to their ground state: more errors", {"execution.rep_delay": least[0]}
    rule = ShotRule(primitive_options(execution.options).estimator)
    if rule.calibration(execution.shots) or rule.delivered(2) > 2 or len(rule.noise_factors) > 1:
        bare = {"execution.options": {**execution.options, "resilience_level": 0}}
        yield _MITIGATION, bare
    if family is not None and family != config.cost.estimator:
        yield f"the circuits of {config.cost.estimator} (compared above)", {"cost.estimator": family}


def _price(problem: Problem, changes: Mapping[str, Any], pace: Pace) -> float:
    config = problem.config
    for key, value in changes.items():
        block, name = key.split(".")
        former = getattr(config, block)
        changed = type(former).model_validate({**former.model_dump(), name: value})
        config = config.model_copy(update={block: changed})
    if config.execution.rep_delay is not None:
        pace = replace(pace, rep_delay=MICRO * config.execution.rep_delay)
    return total_load(guided(replace(problem, config=config, terms=())), pace).qpu_seconds


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
