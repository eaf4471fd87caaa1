"""Declarations: shapes and assumptions, from texts (`"W: n m; x: m; t:"`) or from Python values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import MatrixSymbol
from sympy.core.basic import Basic

from symcalc.errors import ArgumentError, ParseError
from symcalc.graph.assumptions import IMPLIES
from symcalc.graph.dimensions import check_name, dimension
from symcalc.graph.node import Node
from symcalc.operations.leaves import matrix, scalar, vector

#: The words that declare a scalar where nothing behind the colon does.
_SCALAR = ("scalar",)


def read_shapes(text: str) -> dict[str, tuple[str | int, ...]]:
    """Shapes from a text: `"W: n m; x: m; t:"` gives `{"W": ("n", "m"), "x": ("m",), "t": ()}`.

    Variables are separated by `;` or new lines, dimensions (names or integers) by blanks, commas or `×`.
    """
    return {name: _sizes(text, entry, start) for name, entry, start in _entries(text, "shape")}


def read_assumptions(text: str) -> dict[str, tuple[str, ...]]:
    """Assumptions from a text: `"A: symmetric; y: onehot positive"` gives a tuple of words per variable."""
    facts: dict[str, tuple[str, ...]] = {}
    for name, entry, start in _entries(text, "assumption"):
        facts[name] = tuple(entry.replace(",", " ").split())
        if not facts[name]:
            raise ParseError(f"no assumption about {name!r} behind the colon", text, start)
    return facts


def _entries(text: str, what: str) -> list[tuple[str, str, int]]:
    """`name: rest` pieces of a text with the place where the rest starts."""
    found: dict[str, tuple[str, str, int]] = {}
    start = 0
    for piece in text.replace("\n", ";").split(";"):
        if piece.strip():
            name, colon, entry = piece.partition(":")
            name, place = name.strip(), start + len(piece) - len(piece.lstrip())
            if not colon:
                example = "W: n m; x: m" if what == "shape" else "A: symmetric"
                raise ParseError(f"a {what} is written as in {example!r}: a ':' is missing", text, place)
            if not name.isidentifier():
                raise ParseError(f"{name!r} cannot name a variable", text, place)
            if name in found:
                raise ParseError(f"{name!r} is declared twice", text, place)
            found[name] = (name, entry, start + len(piece) - len(entry))
        start += len(piece) + 1
    return list(found.values())


def _sizes(text: str, entry: str, start: int) -> tuple[str | int, ...]:
    words = entry.replace(",", " ").replace("×", " ").split()
    if len(words) == 3 and words[1] == "x":
        del words[1]
    if words and words[0] in _SCALAR:
        words = words[1:]
    if len(words) > 2:
        raise ParseError("a shape has at most two dimensions", text, start)
    sizes: list[str | int] = []
    for word in words:
        if word.isascii() and word.isdigit() and len(word) <= 9 and int(word) > 0:
            sizes.append(int(word))
        elif word in IMPLIES:
            raise ParseError(f"{word!r} is an assumption and no dimension", text, start)
        elif word.isidentifier():
            sizes.append(word)
        else:
            raise ParseError(f"{word!r} is no dimension: give a name or a positive integer", text, start)
    return tuple(sizes)


def declare(name: str, value: Any, assume: Iterable[str] = ()) -> Node:
    """The variable `name` of the shape `value`, which may be a node (an expression) already.

    A shape is `()`, `("m",)`, `("n", "m")`, a text `"n m"`, one dimension, or a list of dimensions.
    """
    if isinstance(value, Node):
        return _with_facts(name, value, assume)
    if isinstance(value, MatrixSymbol):
        return _with_facts(name, Node.hooks["convert"](value), assume)
    sizes = _shape_of(name, value)
    if len(sizes) == 2:
        return matrix(name, sizes[0], sizes[1], assume=assume)
    return vector(name, sizes[0], assume=assume) if sizes else scalar(name, assume=assume)


def _with_facts(name: str, value: Node, assume: Iterable[str]) -> Node:
    if assume and not value.op.is_variable:
        raise ArgumentError(f"{name} stands for {value}: assumptions belong to the variables in it")
    if not assume:
        return value
    facts = (*value.data.assume, *assume)
    rows, cols = value.data.shape
    return declare(value.data.name, ((), (rows,), (rows, cols))[value.data.ndim], facts)


def _shape_of(name: str, value: Any) -> tuple[Any, ...]:
    if value is None:
        raise ArgumentError(f"the shape of {name!r} is missing: give (), ('m',) or ('n', 'm')")
    if isinstance(value, str):
        sizes: tuple[Any, ...] = _sizes(value, value, 0)
    elif isinstance(value, (int, Basic)):
        sizes = (value,)
    elif isinstance(value, (tuple, list)):
        sizes = tuple(int(size) if isinstance(size, str) and size.isdigit() else size for size in value)
    else:
        raise ArgumentError(f"the shape of {name!r} must be a tuple of dimensions, not {value!r}")
    if len(sizes) > 2:
        raise ArgumentError(f"the shape of {name!r} has {len(sizes)} dimensions; at most two are possible")
    return tuple(size.data if isinstance(size, Node) else dimension(size) for size in sizes)


def words(assume: Mapping[str, Any] | None) -> dict[str, tuple[str, ...]]:
    """Assumptions as tuples of words, whichever way they were given."""
    facts: dict[str, tuple[str, ...]] = {}
    for name, given in (assume or {}).items():
        check_name(name, "variable")
        facts[name] = tuple(given.replace(",", " ").split()) if isinstance(given, str) else tuple(given or ())
    return facts
