"""The ``model`` block: encoding, ansatz and observable of the quantum neural network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator

from sggd_qiskit.config.block import Block, Count, DataFile, Unit
from sggd_qiskit.config.circuits import GivenCircuit
from sggd_qiskit.config.postprocessing import NoPostprocessing, PostprocessingConfig

Rotation = Literal["rx", "ry", "rz"]
Entanglement = Literal["full", "linear", "reverse_linear", "circular", "sca", "pairwise"]


class BellStatesEncoding(Block):
    """The four Bell states, the preparations whose mixtures are the Werner states; two qubits."""

    kind: Literal["bell_states"] = "bell_states"


class AngleEncoding(Block):
    """Feature x_(q mod f) on qubit q by a rotation of angle scale·x, after Hadamards if the gate is ``rz``."""

    kind: Literal["angle"] = "angle"
    gate: Rotation = "rx"
    """The rotation. For ``rz`` every qubit starts in |+⟩, since a Z rotation leaves |0⟩ unchanged."""
    scale: Annotated[float, Field(ge=-1e6, le=1e6), Unit("radians per unit of the feature")] = 1.5707963267948966
    """The angle of a feature 1."""
    uploads: Count = 1
    """Times the features are uploaded, with a ring of CZ gates between two uploads (data re-uploading)."""

    @field_validator("scale")
    @classmethod
    def _scale_is_not_zero(cls, scale: float) -> float:
        if scale == 0:
            raise ValueError("found 0, with which all data points have the same state; wanted another number")
        return scale


class LibraryEncoding(Block):
    """One of Qiskit's feature maps; takes a feature per qubit."""

    kind: Literal["z_feature_map", "zz_feature_map"]
    reps: Count = 2
    """Repetitions of the map."""
    entanglement: Entanglement = "full"
    """Pairs of qubits that the ZZ feature map couples."""


class PauliFeatureMapEncoding(Block):
    """Qiskit's Pauli feature map; takes a feature per qubit."""

    kind: Literal["pauli_feature_map"] = "pauli_feature_map"
    paulis: Annotated[tuple[str, ...], Field(min_length=1)] = ("Z", "ZZ")
    """The Pauli strings whose evolutions make up the map."""
    reps: Count = 2
    """Repetitions of the map."""
    entanglement: Entanglement = "full"
    """Blocks of qubits that strings longer than one couple."""


class FileEncoding(Block):
    """The user's own feature map, read from a file; features go to its parameters in the circuit's own order."""

    kind: Literal["file"] = "file"
    path: DataFile
    """An OpenQASM 3 file (.qasm, .qasm3) with ``input`` parameters, or a QPY file (.qpy) with one circuit."""


class CircuitsEncoding(Block):
    """Each data point is a circuit of its own, given from Python."""

    kind: Literal["circuits"] = "circuits"


EncodingConfig = Annotated[
    BellStatesEncoding
    | AngleEncoding
    | LibraryEncoding
    | PauliFeatureMapEncoding
    | FileEncoding
    | CircuitsEncoding
    | GivenCircuit,
    Field(discriminator="kind"),
]


class TwoQubitAnsatz(Block):
    """One parameter that runs from the identity (θ = 0) to the CNOT (θ = π) on two qubits (paper, (9)).

    ``cx_power`` is exp(-iθ |1⟩⟨1| ⊗ (I - X)/2), of period 2π; ``crx`` is CRX(θ), the CNOT up to a controlled phase.
    """

    kind: Literal["cx_power", "crx"]


class HardwareEfficientAnsatz(Block):
    """Layers of single-qubit rotations on every qubit followed by an entangler."""

    kind: Literal["hardware_efficient"] = "hardware_efficient"
    rotations: Annotated[tuple[Rotation, ...], Field(min_length=1)] = ("rz", "ry", "rz")
    """Rotations of a layer, in the order in which they act; each has a parameter per qubit."""
    entangler: Literal["cx_ring", "cx_chain", "cz_ring", "cz_chain"] = "cx_ring"
    """Two-qubit gates of a layer, on neighbouring qubits; a ring closes from the last qubit to the first."""
    layers: Count = 4
    """Number of layers."""


class LibraryAnsatz(Block):
    """One of Qiskit's ansatzes."""

    kind: Literal["real_amplitudes", "efficient_su2"]
    reps: Count = 3
    """Repetitions; a last layer of rotations follows them."""
    entanglement: Entanglement = "reverse_linear"
    """Pairs of qubits that a repetition entangles."""


class FileAnsatz(Block):
    """The user's own ansatz, read from a file; θ is in the circuit's own parameter order."""

    kind: Literal["file"] = "file"
    path: DataFile
    """An OpenQASM 3 file (.qasm, .qasm3) with ``input`` parameters, or a QPY file (.qpy) with one circuit."""


AnsatzConfig = Annotated[
    TwoQubitAnsatz | HardwareEfficientAnsatz | LibraryAnsatz | FileAnsatz | GivenCircuit, Field(discriminator="kind")
]


PauliSum = str | dict[str, float | str]
"""A text such as ``0.5 Z0 + 0.25 X0 X1``, or a map from Pauli to coefficient."""

_PAULI = re.compile(r"\s*([IXYZ]+|[IXYZ]\d+([\s*@]*[IXYZ]\d+)*)\s*", re.IGNORECASE)


def _is_sum(observable: Mapping[str, object]) -> bool:
    """Whether a mapping is from Paulis to coefficients, and not from classes to observables."""
    values = observable.values()
    if any(isinstance(value, int | float) for value in values):
        return True  # no class has a number as its observable
    return all(map(_PAULI.fullmatch, observable)) and all(
        isinstance(value, str) and _is_number(value) for value in values
    )


def _is_number(text: str) -> bool:
    try:
        complex(text.replace(" ", ""))
    except ValueError:
        return False
    return True


def _observable_kind(value: object) -> str:
    if isinstance(value, Mapping):
        return "a sum" if _is_sum(value) else "classes"
    return "a text"


Observable = Annotated[
    Annotated[str, Tag("a text")]
    | Annotated[dict[str, float | str], Tag("a sum")]
    | Annotated[dict[str, PauliSum], Field(min_length=2), Tag("classes")],
    Discriminator(_observable_kind),
]


class ModelConfig(Block):
    """The quantum neural network f(x) = Tr[ρ(x) U†(θ) O U(θ)] (paper, (1))."""

    qubits: Annotated[int, Field(ge=1, le=127, examples=[4])]
    """Number of qubits n."""
    encoding: EncodingConfig
    """How a data point becomes a state ρ(x)."""
    ansatz: AnsatzConfig
    """The trained circuit U(θ)."""
    observable: Observable = "Z0"
    """O: ``SWAP`` (two qubits), a Pauli sum such as ``0.5 Z0 + 0.25 X0 X1``, or a map from Pauli to coefficient; or a map from
    the names of two or more classes to an observable each, of which the largest output wins.

    A Pauli is written with indices (``Z0 Z1``) or as a label in Qiskit's order, qubit 0 rightmost (``ZZII``).
    """

    # Left out where it is the identity, so that the runs that there are keep their names.
    postprocessing: PostprocessingConfig = Field(default=NoPostprocessing(), exclude_if=NoPostprocessing().__eq__)
    """g, which acts on the output of each data point: ``identity``, a ``polynomial`` by its coefficients, or ``sigmoid``,
    ``tanh`` or ``smooth_step``, expanded to an order. The penalty then is that of g(f), not f (paper, (12), (13))."""

    @property
    def observables(self) -> dict[str, PauliSum] | None:
        """The observable of each class by its name; None if there is one for all of two classes."""
        found: Any = self.observable
        return found if _observable_kind(found) == "classes" else None
