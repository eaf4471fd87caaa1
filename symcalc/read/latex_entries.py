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
    """A product of scalars, each under at most two indices, and of one vector under at most one, if there is one."""

    factors: tuple[Value, ...]
    vector: Value | None = None

    @property
    def ndim(self) -> int:
        """Nobody can say: anything but a product or a sum over one of the indices needs the array itself."""
        raise UnsupportedError("something other than a product or a sum of what stands under three indices")


def multiply_entries(a: Any, b: Any) -> Entries:
    """The product of two scalars under indices, not worked out yet."""
    factors: tuple[Value, ...] = ()
    vectors: list[Value] = []
    for value in (a, b):
        if isinstance(value, Entries):
            factors += value.factors
            vectors += [value.vector] if value.vector is not None else []
        elif kind_of(value) == "scalar":
            factors += (value,)
        else:
            vectors.append(value)
    if len(factors) > MOST_FACTORS:
        raise UnsupportedError(f"a product of more than {MOST_FACTORS} entries under three indices")
    if len(vectors) > 1 or any(kind_of(vector) == "matrix" or len(lifted.axes_of(vector)) > 1 for vector in vectors):
        raise UnsupportedError("a product of vectors or a matrix under three indices")
    return Entries(factors, *vectors)


def is_spread(a: Any, b: Any) -> bool:
    """Is this a scalar under two indices, or under another one, times a vector: values that only a sum brings down?"""
    scalar, vector = (a, b) if kind_of(a) == "scalar" else (b, a)
    if kind_of(scalar) != "scalar" or kind_of(vector) not in ("row", "column"):
        return False
    return len(lifted.axes_of(scalar, vector)) > 1


def total_entries(axis: Axis, value: Entries) -> Any:
    """Σ over one index of a product of entries."""
    if value.vector is not None:
        return _total_vectors(axis, value.factors, value.vector)
    inside = [factor for factor in value.factors if axis in lifted.axes_of(factor)]
    outside = [factor for factor in value.factors if axis not in lifted.axes_of(factor)]
    groups: dict[Axis | None, Value] = {}
    for factor in inside:
        other = next((one for one in lifted.axes_of(factor) if one != axis), None)
        groups[other] = lifted.elementwise(times, groups[other], factor) if other in groups else factor
    summed = _summed(axis, groups)
    return reduce(_joined, outside, summed)


def _total_vectors(axis: Axis, factors: tuple[Value, ...], vector: Value) -> Any:
    """Σⱼ sᵢⱼ vⱼ is the i-th row of S V; a vector without the index stays behind the sum."""
    if axis not in lifted.axes_of(vector):
        return _joined(total_entries(axis, Entries(factors)), vector)
    inside = [factor for factor in factors if axis in lifted.axes_of(factor)]
    outside = [factor for factor in factors if axis not in lifted.axes_of(factor)]
    weight = reduce(lambda a, b: lifted.elementwise(times, a, b), inside) if inside else None
    if not isinstance(weight, Lifted) or len(weight.axes) == 1:
        summed = lifted.total(axis, vector if weight is None else lifted.scale(weight, vector))
    else:
        assert isinstance(vector, Lifted)
        (other,) = (one for one in weight.axes if one != axis)
        summed = Lifted((other,), vector.kind, matmul(transpose(_rows(weight, axis)), lifted.rows(vector)))
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
    if isinstance(a, Entries) or len(lifted.axes_of(a, b)) > 2 or is_spread(a, b):
        return multiply_entries(a, b)
    if kind_of(a) != "scalar" or kind_of(b) != "scalar":
        return lifted.product(a, b) if lifted.axes_of(a, b) else matmul(a, b)
    return lifted.elementwise(times, a, b) if lifted.axes_of(a, b) else times(a, b)
