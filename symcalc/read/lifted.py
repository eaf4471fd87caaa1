"""Values under a bound index: `sum(i, EXPR)` is read by lifting its body to all i at once.

A value that depends on i is stored for every i together, one rank higher: a scalar as the vector of its values,
a vector as the matrix with one ROW per i.  A matrix that depends on i has no such array; it is kept as the terms it
is a sum of, wᵢ lᵢ rᵢᵀ or wᵢ M, because that is enough to multiply it and to sum it up: Σ wᵢ lᵢ rᵢᵀ = Lᵀ diag(w) R.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from symcalc.errors import ShapeError, UnsupportedError
from symcalc.graph.dimensions import same
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import REGISTRY
from symcalc.operations.arithmetic import add, power, reciprocal, times
from symcalc.operations.describe import brief
from symcalc.operations.leaves import dimension_number, eye, number, ones
from symcalc.operations.products import column, matmul, transpose

#: Terms in which a matrix under an index may be written.
MOST_TERMS = 64


@dataclass(frozen=True, slots=True)
class Axis:
    """A bound index: the sum that binds it, its name, and how many values it takes."""

    owner: int
    name: str
    size: Any


@dataclass(frozen=True, slots=True)
class Index:
    """A bound index itself, as it stands between the brackets of `y(i)`."""

    owner: int
    name: str


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a matrix under an index: weight · left rightᵀ (rows of both), or weight · whole."""

    weight: Node | None
    left: Node | None
    right: Node | None
    whole: Node | None = None


@dataclass(frozen=True, slots=True)
class Lifted:
    """A value for every index of `axes` at once; `kind` says what it is for one index: scalar, column, row, matrix.

    node    scalars: N×1 (or N×M under two indices); columns and rows: N×d, one row per index
    weight  scalars N×1 that multiply the rows of `node`, not multiplied in yet
    terms   the terms of a matrix
    """

    axes: tuple[Axis, ...]
    kind: str
    node: Node | None = None
    weight: Node | None = None
    terms: tuple[Term, ...] = ()


Value = Node | Lifted


def kind_of(value: Value) -> str:
    """scalar, column, row or matrix: what the value is for one index."""
    if isinstance(value, Lifted):
        return value.kind
    if value.ndim == 1:
        return "column" if is_one(value.shape[1]) else "row"
    return "matrix" if value.ndim else "scalar"


def axes_of(*values: Value) -> tuple[Axis, ...]:
    """All indices the values depend on, in order; an index must take the same values everywhere."""
    found: dict[int, Axis] = {}
    for value in values:
        for axis in value.axes if isinstance(value, Lifted) else ():
            found.setdefault(axis.owner, axis)
    return tuple(found.values())


def rows(value: Lifted) -> Node:
    """The N×d matrix of a column or row under one index, its weight multiplied in."""
    assert value.node is not None
    return value.node if value.weight is None else matmul(REGISTRY["diag"](value.weight), value.node)  # type: ignore[operator]


def _column_of_ones(axis: Axis) -> Node:
    return ones(axis.size)


def _refuse(what: str) -> UnsupportedError:
    return UnsupportedError(f"{what} needs an array of rank 3 or more: write the sum with matrix products instead")


# -- entry by entry --------------------------------------------------------------------------------
def elementwise(function: Callable[..., Any], *values: Value) -> Value:
    """An elementwise function of one or several values, some of which depend on an index."""
    axes = axes_of(*values)
    kinds = {kind_of(value) for value in values} - {"scalar"}
    if "matrix" in kinds or len(axes) + bool(kinds) > 2:
        raise _refuse("an elementwise function of a matrix that depends on an index")
    if len(kinds) > 1:
        raise ShapeError("a row and a column cannot be combined entry by entry: transpose one of them")
    if not kinds:
        nodes = [_scalar_over(value, axes) for value in values]
        return Lifted(axes, "scalar", function(*nodes))
    kind = kinds.pop()
    length = next(_length(value) for value in values if kind_of(value) == kind)
    nodes = [_vector_over(value, axes[0], length) for value in values]
    return Lifted(axes, kind, function(*nodes))


def _length(value: Value) -> Any:
    if isinstance(value, Lifted):
        assert value.node is not None
        return value.node.shape[1]
    return value.shape[0] if is_one(value.shape[1]) else value.shape[1]


def _scalar_over(value: Value, axes: tuple[Axis, ...]) -> Node:
    """A scalar as the array over `axes`; a constant stays a scalar, which every function stretches."""
    if not isinstance(value, Lifted):
        return value
    assert value.node is not None
    if len(axes) == len(value.axes):
        return value.node if axes == value.axes else transpose(value.node)
    if value.axes[0] == axes[0]:
        return matmul(value.node, transpose(_column_of_ones(axes[1])))
    return matmul(_column_of_ones(axes[0]), transpose(value.node))


def _vector_over(value: Value, axis: Axis, length: Any) -> Node:
    """A vector as its N×d matrix: the same row N times if it is constant; a constant scalar stays one."""
    if not isinstance(value, Lifted):
        return value if value.ndim == 0 else matmul(_column_of_ones(axis), transpose(column(value)))
    if value.kind != "scalar":
        return rows(value)
    assert value.node is not None
    return matmul(value.node, transpose(ones(length)))


def negate(value: Lifted) -> Lifted:
    """−value."""
    return scale(number(-1), value)


def scale(factor: Value, value: Value) -> Value:
    """A scalar times anything, at least one of them depending on an index."""
    if kind_of(value) == "scalar":
        return elementwise(times, factor, value)
    if not isinstance(factor, Lifted):
        assert isinstance(value, Lifted)
        if value.kind == "matrix":
            return replace(value, terms=tuple(_scaled(term, factor) for term in value.terms))
        if value.weight is not None:
            return replace(value, weight=times(factor, value.weight))
        return replace(value, node=times(factor, value.node))
    if not isinstance(value, Lifted):
        assert factor.node is not None
        if value.ndim == 2:
            return Lifted(_only(factor), "matrix", terms=(Term(factor.node, None, None, value),))
        spread = matmul(_column_of_ones(_only(factor)[0]), transpose(column(value)))
        return Lifted(factor.axes, kind_of(value), spread, factor.node)
    if axes_of(factor, value) != value.axes:
        raise _refuse("a vector or matrix under two indices")
    if value.kind == "matrix":
        return replace(value, terms=tuple(_scaled(term, factor.node) for term in value.terms))
    return replace(value, weight=_product(value.weight, factor.node))


def _only(value: Lifted) -> tuple[Axis, ...]:
    if len(value.axes) > 1:
        raise _refuse("a vector or matrix under two indices")
    return value.axes


def _product(weight: Node | None, factor: Node | None) -> Node | None:
    return factor if weight is None else weight if factor is None else times(weight, factor)


def _scaled(term: Term, factor: Node | None) -> Term:
    if factor is not None and factor.ndim == 0:
        if term.whole is not None:
            return replace(term, whole=times(factor, term.whole))
        return replace(term, left=times(factor, term.left))
    return replace(term, weight=_product(term.weight, factor))


def plus(a: Value, b: Value) -> Value:
    """a + b, at least one of them depending on an index."""
    if "matrix" not in (kind_of(a), kind_of(b)):
        return elementwise(add, a, b)
    if kind_of(a) != kind_of(b):
        raise _refuse("a matrix plus something smaller under an index")
    axes = axes_of(a, b)
    if len(axes) > 1:
        raise _refuse("a matrix under two indices")
    _same_shape(a, b)
    return Lifted(axes, "matrix", terms=(*_terms(a), *_terms(b)))


def _terms(value: Value) -> tuple[Term, ...]:
    return value.terms if isinstance(value, Lifted) else (Term(None, None, None, value),)


def _matrix_shape(value: Value) -> tuple[Any, Any]:
    if not isinstance(value, Lifted):
        return value.shape
    term = value.terms[0]
    if term.whole is not None:
        return term.whole.shape
    assert term.left is not None
    assert term.right is not None
    return term.left.shape[1], term.right.shape[1]


def _same_shape(a: Value, b: Value) -> None:
    (r, c), (p, q) = _matrix_shape(a), _matrix_shape(b)
    if not (same(r, p) and same(c, q)):
        raise ShapeError(f"the terms are {r}×{c} and {p}×{q}: only equal shapes can be added")


def over(a: Value, b: Value) -> Value:
    """a / b by a scalar b, or entry by entry."""
    inverse = elementwise(reciprocal, b) if isinstance(b, Lifted) else reciprocal(b)
    return scale(inverse, a) if kind_of(b) == "scalar" else hadamard(a, inverse)


def hadamard(a: Value, b: Value) -> Value:
    """The elementwise product; a scalar factor multiplies every entry."""
    if kind_of(a) == "scalar":
        return scale(a, b)
    return scale(b, a) if kind_of(b) == "scalar" else elementwise(times, a, b)


# -- matrix products -------------------------------------------------------------------------------
def flip(value: Lifted) -> Lifted:
    """The transpose, for every index."""
    if value.kind == "matrix":
        return replace(value, terms=tuple(_flipped(term) for term in value.terms))
    return replace(value, kind={"row": "column", "column": "row"}.get(value.kind, value.kind))


def _flipped(term: Term) -> Term:
    if term.whole is not None:
        return replace(term, whole=transpose(term.whole))
    return replace(term, left=term.right, right=term.left)


def turn(value: Value) -> Value:
    """The transpose of any value."""
    return flip(value) if isinstance(value, Lifted) else transpose(value)


def product(a: Value, b: Value) -> Value:
    """The matrix product a b, at least one of them depending on an index."""
    left, right = kind_of(a), kind_of(b)
    if left == "scalar":
        return scale(a, b)
    if right == "scalar":
        return scale(b, a)
    if left == "column" and right == "row":
        return _outer(a, b)
    if left == "row" and right == "column":
        return _dot(a, b)
    if left == "column" or right == "row":
        raise ShapeError(f"a {left} times a {right}: transpose one of them, or write .* for the elementwise product")
    if left == "row" and right == "matrix":
        return _row_times_matrix(a, b)
    if left == "matrix" and right == "column":
        return turn(_row_times_matrix(turn(b), turn(a)))
    return _matrix_times_matrix(a, b)


def _outer(a: Value, b: Value) -> Value:
    axes = axes_of(a, b)
    if len(axes) > 1:
        raise _refuse("an outer product under two indices")
    weight = None
    for value in (a, b):
        weight = _product(weight, value.weight if isinstance(value, Lifted) else None)
    return Lifted(axes, "matrix", terms=(Term(weight, _plain_rows(a, axes[0]), _plain_rows(b, axes[0])),))


def _plain_rows(value: Value, axis: Axis) -> Node:
    """The N×d matrix of a vector without its weight."""
    if isinstance(value, Lifted):
        assert value.node is not None
        return value.node
    return matmul(_column_of_ones(axis), transpose(column(value)))


def _dot(a: Value, b: Value) -> Value:
    if not isinstance(a, Lifted):
        a, b = b, a
    assert isinstance(a, Lifted)
    assert a.node is not None
    if not isinstance(b, Lifted):
        inner = matmul(a.node, column(b))
        return Lifted(a.axes, "scalar", inner if a.weight is None else times(a.weight, inner))
    assert b.node is not None
    if a.axes == b.axes:
        inner = _row_sums(times(a.node, b.node))
        weight = _product(a.weight, b.weight)
        return Lifted(a.axes, "scalar", inner if weight is None else times(weight, inner))
    if len(axes_of(a, b)) > 2:
        raise _refuse("a product under three indices")
    return Lifted((*a.axes, *b.axes), "scalar", matmul(rows(a), transpose(rows(b))))


def _row_sums(array: Node) -> Node:
    return matmul(array, ones(array.shape[1]))


def _row_times_matrix(a: Value, b: Value) -> Value:
    """xᵢᵀ B for all i is X B; xᵢᵀ (Σ w l rᵀ) is (xᵢᵀ l) w rᵀ."""
    if not isinstance(b, Lifted):
        assert isinstance(a, Lifted)
        return replace(a, node=matmul(a.node, b))
    parts = []
    for term in b.terms:
        if term.whole is not None:
            part = product(a, term.whole) if isinstance(a, Lifted) else matmul(a, term.whole)
            if not isinstance(part, Lifted):
                part = Lifted(b.axes, "row", _plain_rows(part, b.axes[0]))
        else:
            left = Lifted(b.axes, "column", term.left)
            part = scale(product(a, left), Lifted(b.axes, "row", term.right))
        if term.weight is not None:
            part = scale(Lifted(b.axes, "scalar", term.weight), part)
        parts.append(part)
    total = parts[0]
    for part in parts[1:]:
        total = plus(total, part)
    return total


def _matrix_times_matrix(a: Value, b: Value) -> Value:
    axes = axes_of(a, b)
    if len(axes) > 1:
        raise _refuse("a matrix under two indices")
    if len(_terms(a)) * len(_terms(b)) > MOST_TERMS:
        raise UnsupportedError(f"a product of matrices under an index with more than {MOST_TERMS} terms")
    return Lifted(axes, "matrix", terms=tuple(_term_product(s, t) for s in _terms(a) for t in _terms(b)))


def _term_product(s: Term, t: Term) -> Term:
    weight = _product(s.weight, t.weight)
    if s.whole is not None and t.whole is not None:
        return Term(weight, None, None, matmul(s.whole, t.whole))
    if s.whole is not None:
        return Term(weight, matmul(t.left, transpose(s.whole)), t.right)
    if t.whole is not None:
        return Term(weight, s.left, matmul(s.right, t.whole))
    return Term(_product(weight, _row_sums(times(s.right, t.left))), s.left, t.right)


# -- functions and sums ----------------------------------------------------------------------------
def _norm2(value: Lifted) -> Value:
    return elementwise(REGISTRY["sqrt"], _dot(value, value))


def _per_row(name: str) -> Callable[[Lifted], Value]:
    return lambda value: replace(value, node=REGISTRY[name](rows(value)), weight=None)


def _entry_sum(value: Lifted) -> Value:
    length = ones(_length(value))
    return _dot(value, length)


_OF_A_VECTOR: dict[str, Callable[[Lifted], Value]] = {
    "sum": _entry_sum,
    "mean": lambda value: scale(reciprocal(dimension_number(_length(value))), _entry_sum(value)),
    "norm2": _norm2,
    "norm": _norm2,
    "norm1": lambda value: Lifted(value.axes, "scalar", _row_sums(REGISTRY["abs"](rows(value)))),
    "softmax": _per_row("softmax"),
    "log_softmax": _per_row("log_softmax"),
    "logsumexp": lambda value: Lifted(
        value.axes, "scalar", REGISTRY["log"](_row_sums(REGISTRY["exp"](rows(value))))
    ),
}  # fmt: skip
_OF_TWO: dict[str, Callable[[Value, Value], Value]] = {
    "dot": lambda a, b: product(turn(_upright(a)), _upright(b)),
    "outer": lambda a, b: product(_upright(a), turn(_upright(b))),
    "hadamard": hadamard,
    "divide": over,
}


def _upright(value: Value) -> Value:
    return turn(value) if kind_of(value) == "row" else value


def apply(name: str, function: Callable[..., Any], is_elementwise: bool, values: list[Value]) -> Value:
    """A function of the text language of values that depend on an index."""
    if is_elementwise:
        return elementwise(function, *values)
    if len(values) == 2 and name in _OF_TWO:
        return _OF_TWO[name](*values)
    value = values[0]
    if len(values) == 1 and isinstance(value, Lifted):
        if value.kind == "scalar" and name in ("sum", "mean", "tr", "trace"):
            return value
        if value.kind == "scalar" and name in ("norm1", "norm2", "norm"):
            return elementwise(REGISTRY["abs"], value)
        if value.kind in ("column", "row") and name in _OF_A_VECTOR:
            return _OF_A_VECTOR[name](value)
        if value.kind == "matrix" and name in ("tr", "trace", "sum"):
            return _of_terms(name, value)
    raise UnsupportedError(f"{name} of something that depends on a summation index cannot be written with matrices")


def _of_terms(name: str, value: Lifted) -> Value:
    """The trace or the sum of all entries: tr(l rᵀ) = lᵀr, sum(l rᵀ) = sum(l) sum(r)."""
    parts = []
    for term in value.terms:
        if term.whole is not None:
            part: Value = REGISTRY[name](term.whole)
        elif name == "sum":
            part = Lifted(value.axes, "scalar", times(_row_sums(term.left), _row_sums(term.right)))  # type: ignore[arg-type]
        else:
            part = Lifted(value.axes, "scalar", _row_sums(times(term.left, term.right)))
        if term.weight is not None:
            part = elementwise(times, Lifted(value.axes, "scalar", term.weight), part)
        parts.append(part)
    total = parts[0]
    for part in parts[1:]:
        total = elementwise(add, total, part) if axes_of(total, part) else add(total, part)
    return total


def total(axis: Axis, value: Value) -> Value:
    """Σ over one index."""
    if not isinstance(value, Lifted) or axis not in value.axes:
        return times(dimension_number(axis.size), value) if not isinstance(value, Lifted) else scale(
            dimension_number(axis.size), value
        )  # fmt: skip
    if value.kind == "matrix":
        return _total_of_terms(axis, value)
    assert value.node is not None
    if value.kind != "scalar":
        summed = matmul(transpose(value.node), _column_of_ones(axis) if value.weight is None else value.weight)
        return summed if value.kind == "column" else transpose(summed)
    if len(value.axes) == 1:
        return REGISTRY["sum"](value.node)
    (other,) = [rest for rest in value.axes if rest != axis]
    array = value.node if value.axes[1] == axis else transpose(value.node)
    return Lifted((other,), "scalar", matmul(array, _column_of_ones(axis)))


def _total_of_terms(axis: Axis, value: Lifted) -> Node:
    parts = []
    for term in value.terms:
        if term.whole is not None:
            weight = dimension_number(axis.size) if term.weight is None else REGISTRY["sum"](term.weight)
            parts.append(times(weight, term.whole))
            continue
        assert term.left is not None
        middle = () if term.weight is None else (REGISTRY["diag"](term.weight),)
        parts.append(matmul(transpose(term.left), *middle, term.right))
    return add(*parts) if len(parts) > 1 else parts[0]


# -- indexing --------------------------------------------------------------------------------------
def unit_vectors(index: Axis) -> Lifted:
    """eᵢ for every i: the rows of the identity."""
    return Lifted((index,), "column", eye(index.size))


def take(base: Node, row: Axis | Node | None, col: Axis | Node | None) -> Value:
    """`base` at a row and a column, at least one a bound index; None is all of a side, a node a unit vector."""
    if base.ndim == 1:
        upright = column(base)
        index = row if isinstance(row, Axis) else col
        assert isinstance(index, Axis)
        return Lifted((index,), "scalar", upright)
    if isinstance(row, Axis) and isinstance(col, Axis):
        if row == col:
            return Lifted((row,), "scalar", REGISTRY["diagonal"](base))
        return Lifted((row, col), "scalar", base)
    if isinstance(row, Axis):
        return Lifted((row,), "row", base) if col is None else Lifted((row,), "scalar", matmul(base, col))
    assert isinstance(col, Axis)
    turned = transpose(base)
    return Lifted((col,), "column", turned) if row is None else Lifted((col,), "scalar", matmul(turned, row))


def take_entry(base: Lifted, index: Axis | Node) -> Lifted:
    """An entry of a vector that depends on an index already."""
    if base.kind not in ("column", "row"):
        raise UnsupportedError(f"only a vector that depends on an index can be indexed again, not a {base.kind}")
    if isinstance(index, Axis):
        return Lifted((*base.axes, index), "scalar", rows(base))
    return Lifted(base.axes, "scalar", matmul(rows(base), index))


def raise_to(base: Value, exponent: Value) -> Value:
    """base ^ exponent, entry by entry."""
    return elementwise(power, base, exponent)


def square_power(base: Lifted, exponent: int) -> Value:
    """A positive integer power of a matrix that depends on an index."""
    result: Value = base
    for _ in range(exponent - 1):
        result = product(result, base)
    return result


def text_of(value: Value) -> str:
    """A value for a message."""
    return brief(value) if isinstance(value, Node) else f"a {value.kind} that depends on {value.axes[0].name}"
