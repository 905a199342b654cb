"""Circuits that are handed over from Python, inside the configuration, so that a run can be read back without them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sggd_qiskit.config.block import Block, Operational


class GivenCircuit(Block):
    """A circuit from Python, as ``sggd_qiskit.model.given.given_circuit`` writes it down."""

    kind: Literal["given"] = "given"
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """Digest of its gates, qubits and angles, 64 hex digits."""
    qpy: Annotated[str, Operational]
    """The circuit as QPY in base 64; QPY names gates afresh each time, so that the digest tells circuits apart."""
