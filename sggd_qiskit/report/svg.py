"""Figures as SVG for a page: small, its text in the page's type, its colours those of the reader's light or dark paper."""

from __future__ import annotations

import re
import warnings
from io import StringIO

from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.figure import Figure

from sggd_qiskit.figures.style import PALETTE

_NAMES = {colour.light: name for name, colour in PALETTE.items()}
_HEX = re.compile("|".join(_NAMES))
_LEFT_OUT = re.compile(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL)
_TAG = re.compile(r"(<[^>]*>)")
_STYLE = re.compile(r' style="([^"]*)"')
_ID = re.compile(r' id="([^"]*)"')
_USED = re.compile(r'(?<=url\(#)[^")]*|(?<=href="#)[^"]*')
_NUMBERS = re.compile(r' (?:d|x|y|width|height|transform|points)="[^"]*"')
_LONG = re.compile(r"-?\d+\.\d{2,}")
_PATH = re.compile(r' d="([^"]*)"')
_NO_TURN = re.compile(r' transform="rotate\(-?0 [^"]*"')
_HAIR = 0.15  # of the units of a drawing, of which there are some 300 along it
_FONT = re.compile(r"font: ?(?:\w+ )?([\d.]+)px [^;]*|font-family: [^;]*;?")


class Drawings:
    """The drawings of one page; what they have in common stands in its style sheet once."""

    def __init__(self) -> None:
        self._styles: dict[str, str] = {}
        self._count = 0

    def draw(self, figure: Figure, caption: str) -> Markup:
        """The figure as an SVG element; all text in it is escaped.

        Args:
            figure: of the package's.
            caption: what it shows, for readers who don't see it.
        """
        file = StringIO()
        with rc_context({"svg.fonttype": "none", "svg.hashsalt": "sggd"}), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of letters that matplotlib's font lacks, not the reader's
            figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        text = _LEFT_OUT.sub("", file.getvalue())
        self._count += 1
        width, height = (72 * inches for inches in figure.get_size_inches())
        body = self._smaller(text[text.index(">", text.index("<svg")) + 1 :], f"f{self._count}-")
        head = f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(caption)}">'
        return Markup(head + body)  # noqa: S704 - matplotlib escapes what is text, and the caption is escaped here

    def css(self) -> Markup:
        """The rules of all drawings."""
        rules = [f".{name}{{{style}}}" for style, name in self._styles.items()]
        return Markup("\n".join(rules))  # noqa: S704 - from tags of matplotlib's, which hold no text of the user's

    def _smaller(self, body: str, prefix: str) -> str:
        """Without what a page doesn't need, and with identifiers that are this drawing's alone."""
        tokens = _TAG.split(body)  # text and tags in turn; neither a text nor a value in a tag holds a < or >
        used = {name for tag in tokens[1::2] for name in _USED.findall(tag)}
        short = {name: f"{prefix}{number}" for number, name in enumerate(sorted(used))}
        groups: list[bool] = []
        kept: list[str] = []
        for number, token in enumerate(tokens):
            if number % 2 == 0:
                kept.append(token if token.strip() else "")
                continue
            tag = self._tag(token, short)
            if tag.startswith("<g") and not tag.endswith("/>"):
                groups.append(tag != "<g>")
            says = groups.pop() if tag == "</g>" else groups[-1] if tag == "<g>" else tag != "<g/>"
            kept.append(tag if says else "")
        return "".join(kept).replace("<defs></defs>", "")

    def _tag(self, tag: str, short: dict[str, str]) -> str:
        tag = _NO_TURN.sub("", tag.replace("xlink:href", "href"))
        tag = _NUMBERS.sub(lambda found: _LONG.sub(_rounded, found[0]), tag)
        tag = _PATH.sub(lambda found: f' d="{_path(found[1])}"', tag)
        tag = _ID.sub(lambda found: f' id="{short[found[1]]}"' if found[1] in short else "", tag)
        return _STYLE.sub(self._class, _USED.sub(lambda found: short[found[0]], tag))

    def _class(self, found: re.Match[str]) -> str:
        style = _HEX.sub(lambda colour: f"var(--{_NAMES[colour[0]]})", _FONT.sub(_type, found[1])).strip("; ")
        name = self._styles.setdefault(style, f"s{len(self._styles)}")
        return f' class="{name}"' if style else ""


def _type(found: re.Match[str]) -> str:
    """The size of letters alone; their family is the page's."""
    return f"font-size: {found[1]}px" if found[1] else ""


def _path(points: str) -> str:
    """On one line, without what can't be seen; what follows a point without a letter is a line to the next."""
    text = " ".join(points.split())
    if "C" not in text and "Q" not in text:
        text = re.sub(r"[^MLz]+(?:L [^MLz]+){2,}", _simplified, text)
    return re.sub(r"(?<=\d) ?L ", " ", text)


def _simplified(found: re.Match[str]) -> str:
    """A line of many points without those that are nearer than a hair to the line between their neighbours."""
    points = [complex(*map(float, point.split())) for point in found[0].split("L")]
    kept, first = [0], 0
    for place in range(2, len(points)):
        way = points[place] - points[first]
        reach = _HAIR * abs(way)
        if any(abs((way.conjugate() * (point - points[first])).imag) > reach for point in points[first + 1 : place]):
            first = place - 1
            kept.append(first)
    kept.append(len(points) - 1)
    return " L ".join(f"{points[k].real:.1f} {points[k].imag:.1f}".replace(".0", "") for k in kept) + " "


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")
