"""Drawings for a page: small, harmless whatever the names in them are, and each with identifiers of its own."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from sggd_qiskit.figures.curves import curve
from sggd_qiskit.figures.style import CLASSES, legend_above, panels, styled
from sggd_qiskit.report.svg import Drawings

HOSTILE = [
    "<script>alert(1)</script>",
    "</svg><img src=x onerror=alert(1)>",
    '" style="}body{display:none}" d="M 0 0 L 1 1" id="x',
    "&lt;b&gt; &amp; 'quotes'",
    "$\\undefined{x$",
    "_hidden ]]> <!-- -->",
]
TAGS = {"svg", "g", "defs", "clipPath", "path", "rect", "use", "text"}
SVG = "{http://www.w3.org/2000/svg}"


def drawn(drawings: Drawings, label: str = "one", points: np.ndarray | None = None, caption: str = "a caption") -> str:
    """A panel with two curves."""
    points = np.array([[0, 0], [1, 2], [2, 1]]) if points is None else points
    with styled():
        figure, (axes,) = panels(1)
        curve(axes, points[:, 0], points[:, 1], None, colour=CLASSES[0], label=label)
        curve(axes, points[:, 0], points[:, 1] + 1, None, colour=CLASSES[1], label="other")
        axes.set_xlabel(label)
        legend_above(axes)
    return str(drawings.draw(figure, caption))


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" ', 1))


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_and_nothing_else(name):
    drawings, plain = Drawings(), Drawings()
    tree, _ = parsed(drawn(drawings, name, caption=name)), drawn(plain)
    assert sum("".join(text.itertext()) == name for text in tree.iter(f"{SVG}text")) == 2
    assert tree.get("aria-label") == name
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} <= TAGS
    assert all(not key.startswith("on") for element in tree.iter() for key in element.attrib)
    assert drawings.css() == plain.css()


def test_identifiers_are_those_that_are_used_and_no_two_drawings_share_one():
    drawings = Drawings()
    trees = [parsed(drawn(drawings)) for _ in range(2)]
    own = [{element.get("id") for element in tree.iter()} - {None} for tree in trees]
    assert own[0]
    assert not own[0] & own[1]
    for tree, names in zip(trees, own, strict=True):
        used = {
            name
            for element in tree.iter()
            for value in element.attrib.values()
            for name in re.findall("#([^)]+)", value)
        }
        assert used == names


def test_colours_follow_the_readers_scheme():
    drawings = Drawings()
    svg = drawn(drawings)
    assert "style=" not in svg
    assert "var(--class0)" in drawings.css()
    assert "var(--muted)" in drawings.css()
    assert not re.search("#[0-9a-f]{6}", svg + drawings.css())
    assert not re.search("DejaVu|sans-serif", svg + drawings.css())


def test_a_line_is_drawn_to_a_hair_with_as_few_points_as_that_takes():
    rng = np.random.default_rng(2)
    across = np.linspace(0, 1, 200)
    noisy = np.column_stack([across, rng.normal(size=200)])
    straight, smooth = np.column_stack([across, across]), np.column_stack([across, np.sin(6 * across)])
    for points, most in ((straight, 2), (smooth, 60), (noisy, 200)):
        kept = vertices(drawn(Drawings(), points=points))
        assert len(kept) <= most
        assert distance(rescaled(points, kept), kept) < 0.25


def vertices(svg: str) -> np.ndarray:
    """The points of the first curve, in units of the drawing."""
    lines = [
        path.get("d") for path in parsed(svg).iter(f"{SVG}path") if path.get("clip-path") and "z" not in path.get("d")
    ]
    numbers = max(lines, key=len)
    return np.array(re.findall(r"-?[\d.]+", numbers), dtype=float).reshape(-1, 2)


def rescaled(points: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Points in units of the drawing, by the extent of those that were kept; up is down there."""
    least, extent = kept.min(axis=0), np.ptp(kept, axis=0)
    shares = (points - points.min(axis=0)) / np.ptp(points, axis=0)
    return least + extent * np.column_stack([shares[:, 0], 1 - shares[:, 1]])


def distance(points: np.ndarray, line: np.ndarray) -> float:
    """The largest distance of the points from the line, across."""
    starts, ways = line[:-1], np.diff(line, axis=0)
    offset = points[:, None] - starts
    share = np.clip((offset * ways).sum(-1) / np.maximum((ways**2).sum(-1), 1e-12), 0, 1)
    return float(np.linalg.norm(offset - share[..., None] * ways, axis=-1).min(axis=1).max())
