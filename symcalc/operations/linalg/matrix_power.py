"""Integer powers of a square matrix."""

from typing import Any

from symcalc.errors import ArgumentError, UnsupportedError
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY, Operation, square_shape
from symcalc.graph.walk import topological
from symcalc.operations.arithmetic import add, power
from symcalc.operations.describe import brief
from symcalc.operations.leaves import eye
from symcalc.operations.linalg.inverse import INVERSE
from symcalc.operations.products import matmul, transpose

#: A longer product is refused rather than written out term by term in the derivative.
LARGEST_EXPONENT = 64
#: Exponents made of more parts are not looked through.
_LONGEST = 20

_square = square_shape("matpow")


def _shape(args, data):
    return _square(args[:1], data)


def _pullback(node: Node, g: Node, i: int) -> Node:
    """Σᵣ (Xᵀ)ʳ G (Xᵀ)ᵏ⁻¹⁻ʳ, each factor of X differentiated in turn."""
    if i == 1:
        raise UnsupportedError(f"{brief(node)}: no derivative with respect to the exponent of a matrix power")
    base, exponent = node.args
    k = exponent.data
    flipped = transpose(base)
    return add(*(matmul(*[flipped] * r, g, *[flipped] * (k - 1 - r)) for r in range(k)))


def is_whole(exponent: Node) -> bool:
    """Is a scalar certainly an integer: integers, dimensions and integer variables, added and multiplied?"""
    below = topological(exponent)
    return len(below) <= _LONGEST and exponent.ndim == 0 and all(_is_whole_part(node) for node in below)


def _is_whole_part(node: Node) -> bool:
    if node.op.is_variable:
        return node.ndim == 0 and "integer" in node.data.assume
    if node.op.name == "number":
        return isinstance(node.data, int)
    return node.op.name in ("dimension", "add", "times")


def matrix_power(a: Any, k: Any) -> Any:
    """`a` to the integer power k: k factors of a; of a⁻¹ if k is negative; I if k = 0.

    k is an integer, or an integer-valued scalar (a variable with assume="integer", a dimension, sums and products).
    """
    convert = Node.hooks["convert"]
    a, k = convert(a), convert(k)
    if a.ndim == 0:
        return power(a, k)
    if a.ndim == 1:
        raise ArgumentError(f"{brief(a)} ^ {brief(k)}: a vector has no matrix power; write .^ for the elementwise one")
    if k.op is not REGISTRY["number"] and is_whole(k):
        _square((a,), None)
        return REGISTRY["matpow_symbol"].make((a, k))
    if k.op is not REGISTRY["number"] or not isinstance(k.data, int):
        raise UnsupportedError(
            f"{brief(a)} ^ {brief(k)}: a matrix power needs an integer as exponent, or a scalar with assume='integer'"
        )
    if abs(k.data) > LARGEST_EXPONENT:
        raise UnsupportedError(f"{brief(a)} ^ {k.data}: exponents of a matrix go up to {LARGEST_EXPONENT}")
    _square((a,), None)
    if k.data == 0:
        return eye(a.shape[0])
    if k.data < 0:
        a, k = INVERSE.make((a,)), convert(-k.data)
    return a if k.data == 1 else MATPOW.make((a, k))


MATPOW = Operation(
    "matpow",
    shape=_shape,
    pullback=_pullback,
    code="np.linalg.matrix_power({0}, {1})",
    explicit=lambda X, k: X**k,
    arity=(2, 2),
    constructor=matrix_power,
    domain=("real", "integer"),
    source="d(Xᵏ) = Σᵣ Xʳ dX Xᵏ⁻¹⁻ʳ; Matrix Cookbook eq. (90)",
)
