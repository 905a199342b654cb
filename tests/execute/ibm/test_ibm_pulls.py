"""Errors from a device are honest; `benchmarks/device_errors.py` draws more."""

from __future__ import annotations

import numpy as np
import pytest
from pulls import OBSERVABLES, OPTIONS, pulls

SIGMAS = 5
JOBS, SETS, SHOTS = 2, 300, 256


@pytest.mark.parametrize("mitigation", OPTIONS)
@pytest.mark.parametrize("observable", OBSERVABLES)
def test_values_are_off_by_as_much_as_their_errors_say(observable, mitigation):
    found = pulls(OBSERVABLES[observable], OPTIONS[mitigation], jobs=JOBS, sets=SETS, shots=SHOTS).each
    assert abs(found.var() - 1) < SIGMAS * np.sqrt(2 / found.size)
    assert abs(found.mean()) < SIGMAS * np.sqrt(1 / JOBS if mitigation == "readout" else 1 / found.size)


def test_so_they_are_side_by_side_on_patches_with_readout_errors_of_their_own():
    found = pulls(OBSERVABLES["SWAP"], OPTIONS["readout"], jobs=JOBS, sets=SETS, shots=SHOTS, patches=2).each
    assert abs(found.var() - 1) < SIGMAS * np.sqrt(2 / found.size)
    assert abs(found.mean()) < SIGMAS * np.sqrt(1 / JOBS)
