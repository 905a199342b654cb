"""The names of the files in a run's folder."""

from __future__ import annotations

LAYOUT_VERSION = 2
"""Raised when an older version of the package couldn't read the ledger or the tables any more."""

LOCK = ".lock"
LEDGER = "ledger.sqlite"
CONFIG = "config.yaml"
MANIFEST = "manifest.json"
STEPS = "steps.parquet"
JOBS = "jobs.parquet"
PREDICTIONS = "predictions.parquet"
CIRCUITS = "circuits.qpy"
