"""Leaves of the graph: variables, numbers, dimensions as numbers, and the constant arrays 1, 0, I and eᵢ."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symcalc.errors import ArgumentError
from symcalc.graph.assumptions import check_assumptions
from symcalc.graph.dimensions import ONE, Shape, check_name, dimension
from symcalc.graph.node import SCALAR, Node, intern, is_one
from symcalc.graph.operation import Notation, Operation


def _no_operands(args: tuple[Node, ...], data: Any) -> Shape:
    return data_shape(data)


def data_shape(data: Any) -> Shape:
    """The shape of a constant array, which is its data."""
    return data


VARIABLE = Operation("variable", shape=lambda args, data: data.shape, arity=(0, 0), is_variable=True)
NUMBER = Operation("number", shape=lambda args, data: SCALAR, arity=(0, 0))
CONSTANT = Operation("constant", shape=lambda args, data: SCALAR, arity=(0, 0))
DIMENSION = Operation("dimension", shape=lambda args, data: SCALAR, arity=(0, 0))
ONES = Operation("ones", shape=_no_operands, arity=(0, 0), notation=Notation(r"\mathbf{1}", "1"))
ZEROS = Operation("zeros", shape=_no_operands, arity=(0, 0), notation=Notation("0", "0"))
IDENTITY = Operation("eye", shape=_no_operands, arity=(0, 0), notation=Notation("I", "I"))
#: eᵢ of length n: one operand, the 0-based index; data is n.
BASIS = Operation("basis", shape=lambda args, data: (data, ONE), arity=(1, 1), source="unit vector")


class Declaration(tuple):
    """What a variable is: its name, its declared shape and rank, and its assumptions."""

    __slots__ = ()

    def __new__(cls, name: str, shape: Shape, ndim: int, assume: frozenset[str]) -> Declaration:
        return super().__new__(cls, (name, shape[0], shape[1], ndim, assume))

    name = property(lambda self: self[0])
    shape = property(lambda self: (self[1], self[2]))
    ndim = property(lambda self: self[3])
    assume = property(lambda self: self[4])

    def __getnewargs__(self) -> tuple:
        return self.name, self.shape, self.ndim, self.assume

    def resized(self, size: Any) -> Declaration:
        """The same variable with `size` applied to both dimensions (for substitution of sizes)."""
        return Declaration(self.name, (size(self[1]), size(self[2])), self.ndim, self.assume)


def _variable(name: str, shape: Shape, ndim: int, assume: object) -> Any:
    name = check_name(name, "variable")
    facts = check_assumptions(name, assume, shape, ndim)
    return intern(VARIABLE, (), Declaration(name, shape, ndim, facts), shape, ndim)


def matrix(name: str, rows: Any, cols: Any, *, assume: str | Iterable[str] = ()) -> Any:
    """A matrix variable of shape rows×cols.

    `rows` and `cols` are dimension symbols, names or positive integers; `assume` is one assumption
    or several (`"symmetric"`, `"spd"`, `"invertible"`, …).  Raises `ArgumentError`.

    >>> matrix("W", "n", "m").shape
    (n, m)
    """
    return _variable(name, (dimension(rows), dimension(cols)), 2, assume)


def vector(name: str, length: Any, *, assume: str | Iterable[str] = ()) -> Any:
    """A column vector variable of the given length (a 1-D array in numbers).

    >>> vector("x", "m").shape
    (m, 1)
    """
    return _variable(name, (dimension(length), ONE), 1, assume)


def scalar(name: str, *, assume: str | Iterable[str] = ()) -> Any:
    """A scalar variable.

    >>> scalar("t").shape
    (1, 1)
    """
    return _variable(name, SCALAR, 0, assume)


def placeholder(name: str, like: Node, assume: frozenset[str] = frozenset()) -> Any:
    """A variable in the shape and rank of `like`, without assumptions unless some are given."""
    return intern(VARIABLE, (), Declaration(name, like.shape, like.ndim, assume), like.shape, like.ndim)


def number(value: int | Fraction) -> Any:
    """An exact rational number as a node."""
    if isinstance(value, Fraction) and value.denominator == 1:
        value = value.numerator
    return intern(NUMBER, (), value, SCALAR, 0)


#: π and e, the constants that have a name.
CONSTANT_VALUES = {"pi": 3.141592653589793, "e": 2.718281828459045}


def constant(name: str) -> Any:
    """π or e by name (`"pi"`, `"e"`)."""
    if name not in CONSTANT_VALUES:
        raise ArgumentError(f"no constant {name!r}; there are {', '.join(CONSTANT_VALUES)}")
    return intern(CONSTANT, (), name, SCALAR, 0)


def dimension_number(size: Any) -> Any:
    """A dimension used as a number, as in `sum(x)/n`."""
    size = dimension(size)
    return number(int(size)) if size.is_Integer else intern(DIMENSION, (), size, SCALAR, 0)


def ones(rows: Any, cols: Any = 1) -> Any:
    """The vector (`ones(n)`) or matrix (`ones(n, m)`) of ones."""
    return _filled(ONES, (dimension(rows), dimension(cols)))


def zeros(rows: Any, cols: Any = 1) -> Any:
    """The zero vector (`zeros(n)`) or matrix (`zeros(n, m)`)."""
    return _filled(ZEROS, (dimension(rows), dimension(cols)))


def eye(size: Any) -> Any:
    """The identity matrix I of the given size."""
    return _filled(IDENTITY, (dimension(size), dimension(size)))


def _filled(op: Operation, shape: Shape) -> Any:
    if is_one(shape[0]) and is_one(shape[1]):
        return number(0 if op is ZEROS else 1)
    return intern(op, (), shape, shape)


def filled_like(op: Operation, node: Node) -> Any:
    """`ones` or `zeros` in the shape of `node`."""
    return _filled(op, node.shape)


def basis(index: Any, length: Any) -> Any:
    """The unit vector eᵢ of the given length; `index` is 0-based, a number or a scalar expression."""
    length = dimension(length)
    position = Node.hooks["convert"](index)
    if position.op is NUMBER:
        value = position.data
        if not isinstance(value, int) or value < 0 or (length.is_Integer and value >= length):
            raise ArgumentError(f"index {value} is outside 0 … {length} − 1")
    return BASIS.make((position,), length)
