"""The mean of all entries, or of each row or column."""

from typing import Any

from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY, Macro
from symcalc.operations.arithmetic import reciprocal, times
from symcalc.operations.leaves import dimension_number


def _mean(x: Any, axis: int | None = None, keepdims: bool = False) -> Node:
    node = Node.hooks["convert"](x)
    if axis is None:
        if node.ndim == 0:
            return node
        count = node.shape[0] * node.shape[1]
        return times(reciprocal(dimension_number(count)), REGISTRY["sum"](node))
    total = REGISTRY["sum"](node, axis=axis, keepdims=keepdims)
    count = node.shape[0] * node.shape[1] if node.ndim == 1 else node.shape[axis]
    return times(reciprocal(dimension_number(count)), total)


mean = Macro(
    "mean",
    _mean,
    source="sum(X)/(number of entries)",
    doc="the mean of all entries; with axis=0 or axis=1 that of each column or row",
)
