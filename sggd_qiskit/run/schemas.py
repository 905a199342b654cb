"""The columns of a run's tables. A number that wasn't measured is null, and every estimate has its standard error."""

from __future__ import annotations

import pyarrow as pa

_number, _count, _text, _label = pa.float64(), pa.int64(), pa.string(), pa.int8()
_numbers = pa.list_(_number)  # one entry a parameter, in the circuit's order
_time = pa.timestamp("us", tz="UTC")

STEPS_SCHEMA = pa.schema(
    [
        pa.field("step", _count, nullable=False),
        ("cost", _number),  # data_term + weight * penalty
        ("cost_stderr", _number),
        ("data_term", _number),
        ("data_term_stderr", _number),
        ("penalty", _number),
        ("penalty_stderr", _number),
        ("weight", _number),  # of the penalty, at this step
        ("gradient_norm", _number),  # Euclidean
        ("gradient_norm_stderr", _number),
        ("theta", _numbers),  # radians
        ("gradient", _numbers),
        ("gradient_stderr", _numbers),
        ("train_accuracy", _number),  # between 0 and 1
        ("test_accuracy", _number),
        ("jobs", _count),
        ("pubs", _count),
        ("parameter_sets", _count),
        ("shots", _count),  # delivered
        ("shots_requested", _count),
        ("qpu_seconds", _number),
        ("wall_seconds", _number),
        ("session", _text),  # in which its jobs ran, the last of them
        ("layout", pa.list_(_count)),  # physical qubits of the outputs' circuit, in the order of its qubits
    ]
)
"""``steps.parquet``: a row per finished step of the training."""

JOBS_SCHEMA = pa.schema(
    [
        pa.field("unit", _text, nullable=False),  # of work, as the plan names it
        ("id", _text),  # the service's; null until the job is submitted
        pa.field("tag", _text, nullable=False),  # sent with the job, so that it can be found after a kill
        pa.field("step", _count, nullable=False),
        ("backend", _text),
        ("session", _text),
        ("pubs", _count),
        ("parameter_sets", _count),
        ("shots", _count),  # delivered, over all parameter sets and measurement bases
        ("shots_requested", _count),
        pa.field("status", _text, nullable=False),  # planned, submitted, done or failed
        ("started", _time),
        ("finished", _time),
        ("qpu_seconds", _number),
        ("qpu_final", pa.bool_()),  # false while it is a forecast, as the service says the billed time late
        ("qpu_seconds_failed", _number),  # of earlier jobs for the unit, which failed
        ("wall_seconds", _number),
        ("attempts", _count),  # jobs that were run until one succeeded
        ("duplicates", pa.list_(_text)),  # ids of further jobs of the same unit, cancelled
        ("calibration", _time),  # of the device
    ]
)
"""``jobs.parquet``: a row per unit of work, planned ones included."""

PREDICTIONS_SCHEMA = pa.schema(
    [
        ("label", _label),
        ("split", _text),  # train or test
        ("output", _number),  # of the network, before it is turned into a label
        ("output_stderr", _number),
        ("predicted_label", _label),
    ]
)
"""``predictions.parquet``: a row per data point; the columns of its features come first."""
