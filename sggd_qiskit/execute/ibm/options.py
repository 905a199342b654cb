"""``execution.options`` as the options of the runtime's primitives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import ceil
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from qiskit_ibm_runtime.executor_estimator.finalize_options import finalize_estimator_options
from qiskit_ibm_runtime.options_models import EstimatorOptions, SamplerOptions
from qiskit_ibm_runtime.options_models.zne import DEFAULT_NOISE_FACTORS

from sggd_qiskit.config.errors import ConfigError, Fault
from sggd_qiskit.execute.ibm.timing import MICRO

Model = TypeVar("Model", bound=BaseModel)

OURS = {
    "default_precision": "execution.shots says it",
    "default_shots": "execution.shots says it",
    "environment.job_tags": "jobs are found again by tags of their own",
    "environment.private": "a result that can be read only once is lost in a kill",
    "environment.max_execution_time": "its place is options.max_execution_time",
    "simulator": "it has no effect on a device",
    "resilience.layer_noise_model": "a noise model can't be written in YAML",
    "resilience.pec_mitigation": "it needs a noise model, which can't be written in YAML",
    "execution.meas_type": "results are bits",
    "execution.rep_delay": "execution.rep_delay says it, in microseconds",
}
"""Options that are not the user's to set here, and why."""


@dataclass(frozen=True)
class PrimitiveOptions:
    """What goes to which of the client's primitives.

    Attributes:
        estimator: options of the Estimator, which runs expectation values with zero-noise extrapolation alone.
        sampler: options of the Sampler, which runs all else.
        extrapolated: whether expectation values are extrapolated to zero noise.
        mitigated: whether errors of the Sampler's readouts are taken back, by a calibration in the same job.
    """

    estimator: EstimatorOptions
    sampler: SamplerOptions
    extrapolated: bool
    mitigated: bool

    @property
    def rules(self) -> dict[bool, ShotRule]:
        """How shots are rounded by the Estimator (under False) and by the Sampler (under True)."""
        return {False: ShotRule(self.estimator), True: ShotRule(self.sampler)}

    @property
    def calibration_twirls(self) -> int | None:
        """Twirls of the calibration of readouts, if the user has set them."""
        wanted = self.estimator.resilience.measure_noise_learning.num_randomizations
        return None if wanted == "auto" else int(wanted)


def primitive_options(options: Mapping[str, Any], rep_delay: float | None = None) -> PrimitiveOptions:
    """The options of both primitives, from those that the user has set.

    Args:
        options: as configured.
        rep_delay: between executions, microseconds; the device's own if None.

    Raises:
        ConfigError: naming each key that is unknown, of a wrong type, or not to be set here.
    """
    faults = [
        Fault(("execution", "options", *key.split(".")), f"can't be set here: {reason}; leave it out")
        for key, reason in OURS.items()
        if _holds(options, key)
    ]
    if faults:
        raise ConfigError(*faults)
    given = _validated(EstimatorOptions, options)
    if given.resilience.zne.amplifier == "pea":
        raise ConfigError.at(
            "execution.options.resilience.zne.amplifier", "found 'pea', which needs a noise model; use gate folding"
        )
    if given.twirling.enable_measure is False and _mitigates(given):
        raise ConfigError.at(
            "execution.options.twirling.enable_measure",
            "found false, but errors of readouts are taken back with twirled ones; leave it out, or set "
            "execution.options.resilience.measure_mitigation to false",
        )
    estimator = finalize_estimator_options(given)
    twirling = estimator.twirling.model_dump()
    shared = {key: value for key, value in options.items() if key in SamplerOptions.model_fields}
    sampler = _validated(SamplerOptions, {**shared, "twirling": twirling})
    zne, mitigation = estimator.resilience.zne_mitigation, estimator.resilience.measure_mitigation
    if rep_delay is not None:
        given.execution.rep_delay = sampler.execution.rep_delay = MICRO * rep_delay
    return PrimitiveOptions(given, sampler, extrapolated=bool(zne), mitigated=bool(mitigation))


def _mitigates(options: EstimatorOptions) -> bool:
    wanted = options.resilience.measure_mitigation
    return options.resilience_level > 0 if wanted is None else bool(wanted)


def precision_for(shots: int) -> float:
    """The precision for which the client runs so many shots; that of half a shot less, as it rounds up."""
    return float((shots - 0.5) ** -0.5)


class ShotRule:
    """How many shots the service runs where so many are asked for; twirling rounds them up.

    Args:
        options: of one of the primitives, as the user has set them.
    """

    def __init__(self, options: EstimatorOptions | SamplerOptions):
        self._options = options

    def delivered(self, shots: int) -> int:
        """Shots that are run for each parameter set and basis when ``shots`` are asked for."""
        count, each = self._randomizations(shots)
        return count * each

    def twirls(self, shots: int) -> int:
        """Twirls among which ``shots`` are divided; 1 without twirling."""
        return self._randomizations(shots)[0]

    def calibration(self, shots: int) -> int:
        """Shots with which the Estimator's job measures its readout errors first; the Sampler's calibration is a PUB."""
        if isinstance(self._options, SamplerOptions) or not _mitigates(self._options):
            return 0
        count, each = self._randomizations(shots)
        wanted = self._options.resilience.measure_noise_learning.num_randomizations
        return (count if wanted == "auto" else int(wanted)) * each

    @property
    def noise_factors(self) -> tuple[float, ...]:
        """With which each circuit is run in turn, its noise amplified; 1 alone without zero-noise extrapolation."""
        if isinstance(self._options, SamplerOptions):
            return (1.0,)
        wanted = self._options.resilience.zne_mitigation
        if wanted is None:
            wanted = self._options.resilience_level == 2
        factors = self._options.resilience.zne.noise_factors
        return tuple(map(float, DEFAULT_NOISE_FACTORS if factors == "auto" else factors)) if wanted else (1.0,)

    def _randomizations(self, shots: int) -> tuple[int, int]:
        """Number of twirls, and shots of each, by the rule of TwirlingOptions' documentation."""
        if not self._twirled:
            return 1, shots
        count, each = self._options.twirling.num_randomizations, self._options.twirling.shots_per_randomization
        if each == "auto":
            each = max(64, ceil(shots / 32)) if count == "auto" else ceil(shots / count)
        return ceil(shots / each) if count == "auto" else int(count), int(each)

    @property
    def twirls_gates(self) -> bool:
        """Whether each layer of two-qubit gates is twirled."""
        wanted = self._options.twirling.enable_gates
        level = getattr(self._options, "resilience_level", 0)
        return level == 2 if wanted is None else bool(wanted)

    @property
    def _twirled(self) -> bool:
        twirling = self._options.twirling
        if isinstance(self._options, SamplerOptions):
            return bool(twirling.enable_gates or twirling.enable_measure)
        level = self._options.resilience_level
        measure = level > 0 if twirling.enable_measure is None else twirling.enable_measure
        return bool(self.twirls_gates or measure or _mitigates(self._options))


def _validated(model: type[Model], options: Mapping[str, Any]) -> Model:
    try:
        return model(**options)
    except ValidationError as error:
        faults = [
            Fault(
                ("execution", "options", *place), f"{reason}{_nearest(model, place)} (an option of qiskit-ibm-runtime)"
            )
            for place, reason in _problems(error)
        ]
        raise ConfigError(*faults) from None


def _problems(error: ValidationError) -> list[tuple[tuple[str | int, ...], str]]:
    return [
        (detail["loc"], "unknown option" if detail["type"] == "extra_forbidden" else detail["msg"])
        for detail in error.errors(include_url=False)
    ]


def _nearest(model: type[BaseModel], place: tuple[str | int, ...]) -> str:
    """The option that an unknown one is probably a misspelling of, as the end of a sentence."""
    block: Any = model
    for key in place[:-1]:
        field = getattr(block, "model_fields", {}).get(key)
        block = None if field is None else field.annotation
    known = list(getattr(block, "model_fields", {}))
    near = [] if place[-1] in known else get_close_matches(str(place[-1]), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _holds(options: Any, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(options, Mapping) or part not in options:
            return False
        options = options[part]
    return True
