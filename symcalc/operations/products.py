"""Matrix products, transposes, and the change between a 1-sized array and the vector or scalar it holds."""

from __future__ import annotations

from typing import Any

from sympy import sympify

from symcalc.errors import ArgumentError, ShapeError
from symcalc.graph.dimensions import Shape, same, same_shape
from symcalc.graph.node import SCALAR, Node, intern, is_one, natural_rank
from symcalc.graph.operation import REGISTRY, Macro, Operation
from symcalc.operations.arithmetic import inner, times
from symcalc.operations.describe import brief, has_shape


def _matmul_shape(args: tuple[Node, ...], data: Any) -> Shape:
    for left, right in zip(args, args[1:], strict=False):
        a, b = left.shape[1], right.shape[0]
        if a is not b and not same(a, b):
            raise ShapeError(_mismatch(left, right))
    return args[0].shape[0], args[-1].shape[1]


def _mismatch(left: Node, right: Node) -> str:
    text = f"{brief(left)} @ {brief(right)}: {has_shape(left)} and {has_shape(right)}"
    inner_left, inner_right = left.shape[1], right.shape[0]
    cures = []
    if same(left.shape[0], inner_right):
        cures.append(f"{brief(left)}.T @ {brief(right)}")
    elif left.ndim == 2:
        cures.append(f"{brief(left)}.T @ {brief(right)} (needs {inner_right} = {left.shape[0]})")
    if same(inner_left, right.shape[1]):
        cures.append(f"{brief(left)} @ {brief(right)}.T")
    if same_shape(left.shape, right.shape):
        cures.append(f"hadamard({brief(left)}, {brief(right)}), the elementwise product")
    if not is_one(inner_left) and not is_one(inner_right):
        cures.append(f"dims {inner_left} = {inner_right}")
    return f"{text}. Did you mean {', or '.join(cures)}?" if cures else text


def _matmul_pullback(node: Node, g: Node, i: int) -> Node:
    """G ↦ (left factors)ᵀ G (right factors)ᵀ."""
    before = [transpose(arg) for arg in reversed(node.args[:i])]
    after = [transpose(arg) for arg in reversed(node.args[i + 1 :])]
    if g.ndim:
        return MATMUL.make((*before, g, *after))
    factors = tuple(before + after)
    return times(g, MATMUL.make(factors) if len(factors) > 1 else factors[0])


MATMUL = Operation(
    "matmul",
    shape=_matmul_shape,
    pullback=_matmul_pullback,
    arity=(1, None),
    source="d(AXB) = A dX B; Magnus & Neudecker, Matrix Differential Calculus, ch. 9",
)
TRANSPOSE = Operation(
    "transpose",
    shape=lambda args, data: (args[0].shape[1], args[0].shape[0]),
    pullback=lambda node, g, i: transpose(g),
    source="d(Xᵀ) = (dX)ᵀ",
)
#: The same entries in another rank: a 1×m matrix as a row, a 1×1 matrix as a scalar, and back.  Data: (shape, ndim).
RECAST = Operation(
    "recast",
    shape=lambda args, data: data[0],
    pullback=lambda node, g, i: recast(g, node.args[0].shape, node.args[0].ndim),
    source="a rearrangement",
)


def recast(node: Node, shape: Shape, ndim: int) -> Any:
    """`node` with rank `ndim`; its entries stay as they are."""
    if node.op is RECAST:
        node = node.args[0]
    if node.ndim == ndim:
        return node
    return intern(RECAST, (node,), (shape, ndim), shape, ndim)


def natural(node: Node) -> Any:
    """`node` with the rank its shape implies: 1×1 is a scalar, n×1 a vector, 1×n a row."""
    ndim = natural_rank(node.shape)
    return node if node.ndim == ndim else recast(node, node.shape, ndim)


def transpose(a: Any) -> Any:
    """The transpose; the transpose of a transpose is the operand, of a scalar the scalar."""
    node = Node.hooks["convert"](a)
    if node.op is TRANSPOSE:
        return node.args[0]
    return node if node.ndim == 0 else TRANSPOSE.make((node,))


def matmul(*args: Any) -> Any:
    """The matrix product; scalar factors multiply every entry."""
    convert = Node.hooks["convert"]
    factors = [convert(arg) for arg in args]
    if all(factor.ndim for factor in factors):
        return MATMUL.make(tuple(factors)) if len(factors) > 1 else factors[0]
    scalars = [factor for factor in factors if factor.ndim == 0]
    arrays = [factor for factor in factors if factor.ndim]
    return times(*scalars, matmul(*arrays)) if arrays else times(*scalars)


def mul(a: Any, b: Any) -> Any:
    """`a * b` as SymPy means it: the matrix product, or the multiple by a scalar."""
    return matmul(a, b)


def div(a: Any, b: Any) -> Any:
    """`a / b` by a scalar b."""
    convert = Node.hooks["convert"]
    a, b = convert(a), convert(b)
    if b.ndim:
        raise ShapeError(
            f"{brief(a)} / {brief(b)}: {has_shape(b)}; one divides by a scalar only. "
            "For the elementwise quotient use divide(a, b), for A⁻¹ use inv(A)"
        )
    return times(a, Node.hooks["reciprocal"](b))


def pow_(a: Any, b: Any) -> Any:
    """`a ** b` as SymPy means it: a scalar power, or the integer power of a square matrix."""
    convert = Node.hooks["convert"]
    a, b = convert(a), convert(b)
    if a.ndim == 0 and b.ndim == 0:
        return REGISTRY["power"].make((a, b))
    return REGISTRY["matpow"](a, b)


def _getitem(node: Node, key: Any) -> Any:
    """`x[i]`, `X[i, j]`, `X[i, :]`, `X[:n, n:]`; indices are 0-based numbers or integer-valued scalars.

    A range goes from one dimension or number to another, without a step.
    """
    keys = key if isinstance(key, tuple) else (key,)
    if node.ndim > 2:
        return Node.hooks["part_of_array"](node, keys)
    basis = Node.hooks["basis"]
    everything = slice(None)
    rows, cols = node.shape
    if len(keys) == 1 and node.ndim == 1:
        keys = (keys[0], 0) if is_one(cols) else (0, keys[0])
    elif len(keys) == 1 and node.ndim == 2:
        keys = (keys[0], everything)
    if len(keys) != 2 or node.ndim == 0:
        raise ArgumentError(f"{brief(node)}[…]: {has_shape(node)} and takes {node.ndim} indices")
    if any(isinstance(part, slice) and part != everything for part in keys):
        sides = [_range(node, part, size) for part, size in zip(keys, node.shape, strict=True)]
        node = Node.hooks["submatrix"](node, sides[0][0], sides[1][0], sides[0][1], sides[1][1])
        keys = tuple(everything if isinstance(part, slice) else part for part in keys)
    result = node
    if keys[0] != everything and not is_one(rows):
        result = matmul(transpose(basis(_from_end(keys[0], rows), rows)), result)
    if keys[1] != everything and not is_one(cols):
        result = matmul(result, basis(_from_end(keys[1], cols), cols))
    return result


def _range(node: Node, part: Any, size: Any) -> tuple[Any, Any]:
    """Where a range starts and how long it is; all of the axis for an index, which is taken later."""
    if not isinstance(part, slice):
        return 0, size
    if part.step is not None:
        raise ArgumentError(f"{brief(node)}[…]: a range has no step here; only neighbours can be taken")
    start = sympify(0 if part.start is None else _from_end(part.start, size))
    length = ((size if part.stop is None else sympify(_from_end(part.stop, size))) - start).expand()
    if start.is_negative or length.is_positive is False or (size - start - length).expand().is_negative:
        raise ArgumentError(f"{brief(node)}[…]: {has_shape(node)}, and {part.start}:{part.stop} is no part of it")
    return start, length


def _from_end(index: Any, size: Any) -> Any:
    return size + index if isinstance(index, int) and index < 0 else index


def _outer(a: Any, b: Any) -> Any:
    convert = Node.hooks["convert"]
    return matmul(column(convert(a)), transpose(column(convert(b))))


def column(node: Node) -> Any:
    """A vector as a column, whichever way it lies."""
    if node.ndim == 2:
        raise ShapeError(f"{brief(node)}: a vector is needed, {has_shape(node)}")
    return transpose(node) if node.ndim == 1 and is_one(node.shape[0]) and not is_one(node.shape[1]) else node


def _dot(a: Any, b: Any) -> Any:
    convert = Node.hooks["convert"]
    return inner(column(convert(a)), column(convert(b)))


Macro("outer", _outer, arity=(2, 2), source="a bᵀ", doc="outer(a, b) = a bᵀ of two vectors")
Macro("dot", _dot, arity=(2, 2), source="aᵀ b", doc="dot(a, b) = aᵀb of two vectors")
Macro("hadamard", times, arity=(2, None), source="(a ∘ b)ᵢ = aᵢ bᵢ", doc="the elementwise product")
Macro(
    "divide",
    lambda a, b: times(a, Node.hooks["reciprocal"](b)),
    arity=(2, 2),
    source="(a ⊘ b)ᵢ = aᵢ / bᵢ",
    doc="the elementwise quotient",
)

__all__ = ["MATMUL", "RECAST", "SCALAR", "TRANSPOSE", "div", "matmul", "mul", "natural", "pow_", "recast", "transpose"]
Node.hooks.update(getitem=_getitem)
