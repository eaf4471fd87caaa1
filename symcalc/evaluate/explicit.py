"""Expressions written out entry by entry, as SymPy matrices: for small sizes, and as an independent check."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import sympy
from sympy import ImmutableDenseMatrix as Matrix

from symcalc.errors import ShapeError, UnsupportedError
from symcalc.graph.dimensions import representative
from symcalc.graph.node import Node
from symcalc.graph.transform import expanded
from symcalc.graph.walk import fold
from symcalc.operations.describe import brief
from symcalc.operations.structure.block import block_explicit


def as_explicit(node: Node) -> Any:
    """The entries of an expression: a SymPy matrix, a SymPy scalar, or a SymPy array of rank 3 or 4.

    A variable `X` has the entries of `sympy.MatrixSymbol("X", rows, cols)`, a scalar variable is a `Symbol`.
    Every dimension must be a number (put sizes in with `subs`); `ShapeError` names the first that is not.
    """
    (whole,) = expanded([node])
    return fold([whole], _entries)[whole]


def entry(node: Node, i: Any, j: Any) -> Any:
    """One entry as a SymPy scalar; of a variable also at symbolic places and sizes."""
    if node.op.is_variable and node.ndim:
        return sympy.MatrixSymbol(node.data.name, *node.shape)[i, j]
    value = as_explicit(node)
    return value[i, j] if node.ndim else value


def _sizes(node: Node) -> tuple[int, ...]:
    sizes = [representative(size) for size in node.shape]
    for size in sizes:
        if not size.is_Integer:
            raise ShapeError(
                f"{brief(node)} cannot be written out: its size {size} is not a number. "
                f"Put one in first: .subs({{{', '.join(f'{s}: 3' for s in sorted(map(str, size.free_symbols)))}}})"
            )
    return tuple(map(int, sizes))


def _entries(node: Node, operands: list[Any]) -> Any:
    sizes = _sizes(node)
    rule = _RULES.get(node.op.name)
    if rule is not None:
        value = rule(node, operands)
    elif node.op.explicit is None:
        raise UnsupportedError(f"{node.op.name} cannot be written out entry by entry")
    elif node.op.elementwise:
        value = _entrywise(node, operands, node.op.explicit)
    else:
        value = node.op.explicit(*map(_as_matrix, operands) if node.op.name in _OF_MATRICES else operands)
    if not node.ndim:
        return value[0, 0] if isinstance(value, sympy.MatrixBase) else sympy.sympify(value)
    return value if getattr(value, "shape", None) == sizes else Matrix(*sizes, list(value))


#: Operations that need a matrix, also of one that shrank to 1×1 when sizes were put in.
_OF_MATRICES = {"det", "logdet", "inv", "diag", "diagonal"}


def _as_matrix(value: Any) -> Any:
    return value if isinstance(value, sympy.MatrixBase) else Matrix(1, 1, [value])


def _entrywise(node: Node, operands: list[Any], function: Callable[..., Any]) -> Any:
    """`function` of the entries at each place; a scalar operand stands at every place."""
    if not node.ndim:
        return function(*[_at(value, 0, 0) for value in operands])
    return Matrix(*_sizes(node), lambda i, j: function(*[_at(value, i, j) for value in operands]))


def _at(value: Any, i: int, j: int) -> Any:
    return value[i, j] if isinstance(value, sympy.MatrixBase) else value


def _variable(node: Node, operands: list[Any]) -> Any:
    if not node.ndim:
        return sympy.Symbol(node.data.name)
    return Matrix(sympy.MatrixSymbol(node.data.name, *_sizes(node)).as_explicit())


def _number(node: Node, operands: list[Any]) -> Any:
    return sympy.Rational(node.data.numerator, node.data.denominator)


def _dimension(node: Node, operands: list[Any]) -> Any:
    size = representative(node.data)
    if not size.is_Integer:
        raise ShapeError(f"the size {size} is not a number. Put one in first: .subs({{{size}: 3}})")
    return size


def _basis(node: Node, operands: list[Any]) -> Any:
    (index,) = operands
    return Matrix(_sizes(node)[0], 1, lambda i, j: sympy.KroneckerDelta(index, i))


def _product(node: Node, operands: list[Any]) -> Any:
    value = operands[0]
    for other in operands[1:]:
        value = value * other
    return value


def _recast(node: Node, operands: list[Any]) -> Any:
    return _as_matrix(operands[0])


def _transpose(node: Node, operands: list[Any]) -> Any:
    (value,) = operands
    return value.T if isinstance(value, sympy.MatrixBase) else value


def _power(node: Node, operands: list[Any]) -> Any:
    return _entrywise(node, operands, lambda base, exponent: base**exponent)


def _einsum(node: Node, operands: list[Any]) -> Any:
    """Σ over all indices; a matrix, or a SymPy array of rank 3 or 4."""
    axes = [int(representative(size)) for size in node.data.axes]
    total = dict.fromkeys(itertools.product(*map(range, axes)), sympy.S.Zero)
    for number, places, out in node.data.terms:
        ranges = dict(zip(out, axes, strict=True))
        for where, indices in places:
            ranges.update(zip(indices, _axes(node.args[where], len(indices)), strict=True))
        for values in itertools.product(*map(range, ranges.values())):
            at = dict(zip(ranges, values, strict=True))
            entries = [_entry_at(operands[where], [at[i] for i in indices]) for where, indices in places]
            total[tuple(at[i] for i in out)] += sympy.Mul(number, *entries)
    if len(axes) > 2:
        return sympy.ImmutableDenseNDimArray(list(total.values()), tuple(axes))
    return Matrix(*_sizes(node), list(total.values())) if node.ndim else total[(0,) * len(axes)]


def _axes(node: Node, count: int) -> list[int]:
    """The lengths of an operand's axes if it carries so many indices."""
    sizes = _sizes(node)
    return list(sizes) if count > 1 else [max(sizes)] * count


def _entry_at(value: Any, place: list[int]) -> Any:
    if not isinstance(value, sympy.MatrixBase):
        return value
    if not place:
        return value[0, 0]
    return value[place[0]] if len(place) == 1 else value[tuple(place)]


def _filled(value: int) -> Callable[[Node, list[Any]], Any]:
    return lambda node, operands: Matrix(*_sizes(node), lambda i, j: value)


_RULES: dict[str, Callable[[Node, list[Any]], Any]] = {
    "variable": _variable,
    "number": _number,
    "constant": lambda node, operands: {"pi": sympy.pi, "e": sympy.E}[node.data],
    "dimension": _dimension,
    "ones": _filled(1),
    "zeros": _filled(0),
    "eye": lambda node, operands: Matrix(sympy.eye(_sizes(node)[0])),
    "basis": _basis,
    "add": lambda node, operands: _entrywise(node, operands, lambda *entries: sympy.Add(*entries)),
    "times": lambda node, operands: _entrywise(node, operands, lambda *entries: sympy.Mul(*entries)),
    "power": _power,
    "matmul": _product,
    "blocks": lambda node, operands: block_explicit(node.data, *operands),
    "transpose": _transpose,
    "recast": _recast,
    "einsum": _einsum,
}

Node.hooks.update(explicit=as_explicit, entry=entry)

__all__ = ["as_explicit", "entry"]
