"""What is known of an expression from the assumptions on its variables."""

from __future__ import annotations

from symcalc.graph.node import Node

#: Functions whose values are never negative.
_NONNEGATIVE = {"exp", "norm2", "norm1", "abs", "sigmoid", "softmax", "relu", "softplus", "step", "normcdf", "normpdf"}
_DIMENSIONLESS = {"dimension", "ones"}
#: Matrices without operands that are their own transposes where they are square.
_SYMMETRIC_LEAVES = {"eye", "ones", "zeros"}
#: Operations with f(Aᵀ, …) = f(A, …)ᵀ.
_KEEPS_TRANSPOSES = {"inv", "matpow", "power", "kron", "transpose"}
_OF_UNIT_VECTORS = {"binary", "sums_to_one"}
#: How many nodes a question about symmetry may look at.
MOST_LOOKS = 120


def vector_fact(node: Node, fact: str) -> bool:
    """Is `fact` assumed of this vector (a variable, or the transpose of one), or true of it as a unit vector?"""
    while node.op.name in ("transpose", "recast"):
        node = node.args[0]
    if node.op.name == "basis":
        return fact in _OF_UNIT_VECTORS
    return node.op.is_variable and fact in node.data.assume


def is_nonnegative(node: Node) -> bool:
    """Is every entry certainly ≥ 0?  (One level deep: certainty, not search.)"""
    name = node.op.name
    if name == "number":
        return node.data >= 0
    if node.op.is_variable:
        return bool({"positive", "nonnegative"} & node.data.assume)
    if name in _NONNEGATIVE or name in _DIMENSIONLESS or name == "constant":
        return True
    if name == "power":
        exponent = node.args[1]
        even = exponent.op.name == "number" and isinstance(exponent.data, int) and exponent.data % 2 == 0
        return even or _simply_nonnegative(node.args[0])
    if name == "matmul":
        return len(node.args) == 2 and node.ndim == 0 and _is_square(node)
    return False


def _simply_nonnegative(node: Node) -> bool:
    if node.op.is_variable:
        return bool({"positive", "nonnegative"} & node.data.assume)
    return node.op.name in _NONNEGATIVE or (node.op.name == "number" and node.data >= 0)


def _is_square(node: Node) -> bool:
    """xᵀx."""
    left, right = node.args
    return left.op.name == "transpose" and left.args[0] is right


def is_symmetric(node: Node) -> bool:
    """Is the matrix certainly its own transpose?  Carried through sums, products, powers, inverses and functions."""
    if node.op.is_variable:
        return "symmetric" in node.data.assume
    return node.ndim == 2 and are_transposes(node, node)


def are_transposes(a: Node, b: Node) -> bool:
    """Is `a` certainly the transpose of `b`?  (Certainty, not search: it gives up after `MOST_LOOKS` nodes.)"""
    return _turned(a, b, [MOST_LOOKS])


def _turned(a: Node, b: Node, looks: list[int]) -> bool:
    if a.shape[0] != b.shape[1] or a.shape[1] != b.shape[0]:
        return False
    if a.ndim == 0:
        return a is b
    looks[0] -= 1
    if looks[0] < 0:
        return False
    name = a.op.name
    if name == "transpose" and a.args[0] is b:
        return True
    if b.op.name == "transpose" and b.args[0] is a:
        return True
    if a is b and a.op.is_variable:
        return "symmetric" in a.data.assume
    if a.op is not b.op or a.data != b.data or not a.args:
        return a is b and name in _SYMMETRIC_LEAVES
    if name == "diag":
        return a is b
    if name == "matmul":
        return _turned_products(a.args, b.args, looks)
    if name in ("add", "times"):
        return _turned_in_some_order(a.args, b.args, looks)
    if name in _KEEPS_TRANSPOSES or a.op.elementwise:
        return len(a.args) == len(b.args) and all(_turned(x, y, looks) for x, y in zip(a.args, b.args, strict=True))
    return False


def _turned_products(left: tuple[Node, ...], right: tuple[Node, ...], looks: list[int]) -> bool:
    """(A B)ᵀ = Bᵀ Aᵀ; of a product with itself one half is enough."""
    if len(left) != len(right):
        return False
    pairs = list(zip(left, reversed(right), strict=True))
    return all(_turned(x, y, looks) for x, y in (pairs[: (len(pairs) + 1) // 2] if left is right else pairs))


def _turned_in_some_order(left: tuple[Node, ...], right: tuple[Node, ...], looks: list[int]) -> bool:
    """Can the terms (or factors) be paired so that each is the transpose of its partner?"""
    if len(left) != len(right):
        return False
    rest = list(right)
    for x in left:
        partner = next((k for k, y in enumerate(rest) if _turned(x, y, looks)), None)
        if partner is None:
            return False
        del rest[partner]
    return True


def is_orthogonal(node: Node) -> bool:
    """Is the matrix certainly orthogonal?"""
    return node.op.is_variable and "orthogonal" in node.data.assume
