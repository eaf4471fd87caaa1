"""What stands on a graph: the sign of an operation, values as numbers or shapes, names of gradients."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from symcalc.graph.node import Node, is_one
from symcalc.notation import Style, text
from symcalc.notation.latex import visible_width
from symcalc.notation.symbols import escaped, latex_name
from symcalc.operations.leaves import placeholder

#: Arrays up to this size are written out, larger ones by their shape.
MOST_ROWS, MOST_COLUMNS, LONGEST_VECTOR = 3, 3, 4
#: Formulas that are wider than this (in characters on paper) are left out above an edge and as a sign.
WIDEST_FORMULA, WIDEST_SIGN = 14, 12
_SIGNS = {"add": "+", "matmul": r"\cdot"}
#: A name for the place of an operand, which is printed as a square.
_OPERAND = "operand"
#: Significant digits, and from where on numbers are written with a power of ten.
_DIGITS, _LARGE = 3, 1e5


def sign(node: Node, places: list[int]) -> str:
    """The LaTeX of an operation: + × · tanh, or the formula with □ for each operand where constants are in it."""
    name = node.op.name
    if len(places) == len(node.args):
        if name == "times":
            return r"\odot" if sum(arg.ndim > 0 for arg in node.args) > 1 else r"\times"
        if name in _SIGNS:
            return _SIGNS[name]
        if _is_called(node):
            return node.op.notation.latex or _name(name)
    marked = [placeholder(_OPERAND, arg) if k in places else arg for k, arg in enumerate(node.args)]
    formula = text(node.op.make(tuple(marked), node.data), "latex", options=Style(symbols={_OPERAND: r"\square"}))
    return formula if visible_width(formula) <= WIDEST_SIGN else _name(name)


def _is_called(node: Node) -> bool:
    """Is the operation written `name(operands)`?"""
    notation = node.op.notation
    named = bool(notation.latex or notation.unicode) and "{0}" not in notation.latex
    return named and notation.fence is None and notation.postfix is None


def _name(name: str) -> str:
    return rf"\operatorname{{{escaped(name)}}}"


def formula(node: Node, names: Mapping[Node, str]) -> str:
    """The LaTeX of an expression in the named ones below it, or "" where that is long."""
    written = text(node, "latex", {other: name for other, name in names.items() if other is not node}, limit=200)
    return written if visible_width(written) <= WIDEST_FORMULA else ""


def symbol(name: str) -> str:
    """A name in LaTeX."""
    return latex_name(name, False)


# -- values ------------------------------------------------------------------------------------------------


def numeral(value: float) -> str:
    """A number with three significant digits."""
    value = float(value)
    if math.isnan(value):
        return r"\text{nan}"
    if math.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    short = f"{value:.0f}" if 10**_DIGITS <= abs(value) < _LARGE else f"{value:.{_DIGITS}g}"
    mantissa, _, exponent = short.partition("e")
    if float(short) == 0:
        return "0"
    return rf"{mantissa}\cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def is_small(shape: tuple[int, ...]) -> bool:
    """Is an array of this shape written out?"""
    if len(shape) == 2:
        return shape[0] <= MOST_ROWS and shape[1] <= MOST_COLUMNS
    return len(shape) < 2 and all(size <= LONGEST_VECTOR for size in shape)


def rows(value: Any, node: Node) -> list[list[str]]:
    """The numerals of a small array, a vector lying or standing as its node does."""
    value = np.asarray(value)
    if value.ndim == 1:
        lies = is_one(node.shape[0]) and not is_one(node.shape[1])
        value = value[None, :] if lies else value[:, None]
    return [[numeral(entry) for entry in row] for row in value]


def plain(value: Any) -> str:
    """A value in words, for the alternative text."""
    value = np.asarray(value)
    if value.ndim == 0:
        return f"{float(value):.{_DIGITS}g}".replace("-", "−")
    if not is_small(value.shape):
        return f"{size_words(value.shape)} array"
    return str(np.array2string(value, precision=_DIGITS, separator=", ", suppress_small=True)).replace("\n", "")


def size_words(shape: tuple) -> str:
    """`3×2`, `n`; "" for a scalar."""
    return "×".join(str(size) for size in shape)
