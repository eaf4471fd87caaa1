"""KaTeX, packed into the package so that a page needs nothing from the network: its script, and its styles with fonts.

The files are those of the npm package (licence MIT, see LICENSE beside them).
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from importlib.resources import files

#: Families that are needed only where one of these commands is used, by the part of the font's name behind `KaTeX_`.
_RARE = {
    "Caligraphic": (r"\mathcal", r"\cal"),
    "Fraktur": (r"\mathfrak", r"\frak"),
    "SansSerif": (r"\mathsf", r"\textsf", r"\sf"),
    "Script": (r"\mathscr",),
    "Typewriter": (r"\mathtt", r"\texttt", r"\tt"),
}


@cache
def script() -> str:
    """The JavaScript of KaTeX, which defines `katex`."""
    return _file("katex.min.js").read_text(encoding="utf-8")


def styles(mathematics: str = "") -> str:
    """KaTeX's style sheet with the fonts in it that `mathematics` (LaTeX) needs."""
    sheet = _file("katex.min.css").read_text(encoding="utf-8")
    return re.sub(r"@font-face\{[^}]*\}", lambda face: _with_font(face[0], mathematics), sheet)


def _with_font(face: str, mathematics: str) -> str:
    """One `@font-face` rule with the font itself in place of its address; nothing if it is not needed."""
    (name,) = re.findall(r"url\(fonts/(KaTeX_[\w-]+\.woff2)\)", face)
    family = name.removeprefix("KaTeX_").split("-")[0]
    if family in _RARE and not any(command in mathematics for command in _RARE[family]):
        return ""
    data = b64encode(_font(name)).decode("ascii")
    return re.sub(r"src:[^}]*", f'src:url(data:font/woff2;base64,{data}) format("woff2")', face)


@cache
def _font(name: str) -> bytes:
    return (_file("fonts") / name).read_bytes()


def _file(name: str):
    return files(__name__) / name


__all__ = ["script", "styles"]
