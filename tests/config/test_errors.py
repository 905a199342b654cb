"""The one error of bad input."""

from __future__ import annotations

import pickle

from sggd_qiskit.config.errors import ConfigError, Fault


def test_it_survives_a_process_pool():
    error = ConfigError(Fault(("symmetry", "generators", 0), "found 3"), Fault((), "there is no file"))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is ConfigError
    assert again.faults == error.faults
    assert str(again) == str(error) == "symmetry.generators.0: found 3\nthere is no file"


def test_a_single_fault_is_at_a_dotted_key():
    assert ConfigError.at("model.observable", "found Z9").faults == (Fault(("model", "observable"), "found Z9"),)
    assert ConfigError.at("", "found nothing").faults == (Fault((), "found nothing"),)
