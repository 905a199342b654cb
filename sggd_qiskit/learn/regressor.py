"""`SGGDRegressor`."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any, Self

from sklearn.base import RegressorMixin
from sklearn.utils.validation import _check_sample_weight, validate_data

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.learn.callbacks import with_callbacks
from sggd_qiskit.learn.estimator import SGGDEstimator


class SGGDRegressor(RegressorMixin, SGGDEstimator):
    """Fits values by the output of a quantum neural network that is trained under the guidance of a symmetry.

    The output lies in the spectrum of the observable, [-1, 1] for Z0. For other values choose another observable, such as
    ``3.0 Z0``, or scikit-learn's ``TransformedTargetRegressor``.
    """

    __doc__ = f"{__doc__}\n\n{cleandoc(SGGDEstimator.__doc__ or '').partition(chr(10))[2].lstrip()}"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # on values beyond the spectrum of the observable
        return tags

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on points with values.

        Args:
            X: shape (data, feature).
            y: values, shape (data,).
            sample_weight: how much each point counts in the cost, shape (data,).

        Raises:
            ValueError: if arguments or data can't be used; it names the key of the configuration that an argument sets.
            TypeError: if one is of the wrong type.
        """
        points, values = validate_data(self, X, y, dtype=float, y_numeric=True)
        weights = (
            None if sample_weight is None else _check_sample_weight(sample_weight, points, ensure_non_negative=True)
        )
        dataset = Dataset.of_values(points, values, columns=self._columns(), sample_weight=weights)
        metadata = None if weights is None else {"sample_weight": weights}
        return self._train(dataset, {"X": points, "y": values, "metadata": metadata})

    def predict(self, X: Any) -> FloatArray:
        """The value of each point, shape (data,)."""
        return self._outputs(X)[:, 0]
