"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# No test depends on how fast a machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
