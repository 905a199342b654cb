"""What is written comes back, bit by bit."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sggd_qiskit.run.plain_json import from_json, to_json


@given(st.floats(allow_nan=False))
def test_floats_come_back_bit_by_bit(value: float) -> None:
    assert struct.pack("d", from_json(to_json(value))) == struct.pack("d", value)


@given(st.lists(st.floats(width=32, allow_nan=False)))
def test_arrays_come_back_as_lists(values: list[float]) -> None:
    assert from_json(to_json(np.array(values, dtype=np.float32))) == values


def test_scalars_and_times() -> None:
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    written = {"n": np.int64(3), "x": np.float64(0.1), "yes": np.bool_(True), "entropy": 2**127 + 1, "at": noon}
    assert from_json(to_json(written)) == {**written, "at": "2030-01-01T12:00:00+00:00"}
    assert np.isnan(from_json(to_json(np.float64("nan"))))


def test_refuses_what_json_cannot_say() -> None:
    with pytest.raises(TypeError, match="not complex"):
        to_json({"amplitude": 1j})
