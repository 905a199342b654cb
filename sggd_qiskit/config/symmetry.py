"""The ``symmetry`` block: the group under which the labels do not change, or change sign."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sggd_qiskit.config.block import Block, DataFile
from sggd_qiskit.config.circuits import GivenCircuit

GroupName = Literal[
    "swap", "cyclic", "dihedral_square", "full_permutation", "reflections", "parity", "u1_total_z", "collective_su2"
]


class Generator(Block):
    """One generator of the group: exactly one of ``permutation``, ``pauli``, ``circuit`` and ``given``."""

    permutation: Annotated[tuple[int, ...] | None, Field(examples=[[1, 0, 3, 2]])] = None
    """Where each qubit goes: qubit q to ``permutation[q]``."""
    pauli: Annotated[str | None, Field(examples=["ZIZI"])] = None
    """A Pauli string, as a label in Qiskit's order (``ZIZI``: qubit 0 rightmost) or with indices (``Z1 Z3``)."""
    circuit: Annotated[DataFile | None, Field(examples=["generator.qasm"])] = None
    """An OpenQASM 3 or QPY file with a circuit without parameters."""
    given: GivenCircuit | None = None
    """The same from Python."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in ("permutation", "pauli", "circuit", "given") if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) if given else "none of them"
            raise ValueError(f"wanted exactly one of permutation, pauli, circuit and given, found {found}")
        return self


class SymmetryConfig(Block):
    """The symmetry group S with its unitaries V_s: a named group, or one that the generators span."""

    group: GroupName | None = None
    """A named group: ``swap`` exchanges qubits (0 1)(2 3)…; ``cyclic`` shifts all qubits; ``full_permutation`` permutes
    them; ``reflections`` is spanned by Z on the even and Z on the odd qubits; ``dihedral_square`` by ``swap`` and
    ``reflections``; ``parity`` is Z on all qubits; ``u1_total_z`` the rotations exp(-iφ ΣZ/2); ``collective_su2``
    U⊗U⊗…."""
    generators: Annotated[
        Annotated[tuple[Generator, ...], Field(min_length=1)] | None,
        Field(examples=[[{"permutation": [1, 0, 3, 2]}, {"pauli": "ZIZI"}]]),
    ] = None
    """Generators of the group; products are added, up to a phase, until the group is closed."""
    character: Annotated[
        Annotated[tuple[Literal[1, -1], ...], Field(min_length=1)] | None, Field(examples=[[1, -1, -1]])
    ] = None
    """What becomes of the labels, y(s·x) = χ(s) y(x): 1 (nothing) or -1 (they change sign) for each generator, in the order
    of ``generators``, or of the description of ``group``. All 1 if not set."""
    max_order: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """Closing the group stops with an error beyond this number of elements."""
    check: Literal["error", "warn"] = "error"
    """What a group that is not a symmetry of the encoding leads to: an error before anything runs, or a warning."""
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 1e-6
    """Largest trace distance between V ρ(x) V† and ρ(s·x) that counts as none."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.group is None) == (self.generators is None):
            found = "neither" if self.group is None else "both"
            raise ValueError(f"wanted either group or generators, found {found}")
        return self
