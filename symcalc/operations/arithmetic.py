"""Sums, elementwise (Hadamard) products and powers.  Scalars stretch to the shape of the others; nothing else does."""

from __future__ import annotations

from typing import Any

from symcalc.errors import ShapeError
from symcalc.graph.dimensions import Shape, same_shape
from symcalc.graph.node import SCALAR, Node
from symcalc.graph.operation import REGISTRY, Operation
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.leaves import ONES, filled_like, number

ONE = number(1)
MINUS_ONE = number(-1)


def common_shape(what: str, args: tuple[Node, ...]) -> Shape:
    """The shape that all operands share, scalars aside; `ShapeError` names the two that differ."""
    first: Node | None = None
    for arg in args:
        if arg.ndim == 0:
            continue
        if first is None:
            first = arg
        elif arg.shape is not first.shape and not same_shape(arg.shape, first.shape):
            raise ShapeError(_mismatch(what, first, arg))
    return SCALAR if first is None else first.shape


def _mismatch(what: str, a: Node, b: Node) -> str:
    text = f"{brief(a)} {what} {brief(b)}: {has_shape(a)} and {has_shape(b)}"
    if len(a.shape) != len(b.shape):
        return f"{text}; only arrays of one rank are combined entry by entry"
    if same_shape(a.shape, (b.shape[1], b.shape[0])):
        return f"{text}. Did you mean {brief(a)} {what} {brief(b)}.T?"
    pairs = [f"{p} = {q}" for p, q in zip(a.shape, b.shape, strict=True) if p != q]
    return f"{text}. If they are meant to be equal, declare it: {', '.join(pairs)} (dims(..., equal=True))"


def _add_shape(args: tuple[Node, ...], data: Any) -> Shape:
    return common_shape("+", args)


def _add_pullback(node: Node, g: Node, i: int) -> Node:
    # The constructor stretches scalars; a raw sum may hold one as it is.
    return g if node.args[i].ndim or not g.ndim else REGISTRY["sum"](g)


def _times_pullback(node: Node, g: Node, i: int) -> Node:
    others = [arg for k, arg in enumerate(node.args) if k != i]
    if node.args[i].ndim == 0 and node.ndim:
        scalars = [arg for arg in others if arg.ndim == 0]
        arrays = [arg for arg in others if arg.ndim]
        total = inner(g, arrays[0] if len(arrays) == 1 else TIMES.make(tuple(arrays)))
        return TIMES.make((*scalars, total)) if scalars else total
    return TIMES.make((*others, g)) if others else g


def _power_pullback(node: Node, g: Node, i: int) -> Node:
    base, exponent = node.args
    if i == 0:
        slope = times(exponent, power(base, add(exponent, MINUS_ONE)))
    else:
        slope = times(REGISTRY["log"](base), node)
    return stretch_back(node.args[i], g, slope)


ADD = Operation("add", shape=_add_shape, pullback=_add_pullback, arity=(1, None), any_rank=True, source="linearity")
TIMES = Operation(
    "times",
    shape=lambda args, data: common_shape("∘", args),
    pullback=_times_pullback,
    arity=(1, None),
    any_rank=True,
    source="product rule, entry by entry",
)
POWER = Operation(
    "power",
    shape=lambda args, data: common_shape("^", args),
    pullback=_power_pullback,
    arity=(2, 2),
    any_rank=True,
    source="d(x^p) = p x^(p−1) dx + x^p log(x) dp",
)


def add(*args: Any) -> Any:
    """The sum; a scalar operand is stretched to the shape of the others (`1 − h` is `𝟏 − h`)."""
    convert = Node.hooks["convert"]
    terms = tuple([convert(arg) for arg in args])
    shape = common_shape("+", terms)
    if shape is not SCALAR and any(term.ndim == 0 for term in terms):
        like = next(term for term in terms if term.ndim)
        terms = tuple([stretch(term, like) for term in terms if not is_number(term, 0)])
        if len(terms) == 1:
            return terms[0]
    return ADD.make(terms)


def stretch(term: Node, like: Node) -> Any:
    """A scalar as an array of that value in the shape of `like`; arrays are left alone."""
    if term.ndim or not like.ndim:
        return term
    ones = filled_like(ONES, like)
    return ones if is_number(term, 1) else TIMES.make((term, ones))


def times(*args: Any) -> Any:
    """The elementwise (Hadamard) product; scalars multiply every entry."""
    convert = Node.hooks["convert"]
    return TIMES.make(tuple([convert(arg) for arg in args]))


def power(base: Any, exponent: Any) -> Any:
    """The elementwise power `base .^ exponent`."""
    return POWER(base, exponent)


def neg(a: Any) -> Any:
    """−a."""
    node = Node.hooks["convert"](a)
    return number(-node.data) if node.op.name == "number" else TIMES.make((MINUS_ONE, node))


def sub(a: Any, b: Any) -> Any:
    """a − b."""
    return add(a, neg(b))


def reciprocal(a: Any) -> Any:
    """1/a, entry by entry."""
    return power(a, MINUS_ONE)


def is_number(node: Node, value: Any) -> bool:
    """Is the node this very number?"""
    return node.op.name == "number" and node.data == value


def inner(a: Node, b: Node) -> Any:
    """The inner product Σ aᵢⱼ bᵢⱼ of two arrays of one shape: `aᵀb`, or `tr(aᵀb)` for matrices."""
    if a.ndim == 0 or b.ndim == 0:
        array, factor = (a, b) if a.ndim else (b, a)
        return times(factor, REGISTRY["sum"](array)) if array.ndim else times(a, b)
    matmul, transpose = Node.hooks["matmul"], Node.hooks["transpose"]
    if a.ndim == 2:
        return REGISTRY["tr"](matmul(transpose(a), b))
    return matmul(a, transpose(b)) if a.shape[0] == 1 else matmul(transpose(a), b)


def stretch_back(arg: Node, g: Node, slope: Any) -> Any:
    """The pullback g∘slope to an operand, summed up where the operand is a scalar that was stretched."""
    if arg.ndim == 0 and g.ndim:
        return inner(g, slope)
    return times(g, slope)


class Entries:
    """A node whose `*`, `/`, `**` work entry by entry, for writing slopes as one writes scalar calculus."""

    __slots__ = ("node",)

    def __init__(self, node: Any):
        self.node = node

    def __add__(self, other: Any) -> Entries:
        return Entries(add(self, other))

    def __radd__(self, other: Any) -> Entries:
        return Entries(add(other, self))

    def __sub__(self, other: Any) -> Entries:
        return Entries(sub(self, other))

    def __rsub__(self, other: Any) -> Entries:
        return Entries(sub(other, self))

    def __neg__(self) -> Entries:
        return Entries(neg(self))

    def __mul__(self, other: Any) -> Entries:
        return Entries(times(self, other))

    def __rmul__(self, other: Any) -> Entries:
        return Entries(times(other, self))

    def __truediv__(self, other: Any) -> Entries:
        return Entries(times(self, reciprocal(other)))

    def __rtruediv__(self, other: Any) -> Entries:
        return Entries(times(other, reciprocal(self)))

    def __pow__(self, other: Any) -> Entries:
        return Entries(power(self, other))
