"""Cumulative sums, as the product with a triangle of ones."""

from typing import Any

from symcalc.errors import ArgumentError, ShapeError
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import REGISTRY, Macro, refuse_higher_ranks
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.leaves import ones
from symcalc.operations.products import matmul


def _cumsum(x: Any, axis: int | None = None) -> Node:
    """Down a vector, along a row; of a matrix down each column, with axis=1 along each row."""
    node = Node.hooks["convert"](x)
    refuse_higher_ranks("cumsum", [node])
    if not node.ndim:
        raise ShapeError(f"cumsum({brief(node)}): needs a vector or a matrix, {has_shape(node)}")
    if axis not in (None, 0, 1, -1) or (node.ndim == 1 and axis == 1):
        raise ArgumentError(f"cumsum({brief(node)}, axis={axis}): {has_shape(node)} and has no such axis")
    rows, cols = node.shape
    along_row = is_one(rows) if node.ndim == 1 else axis in (1, -1)
    if along_row:
        return matmul(node, REGISTRY["triu"](ones(cols, cols)))
    return matmul(REGISTRY["tril"](ones(rows, rows)), node)


cumsum = Macro(
    "cumsum",
    _cumsum,
    source="yᵢ = Σₖ xₖ over k ≤ i: y = L x with L the lower triangle of ones",
    doc="cumsum(x), the running sums of a vector; of a matrix those of each column (of each row with axis=1)",
)
