"""Formulas and words as SVG outlines of known size: no fonts are needed where the picture is shown."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import lru_cache

from symcalc.draw.extras import load, without_deprecations

#: How far letters reach above and below the line, in parts of their size.
_ASCENT, _DESCENT = 0.76, 0.24


@dataclass(frozen=True)
class Mark:
    """Something typeset, drawn with its left end on the base line at (0, 0).

    symbols  the outlines it uses, by name        body  SVG that places them
    """

    width: float
    ascent: float
    descent: float
    symbols: tuple[tuple[str, str], ...] = ()
    body: str = ""

    @property
    def height(self) -> float:
        return self.ascent + self.descent


EMPTY = Mark(0.0, 0.0, 0.0)


@lru_cache(maxsize=4096)
def formula(latex: str, size: float, color: str) -> Mark:
    """A formula in LaTeX."""
    made = load("ziamath", "drawing").Latex(latex, size=size, color=color, inline=True)
    box = made.node.bbox
    width, _ = made.getsize()
    group = ET.Element("g")
    made.drawon(group)
    return _mark(group, width, box.ymax, -box.ymin)


@lru_cache(maxsize=4096)
def words(text: str, size: float, color: str) -> Mark:
    """Plain words on one line."""
    font = _font()
    made = font.text(text, size=size, color=color)
    width, _ = made.getsize()
    group = ET.Element("g")
    made.drawon(group)
    return _mark(group, width, _ASCENT * size, _DESCENT * size)


@lru_cache(maxsize=1)
def _font():
    with without_deprecations():
        return load("ziafont", "drawing").Font()


def _mark(group: ET.Element, width: float, ascent: float, descent: float) -> Mark:
    symbols: dict[str, str] = {}
    for parent in list(group.iter()):
        for child in list(parent):
            if child.tag == "symbol":
                symbols[child.attrib["id"]] = ET.tostring(child, encoding="unicode")
                parent.remove(child)
    body = "".join(ET.tostring(child, encoding="unicode") for child in group)
    return Mark(width, ascent, descent, tuple(symbols.items()), body)
