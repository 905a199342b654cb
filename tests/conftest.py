"""What all tests share."""

from __future__ import annotations

import os

# Before NumPy is imported, and inherited by the workers: each of them has a core, and more threads would only get in its way.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import settings

# No test depends on how fast a machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, as many tests wait for a service or another process."""
    return (os.cpu_count() or 1) + 1
