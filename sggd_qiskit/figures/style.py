"""How all figures look: colours with a name each, type, and text that is shown as it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any, NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.ticker import FuncFormatter, MaxNLocator

PANEL = (4.2, 2.8)
"""Width and height of a panel, inches."""
WIDE = (5.0, 3.1)
"""The like for names that are long."""
MARKERS = "os^Dvp<>"
MOST_CLASSES = len(MARKERS)


class Colour(NamedTuple):
    """A colour on light paper, in which figures are drawn, and what takes its place on dark paper."""

    light: str
    dark: str


def _ramp(*anchors: Colour, count: int) -> list[Colour]:
    """Colours at equal distances along the anchors."""
    places = [i * (len(anchors) - 1) / (count - 1) for i in range(count)]
    return [Colour(_mixed([a.light for a in anchors], x), _mixed([a.dark for a in anchors], x)) for x in places]


def _mixed(anchors: Sequence[str], place: float) -> str:
    left = min(int(place), len(anchors) - 2)
    pairs = ((int(anchors[left][i : i + 2], 16), int(anchors[left + 1][i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * (place - left)):02x}" for a, b in pairs)


_CLASSES = [
    Colour("#b5520f", "#f0924f"),
    Colour("#1d5fae", "#6ea8ec"),
    Colour("#1a7a5a", "#52c49a"),
    Colour("#7a4bb0", "#b491e6"),
    Colour("#a3316f", "#e880b4"),
    Colour("#6b6a12", "#c6c45a"),
    Colour("#2c7f93", "#67c3d8"),
    Colour("#5c6370", "#a9b0bd"),
]
_TINTS = [Colour(_mixed(["#fefefe", c.light], 0.25), _mixed(["#16191f", c.dark], 0.25)) for c in _CLASSES]
DIVERGING = [
    *_ramp(Colour("#dd8a52", "#8e4a1c"), Colour("#fbf1ea", "#2a2422"), count=5),
    *_ramp(Colour("#eaf1fb", "#20262f"), Colour("#6a9bd8", "#24558f"), count=5),
]
SEQUENTIAL = _ramp(Colour("#e9f3f1", "#1b2a2c"), Colour("#79b7b0", "#2b6a6b"), Colour("#1f5f66", "#7cc7bd"), count=12)
PALETTE = {
    "ink": Colour("#1f2430", "#e4e7ec"),
    "muted": Colour("#5a6270", "#9aa3b2"),
    "rule": Colour("#d5d9e0", "#343a46"),
    "paper": Colour("#ffffff", "#171a21"),
    **{f"class{k}": colour for k, colour in enumerate(_CLASSES)},
    **{f"tint{k}": colour for k, colour in enumerate(_TINTS)},
    **{f"diverging{k}": colour for k, colour in enumerate(DIVERGING)},
    **{f"level{k}": colour for k, colour in enumerate(SEQUENTIAL)},
}
"""From a colour's name to the colour; no two are the same on light paper."""
INK, MUTED, RULE, PAPER = (PALETTE[name].light for name in ("ink", "muted", "rule", "paper"))
CLASSES = [colour.light for colour in _CLASSES]
TINTS = [colour.light for colour in _TINTS]

_RC = {
    "axes.edgecolor": RULE,
    "axes.facecolor": PAPER,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.unicode_minus": True,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
    "figure.facecolor": PAPER,
    "font.family": "sans-serif",
    "font.size": 9,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.5,
    "lines.solid_capstyle": "round",
    "text.color": INK,
    "text.parse_math": False,  # names are the user's, and may hold a $
    "text.usetex": False,
}


class ShownFigure(Figure):
    """A figure that pyplot doesn't know of, and that a notebook shows all the same."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        stream = BytesIO()
        self.savefig(stream, format="png", dpi=200)
        return stream.getvalue(), {"width": round(100 * self.get_figwidth())}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the package's style meanwhile."""
    with rc_context(_RC):  # type: ignore[arg-type, unused-ignore]
        yield


def panels(count: int, columns: int = 2, size: tuple[float, float] = PANEL) -> tuple[Figure, list[Axes]]:
    """A figure with panels in rows.

    Args:
        count: of the panels.
        columns: of them, at most.
        size: width and height of each, inches.
    """
    columns = min(count, columns)
    rows = math.ceil(count / columns)
    figure = ShownFigure(figsize=(size[0] * columns, size[1] * rows), layout="constrained")
    found = [figure.add_subplot(rows, columns, number + 1) for number in range(count)]
    for axes in found:
        quiet(axes)
    return figure, found


def quiet(axes: Axes) -> None:
    """Ticks without marks, in the style's type; they are made when they are drawn, perhaps in another style."""
    axes.tick_params(which="both", length=0, labelcolor=MUTED, labelsize=8.5, grid_clip_on=False)


def empty_figure(reason: str) -> Figure:
    """A figure that says why there is nothing to see."""
    with styled():
        figure, (axes,) = panels(1)
        axes.set_axis_off()
        axes.text(0.5, 0.5, reason, ha="center", va="center", color=MUTED, wrap=True)
    return figure


def shown(name: object, longest: int = 28) -> str:
    """A name as it stands in a figure: on one line, printable, and of so many letters at most."""
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(name))
    kept = longest - 1  # of what is too long the end tells most, and the beginning some
    return text if len(text) <= longest else f"{text[: kept // 2]}…{text[len(text) - (kept - kept // 2) :]}"


def legend_above(axes: Axes, columns: int = 3) -> None:
    """A legend above the panel, where it hides nothing, with names that may begin with an underscore; none for one name."""
    _legend(axes, axes, columns, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.1)


def legend_over(figure: Figure, columns: int = 2) -> None:
    """The like, as wide as the figure, for the only panel in it."""
    _legend(figure.axes[0], figure, columns, loc="outside upper left")


def _legend(axes: Axes, owner: Axes | Figure, columns: int, **place: Any) -> None:
    handles, names = axes.get_legend_handles_labels()
    if len(handles) < 2:
        return
    spaces = {"columnspacing": 1.2, "handlelength": 1.4, "handletextpad": 0.5}
    make: Any = owner.legend
    legend: Legend = make(handles, ["·"] * len(handles), ncols=columns, **spaces, **place)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_text(name.removeprefix("\N{ZERO WIDTH SPACE}"))


def steps_along(axes: Axes) -> None:
    """Steps as the horizontal axis."""
    axes.set_xlabel("step")
    axes.margins(x=0.02)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10], integer=True, min_n_ticks=2))


def in_percent(axis: Axis) -> None:
    """Shares along an axis, which ends at 100 %."""
    low, high = axis.get_view_interval()
    limit = axis.axes.set_xlim if axis is axis.axes.xaxis else axis.axes.set_ylim
    limit(max(low, -0.02), min(high, 1.02))
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g} %"))
