from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sggd_qiskit import Dataset, build_problem
from sggd_qiskit.setup.candidates import candidates, in_words


def problem(features: int, qubits: int, **encoding):
    points = pd.DataFrame(np.random.default_rng(1).uniform(-1, 1, (20, features)), columns=list("abcd")[:features])
    model = {
        "qubits": qubits,
        "encoding": {"kind": "angle", **encoding},
        "ansatz": {"kind": "hardware_efficient", "layers": 1},
    }
    data = Dataset.from_arrays(points, np.arange(20) % 2)
    return build_problem({"name": "x", "model": model, "cost": {"guidance": "none"}}, data)


@pytest.mark.parametrize(
    ("features", "qubits", "encoding", "expected"),
    [
        (2, 4, {}, {"swap": ("a ↔ b",), "parity": ("a → -a, b → -b",), "reflections": ("a → -a", "b → -b")}),
        (3, 3, {}, {"cyclic": ("a → c → b → a",), "parity": ("a → -a, b → -b, c → -c",)}),
        (4, 4, {}, {"swap": ("a ↔ b, c ↔ d",), "cyclic": ("a → d → c → b → a",)}),
        (2, 2, {"gate": "rz"}, {"swap": ("a ↔ b",)}),
    ],
)
def test_are_what_the_encoding_has(features, qubits, encoding, expected):
    found = {one.name: one.actions for one in candidates(problem(features, qubits, **encoding))}
    assert expected.items() <= found.items()
    assert not {"u1_total_z", "collective_su2"} & set(found)
    if qubits % 2:
        assert not {"swap", "reflections"} & set(found)


def test_each_is_taken_by_the_check_of_an_experiment():
    base = problem(2, 4)
    for one in candidates(base):
        assert build_problem({**base.config.model_dump(mode="json"), "symmetry": {"group": one.name}}, base.dataset)
        assert one.exchanges == any(
            "↔" in action or action.count("→") == action.count(" ") / 2 > 1 for action in one.actions
        )


def test_actions_in_words():
    exchange = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1.0]])
    none = np.zeros(3)
    assert in_words(np.eye(3), none, "abc") == ""
    assert in_words(exchange, none, "abc") == "a ↔ b"
    assert in_words(exchange @ np.diag([1, -1.0, -1]), none, "abc") == "a → -b, b → a, c → -c"
    assert in_words(-np.eye(3), np.array([1.0, 0, 0.25]), "abc") == "a → 1 - a, b → -b, c → 0.25 - c"
    assert in_words(np.eye(3), np.array([0, 2.0, 0]), "abc") == "b → 2 + b"
