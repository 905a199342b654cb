"""Symmetry-guided gradient descent for quantum neural networks on Qiskit."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sggd_qiskit.config.loading import load_config
    from sggd_qiskit.config.registry import register
    from sggd_qiskit.data.dataset import Dataset
    from sggd_qiskit.learn.classifier import SGGDClassifier
    from sggd_qiskit.learn.regressor import SGGDRegressor
    from sggd_qiskit.penalty import symmetry_penalty
    from sggd_qiskit.problem import build_problem
    from sggd_qiskit.run.predict import predict
    from sggd_qiskit.run.results import load_results
    from sggd_qiskit.run.run import run_experiment
    from sggd_qiskit.sweep.results import load_sweep
    from sggd_qiskit.symmetry.group import SymmetryGroup
    from sggd_qiskit.symmetry.twirl import twirl_pauli_sum

_HOMES = {
    "Dataset": "sggd_qiskit.data.dataset",
    "SGGDClassifier": "sggd_qiskit.learn.classifier",
    "SGGDRegressor": "sggd_qiskit.learn.regressor",
    "SymmetryGroup": "sggd_qiskit.symmetry.group",
    "build_problem": "sggd_qiskit.problem",
    "load_config": "sggd_qiskit.config.loading",
    "load_results": "sggd_qiskit.run.results",
    "load_sweep": "sggd_qiskit.sweep.results",
    "predict": "sggd_qiskit.run.predict",
    "register": "sggd_qiskit.config.registry",
    "run_experiment": "sggd_qiskit.run.run",
    "symmetry_penalty": "sggd_qiskit.penalty",
    "twirl_pauli_sum": "sggd_qiskit.symmetry.twirl",
}

__all__ = [
    "Dataset",
    "SGGDClassifier",
    "SGGDRegressor",
    "SymmetryGroup",
    "build_problem",
    "load_config",
    "load_results",
    "load_sweep",
    "predict",
    "register",
    "run_experiment",
    "symmetry_penalty",
    "twirl_pauli_sum",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the command line starts fast."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
