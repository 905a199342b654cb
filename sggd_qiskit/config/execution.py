"""The ``execution`` block: where the circuits run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from sggd_qiskit.config.block import Block, Count, DataFile, Operational, Positive, Seed, Unit
from sggd_qiskit.config.credentials import ADVICE, names_secret
from sggd_qiskit.config.errors import misfit

Kind = Literal["exact", "aer", "rehearsal", "ibm"]

Qubit = Annotated[int, Field(ge=0, le=100_000)]
Tag = Annotated[str, Field(min_length=1, max_length=86)]

Shots = Annotated[int, Field(ge=2, le=10_000_000)]


class TranspilerConfig(Block):
    """How circuits are fitted to a device. Each is transpiled once for the whole run."""

    optimization_level: Annotated[int, Field(ge=0, le=3)] = 3
    """Qiskit's optimisation level."""
    trials: Annotated[int, Field(ge=1, le=1000)] = 8
    """Seeds that are tried for each circuit; the result with the least error by the current calibration is kept."""
    seed: Seed = 0
    """The first of the seeds."""
    initial_layout: Annotated[tuple[Qubit, ...] | None, Field(examples=[[0, 1, 2, 3]])] = None
    """The device's qubits on which circuits begin, as many as the largest circuit has; smaller ones take the first of them.
    Chosen by Qiskit if it is left out."""
    exclude: Annotated[tuple[Qubit, ...], Field(examples=[[7, 8]])] = ()
    """Qubits of the device that no circuit may use."""

    @model_validator(mode="after")
    def _the_layout_can_be_had(self) -> Self:
        layout = self.initial_layout or ()
        if twice := sorted({qubit for qubit in layout if layout.count(qubit) > 1}):
            raise misfit("initial_layout", f"found qubit {twice[0]} twice; name each qubit once")
        if out := sorted({*layout} & {*self.exclude}):
            raise misfit("initial_layout", f"found qubit {out[0]}, which transpiler.exclude leaves out; choose another")
        return self

    @property
    def seeds(self) -> range:
        """All of the seeds."""
        return range(self.seed, self.seed + self.trials)


class LimitsConfig(Block):
    """What one job may hold. A step that holds more is split into several jobs, the same ones whenever it is planned."""

    executions: Annotated[int, Field(ge=1000), Unit("executions")] = 10_000_000
    """Executions in a job: parameter sets times measurement bases times shots."""
    megabytes: Annotated[float, Field(ge=1), Unit("10⁶ bytes")] = 50.0
    """Size of what a job sends to the service, as estimated."""


class BudgetConfig(Block):
    """What a run may spend. It stops before it would spend more; raise the limit and the same command goes on."""

    qpu_seconds: Annotated[Positive | None, Field(examples=[600]), Unit("seconds")] = None
    """Billed seconds of all jobs together."""
    jobs: Annotated[Count | None, Field(examples=[50])] = None
    """Jobs submitted."""


class ServiceConfig(Block):
    """How to deal with the service."""

    timeout: Annotated[float, Field(ge=0.1, le=3600), Unit("seconds")] = 120.0
    """Seconds after which a request without an answer is given up, and its outcome looked up."""
    poll: Annotated[float, Field(ge=0.01, le=3600), Unit("seconds")] = 2.0
    """Seconds between two looks at a job's state, at first; for a long job they grow to 30 times that, but in a session."""
    listing: Annotated[float, Field(ge=0, le=3600), Unit("seconds")] = 30.0
    """Seconds for which the service may not list a job that it has taken. Where the outcome of a submission is not known, its
    job is looked for as long before it is submitted again."""
    patience: Annotated[float, Field(ge=0), Unit("seconds")] = 3600.0
    """Seconds for which a service that can't be reached, or asks to wait, is tried again before the run stops."""
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """Jobs that are run for a unit of work at most, when jobs fail at the service."""


Device = Annotated[
    str,
    Field(pattern=r"^(fake|ibm)_[a-z0-9_]+$", examples=["fake_torino", "ibm_torino"]),
]
"""The name of a device."""


class ExecutionConfig(Block):
    """Where and with how many shots expectation values are estimated. The only block that differs between machines."""

    backend: Literal["exact", "aer", "snapshot", "least_busy"] | Device = "aer"
    """``exact``: linear algebra, no shot noise; ``aer``: circuits and shots on Qiskit Aer; ``fake_torino`` and so on, or
    ``snapshot``: a rehearsal on Aer with the noise of a device; ``ibm_torino`` and so on, or ``least_busy``: a device."""
    snapshot: Annotated[DataFile | None, Field(examples=["torino.json"])] = None
    """A device's calibration as ``sggd snapshot`` has saved it, for ``backend: snapshot``."""
    shots: Annotated[Shots, Unit("shots")] = 4096
    """Shots for each estimate of the cost, at θ and at each of its shifts (``exact`` takes none). Two at least for each
    circuit, since the noise is read from the shots."""
    shots_for: Literal["value", "cost"] = "cost"
    """What ``shots`` are for: each estimate of the cost, shared among data points and penalty circuits by their weights; or
    each expectation value or overlap in each measurement basis, which takes far more executions."""
    instance: Annotated[str | None, Operational, Field(examples=["my-instance"])] = None
    """Name or CRN of the service's instance; that of the environment or the saved account if it is left out. A run keeps the
    one in which it began."""
    tags: Annotated[tuple[Tag, ...], Operational, Field(examples=[["thesis"]])] = ()
    """Your own tags, which all jobs get."""
    mode: Annotated[Literal["job", "batch", "session"], Operational] = "job"
    """How jobs reach an IBM backend: ``job``: each queues by itself; ``batch``: those of a run together; ``session``: the
    device is reserved, and billed by the clock."""
    rep_delay: Annotated[Annotated[float, Field(ge=0)] | None, Field(examples=[100]), Unit("microseconds")] = None
    """Pause between two executions, within the range that the IBM backend has; its own if not set. A shorter one
    is billed less, and gives the qubits less time to return to their ground state."""
    options: Annotated[dict[str, JsonValue], Field(examples=[{"resilience_level": 0}])] = {}  # noqa: RUF012 - pydantic copies it
    """Options of qiskit-ibm-runtime's primitives, such as ``resilience_level``, ``dynamical_decoupling`` or ``twirling``."""
    transpiler: TranspilerConfig = TranspilerConfig()
    """For rehearsals and IBM backends."""
    patches: Annotated[int, Field(ge=1, le=1000)] | Literal["auto"] = 1
    """For rehearsals and IBM backends: copies of a circuit that run side by side, each on its own patch of the device with its
    own angles, so that a step takes about so many times fewer executions; ``auto``: as many as are worth it."""
    limits: LimitsConfig = LimitsConfig()
    """For IBM backends."""
    budget: Annotated[BudgetConfig, Operational] = BudgetConfig()
    """For IBM backends."""
    rate: Annotated[Positive | None, Operational, Field(examples=[1.6]), Unit("your currency per second")] = None
    """Price of a billed second in your currency, from which ``sggd plan`` forecasts the price of the run."""
    service: Annotated[ServiceConfig, Operational] = ServiceConfig()
    """For IBM backends."""

    @property
    def kind(self) -> Kind:
        """What sort of backend it is."""
        if self.backend in {"exact", "aer"}:
            return "exact" if self.backend == "exact" else "aer"
        return "rehearsal" if self.backend == "snapshot" or self.backend.startswith("fake_") else "ibm"

    @property
    def left_aside(self) -> tuple[str, ...]:
        """The keys that are set but concern IBM backends only, where the backend is none."""
        if self.kind == "ibm":
            return ()
        unset = ExecutionConfig()
        return tuple(
            key
            for key in (
                "instance",
                "tags",
                "mode",
                "rep_delay",
                "options",
                "limits",
                "budget",
                "service",
                *self._patches_key,
            )
            if getattr(self, key) != getattr(unset, key)
        )

    @property
    def _patches_key(self) -> tuple[str, ...]:
        return () if self.kind == "rehearsal" else ("patches",)

    @property
    def copies(self) -> int | Literal["auto"]:
        """Copies of a circuit side by side; 1 where there are no patches."""
        return self.patches if self.kind in {"rehearsal", "ibm"} else 1

    @field_validator("options")
    @classmethod
    def _options_hold_no_secret(cls, options: dict[str, JsonValue]) -> dict[str, JsonValue]:
        for path in _keys(options):
            if names_secret(path[-1]):
                raise misfit(".".join(path), ADVICE)
        return options

    @model_validator(mode="after")
    def _a_snapshot_has_its_file(self) -> Self:
        if (self.backend == "snapshot") != (self.snapshot is not None):
            raise misfit(
                "snapshot",
                "is missing; name the file that sggd snapshot has saved"
                if self.backend == "snapshot"
                else f"is set, but the backend is {self.backend!r}; set execution.backend to snapshot, or leave it out",
            )
        return self


def _keys(options: dict[str, JsonValue], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every key in nested mappings."""
    for key, value in options.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from _keys(value, (*path, key))
