"""Sizes that are told from the numbers, before anything is built."""

from __future__ import annotations

from time import perf_counter

import pytest
from problems import CONFIGS

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.config.sizes import Known, require_sizes
from sggd_qiskit.problem import build_problem

HUGE = [
    ("model.ansatz.layers", 10_000_000, ()),
    ("model.ansatz.layers", 3000, ("data.train=500",)),
    ("model.encoding.uploads", 10**9, ()),
    ("model.ansatz.reps", 10**6, ("model.ansatz={kind: real_amplitudes}",)),
    ("model.encoding.reps", 10**7, ("model.encoding={kind: zz_feature_map}",)),
    ("model.encoding.reps", 10**6, ("model.encoding={kind: pauli_feature_map, paulis: [Z, ZZZ]}",)),
    ("data.train", 10**11, ()),
    ("data.test", 10**11, ("execution.backend=exact",)),
    ("training.gradient.pairs", 10**9, ("training.gradient={kind: spsa}",)),
]


@pytest.mark.parametrize(("key", "value", "more"), HUGE)
def test_what_is_too_large_is_refused_at_once_with_what_would_do(key, value, more):
    config = load_config(CONFIGS / "plane.yaml", [*more, f"{key}={value}"])
    start = perf_counter()
    with pytest.raises(ConfigError) as refusal:
        build_problem(config)
    assert perf_counter() - start < 1
    (fault,) = refusal.value.faults
    assert ".".join(map(str, fault.path)) == key
    largest = int(fault.message.rsplit(" ", 1)[1].replace(",", ""))
    assert 1 <= largest < value
    require_sizes(load_config(CONFIGS / "plane.yaml", [*more, f"{key}={largest}"]))
    with pytest.raises(ConfigError):
        require_sizes(load_config(CONFIGS / "plane.yaml", [*more, f"{key}={largest + 1}"]))


@pytest.mark.parametrize("name", ["plane", "werner"])
def test_what_is_usual_is_taken(name):
    require_sizes(load_config(CONFIGS / f"{name}.yaml", ["execution.backend=aer"]), Known(20_000, 20_000, 4, 96))


def test_what_no_count_can_mend_is_refused_too():
    config = load_config(CONFIGS / "plane.yaml", ["model.ansatz.layers=1", "data.train=1", "data.test=1"])
    with pytest.raises(ConfigError, match="GB"):
        require_sizes(config, Known(10**9, 10**9, 100, 1000))
