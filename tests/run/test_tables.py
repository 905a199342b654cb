"""The tables have the same columns and types whatever was measured."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sggd_qiskit.run.schemas import JOBS_SCHEMA, PREDICTIONS_SCHEMA, STEPS_SCHEMA
from sggd_qiskit.run.tables import check_row, jobs_table, predictions_table, steps_table


@pytest.mark.parametrize("rows", [[], [{"step": 0}], [{"step": 0, "cost": math.nan, "theta": None}]])
def test_steps_have_one_schema(rows: list[dict[str, Any]]) -> None:
    table = steps_table(rows, "swap")
    assert table.schema.equals(STEPS_SCHEMA)
    assert table.schema.metadata == {b"sggd_qiskit.layout_version": b"2", b"sggd_qiskit.run": b"swap"}
    assert table["cost"].null_count == len(rows)
    assert table["theta"].null_count == len(rows)


def test_what_was_not_measured_is_nan_in_pandas() -> None:
    frame = steps_table([{"step": 0, "cost": 0.5, "theta": np.array([1, 2])}, {"step": 1, "shots": 10}], "").to_pandas()
    assert frame["cost"].isna().tolist() == [False, True]
    assert frame["shots"].isna().tolist() == [True, False]
    assert frame["theta"][0].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"step": 1, "cots": 0.5}, r"unknown columns \['cots'\]"),
        ({"step": 1, "shots": 1.5}, "'shots'"),
        ({"step": 1, "cost": "low"}, "'cost'"),
        ({"step": 1, "shots": 2**70}, "'shots'"),
        ({"step": 1, "theta": 0.5}, "'theta'"),
    ],
)
def test_refuses_a_row_that_does_not_fit(row: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        steps_table([row], "")
    with pytest.raises(ValueError, match=says):
        check_row(row, STEPS_SCHEMA)


def test_times_are_utc() -> None:
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    times = ["2030-01-01T12:00:00", "2030-01-01T12:00:00Z", "2030-01-01T14:00:00+02:00", noon, None]
    table = jobs_table([{"unit": "u", "tag": "t", "step": 0, "status": "done", "started": t} for t in times], "swap")
    assert table.schema.equals(JOBS_SCHEMA)
    assert table["started"].to_pylist() == [noon] * 4 + [None]


@pytest.mark.parametrize("time", ["yesterday", pd.NaT, 3])
def test_refuses_what_is_no_time_once_it_is_stored(time: object) -> None:
    with pytest.raises(ValueError, match="'started'"):
        check_row({"started": time}, JOBS_SCHEMA)


def test_predictions_keep_the_features_before_the_fixed_columns() -> None:
    columns = {"split": ["train", "test"], "x0": np.array([0.5, -0.5]), "kind": ["a", "b"], "gone": [None, None],
               "label": np.array([1.0, -1.0]), "output": [0.25, math.nan]}  # fmt: skip
    table = predictions_table(columns, "swap")
    assert table.column_names == ["x0", "kind", "gone", *PREDICTIONS_SCHEMA.names]
    assert pa.schema(list(table.schema)[3:]).equals(PREDICTIONS_SCHEMA)
    assert table["gone"].type == pa.float64()
    assert table["label"].to_pylist() == [1, -1]
    assert table["output"].to_pylist() == [0.25, None]
    assert table["predicted_label"].null_count == 2


def test_predictions_from_a_frame_are_those_from_a_mapping() -> None:
    columns = {"x0": [0.5, -0.5], "label": [1, -1], "split": ["train", "test"], "output": [0.25, None]}
    frame = pd.DataFrame(columns, index=[7, 3])
    assert predictions_table(frame, "").equals(predictions_table(columns, ""))


def test_predictions_of_nothing() -> None:
    assert predictions_table({}, "").num_rows == 0


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"x0": [1.0], "label": [1, -1]}, "differ in length"),
        ({"label": [0.5]}, "'label'"),
        ({"x0": [1.0, "one"]}, "'x0'"),
    ],
)
def test_refuses_predictions_that_do_not_fit(columns: dict[str, list[Any]], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        predictions_table(columns, "")
