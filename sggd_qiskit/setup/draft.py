"""A configuration to begin with."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import pi
from pathlib import Path
from textwrap import fill
from typing import Any, cast

import numpy as np

from sggd_qiskit.config.commented import commented_yaml
from sggd_qiskit.config.data import TableData
from sggd_qiskit.config.errors import KeyPath
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.data.table import table_data
from sggd_qiskit.problem import Problem, build_problem, require_simulable
from sggd_qiskit.setup.candidates import Candidate, by_action
from sggd_qiskit.setup.columns import Columns

EXAMPLES: dict[str, dict[str, Any]] = {
    "plane": {
        "data": {"kind": "plane", "region": "right_half", "train": 100, "test": 2000, "seed": 1},
        "model": {
            "qubits": 4,
            "encoding": {"kind": "angle", "gate": "rx", "scale": round(pi / 2, 4)},
            "ansatz": {"kind": "hardware_efficient", "layers": 4},
            "observable": "Z0",
        },
        "symmetry": {"group": "swap"},
        "cost": {"guidance": "penalty", "weight": 1.0},
        "training": {"steps": 300},
    },
    "werner": {
        "data": {"kind": "werner", "region": "d2", "train": 20, "test": 200},
        "model": {
            "qubits": 2,
            "encoding": {"kind": "bell_states"},
            "ansatz": {"kind": "cx_power"},
            "observable": "SWAP",
        },
        "symmetry": {"group": "collective_su2"},
        "cost": {"guidance": "penalty", "weight": 1.0},
        "training": {"steps": 60, "initial": {"kind": "values", "values": [2.2]}},
    },
}
"""The data that the package has, each with a model and the symmetry that it is known for."""

_ANY = {"model": EXAMPLES["plane"]["model"], "cost": {"guidance": "none"}}
"""For a look at the data alone."""
_DEVICE_STEPS, _DEVICE_BATCH, _DEVICE_SHOTS = 20, 16, 1024
_WIDTH = 76
ADVICE = (
    "No symmetry is used. The encoding has those below; whether your labels have one of them, so that they don't change "
    "when features are exchanged or mirrored, only you can say. To use one, write it here, with guidance: penalty."
)
MIRRORED = "Features are mirrored at the middle of their range."
_SMALL, _LARGE = 0.2, 1.0
"""Features whose largest size is between them are encoded as they are."""


@dataclass(frozen=True)
class Choice:
    """What the user wants; None is left to the draft.

    Attributes:
        symmetry: a named group, or ``none``.
        guidance: a registered name.
        backend: see `ExecutionConfig`.
        steps: of the training.
    """

    symmetry: str | None = None
    guidance: str | None = None
    backend: str | None = None
    steps: int | None = None


def table_draft(path: Path, settings: Mapping[str, Any], columns: Columns, *, missing: bool) -> dict[str, Any]:
    """Data and model for the user's own table, without a symmetry.

    Args:
        path: the table.
        settings: how it is read.
        columns: the roles of its columns.
        missing: whether something is missing in some rows, which are left out then.

    Raises:
        ConfigError: if the table can't be used so.
    """
    data: dict[str, Any] = {"kind": "table", "path": str(path.absolute()), **settings}
    data |= {"features": list(columns.features), "label": columns.label}
    data |= {"split": columns.split} if columns.split else {"test_fraction": 0.25, "seed": 1}
    if missing:
        data["missing"] = "drop"
    config = load_config({"name": "draft", "data": data, **_ANY}).data
    train = table_data(cast("TableData", config)).train
    sizes = np.abs(train.points).max(axis=0)
    if sizes.min() < _SMALL or sizes.max() > _LARGE:
        data["scaling"] = "minmax"
    classes, features = [str(label) for label in train.classes], len(columns.features)
    # As in the paper, each of two features has two qubits.
    qubits = max(4 if features == 2 else 2, features, len(classes).bit_length())
    model = {
        **EXAMPLES["plane"]["model"],
        "qubits": qubits,
        "observable": "Z0" if len(classes) == 2 else _observables(classes, qubits),
    }
    return {"data": data, "model": model, "cost": {"guidance": "none"}, "training": {"steps": 200}}


def completed(draft: Mapping[str, Any], choice: Choice, known: Sequence[Candidate]) -> tuple[dict[str, Any], Problem]:
    """The draft as the user wants it, and what it describes.

    Args:
        draft: with data and model.
        choice: what the user wants.
        known: the candidates for its symmetry.

    Raises:
        ConfigError: if this is no experiment.
    """
    whole = dict(draft)
    if choice.symmetry == "none":
        whole.pop("symmetry", None)
        whole["cost"] = {"guidance": "none"}
    elif choice.symmetry is not None:
        exchanges = any(one.exchanges for one in known if one.name == choice.symmetry)
        whole = _with_symmetry(draft, choice.symmetry, exchanges=exchanges)
        whole["cost"] = EXAMPLES["plane"]["cost"]
    if choice.guidance is not None:
        weight = {"weight": 1.0} if choice.guidance == "penalty" else {}
        whole["cost"] = {"guidance": choice.guidance, **weight}
    training = {"optimizer": {"kind": "adam", "learning_rate": 0.05}, **whole["training"]}
    execution: dict[str, Any] = {"backend": choice.backend or "exact"}
    # The configuration says what sort of backend it is, or that it is none.
    checked = load_config({"name": "draft", **whole, "execution": execution})
    if checked.execution.kind != "exact":
        execution["shots"] = 4096 if checked.execution.kind == "aer" else _DEVICE_SHOTS
    if checked.execution.kind in {"rehearsal", "ibm"}:
        training |= {"steps": _DEVICE_STEPS, "batch": _DEVICE_BATCH}
    if choice.steps is not None:
        training["steps"] = choice.steps
    training.setdefault("initial", {"kind": "normal", "scale": 0.1})
    whole |= {"training": {**training, "seed": 1}, "execution": execution}
    problem = _problem(whole)
    if "batch" in training and training["batch"] >= len(problem.dataset.train):
        del training["batch"], whole["training"]["batch"]
        problem = _problem(whole)
    require_simulable(problem)
    return {key: whole[key] for key in ("name", *_ORDER) if key in whole}, problem


_ORDER = ("data", "model", "symmetry", "cost", "training", "execution")


def written(whole: Mapping[str, Any], output: Path, known: Sequence[Candidate]) -> str:
    """The text of the configuration file.

    Args:
        whole: the configuration.
        output: the file, whose folder the table's path is relative to.
        known: the candidates for its symmetry, which are named where it has none.
    """
    config = load_config(whole)
    data = dict(whole["data"])
    if "path" in data:
        data["path"] = _relative(Path(data["path"]), output.absolute().parent)
    header = (
        f"Train:       sggd run {output.name}\nLook first:  sggd plan {output.name}\n"
        f"All keys:    sggd run {output.name} --show-config\n"
    )
    notes: dict[KeyPath, str] = {}
    if "symmetry" not in whole and known:
        notes["cost",] = _note(known, scaled="scaling" in data)
    return commented_yaml({**whole, "data": data}, config, header, notes)


def _note(known: Sequence[Candidate], *, scaled: bool) -> str:
    lines = [ADVICE, *([MIRRORED] if scaled else [])]
    text = fill(" ".join(lines), _WIDTH)
    for actions, names in by_action(known).items():
        text += f"\n  symmetry: {{group: {' or '.join(names)}}}"
        for action in actions:
            text += "\n" + fill(action, _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 8)
    return text + "\n"


def _problem(whole: Mapping[str, Any]) -> Problem:
    return build_problem({"name": "draft", **whole})


def _with_symmetry(draft: Mapping[str, Any], group: str, *, exchanges: bool) -> dict[str, Any]:
    data = dict(draft["data"])
    if exchanges and data.get("scaling") == "minmax":
        data["scaling"] = "minmax_together"
    return {**draft, "data": data, "symmetry": {"group": group}}


def _observables(classes: Sequence[str], qubits: int) -> dict[str, str]:
    """A product of Z for each class, on few qubits first."""
    products = (where for size in range(1, qubits + 1) for where in combinations(range(qubits), size))
    return {name: " ".join(f"Z{q}" for q in where) for name, where in zip(classes, products, strict=False)}


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return path.as_posix()
