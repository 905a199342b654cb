"""The ``execution`` block: where the circuits run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sggd_qiskit.config.block import Block


class ExecutionConfig(Block):
    """Where and with how many shots expectation values are estimated. The only block that differs between machines."""

    backend: Literal["exact", "aer"] = "aer"
    """``exact``: linear algebra, no shot noise; ``aer``: circuits and shots on Qiskit Aer."""
    shots: Annotated[int, Field(ge=2, le=10_000_000)] = 4096
    """Shots for each estimated expectation value or overlap in each measurement basis, shared among the circuits that make
    it up (``exact`` takes none). Two at least, since the noise is read from the shots."""
    mode: Literal["job"] = "job"
    """How jobs reach the backend: each step is a job of its own."""
