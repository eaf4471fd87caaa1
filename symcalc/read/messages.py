"""What is wrong with two shapes, in the user's own words: both operands, both sizes, and a cure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symcalc.errors import ShapeError
from symcalc.graph.dimensions import same, same_shape
from symcalc.graph.node import is_one

#: How each spelling writes the transpose, the matrix product and the elementwise product.
STYLES: Mapping[str, tuple[str, str, str]] = {
    "matlab": ("'", "*", ".*"),
    "latex": ("ᵀ", " ", "∘"),
    "python": (".T", " @ ", " * "),
}
_LONGEST = 40


def short(source: str) -> str:
    """A piece of the user's text, shortened to what fits in a message."""
    return source if len(source) <= _LONGEST else source[: _LONGEST - 1] + "…"


def has_shape(source: str, shape: tuple[Any, Any]) -> str:
    """`W is n×m`, `x has length m`, `x' is a row of length m`, `t is a scalar`."""
    rows, cols = shape
    name = short(source)
    if is_one(rows) and is_one(cols):
        return f"{name} is a scalar"
    if is_one(cols):
        return f"{name} has length {rows}"
    return f"{name} is a row of length {cols}" if is_one(rows) else f"{name} is {rows}×{cols}"


def _grouped(source: str) -> str:
    source = short(source)
    plain = source.replace("_", "").replace("'", "").replace(".T", "").isalnum()
    return source if plain or (source.endswith(")") and source.count("(") == 1) else f"({source})"


def turned(source: str, turn: str) -> str:
    """The transpose of a piece of text: without its transpose sign if it has one."""
    source = short(source)
    return source.removesuffix(turn) if source.endswith(turn) else f"{_grouped(source)}{turn}"


def product_error(style: str, text: str, left: str, a: Any, right: str, b: Any) -> ShapeError:
    """`left * right` whose inner dimensions differ; a and b are the shapes."""
    turn, sign, entrywise = STYLES[style]
    p, q = _grouped(left), _grouped(right)
    cures = []
    if same(a[0], b[0]) and not is_one(a[0]):
        cures.append(f"{turned(left, turn)}{sign}{q}")
    if same(a[1], b[1]) and not is_one(a[1]):
        cures.append(f"{p}{sign}{turned(right, turn)}")
    if is_one(a[1]) and is_one(b[1]):
        cures.append(f"{p}{sign}{turned(right, turn)} (outer product)")
    if same_shape(a, b):
        cures.append(f"{p}{entrywise}{q} (elementwise)")
    if not cures and not is_one(a[0]) and not is_one(a[1]):
        cures.append(f"{turned(left, turn)}{sign}{q} (needs {b[0]} = {a[0]})")
    if not is_one(a[1]) and not is_one(b[0]):
        cures.append(f"dims {a[1]} = {b[0]}")
    cure = f". Did you mean {', or '.join(cures)}?" if cures else ""
    return ShapeError(f"{short(text)}: {has_shape(left, a)} and {has_shape(right, b)}{cure}")


def entrywise_error(style: str, text: str, left: str, a: Any, right: str, b: Any) -> ShapeError:
    """`left + right` (or another operation entry by entry) of different shapes."""
    turn = STYLES[style][0]
    what = f"{short(text)}: {has_shape(left, a)} and {has_shape(right, b)}"
    if same_shape(a, (b[1], b[0])):
        return ShapeError(f"{what}. Did you mean {turned(right, turn)}?")
    if is_one(a[1]) and not is_one(a[0]) and is_one(b[0]):
        return ShapeError(f"{what}: a column and a row; transpose one of them")
    pairs = [f"{p} = {q}" for p, q in zip(a, b, strict=True) if p != q and not is_one(p) and not is_one(q)]
    cure = f". If they are equal, use one name for both ({', '.join(pairs)})" if pairs else ""
    return ShapeError(f"{what}; they must have the same shape{cure}")
