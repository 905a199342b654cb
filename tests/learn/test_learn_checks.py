"""scikit-learn's own checks of an estimator, all of them."""

from __future__ import annotations

import warnings

from sklearn.utils.estimator_checks import parametrize_with_checks

from sggd_qiskit import SGGDClassifier, SGGDRegressor

EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": "its 30 features take 30 qubits, more than linear algebra takes; "
    "test_sample_weights_are_repetitions has the same on two features"
}

LEARNS = {
    "feature_map": {"kind": "angle", "scale": 0.8},
    "ansatz": {"kind": "hardware_efficient", "layers": 2},
    "steps": 20,
    "optimizer": {"kind": "adam", "learning_rate": 0.3},
    "random_state": 0,
}
FAST = {"ansatz": {"kind": "real_amplitudes", "reps": 1}, "steps": 3, "random_state": 0}


def expected(estimator):
    return EXPECTED


@parametrize_with_checks([SGGDClassifier(**LEARNS), SGGDRegressor(**FAST)], expected_failed_checks=expected)
def test_check_estimator(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)
