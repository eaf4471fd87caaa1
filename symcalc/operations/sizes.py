"""Dimensions as operands: what a user gives for a size, as a SymPy dimension."""

from __future__ import annotations

from typing import Any

from sympy import Integer
from sympy.core.expr import Expr

from symcalc.errors import ArgumentError
from symcalc.graph.dimensions import dimension
from symcalc.graph.node import Node
from symcalc.graph.walk import fold
from symcalc.operations.describe import brief
from symcalc.operations.leaves import dimension_number, number

ZERO = Integer(0)


def size_from(value: Any, what: str, *, zero: bool = False) -> Expr:
    """A size from a number, a name, a dimension, or a node made of numbers and dimensions; 0 only where `zero` is."""
    size = _of_node(value, what) if isinstance(value, Node) else value
    if zero and size == 0:
        return ZERO
    return dimension(size)


def as_operand(size: Any) -> Any:
    """A size as a node."""
    return number(0) if size == 0 else dimension_number(size)


def size_of_operand(node: Node) -> Any:
    """The size that an operand made by `as_operand` holds."""
    return ZERO if node.op.name == "number" and node.data == 0 else dimension(node.data)


def _of_node(root: Node, what: str) -> Any:
    def value(node: Node, args: list[Any]) -> Any:
        name = node.op.name
        if name == "dimension" or (name == "number" and isinstance(node.data, int)):
            return Integer(node.data) if name == "number" else node.data
        if name not in ("add", "times") or None in args:
            return None
        total = args[0]
        for arg in args[1:]:
            total = total + arg if name == "add" else total * arg
        return total.expand()

    size = fold([root], value)[root]
    if size is None:
        raise ArgumentError(f"{what}: {brief(root)} is no dimension")
    return size
