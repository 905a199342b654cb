"""What is written comes back, bit by bit; and what no table could take is refused."""

from __future__ import annotations

import json
import struct
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sggd_qiskit.run.rows import JOB_COLUMNS, STEP_COLUMNS, Columns, to_json
from sggd_qiskit.run.tables import jobs_table, steps_table


@given(st.floats(allow_nan=False))
def test_floats_come_back_bit_by_bit(value: float) -> None:
    assert struct.pack("d", json.loads(to_json(value))) == struct.pack("d", value)


@given(st.lists(st.floats(width=32, allow_nan=False)))
def test_arrays_come_back_as_lists(values: list[float]) -> None:
    assert json.loads(to_json(np.array(values, dtype=np.float32))) == values


def test_scalars_and_times() -> None:
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    written = {"n": np.int64(3), "x": np.float64(0.1), "yes": np.bool_(True), "entropy": 2**127 + 1, "at": noon}
    assert json.loads(to_json(written)) == {**written, "at": "2030-01-01T12:00:00+00:00"}
    assert np.isnan(json.loads(to_json(np.float64("nan"))))


def test_refuses_what_json_cannot_say() -> None:
    with pytest.raises(TypeError, match="not complex"):
        to_json({"amplitude": 1j})


NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
STEP = {"step": 0}
JOB = {"unit": "u", "tag": "t", "step": 0, "status": "done"}


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        (STEP_COLUMNS, {"cost": 0.5, "shots": 3, "session": "s", "penalty": None}),
        (STEP_COLUMNS, {"cost": 1, "shots": np.int64(3), "weight": np.float64(0.5), "train_accuracy": np.float32(0.5)}),
        (STEP_COLUMNS, {"theta": [0.1, 2], "gradient": np.array([0.1, -0.0]), "layout": [3, 1], "gradient_stderr": []}),
        (STEP_COLUMNS, {"term_fairness": 0.1, "term_fairness_stderr": 0.0, "term_fairness_weight": 2}),
        (JOB_COLUMNS, {"started": NOON, "qpu_final": np.bool_(True)}),
        (JOB_COLUMNS, {"duplicates": ["a", "b"], "attempts": 1, "id": None}),
        (JOB_COLUMNS, {"duplicates": ("a",), "calibration": pd.Timestamp(NOON)}),
    ],
)
def test_rows_that_fit_make_tables_once_they_were_stored(columns: Columns, row: dict[str, Any]) -> None:
    columns.check(row)
    stored = json.loads(to_json(row))
    table = steps_table([STEP | stored], "") if columns is STEP_COLUMNS else jobs_table([JOB | stored], "")
    direct = steps_table([STEP | row], "") if columns is STEP_COLUMNS else jobs_table([JOB | row], "")
    assert table.equals(direct)


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        (STEP_COLUMNS, {"cots": 0.5}),
        (STEP_COLUMNS, {"shots": 1.5}),
        (STEP_COLUMNS, {"layout": [0.5]}),
        (STEP_COLUMNS, {"cost": "low"}),
        (STEP_COLUMNS, {"theta": 0.5}),
        (STEP_COLUMNS, {"theta": [0.5, "one"]}),
        (STEP_COLUMNS, {"term_fairness": "much"}),
        (JOB_COLUMNS, {"term_fairness": 0.5}),
        (JOB_COLUMNS, {"id": 3}),
        (JOB_COLUMNS, {"qpu_final": 1}),
        (JOB_COLUMNS, {"started": "yesterday"}),
        (JOB_COLUMNS, {"started": 3}),
    ],
)
def test_rows_that_no_table_could_take_are_refused_by_their_column(columns: Columns, row: dict[str, Any]) -> None:
    (name,) = row
    with pytest.raises(ValueError, match=f"column '{name}'"):
        columns.check(row)


def test_every_column_has_its_type_and_only_what_is_always_known_is_never_null() -> None:
    assert [field.name for field in STEP_COLUMNS.schema if not field.nullable] == ["step"]
    assert [field.name for field in JOB_COLUMNS.schema if not field.nullable] == ["unit", "tag", "step", "status"]
    assert STEP_COLUMNS.schema.field("theta").type == pa.list_(pa.float64())
    assert JOB_COLUMNS.schema.field("started").type == pa.timestamp("us", tz="UTC")
