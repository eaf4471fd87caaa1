"""What of an expression is seen in a graph: numbers and turned vectors are no nodes of their own."""

from __future__ import annotations

from symcalc.graph.dimensions import representative
from symcalc.graph.node import Node


def is_thin(node: Node) -> bool:
    """Does the node leave the array as it is?  A change of rank does, and so does turning a vector."""
    return node.op.name == "recast" or (node.op.name == "transpose" and node.ndim == 1)


def seen_through(node: Node) -> Node:
    """The node below changes that leave the array as it is."""
    while is_thin(node):
        node = node.args[0]
    return node


def sizes_of(node: Node) -> tuple:
    """The sizes of the node's array: () for a scalar, one for a vector whichever way it lies."""
    sizes = tuple(representative(size) for size in node.shape)
    return ((), tuple(size for size in sizes if size != 1)[:1] or sizes[:1], sizes)[node.ndim]
