"""`SGGDClassifier`."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.cost import CostConfig
from sggd_qiskit.config.registry import LOSSES
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.labels import LabelArray
from sggd_qiskit.learn.arguments import part
from sggd_qiskit.learn.callbacks import with_callbacks
from sggd_qiskit.learn.estimator import SGGDEstimator


def _loss_has_probabilities(estimator: SGGDClassifier) -> bool:
    found: Any = estimator.loss
    kind = found if isinstance(found, str) else part(found)["kind"] if isinstance(found, dict) else found.kind
    return hasattr(LOSSES.get(kind), "probabilities")


class SGGDClassifier(ClassifierMixin, SGGDEstimator):
    """Classifies data points by a quantum neural network that is trained under the guidance of a symmetry."""

    __doc__ = f"{__doc__}\n\n{cleandoc(SGGDEstimator.__doc__ or '').partition(chr(10))[2].lstrip()}"

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on labelled points.

        Args:
            X: shape (data, feature).
            y: labels of two or more classes, shape (data,): strings, numbers or booleans.
            sample_weight: how much each point counts in the cost, shape (data,).

        Raises:
            ValueError: if arguments or data can't be used; it names the key of the configuration that an argument sets.
            TypeError: if one is of the wrong type.
        """
        points, labels = validate_data(self, X, y, dtype=float)
        check_classification_targets(labels)
        weights = (
            None if sample_weight is None else _check_sample_weight(sample_weight, points, ensure_non_negative=True)
        )
        self.classes_ = np.unique(labels)
        if len(self.classes_) < 2:
            raise ValueError(f"found one class, {self.classes_[0]!r}, in {len(labels)} points; wanted two or more")
        dataset = Dataset.from_arrays(points, labels, columns=self._columns(), sample_weight=weights)
        metadata = None if weights is None else {"sample_weight": weights}
        return self._train(dataset, {"X": points, "y": labels, "metadata": metadata})

    def predict(self, X: Any) -> LabelArray:
        """The label of each point, shape (data,)."""
        found = self._predicted(X)["predicted_label"]
        return np.asarray(found.to_numpy(dtype=self.classes_.dtype))

    def decision_function(self, X: Any) -> FloatArray:
        """The outputs: shape (data,) and above 0 for the second of two classes; shape (data, class) for several."""
        outputs = self._outputs(X)
        if outputs.shape[1] == 1:
            return outputs[:, 0]
        return np.asarray(outputs[:, 1] - outputs[:, 0]) if outputs.shape[1] == 2 else outputs

    @available_if(_loss_has_probabilities)
    def predict_proba(self, X: Any) -> FloatArray:
        """The probability of each class, shape (data, class); there with losses that give one, such as ``cross_entropy``."""
        return np.asarray(CostConfig(loss=self.loss, guidance="none").loss.probabilities(self._outputs(X)))
