"""Notation: every expression as text, in the four spellings `unicode`, `latex`, `matlab` and `python`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from symcalc.errors import ArgumentError
from symcalc.graph.node import Node
from symcalc.notation.latex import Latex
from symcalc.notation.matlab import Matlab
from symcalc.notation.naming import function_letter, name_parts
from symcalc.notation.python import Python
from symcalc.notation.shorten import BRIEF, LONG, lengths, outermost, shared_names
from symcalc.notation.style import Style
from symcalc.notation.unicode import Unicode
from symcalc.notation.writer import Writer

#: The writers by the name of their spelling.
SPELLINGS: dict[str, type[Writer]] = {"unicode": Unicode, "matlab": Matlab, "python": Python, "latex": Latex}
_WHERE = {"unicode": ("   where ", ", "), "latex": (r" \quad\text{where } ", r",\; ")}


class Definition(NamedTuple):
    """A named subexpression: its name and its value as text, and the node itself."""

    name: str
    value: str
    node: Node


def text(
    node: Node,
    spelling: str = "unicode",
    names: Mapping[Node, str] | None = None,
    options: Style | None = None,
    limit: int | None = LONG,
) -> str:
    """The expression as text.

    `spelling` is `"unicode"`, `"latex"`, `"matlab"` or `"python"`; the last two are what `sc.parse` reads back.
    `names` gives subexpressions that are printed by name (see `name_parts`), `options` a `Style` for LaTeX.
    A text longer than `limit` characters is shortened: what occurs repeatedly is named behind `where`, and
    where that does not help (and in `matlab` and `python`) the innermost parts are left out as `…`.
    `limit=None` writes everything.  Raises `ArgumentError` for an unknown spelling.
    """
    writer = _writer(spelling)
    given = dict(names or {})
    if limit is None or lengths(node, given)[node] <= limit:
        return writer(given, options).write(node)
    shared = shared_names(node, given, limit) if spelling in _WHERE else None
    if shared is None:
        return writer(given, options, outermost(node, given, min(limit, BRIEF))).write(node)
    new = {part: name for part, name in shared.items() if part not in given}
    parts = [Definition(*part) for part in _define(new, shared, writer, options)]
    where, comma = _WHERE[spelling]
    listed = comma.join([f"{part.name} = {part.value}" for part in parts])
    return f"{writer(shared, options).write(node)}{where}{listed}"


def latex(node: Node, names: Mapping[Node, str] | None = None, options: Style | None = None) -> str:
    r"""The expression in LaTeX (without dollar signs), for KaTeX, MathJax and pdflatex with amsmath."""
    return text(node, "latex", names, options)


def unicode(node: Node, names: Mapping[Node, str] | None = None) -> str:
    """The expression in Unicode, as `str()` gives it, at any length."""
    return text(node, "unicode", names)


def definitions(names: Mapping[Node, str], spelling: str = "unicode", options: Style | None = None) -> list[Definition]:
    """The named subexpressions, operands first, each written in terms of the earlier ones."""
    return _define(names, names, _writer(spelling), options)


def _define(
    new: Mapping[Node, str], names: Mapping[Node, str], writer: type[Writer], options: Style | None
) -> list[Definition]:
    shown = writer({}, options)
    values = writer(names, options).define(new)
    return [Definition(shown.shown(new[node], 0), value, node) for node, value in values.items() if node in new]


def _writer(spelling: str) -> type[Writer]:
    if spelling not in SPELLINGS:
        raise ArgumentError(f"no spelling {spelling!r}; there are {', '.join(SPELLINGS)}")
    return SPELLINGS[spelling]


def _brief(spelling: str):
    return lambda node: text(node, spelling, limit=BRIEF)


Node.hooks.update(text=_brief("unicode"), unicode=_brief("unicode"), latex=_brief("latex"))

__all__ = [
    "SPELLINGS",
    "Definition",
    "Style",
    "definitions",
    "function_letter",
    "latex",
    "name_parts",
    "text",
    "unicode",
]
