"""Formulas and words as SVG outlines of known size: no fonts are needed where the picture is shown."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from symcalc.draw.extras import load, without_deprecations

#: How far letters reach above and below the line, in parts of their size.
_ASCENT, _DESCENT = 0.76, 0.24
#: The height of a minus sign above the base line, in parts of the size.
_AXIS = 0.26


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


def grid(rows: Sequence[Sequence[str]], size: float, color: str) -> Mark:
    """Formulas in rows and columns between square brackets, centred on the axis of the line."""
    cells = [[formula(cell, size, color) for cell in row] for row in rows]
    widths = [max(cell.width for cell in column) for column in zip(*cells, strict=True)]
    line, gap, bracket = 1.18 * size, 0.7 * size, 0.36 * size
    height, axis = line * len(cells), _AXIS * size
    width = sum(widths) + gap * (len(widths) - 1) + 2 * bracket
    parts: list[Mark] = []
    body = ""
    for k, row in enumerate(cells):
        x, y = bracket, -axis - height / 2 + line * (k + 0.5) + axis
        for cell, room in zip(row, widths, strict=True):
            body += placed(cell, x + (room - cell.width) / 2, y)
            parts.append(cell)
            x += room + gap
    top, bottom, serif = number(-axis - height / 2), number(-axis + height / 2), 0.2 * size
    for edge, inward in ((0.6, serif), (width - 0.6, -serif)):
        path = f"M{number(edge + inward)} {top}H{number(edge)}V{bottom}H{number(edge + inward)}"
        body += f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1"/>'
    return Mark(width, axis + height / 2 + 1, height / 2 - axis + 1, _symbols(parts), body)


def beside(left: Mark, right: Mark, gap: float = 6.0) -> Mark:
    """Two marks on one line."""
    if not left.width or not right.width:
        return left if left.width else right
    ascent, descent = max(left.ascent, right.ascent), max(left.descent, right.descent)
    body = left.body + placed(right, left.width + gap, 0)
    return Mark(left.width + gap + right.width, ascent, descent, _symbols([left, right]), body)


def placed(mark: Mark, x: float, y: float) -> str:
    """SVG with the left end of the mark's base line at (x, y)."""
    return f'<g transform="translate({number(x)} {number(y)})">{mark.body}</g>'


def number(value: float) -> str:
    """A coordinate, to a hundredth."""
    return f"{round(value, 2) + 0.0:g}"  # + 0.0 makes −0 a 0


def _symbols(marks: Sequence[Mark]) -> tuple[tuple[str, str], ...]:
    return tuple(dict(symbol for mark in marks for symbol in mark.symbols).items())


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
