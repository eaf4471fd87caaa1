"""What an edit makes of a value: of a node, of a value under an index, of a NumPy array."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY
from symcalc.homework.outline import Change, Unfit
from symcalc.operations.arithmetic import add, power, reciprocal, times
from symcalc.operations.elementwise_base import slope
from symcalc.operations.leaves import number, ones
from symcalc.operations.linalg.inverse import inverse
from symcalc.operations.products import matmul, transpose
from symcalc.read import lifted
from symcalc.read.arrays import Array
from symcalc.read.build import Builder, is_lifted, negative
from symcalc.read.latex_chains import Chain
from symcalc.read.latex_entries import Entries, multiply_entries
from symcalc.read.lifted import Lifted, kind_of


def _on_nodes(function: Callable[[Any], Any]) -> Callable[[Builder, int, Any], Any]:
    """A change of a value, also of a NumPy array."""

    def apply(builder: Builder, place: int, value: Any) -> Any:
        if isinstance(value, Array):
            node = function(value.node)
            return Array(node, 0 if kind_of(node) == "scalar" else value.rank)
        if not isinstance(value, (Node, Lifted, Entries)):
            raise Unfit("no expression")
        return function(value)

    return apply


def _minus(value: Any) -> Any:
    if isinstance(value, Entries):
        return multiply_entries(number(-1), value)
    return lifted.negate(value) if isinstance(value, Lifted) else negative(value)


def _one_minus(value: Any) -> Any:
    if isinstance(value, Entries):
        raise Unfit("one minus a product of entries")
    if isinstance(value, Lifted):
        return lifted.elementwise(add, number(1), _minus(value))
    return add(number(1), _minus(value))


def _turned(value: Any) -> Any:
    if isinstance(value, Entries) or kind_of(value) == "scalar":
        raise Unfit("the transpose of a scalar")
    return lifted.turn(value)


def _inverted(value: Any) -> Any:
    if isinstance(value, Node) and value.ndim == 2:
        return inverse(value)
    if isinstance(value, Node) and value.ndim == 0:
        return reciprocal(value)
    raise Unfit("the inverse of a vector")


def _symmetrised(value: Any) -> Any:
    if not isinstance(value, Node) or value.ndim != 2 or value.shape[0] != value.shape[1]:
        raise Unfit("no square matrix")
    return times(number(Fraction(1, 2)), add(value, transpose(value)))


def _squared(value: Any) -> Any:
    if not isinstance(value, Node) or value.ndim:
        raise Unfit("the square of an array")
    return power(value, number(2))


def _row_sums(value: Any) -> Any:
    if not isinstance(value, Node) or value.ndim != 2:
        raise Unfit("no rows to sum")
    return matmul(value, ones(value.shape[1]))


def _column_sums(value: Any) -> Any:
    if not isinstance(value, Node) or value.ndim != 2:
        raise Unfit("no columns to sum")
    return matmul(ones(1, value.shape[0]), value)


def _over_index(value: Any, count: int) -> Any:
    """The sum over a free index, which was meant to be summed over."""
    if not isinstance(value, Lifted) or count >= len(value.axes):
        raise Unfit("no free index")
    return lifted.total(value.axes[count], value)


def _total(value: Any) -> Any:
    if not isinstance(value, Node) or not value.ndim:
        raise Unfit("nothing to sum")
    return REGISTRY["sum"](value)


def replaced_by(node: Node) -> Change:
    """The part replaced by an expression; an array in the place of an array keeps the rank that is declared."""

    def apply(builder: Builder, place: int, old: Any) -> Any:
        if not isinstance(old, Array):
            return node
        return Array(node, old.rank if old.rank and node.ndim else node.ndim)

    return Change(apply=apply)


def constant(value: int) -> Change:
    """The part replaced by a number: 1 takes a factor out, 0 a term."""
    return Change(apply=_on_nodes(lambda _: number(value)))


def _slope(value: Any) -> Any:
    if isinstance(value, Lifted) and value.node is not None:
        return replace(value, node=slope(value.node, 0))
    if not isinstance(value, Node):
        raise Unfit("no function of entries")
    return slope(value, 0)


def _last_two(builder: Builder, place: int, value: Any) -> Any:
    """A chain of factors with the last two in each other's place."""
    if not isinstance(value, Chain) or len(value.steps) < 2:
        raise Unfit("no chain of three factors")
    *steps, (sign, first, left), (last_sign, last, right) = value.steps
    return Chain(value.first, [*steps, (sign, first, right), (last_sign, last, left)])


def _together(builder: Builder, place: int, value: Any) -> Any:
    """A chain of factors with the last two multiplied entry by entry before the others come."""
    if not isinstance(value, Chain) or len(value.steps) < 2:
        raise Unfit("no chain of three factors")
    *steps, (sign, first, left), (_, _, right) = value.steps
    pair = [builder.node_of(left), builder.node_of(right)]
    builder.values[right] = lifted.hadamard(*pair) if is_lifted(*pair) else times(*pair)
    return Chain(value.first, [*steps, (sign, first, right)])


MINUS, ONE_MINUS, TURN, INVERT, SQUARE, SYMMETRISE, SLOPE = (
    Change(apply=_on_nodes(function))
    for function in (_minus, _one_minus, _turned, _inverted, _squared, _symmetrised, _slope)
)
#: The sum of all entries, of each row, of each column.
SUMS = tuple(Change(apply=_on_nodes(function)) for function in (_total, _row_sums, _column_sums))
#: The sum over the first and over the second free index.
OVER_INDEX = tuple(Change(apply=_on_nodes(partial(_over_index, count=count))) for count in range(2))
#: Of a chain of factors, the last two: in each other's place, and multiplied entry by entry first.
LAST_TWO, TOGETHER = Change(raw=_last_two), Change(raw=_together)
