"""The order of terms and factors: the same on every run, and close to the order an author would choose.

An order key is `(kind, label, digest)`: what kind of expression it is, the first variable in it, and a
structural number that depends on nothing but the expression (no addresses, no hash seeds).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar
from zlib import crc32

from symcalc.graph.node import Node

Key = tuple[int, str, int]
T = TypeVar("T")

(NUMBER, DIMENSION, ONES, VARIABLE, TRANSPOSED, CONSTANT_ARRAY, PRODUCT, FUNCTION, ELEMENTWISE, SUM) = range(10)
_KINDS = {
    "number": NUMBER, "constant": NUMBER, "dimension": DIMENSION, "ones": ONES, "variable": VARIABLE,
    "recast": VARIABLE, "transpose": TRANSPOSED, "eye": CONSTANT_ARRAY, "zeros": CONSTANT_ARRAY,
    "basis": CONSTANT_ARRAY, "matmul": PRODUCT, "times": ELEMENTWISE, "add": SUM,
}  # fmt: skip
#: In a sum: products before plain variables (`W x + b`), constants first (`1 − h`, `1 + exp(x)`).
_IN_SUM = {
    ONES: 0, NUMBER: 0, PRODUCT: 2, ELEMENTWISE: 2, FUNCTION: 3, VARIABLE: 4, TRANSPOSED: 4, SUM: 5, CONSTANT_ARRAY: 6,
}  # fmt: skip
#: A scalar times a variable stands behind variables; numbers other than 1 behind both: `ν + 3`.
MULTIPLE_IN_SUM, NUMBER_IN_SUM = 4.5, 4.75
#: In an elementwise product: variables, then products (`(Wᵀδ) ∘ f′(z)`), functions, sums.
_IN_PRODUCT = {NUMBER: 0, DIMENSION: 1, VARIABLE: 2, TRANSPOSED: 3, PRODUCT: 4, FUNCTION: 5}
SYMBOLIC_POWER_IN_PRODUCT = 7
#: Sums are compared by size up to this many symbols.
LARGEST_WEIGHT = 8


def order(node: Node) -> Key:
    """The node's key, computed once."""
    if node._order is None:
        stack = [node]
        while stack:
            top = stack[-1]
            waiting = [arg for arg in top.args if arg._order is None]
            if waiting:
                stack.extend(waiting)
            else:
                stack.pop()
                if top._order is None:
                    top._order = _key(top)
    return node._order


def kind_of(node: Node) -> int:
    """What kind of expression it is; a power is what its base is."""
    while node.op.name == "power":
        node = node.args[0]
    return _KINDS.get(node.op.name, FUNCTION)


def _key(node: Node) -> Key:
    op, args = node.op, node.args
    if op.is_variable:
        sizes = [_size_text(size) for size in node.data.shape]
        facts = (node.data.name, sizes, node.data.ndim, sorted(node.data.assume))
        return VARIABLE, node.data.name, crc32(repr(facts).encode())
    parts = [op.digest, 0 if node.data is None else _digest(node.data)]
    label = ""
    for arg in args:
        _, below, digest = arg._order
        label = label or below
        parts.append(digest)
    return kind_of(node), label, hash(tuple(parts))


@lru_cache(maxsize=1024)
def _size_text(size: Any) -> str:
    """A dimension as text, remembered: SymPy's printer takes longer than all the rest of a key."""
    return str(size)


def _digest(data: Any) -> int:
    if isinstance(data, (int, Fraction)):
        return hash(data)
    return crc32(str(data).encode())


def weight(nodes: Iterable[Node], most: int) -> int:
    """How many symbols the expressions have when written out, counted up to `most`."""
    count = 0
    stack = list(nodes)
    while stack and count < most:
        node = stack.pop()
        if node.args:
            stack.extend(node.args)
            if len(node.args) == 1:
                count += 1
        else:
            count += 1
    return count


def in_order(items: list[T], rank: Callable[[T], Any], key: Callable[[T], tuple]) -> list[T]:
    """The items sorted by rank, and by the whole key (whose first part is the rank) where ranks are equal.

    Ranks are read off the top of an expression; a key counts all of it.
    """
    if len(items) < 2:
        return items
    if len(items) == 2:
        first, second = rank(items[0]), rank(items[1])
        if first != second:
            return items if first < second else items[::-1]
    ranks = [rank(item) for item in items]
    if len(set(ranks)) == len(items):
        return [item for _, item in sorted(zip(ranks, items, strict=True))]
    return sorted(items, key=key)


def rank_in_sum(node: Node) -> float:
    """Where a term (its core, without the number in front) stands in a sum; t B comes behind A, as plain terms do."""
    array = _multiplied_array(node)
    if array is None:
        return _IN_SUM.get(kind_of(node), 3)
    return MULTIPLE_IN_SUM if kind_of(array) == VARIABLE else _IN_SUM[CONSTANT_ARRAY]


def in_sum(node: Node) -> tuple:
    """Sort key of a term of a sum."""
    kind, label, digest = order(node)
    array = _multiplied_array(node)
    return rank_in_sum(node), label if array is None else order(array)[1], kind, digest


def _multiplied_array(node: Node) -> Node | None:
    """The plain array that the term is a scalar multiple of."""
    if node.ndim and node.op.name == "times" and not node.args[-2].ndim:
        array = node.args[-1]
        if kind_of(array) in (VARIABLE, CONSTANT_ARRAY):
            return array
    return None


def rank_in_product(node: Node) -> int:
    """Where a factor stands in an elementwise product, a symbolic power last."""
    if node.op.name == "power" and node.args[1].op.name != "number":
        return SYMBOLIC_POWER_IN_PRODUCT
    return _IN_PRODUCT.get(kind_of(node), 6)


def in_product(node: Node) -> tuple:
    """Sort key of a factor of an elementwise product; short sums before long ones."""
    kind, label, digest = order(node)
    rank = rank_in_product(node)
    size = weight([node], LARGEST_WEIGHT) if kind == SUM and rank != SYMBOLIC_POWER_IN_PRODUCT else 0
    return rank, label, kind, size, digest
