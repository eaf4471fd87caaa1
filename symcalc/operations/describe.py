"""Operands as an error message names them: the user's own text and the shape in words."""

from __future__ import annotations

from symcalc.graph.dimensions import shape_text
from symcalc.graph.node import Node

LONGEST = 48


def brief(node: Node) -> str:
    """The expression's text, shortened to what fits in a message."""
    text = str(node)
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    return f"({text})" if node.op.name in ("add", "times", "matmul") else text


def has_shape(node: Node) -> str:
    """`W is n×m`, `x has length m`, `xᵀ is a row of length m`."""
    if node.ndim > 2:
        return f"{brief(node)} is {shape_text(node.shape)}"
    rows, cols = node.shape
    if node.ndim == 0:
        return f"{brief(node)} is a scalar"
    if node.ndim == 1 and cols == 1:
        return f"{brief(node)} has length {rows}"
    if node.ndim == 1:
        return f"{brief(node)} is a row of length {cols}"
    return f"{brief(node)} is {rows}×{cols}"
