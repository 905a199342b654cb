"""Data enhancement: the training set with the group's images of its points."""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.data.sample import Sample, classical


def with_images(sample: Sample, actions: FloatArray) -> Sample:
    """Every point with its images s·x, labelled as it is; images that coincide are kept once.

    Args:
        sample: classical data, shape (data, feature).
        actions: the action of each group element, shape (element, feature, feature).
    """
    images = np.einsum("sjk,ik->isj", actions, sample.points).reshape(-1, sample.points.shape[1])
    labels = np.repeat(sample.labels, len(actions))
    # Rounding makes images equal that differ by the last bit or by the sign of a zero.
    _, first = np.unique(np.round(np.column_stack([images, labels]), 12) + 0.0, axis=0, return_index=True)
    keep = np.sort(first)
    return classical(sample.columns, images[keep], labels[keep])
