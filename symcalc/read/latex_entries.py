"""Products of entries under three indices and more: kept as factors until sums over indices bring them down.

`Σᵢ X(i,k) w(i) X(i,l)` has three indices before the sum and two after it: it is Xᵀ diag(w) X.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

from symcalc.errors import UnsupportedError
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY
from symcalc.operations.arithmetic import times
from symcalc.operations.products import matmul, transpose
from symcalc.read import lifted
from symcalc.read.lifted import Axis, Lifted, Value, kind_of

#: Factors in one such product.
MOST_FACTORS = 32


@dataclass(frozen=True, slots=True)
class Entries:
    """A product of scalars, each under at most two indices."""

    factors: tuple[Value, ...]


def multiply_entries(a: Any, b: Any) -> Entries:
    """The product of two scalars under indices, not worked out yet."""
    factors: tuple[Value, ...] = ()
    for value in (a, b):
        if isinstance(value, Entries):
            factors += value.factors
        elif kind_of(value) == "scalar":
            factors += (value,)
        else:
            raise UnsupportedError("a vector or matrix under three indices")
    if len(factors) > MOST_FACTORS:
        raise UnsupportedError(f"a product of more than {MOST_FACTORS} entries under three indices")
    return Entries(factors)


def total_entries(axis: Axis, value: Entries) -> Any:
    """Σ over one index of a product of entries."""
    inside = [factor for factor in value.factors if axis in lifted.axes_of(factor)]
    outside = [factor for factor in value.factors if axis not in lifted.axes_of(factor)]
    groups: dict[Axis | None, Value] = {}
    for factor in inside:
        other = next((one for one in lifted.axes_of(factor) if one != axis), None)
        groups[other] = lifted.elementwise(times, groups[other], factor) if other in groups else factor
    summed = _summed(axis, groups)
    return reduce(_joined, outside, summed)


def _summed(axis: Axis, groups: dict[Axis | None, Value]) -> Any:
    weight = groups.pop(None, None)
    if len(groups) > 2:
        raise UnsupportedError("a sum over an index that three or more others go with")
    if len(groups) < 2:
        body = reduce(lambda a, b: lifted.elementwise(times, a, b), [*groups.values(), *([weight] if weight else [])])
        return lifted.total(axis, body)
    (first, a), (second, b) = groups.items()
    middle = [REGISTRY["diag"](weight.node)] if isinstance(weight, Lifted) else []
    return Lifted((first, second), "scalar", matmul(transpose(_rows(a, axis)), *middle, _rows(b, axis)))  # type: ignore[arg-type]


def _rows(value: Value, axis: Axis) -> Node:
    assert isinstance(value, Lifted)
    assert value.node is not None
    return value.node if value.axes[0] == axis else transpose(value.node)


def _joined(a: Any, b: Value) -> Any:
    if isinstance(a, Entries) or len(lifted.axes_of(a, b)) > 2:
        return multiply_entries(a, b)
    return lifted.elementwise(times, a, b) if lifted.axes_of(a, b) else times(a, b)
