"""The Pauli strings that break a symmetry."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sggd_qiskit.figures.style import CLASSES, WIDE, empty_figure, in_percent, panels, shown, styled


def spectrum_figure(spectrum: pd.DataFrame, most: int = 20) -> Figure:
    """Shares of the penalty, from `symmetry_spectrum`, of the ``most`` strings that contribute most."""
    breaking = spectrum[spectrum["penalty"] > 0].head(most)
    if breaking.empty:
        return empty_figure("The observable is symmetric: no Pauli string breaks the symmetry.")
    with styled():
        figure, (axes,) = panels(1, size=(WIDE[0], 0.8 + 0.22 * len(breaking)))
        places = np.arange(len(breaking))[::-1]
        axes.barh(places, breaking["share"], color=CLASSES[1], height=0.7)
        axes.set_yticks(places, [shown(name) for name in breaking["pauli"]])
        axes.set_xlabel("share of the penalty")
        in_percent(axes.xaxis)
    return figure
