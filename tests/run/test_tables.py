"""The tables have the same columns and types whatever was measured."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sggd_qiskit.run.rows import JOB_COLUMNS, STEP_COLUMNS
from sggd_qiskit.run.tables import jobs_table, predictions_table, steps_table


@pytest.mark.parametrize("rows", [[], [{"step": 0}], [{"step": 0, "cost": math.nan, "theta": None}]])
def test_steps_have_one_schema(rows: list[dict[str, Any]]) -> None:
    table = steps_table(rows, "swap")
    assert table.schema.equals(STEP_COLUMNS.schema)
    assert table.schema.metadata == {b"sggd_qiskit.layout_version": b"3", b"sggd_qiskit.run": b"swap"}
    assert table["cost"].null_count == len(rows)
    assert table["theta"].null_count == len(rows)


def test_what_was_not_measured_is_nan_in_pandas() -> None:
    frame = steps_table([{"step": 0, "cost": 0.5, "theta": np.array([1, 2])}, {"step": 1, "shots": 10}], "").to_pandas()
    assert frame["cost"].isna().tolist() == [False, True]
    assert frame["shots"].isna().tolist() == [True, False]
    assert frame["theta"][0].tolist() == [1.0, 2.0]


def test_further_terms_have_columns_after_the_others() -> None:
    rows = [{"step": 0, "term_b": 1}, {"step": 1, "term_b": 0.5, "term_a": None}]
    table = steps_table(rows, "")
    assert table.column_names == [*STEP_COLUMNS.schema.names, "term_b", "term_a"]
    assert table["term_b"].to_pylist() == [1.0, 0.5]
    assert table["term_a"].type == pa.float64()


@pytest.mark.parametrize(
    ("row", "says"), [({"cots": 0.5}, "'cots'"), ({"cost": "low"}, "'cost'"), ({"shots": 2**70}, "'shots'")]
)
def test_refuses_a_row_that_does_not_fit(row: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        steps_table([{"step": 1, **row}], "")


def test_times_are_utc() -> None:
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    times = ["2030-01-01T12:00:00", "2030-01-01T12:00:00Z", "2030-01-01T14:00:00+02:00", noon, None]
    table = jobs_table([{"unit": "u", "tag": "t", "step": 0, "status": "done", "started": t} for t in times], "swap")
    assert table.schema.equals(JOB_COLUMNS.schema)
    assert table["started"].to_pylist() == [noon] * 4 + [None]


@pytest.mark.parametrize("labels", [[1, -1], ["cat", "dog"], [0.5, 1.5], [False, True], np.array(["a", "bc"])])
def test_predictions_keep_their_columns_and_labels_of_any_type(labels: Any) -> None:
    frame = pd.DataFrame({"x0": [0.5, -0.5], "label": labels, "split": ["train", "test"], "gone": [None, None]})
    frame["output_cat"], frame["predicted_label"] = [0.25, math.nan], labels
    table = predictions_table(frame, "swap")
    assert table.column_names == list(frame)
    assert table["label"].type == table["predicted_label"].type
    assert table["label"].to_pylist() == list(labels)
    assert table["output_cat"].to_pylist() == [0.25, None]
    assert table["gone"].type == pa.float64()


def test_predictions_from_a_frame_are_those_from_a_mapping() -> None:
    columns = {"x0": [0.5, -0.5], "label": [1, -1], "split": ["train", "test"], "output": [0.25, None]}
    frame = pd.DataFrame(columns, index=[7, 3])
    assert predictions_table(frame, "").equals(predictions_table(columns, ""))


def test_predictions_of_nothing() -> None:
    assert predictions_table({}, "").num_rows == 0


@pytest.mark.parametrize(
    ("columns", "says"), [({"x0": [1.0], "label": [1, -1]}, "differ in length"), ({"x0": [1.0, "one"]}, "'x0'")]
)
def test_refuses_predictions_that_do_not_fit(columns: dict[str, list[Any]], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        predictions_table(columns, "")
