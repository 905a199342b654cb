"""A small valid configuration, and ways to write and to break it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.loading import load_config, validate
from sggd_qiskit.config.source import read_source

PLANE = """\
name: plane-swap
data: {kind: plane, train: 20}
model:
  qubits: 4
  encoding: {kind: angle}
  ansatz: {kind: hardware_efficient}
symmetry: {group: swap}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def _write(text: str, name: str = "experiment.yaml") -> Path:
        file = tmp_path / name
        file.write_bytes(text.encode("utf-8"))
        return file

    return _write


@pytest.fixture
def plane(write) -> Path:
    """A file that loads without complaint."""
    return write(PLANE)


@pytest.fixture
def load(plane) -> Callable[..., ExperimentConfig]:
    """Load the plane experiment with overrides."""
    return lambda *overrides: load_config(plane, overrides)


@pytest.fixture
def complaints(plane) -> Callable[..., list[str]]:
    """What is said about the plane experiment with bad overrides: a line per fault, without its place."""

    def _complaints(*overrides: str) -> list[str]:
        source = read_source(plane, overrides)
        with pytest.raises(ConfigError) as caught:
            validate(source)
        lines = source.describe(caught.value)
        assert len(lines) == len(caught.value.faults)
        assert not any("\n" in line or "Input should" in line for line in lines)
        return [str(fault) for fault in caught.value.faults]

    return _complaints
