"""Dimensions: positive integer SymPy symbols, equal only when they are the same or declared equal."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any

from sympy import Integer, Symbol, sympify
from sympy.core.expr import Expr

from symcalc.errors import ArgumentError

ONE = Integer(1)
#: The dimensions of an expression: rows and columns; three or four of them for derivatives of higher rank.
Shape = tuple[Expr, ...]

# Representative of each declared class of equal dimensions (a union-find without ranks: classes are tiny).
_declared: dict[Expr, Expr] = {}
#: While shapes are inferred from use, this decides whether two dimensions may be the same one.
unifier: ContextVar[Callable[[Expr, Expr], bool] | None] = ContextVar("unifier", default=None)


def check_name(name: object, what: str) -> str:
    """`name` if it can name a variable or a dimension, else an error that says what it must look like."""
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise ArgumentError(
            f"{name!r} cannot name a {what}: use letters, digits and _, starting with a letter, "
            "and no Python keyword ('lam' for 'lambda')"
        )
    return name


def dims(names: str | Iterable[str], *, equal: bool = False) -> Any:
    """Dimension symbols from their names: one symbol, or a tuple of several.

    `names` is a string with spaces or commas between the names, or an iterable of names.
    With `equal=True` the dimensions are declared equal to each other from then on.
    Raises `ArgumentError` for an empty list or a name that is no identifier.

    >>> n, m = dims("n m")
    >>> n.is_integer and n.is_positive
    True
    """
    wanted = names.replace(",", " ").split() if isinstance(names, str) else list(names)
    if not wanted:
        raise ArgumentError("dims needs at least one name, as in dims('n m')")
    symbols = tuple(dimension(name) for name in wanted)
    if equal:
        for other in symbols[1:]:
            declare_equal(symbols[0], other)
    return symbols if len(symbols) > 1 else symbols[0]


def dimension(value: object) -> Expr:
    """A dimension from a name, a positive integer, or a SymPy expression of dimensions."""
    if isinstance(value, str):
        return Symbol(check_name(value, "dimension"), integer=True, positive=True)
    if isinstance(value, (bool, float)):
        raise ArgumentError(f"a dimension is a name, a symbol or a positive integer, not {value!r}")
    size = sympify(value)
    if isinstance(size, Symbol) and not size.is_integer:
        return Symbol(size.name, integer=True, positive=True)
    if not isinstance(size, Expr) or size.is_integer is False or size.is_positive is False:
        raise ArgumentError(f"a dimension is a name, a symbol or a positive integer, not {value!r}")
    return size


def representative(size: Expr) -> Expr:
    """The dimension that stands for all those declared equal to `size`."""
    while size in _declared:
        size = _declared[size]
    if _declared and not size.is_Atom:
        size = size.xreplace({old: representative(old) for old in size.free_symbols if old in _declared})
    return size


def declare_equal(a: object, b: object) -> None:
    """Declare two dimensions equal, from here on and everywhere."""
    left, right = representative(dimension(a)), representative(dimension(b))
    if left == right:
        return
    if left.is_Integer and right.is_Integer:
        raise ArgumentError(f"dimensions {a} and {b} are different numbers and cannot be declared equal")
    if left.is_Integer:
        left, right = right, left
    _declared[left] = right


def same(a: Expr, b: Expr) -> bool:
    """Are two dimensions known to be equal?  (Unknown means no.)"""
    if a is b or a == b:
        return True
    unify = unifier.get()
    if unify is not None:
        return unify(a, b)
    if a.is_Atom and b.is_Atom and not _declared:
        return False
    return bool((representative(a) - representative(b)).expand() == 0)


def same_shape(a: Shape, b: Shape) -> bool:
    """Do two shapes agree in both dimensions?"""
    return a is b or (same(a[0], b[0]) and same(a[1], b[1]))


def shape_text(shape: Shape) -> str:
    """A shape as people say it: `n×m`, `length n`, `row of length m`, `a scalar`."""
    if len(shape) > 2:
        return "×".join(map(str, shape))
    rows, cols = shape
    if rows == 1 and cols == 1:
        return "a scalar"
    if cols == 1:
        return f"a vector of length {rows}"
    if rows == 1:
        return f"a row of length {cols}"
    return f"{rows}×{cols}"
