"""The order of terms and factors: the same on every run, and close to the order an author would choose.

An order key is `(kind, label, digest)`: what kind of expression it is, the first variable in it, and a
structural number that depends on nothing but the expression (no addresses, no hash seeds).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any
from zlib import crc32

from symcalc.graph.node import Node

Key = tuple[int, str, int]

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


def _key(node: Node) -> Key:
    op, args = node.op, node.args
    kind = _KINDS.get(op.name, FUNCTION)
    if op.is_variable:
        # Symbols by their names: SymPy's printer takes longer than all the rest.
        sizes = [size.name if size.is_Symbol else str(size) for size in node.data.shape]
        facts = (node.data.name, sizes, node.data.ndim, sorted(node.data.assume))
        return kind, node.data.name, crc32(repr(facts).encode())
    if not args:
        return kind, "", hash((crc32(op.name.encode()), _digest(node.data)))
    label = next((arg._order[1] for arg in args if arg._order[1]), "")
    if op.name == "power":
        kind = args[0]._order[0]
    return kind, label, hash((crc32(op.name.encode()), _digest(node.data), *[arg._order[2] for arg in args]))


def _digest(data: Any) -> int:
    if data is None:
        return 0
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


def in_sum(node: Node) -> tuple:
    """Sort key of a term of a sum (its core, without the number in front); t B comes behind A, as plain terms do."""
    kind, label, digest = order(node)
    if kind == ELEMENTWISE and node.ndim and not node.args[-2].ndim:
        array = order(node.args[-1])
        if array[0] in (VARIABLE, CONSTANT_ARRAY):
            return MULTIPLE_IN_SUM if array[0] == VARIABLE else _IN_SUM[CONSTANT_ARRAY], array[1], kind, digest
    return _IN_SUM.get(kind, 3), label, kind, digest


def in_product(node: Node) -> tuple:
    """Sort key of a factor of an elementwise product; short sums before long ones, a symbolic power last."""
    kind, label, digest = order(node)
    if node.op.name == "power" and node.args[1].op.name != "number":
        return SYMBOLIC_POWER_IN_PRODUCT, label, kind, 0, digest
    size = weight([node], LARGEST_WEIGHT) if kind == SUM else 0
    return _IN_PRODUCT.get(kind, 6), label, kind, size, digest
