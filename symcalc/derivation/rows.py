"""Breaking long formulas into rows of an `aligned` block: before sums first, then products, inside brackets last."""

from __future__ import annotations

import re
from typing import NamedTuple

#: Characters in a row of displayed mathematics before it is broken.
WIDTH = 78
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\S|\s+", re.DOTALL)
#: Signs with room on both sides; a row may begin with one.
_OPENING, _CLOSING = ("(", "[", r"\lVert", r"\lvert"), (")", "]", r"\rVert", r"\rvert")
_SUMS, _PRODUCTS = ("+", "-"), (r"\odot", r"\circ", r"\oslash", r"\otimes", r"\times")
#: What commands take on paper, in characters; all others are one.
_ROOM = {r"\quad": 3, r"\qquad": 6, r"\,": 0, r"\left": 0, r"\right": 0, r"\sum": 3, r"\top": 1}
_ROOM |= dict.fromkeys((r"\operatorname", r"\mathrm", r"\mathbf", r"\boldsymbol", r"\text", r"\boxed"), 0)
_ROOM |= dict.fromkeys((*_PRODUCTS, r"\in"), 3)


class _Place(NamedTuple):
    """Where a formula may be cut: before the sign at `at`, `width` behind the start, inside `depth` brackets, of which
    `growing` are pairs of \\left and \\right."""

    at: int
    width: int
    depth: int
    growing: int
    is_sum: bool


def aligned(rows: list[str]) -> str:
    """Rows under each other at their `&`."""
    gap = "[4pt]" if any(r"\frac" in row for row in rows) else ""
    return "\\begin{aligned}\n" + f" \\\\{gap}\n".join(rows) + "\n\\end{aligned}"


def width_of(latex: str) -> int:
    """About how wide a formula is on paper, in characters: a fraction is as wide as its wider part.

    >>> width_of(r"\\frac{a}{b + c} x^\\top")
    7
    """
    marks = "".join(_mark(token) for token in _TOKEN.findall(latex))
    while True:
        found = re.sub(r"÷\{([^{}]*)\}\{([^{}]*)\}", lambda parts: max(parts[1], parts[2], key=len), marks)
        if found == marks:
            # A group that is no part of a fraction is as wide as what is in it.
            found = re.sub(r"(?<![÷}])\{([^{}]*)\}", r"\1", marks)
        if found == marks:
            return len(re.sub(r"[{}÷]", "", marks))
        marks = found


def _mark(token: str) -> str:
    """One character for each that the token takes; braces and fractions are kept."""
    if token in ("{", "}"):
        return token
    if token == r"\frac":
        return "÷"
    if token.isspace() or token in "^_&":
        return ""
    return "x" * (3 if token in (*_SUMS, "=") else _ROOM.get(token, 1))


def broken(latex: str, room: int = WIDTH) -> list[str]:
    """The formula in pieces of at most `room` characters, where it can be cut."""
    if width_of(latex) <= room:
        return [latex]
    places, width = _places(latex)
    pieces, start, done, opening = [], 0, 0, ""
    while width - done > room:
        place = _best(places, start, done, room)
        if place is None:
            break
        # Growing brackets end with their row: each is closed by nothing, and opened by nothing in the next.
        pieces.append(opening + latex[start : place.at].strip() + r" \right." * place.growing)
        start, done, opening = place.at, place.width, r"\left. " * place.growing
    return [*pieces, opening + latex[start:].strip()]


def _best(places: list[_Place], start: int, done: int, room: int) -> _Place | None:
    """The place that disturbs least among those that fill the row well; failing that the first behind it."""
    behind = [place for place in places if place.at > start]
    fitting = [place for place in behind if 0.3 * room <= place.width - done <= room]
    if fitting:
        return min(fitting, key=lambda place: (place.depth, not place.is_sum, -place.width))
    return next((place for place in behind if place.width - done > room), None)


def _places(latex: str) -> tuple[list[_Place], int]:
    """Where a row may end (outside braces), and the whole width."""
    places: list[_Place] = []
    braces, growing, depth, width, segment, before = 0, 0, 0, 0, 0, ""
    for match in _TOKEN.finditer(latex):
        token = match[0]
        braces += (token in ("{", r"\begin")) - (token in ("}", r"\end"))
        growing += (token == r"\left") - (token == r"\right")
        depth += (token in _OPENING) - (token in _CLOSING)
        is_sum = token in _SUMS and latex[match.end() : match.end() + 1] == " " and before not in ("", "(", "[")
        if braces == 0 and (is_sum or token in _PRODUCTS):
            width += width_of(latex[segment : match.start()])
            segment = match.start()
            places.append(_Place(match.start(), width, depth, growing, is_sum))
        before = before if token.isspace() else token
    return places, width + width_of(latex[segment:])


__all__ = ["WIDTH", "aligned", "broken", "width_of"]
