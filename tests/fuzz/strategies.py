"""Commands with configurations, tables, circuits and damaged run folders, right and wrong."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from qiskit import QuantumCircuit, qasm3, qpy
from qiskit.circuit import Parameter

from .judge import Command

_RUN = ("run", "experiment.yaml", "--results", "results")
_PLANE = {"kind": "plane", "train": 6, "test": 4}
_ODD = st.sampled_from(
    [None, True, False, 0, 1, -1, 2, 3, 1.5, 10**7, 10**12, 2**63, 10**40, -(10**9), 1e300, -1e300, 1e-300, float("nan"),
     float("inf"), "", "x", "Z0", "π", "none", "exact", "1e3", "../..", "\u0000", "a" * 300, [], {}, [1], [[]], {"kind": "x"},
     {"a": {"b": {}}}, [1, "a", None], list(range(200)), "Z" * 130, "1j Z0", "rx", "yes"]
)  # fmt: skip


@st.composite
def models(draw: Callable[..., Any]) -> dict[str, Any]:
    """A model of a few qubits, right as it stands."""
    qubits = draw(st.sampled_from([2, 2, 3, 4]))
    encoding = draw(
        st.sampled_from([
            {"kind": "angle", "gate": "rx"}, {"kind": "angle", "gate": "ry", "scale": 3.1, "uploads": 2},
            {"kind": "z_feature_map", "reps": 1}, {"kind": "pauli_feature_map", "paulis": ["Z", "XY"], "reps": 1},
        ])
    )  # fmt: skip
    ansatz = draw(
        st.sampled_from([
            {"kind": "hardware_efficient", "layers": 1}, {"kind": "real_amplitudes", "reps": 1},
            {"kind": "efficient_su2", "reps": 1, "entanglement": "circular"}, {"kind": "crx"},
        ])
    )  # fmt: skip
    observable = draw(st.sampled_from(["Z0", "X0 Z1", "0.5 Z0 + 0.25 X1", {"-1": "Z0", "1": "Z1"}, {"Z0": 0.5}]))
    return {"qubits": qubits, "encoding": encoding, "ansatz": ansatz, "observable": observable}


@st.composite
def experiments(draw: Callable[..., Any]) -> dict[str, Any]:
    """A configuration whose blocks are right one by one, and small."""
    symmetry = draw(
        st.sampled_from([
            {"group": "swap"}, {"group": "parity"}, {"group": "cyclic", "check": "warn"},
            {"generators": [{"pauli": "ZZ"}], "check": "warn"}, {"generators": [{"permutation": [1, 0]}], "check": "warn"},
        ])
    )  # fmt: skip
    guidance = draw(st.sampled_from(["none", "penalty", "twirled", "enhanced"]))
    cost = {"guidance": guidance, "loss": draw(st.sampled_from(["squared_error", "cross_entropy", "hinge"]))}
    training = {
        "steps": draw(st.integers(1, 3)),
        "optimizer": draw(st.sampled_from([{"kind": "adam"}, {"kind": "gradient_descent", "learning_rate": 0.3}])),
        "gradient": draw(st.sampled_from(["parameter_shift", {"kind": "spsa"}])),
    }
    backend = draw(st.sampled_from(["exact", "exact", "aer", "aer", "fake_manila"]))
    execution = {"backend": backend, "shots": draw(st.integers(2, 100)), "transpiler": {"trials": 1}}
    found = {"name": "fuzz", "data": dict(_PLANE), "model": draw(models()), "cost": cost, "training": training}
    return {**found, "symmetry": symmetry, "execution": execution}


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in items for place in _places(item, (*path, key)))]


@st.composite
def spoilt(draw: Callable[..., Any], experiment: dict[str, Any]) -> dict[str, Any]:
    """The configuration with up to two values replaced, left out or added."""
    found = deepcopy(experiment)
    for _ in range(draw(st.integers(0, 2))):
        *around, key = draw(st.sampled_from(_places(found)[1:]))
        block = found
        for part in around:
            block = block[part]
        match draw(st.sampled_from(["replace", "replace", "delete", "add"])):
            case "replace":
                block[key] = draw(_ODD)
            case "delete":
                del block[key]
            case "add" if isinstance(block, dict):
                block[draw(st.sampled_from(["layers", "kind", "shots", "seed", "batch", "x", "states", "stop"]))] = (
                    draw(_ODD)
                )
    return found


@st.composite
def configurations(draw: Callable[..., Any]) -> Command:
    """Commands on a configuration file, with overrides and damaged text."""
    text = json.dumps(draw(spoilt(draw(experiments())))).encode()
    if draw(st.integers(0, 9)) == 9:
        cut = draw(st.integers(0, len(text)))
        text = (
            text[:cut]
            + draw(st.text(max_size=20).map(lambda x: x.encode(errors="replace")))
            + text[cut + draw(st.integers(0, 20)) :]
        )
    overrides = []
    if draw(st.booleans()):
        key = draw(st.sampled_from(["training.steps", "model.qubits", "execution.shots", "data", "cost.weight", "x.y", "",
                                    "model.ansatz.layers", "training.batch", "execution.backend", "cost.states"]))  # fmt: skip
        value = draw(st.one_of(_ODD.map(str), st.text(max_size=10)))
        overrides = [f"{key}={value}".replace("\0", "")]
    sets = [word for override in overrides for word in ("--set", override)]
    command = draw(
        st.sampled_from([_RUN, _RUN, (*_RUN, "--show-config"), ("plan", "experiment.yaml"), (*_RUN, "--detach")])
    )
    return Command((*command, *sets), {"experiment.yaml": text})


_CELL = st.one_of(
    st.floats(-2, 2).map(lambda x: f"{x:.3f}"),
    st.sampled_from(
        ["", "nan", "inf", "1e300", "1e999", "0,5", "1 000", "yes", "-", "\u22121", "'", '"', "1;2", "ä", "1.0.0"]
    ),
)


@st.composite
def tables(draw: Callable[..., Any]) -> Command:
    """A run on a table, as CSV or parquet."""
    rows, labels = (
        draw(st.integers(0, 20)),
        draw(st.sampled_from([["1", "-1"], ["1", "-1"], ["yes", "no"], ["a"], ["1", "2", "3"], ["", "x"]])),
    )
    good = draw(st.integers(0, 3)) < 3
    cell = st.floats(-1, 1).map(lambda x: f"{x:.3f}") if good else _CELL
    lines = [[draw(cell), draw(cell), labels[k % len(labels)]] for k in range(rows)]
    header = ["a", "b", "y"]
    if not good:
        header = draw(st.sampled_from([["a", "b", "y"], ["a", "a", "y"], ["a", "b", "label"], []]))
    ending = draw(st.sampled_from(["csv", "csv", "CSV", "csv.gz", "parquet", "txt"]))
    if ending == "parquet":
        frame = pd.DataFrame(lines, columns=["a", "b", "y"])
        kind = draw(st.sampled_from(["float", "object", "category", "bool", "datetime64[ns]", "complex"]))
        with_kind = pd.to_numeric(frame["a"], errors="coerce").fillna(0).clip(-9, 9)
        frame["a"] = with_kind if kind == "float" else with_kind.astype(kind).astype(str if kind == "complex" else kind)
        stream = BytesIO()
        frame.to_parquet(stream)
        content = stream.getvalue()
    else:
        delimiter = "," if good else draw(st.sampled_from([",", ";", "\t"]))
        encoding = "utf-8" if good else draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]))
        content = "\n".join(delimiter.join(line) for line in [header, *lines]).encode(encoding, "replace")
        content = gzip.compress(content) if ending.endswith("gz") else content
    content = draw(_damaged_content(content))
    data = {"kind": "table", "path": f"table.{ending}", "features": ["a", "b"], "label": "y"}
    model = {"qubits": 2, "encoding": {"kind": "angle"}, "ansatz": {"kind": "crx"}, "observable": "Z0"}
    experiment = {"name": "table", "data": data, "model": model, "cost": {"guidance": "none"}, "training": {"steps": 1}}
    experiment["execution"] = {"backend": "exact"}
    if draw(st.integers(0, 4)) == 4:
        experiment = draw(spoilt(experiment))
    return Command(_RUN, {"experiment.yaml": json.dumps(experiment).encode(), f"table.{ending}": content})


@st.composite
def _damaged_content(draw: Callable[..., Any], content: bytes) -> bytes:
    match draw(st.sampled_from(["none", "none", "none", "none", "none", "none", "cut", "noise", "emptied"])):
        case "cut":
            return content[: draw(st.integers(0, len(content)))]
        case "noise":
            at = draw(st.integers(0, len(content)))
            return content[:at] + draw(st.binary(min_size=1, max_size=16)) + content[at + 16 :]
        case "emptied":
            return b""
    return content


@st.composite
def _gates(draw: Callable[..., Any]) -> QuantumCircuit:
    qubits = draw(st.sampled_from([2, 2, 3, 1]))
    circuit = QuantumCircuit(qubits, draw(st.sampled_from([0, 0, 1])))
    names = draw(st.sampled_from([("a", "b"), ("φ", "χ"), ("x1", "x2"), ("pi", "U")]))
    angles = [Parameter(name) for name in names]
    if draw(st.integers(0, 4)):
        circuit.rx(angles[0], 0)
        circuit.ry(angles[1], qubits - 1)
    for _ in range(draw(st.integers(0, 6))):
        angle = draw(st.sampled_from([*angles, 2 * angles[0] + 1, angles[0] * angles[1], 0.3, 1e300, float("nan")]))
        k = draw(st.integers(0, qubits - 1))
        match draw(st.sampled_from(["rx", "rz", "p", "h", "cx", "crx", "measure", "reset", "barrier", "u", "global"])):
            case "rx" | "rz" | "p" as gate:
                getattr(circuit, gate)(angle, k)
            case "cx" if qubits > 1:
                circuit.cx(k, (k + 1) % qubits)
            case "crx" if qubits > 1:
                circuit.crx(angle, k, (k + 1) % qubits)
            case "u":
                circuit.u(angle, 0.1, angle, k)
            case "measure" if circuit.clbits:
                circuit.measure(k, 0)
            case "global":
                circuit.global_phase = angle
            case "reset" if draw(st.integers(0, 3)) == 3:
                circuit.reset(k)
            case _:
                circuit.h(k)
    return circuit


@st.composite
def circuits(draw: Callable[..., Any]) -> Command:
    """A run with an ansatz, an encoding or a generator from a QASM or QPY file."""
    circuit = draw(_gates())
    qubits = circuit.num_qubits
    ending = draw(st.sampled_from(["qasm", "qpy"]))
    try:
        stream = BytesIO()
        qpy.dump(circuit, stream)
        content = stream.getvalue() if ending == "qpy" else qasm3.dumps(circuit).encode()
    except Exception:  # noqa: BLE001 - what can't be written is no input
        content = b""
    if ending == "qasm" and draw(st.integers(0, 4)) == 4:
        old, new = draw(st.sampled_from([(b"qubit[", b"qubit[1000000000"), (b"OPENQASM 3", b"OPENQASM 2"), (b";", b""),
                                         (b"q[0]", b"q[7]"), (b"rx(", b"rx(1/0*")]))  # fmt: skip
        content = content.replace(old, new, 1)
    content = draw(_damaged_content(content))
    file = {"kind": "file", "path": f"circuit.{ending}"}
    model: dict[str, Any] = {
        "qubits": qubits,
        "encoding": {"kind": "angle"},
        "ansatz": {"kind": "crx"},
        "observable": "Z0",
    }
    experiment = {"name": "circuit", "data": dict(_PLANE), "model": model, "cost": {"guidance": "none"},
                  "training": {"steps": 1}, "execution": {"backend": draw(st.sampled_from(["exact", "aer"]))}}  # fmt: skip
    match draw(st.sampled_from(["ansatz", "encoding", "generator"])):
        case "ansatz" | "encoding" as part:
            model[part] = file
        case _:
            experiment["symmetry"] = {"generators": [{"circuit": file["path"]}], "check": "warn"}
    return Command(_RUN, {"experiment.yaml": json.dumps(experiment).encode(), file["path"]: content})


@st.composite
def folders(draw: Callable[..., Any], runs: dict[str, Path]) -> Command:
    """A command on a run's folder of which some files are damaged.

    Args:
        draw: from Hypothesis.
        runs: for each state the folder of results with the run in it, beside the ``experiment.yaml`` that it was made from.
    """
    source = runs[draw(st.sampled_from(sorted(runs)))]
    (folder,) = (path for path in source.iterdir() if path.is_dir())
    names = sorted(path.name for path in folder.iterdir() if path.name != ".lock")
    files: dict[str, bytes] = {"experiment.yaml": (source.parent / "experiment.yaml").read_bytes()}
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)):
        content = (folder / name).read_bytes()
        match draw(st.sampled_from(["some", "noise", "zero", "others"])):
            case "some":
                content = draw(_damaged_content(content))
            case "noise":
                content = np.random.default_rng(draw(st.integers(0, 99))).bytes(len(content))
            case "zero":
                content = b""
            case "others":
                content = (folder / draw(st.sampled_from(names))).read_bytes()
        files[f"results/{folder.name}/{name}"] = content
    steps = draw(st.sampled_from([(), (), ("--set", "training.steps=2"), ("--set", "training.steps=6")]))
    command = draw(
        st.sampled_from([(*_RUN, *steps), (*_RUN, *steps), ("status", "results"),
                         ("status", f"results/{folder.name}", "--offline"), ("cancel", "results")])
    )  # fmt: skip
    return Command(command, files, {"results": source})


@st.composite
def commands(draw: Callable[..., Any]) -> Command:
    """Other commands, on paths of every kind."""
    path = draw(
        st.sampled_from([".", "file", "nowhere", "nowhere/x", "/dev/null", "folder", "experiment.yaml", "", "a" * 300])
    )
    arguments = draw(
        st.sampled_from([("snapshot", "fake_manila", "--output", path), ("snapshot", path), ("status", path), ("cancel", path),
                         ("run", path), ("plan", path), ("plan", "experiment.yaml", "--device", path),
                         ("run", "experiment.yaml", "--results", path), ("schema",), (path,),
                         ("run", "experiment.yaml", path)])
    )  # fmt: skip
    experiment = json.dumps(draw(experiments())).encode()
    return Command(arguments, {"file": b"mine", "folder/thesis.tex": b"mine", "experiment.yaml": experiment})
