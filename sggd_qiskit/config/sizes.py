"""Sizes of a run, estimated from numbers alone before anything is built."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import comb
from pathlib import Path
from typing import Any

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.model import HardwareEfficientAnsatz, LibraryAnsatz, ModelConfig, PauliFeatureMapEncoding
from sggd_qiskit.config.training import SPSA, RandomCoordinates

MOST_GATES = 50_000
"""Of a circuit; more would take minutes to build."""

_NUMBER = 8  # bytes
_SHARE = 0.5  # of the machine's memory that a run's arrays may take
_KEYS = (
    "model.ansatz.layers",
    "model.ansatz.reps",
    "model.encoding.uploads",
    "model.encoding.reps",
    "data.train",
    "data.test",
    "training.gradient.pairs",
)


@dataclass(frozen=True)
class Known:
    """What is known of a run beside its configuration, once data are read and circuits are built; 0 where it is not.

    Attributes:
        points: training points, images included.
        tests: test points.
        features: of a point.
        angles: of the ansatz.
    """

    points: int = 0
    tests: int = 0
    features: int = 0
    angles: int = 0


def require_sizes(config: ExperimentConfig, known: Known | None = None) -> None:
    """Refuse what would fill the memory, or take minutes to build.

    Args:
        config: the experiment.
        known: what has been found out about it.

    Raises:
        ConfigError: naming the key whose value has to be changed least, and the largest value that would do.
    """
    known = known or Known()
    problem = _excess(config, known)
    if not problem:
        return
    fitting: dict[str, tuple[int, int]] = {}
    for key in _KEYS:
        value = _value(config, key)
        if value is not None and value > 1 and not _excess(_with(config, key, 1), known):
            fitting[key] = (_largest(config, known, key, value), value)
    if not fitting:
        raise ConfigError.at("model", f"found {problem}; choose a smaller model or fewer data")
    key = max(fitting, key=lambda name: fitting[name][0] / fitting[name][1])
    most, value = fitting[key]
    raise ConfigError.at(
        key, f"found {value:,}, with which there are {problem}; the largest value that will do is {most:,}"
    )


def _largest(config: ExperimentConfig, known: Known, key: str, value: int) -> int:
    """The largest value of a key that fits, where 1 does and ``value`` does not."""
    low, high = 1, value
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _excess(_with(config, key, middle), known) else (middle, high)
    return low


def _excess(config: ExperimentConfig, known: Known) -> str:
    """What is too much, in words; "" if all fits."""
    gates = dict(zip(("encoding", "ansatz"), (_encoding_gates(config.model), _ansatz_gates(config.model)), strict=True))
    for part, count in gates.items():
        if count > MOST_GATES:
            return f"{count:,} gates in the {part}, of which up to {MOST_GATES:,} are built in reasonable time"
    size, memory = _bytes(config, known), _memory()
    if size > _SHARE * memory:
        return f"{size / 1e9:,.1f} GB of numbers to be held, and this machine has {memory / 1e9:,.1f} GB of memory"
    return ""


def _bytes(config: ExperimentConfig, known: Known) -> float:
    """Of the arrays that are held at a time: data, ∂φ/∂θ, the shifted angles, and a step's parameter values."""
    data, training = config.data, config.training
    points = max(known.points, getattr(data, "train", 1))
    tests = max(known.tests, getattr(data, "test", 1))
    features, angles = known.features or 2, known.angles or _ansatz_angles(config.model)
    rows, gradient = 2 * angles + 1, training.gradient
    if isinstance(gradient, RandomCoordinates):
        rows = min(rows, 2 * gradient.coordinates + 1)
    pairs = gradient.pairs if isinstance(gradient, SPSA) else 0
    numbers = 4.0 * (points + tests) * (features + 2) + angles**2 + 2 * rows * angles + 6 * pairs * angles
    if config.execution.kind != "exact":
        sets = (1 + 2 * pairs if pairs else rows) * min(points, training.batch or points) + tests
        numbers += 2.0 * sets * (angles + features)
    return _NUMBER * numbers


def _ansatz_angles(model: ModelConfig) -> int:
    match model.ansatz:
        case HardwareEfficientAnsatz() as ansatz:
            return ansatz.layers * len(ansatz.rotations) * model.qubits
        case LibraryAnsatz() as ansatz:
            return (ansatz.reps + 1) * model.qubits * (2 if ansatz.kind == "efficient_su2" else 1)
    return 3


def _ansatz_gates(model: ModelConfig) -> int:
    ansatz, n = model.ansatz, model.qubits
    if isinstance(ansatz, HardwareEfficientAnsatz):
        return _ansatz_angles(model) + ansatz.layers * n
    if isinstance(ansatz, LibraryAnsatz):
        return _ansatz_angles(model) + ansatz.reps * (n * (n - 1) // 2 if ansatz.entanglement == "full" else n)
    return 0


def _encoding_gates(model: ModelConfig) -> int:
    encoding, n = model.encoding, model.qubits
    if encoding.kind == "angle":
        return 2 * n * encoding.uploads
    if isinstance(encoding, PauliFeatureMapEncoding):
        full = encoding.entanglement == "full"
        blocks = sum((comb(n, len(pauli)) if full else n) * (4 * len(pauli) + 1) for pauli in encoding.paulis)
        return encoding.reps * (n + blocks)
    if encoding.kind in {"z_feature_map", "zz_feature_map"}:
        pairs = 0 if encoding.kind == "z_feature_map" else n * (n - 1) // 2 if encoding.entanglement == "full" else n
        return encoding.reps * (2 * n + 3 * pairs)
    return 0


@cache
def _memory() -> int:
    """Bytes that the machine has, or that this process may have."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")
    texts = [limit.read_text().strip() for limit in limits if limit.exists()]
    return min([total, *(int(text) for text in texts if text.isdigit())])


def _blocks(config: ExperimentConfig, key: str) -> Iterator[Any]:
    """The configuration and the blocks around a key, from the outside in."""
    block: Any = config
    for part in key.split(".")[:-1]:
        yield block
        block = getattr(block, part, None)
    yield block


def _value(config: ExperimentConfig, key: str) -> int | None:
    found: int | None = getattr([*_blocks(config, key)][-1], key.rpartition(".")[2], None)
    return found


def _with(config: ExperimentConfig, key: str, value: int) -> ExperimentConfig:
    """The configuration with another value of a key."""
    changed: Any = value
    for block, part in zip(reversed([*_blocks(config, key)]), reversed(key.split(".")), strict=True):
        changed = block.model_copy(update={part: changed})
    return ExperimentConfig.model_construct(**dict(changed))
