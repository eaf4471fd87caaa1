"""Anything a user may hand in as an operand, as a node: numbers, SymPy scalars, SymPy matrix expressions."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy
from sympy.core.basic import Basic
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement

from symcalc.errors import ArgumentError, UnsupportedError
from symcalc.graph.dimensions import dimension
from symcalc.graph.node import Node
from symcalc.graph.operation import lookup
from symcalc.graph.walk import topological
from symcalc.operations.arithmetic import Entries, add, power, times
from symcalc.operations.leaves import (
    VARIABLE,
    constant,
    dimension_number,
    eye,
    matrix,
    number,
    ones,
    scalar,
    vector,
    zeros,
)
from symcalc.operations.linalg.inverse import inverse
from symcalc.operations.linalg.matrix_power import matrix_power
from symcalc.operations.products import RECAST, matmul, natural, transpose
from symcalc.operations.unknown import activation


def convert(value: Any) -> Any:
    """`value` as a node of the rank its shape implies; errors name what cannot be converted."""
    if isinstance(value, Node):
        # Only declared ranks can differ from what the shape implies.
        return natural(value) if value.op is VARIABLE or value.op is RECAST else value
    if isinstance(value, Entries):
        return convert(value.node)
    if type(value) is int:
        return number(value)
    if isinstance(value, bool):
        raise ArgumentError(f"{value} is a truth value, not a number")
    if isinstance(value, numbers.Rational):
        return number(Fraction(int(value.numerator), int(value.denominator)))
    if isinstance(value, numbers.Real):
        return number(exact(float(value)))
    if isinstance(value, Basic):
        return _from_sympy(value)
    if isinstance(value, sympy.MatrixBase) or hasattr(value, "__array__") or isinstance(value, (list, tuple)):
        raise UnsupportedError(
            "arrays of numbers cannot stand inside an expression: declare a variable "
            "(sc.matrix, sc.vector) and give its value to lambdify or check_gradient"
        )
    raise ArgumentError(f"{value!r} ({type(value).__name__}) cannot be part of an expression")


def exact(value: float) -> Fraction:
    """A float as the decimal a person wrote: 0.1 is 1/10."""
    if not math.isfinite(value):
        raise ArgumentError(f"{value} cannot be part of an expression")
    return Fraction(repr(value))


def _from_sympy(root: Basic) -> Any:
    made: dict[Basic, Any] = {}
    for item in topological(root):  # type: ignore[arg-type]
        if _is_inner_part(item):
            continue
        made[item] = _convert_one(item, [made[arg] for arg in _operands(item) if arg in made])
    return made[root]


def _is_inner_part(item: Basic) -> bool:
    return isinstance(item, (sympy.core.symbol.Str, sympy.Lambda, sympy.Tuple)) or not isinstance(item, sympy.Expr)


def _operands(item: Basic) -> tuple:
    if isinstance(item, ElementwiseApplyFunction):
        return (item.expr,)
    if isinstance(item, (sympy.MatrixSymbol, sympy.Identity)):
        return ()
    return item.args


def _convert_one(item: Basic, args: list) -> Any:
    if isinstance(item, Node):
        return convert(item)
    for kind, build in _SYMPY:
        if isinstance(item, kind):
            return build(item, args)
    name = _SYMPY_FUNCTIONS.get(type(item).__name__)
    if name is not None:
        return lookup(name)(*args)
    if isinstance(item, sympy.core.function.AppliedUndef):
        return activation(type(item).__name__)(*args)
    raise UnsupportedError(f"{item}: SymPy's {type(item).__name__} has no counterpart in symcalc")


def _symbol(item: sympy.Symbol, args: list) -> Any:
    if item.is_integer and item.is_positive:
        return dimension_number(item)
    facts = [fact for fact in ("positive", "negative") if getattr(item, f"is_{fact}")]
    return scalar(item.name, assume=facts)


def _matrix_symbol(item: sympy.MatrixSymbol, args: list) -> Any:
    rows, cols = item.shape
    return natural(vector(item.name, rows) if cols == 1 else matrix(item.name, rows, cols))


def _entry(item: MatrixElement, args: list) -> Any:
    """`X[i, j]` of a SymPy matrix expression; positions are numbers or symbols."""
    array, *places = args
    keys = [int(place) if place.is_Integer else node for place, node in zip(item.args[1:], places, strict=True)]
    return array[tuple(keys)] if array.ndim else array


def _float(item: sympy.Float, args: list) -> Any:
    return number(exact(float(item)))


def _pow(item: sympy.Pow, args: list) -> Any:
    return matrix_power(*args) if args[0].ndim else power(*args)


def _applyfunc(item: ElementwiseApplyFunction, args: list) -> Any:
    return apply_function(item.function, args[0])


def apply_function(function: Any, operand: Any) -> Any:
    """A symcalc operation, a SymPy function or a one-argument SymPy Lambda, applied to every entry."""
    node = convert(operand)
    if not isinstance(function, (sympy.Lambda, sympy.FunctionClass)):
        return function(node)
    dummy = sympy.Symbol("entry")
    body = function(dummy)
    made: dict[Basic, Any] = {dummy: node}
    for item in topological(body):
        if item not in made and not _is_inner_part(item):
            made[item] = _entrywise(item, [made[arg] for arg in item.args if arg in made])
    return made[body]


def _entrywise(item: Basic, args: list) -> Any:
    if isinstance(item, sympy.Mul):
        return times(*args)
    if isinstance(item, sympy.Pow):
        return power(*args)
    return _convert_one(item, args)


def _constant(name: str) -> Callable[[Any, list], Any]:
    return lambda item, args: constant(name)


_SYMPY: list[tuple[Any, Callable[[Any, list], Any]]] = [
    (sympy.Rational, lambda item, args: number(Fraction(int(item.p), int(item.q)))),
    (sympy.Float, _float),
    (type(sympy.pi), _constant("pi")),
    (type(sympy.E), _constant("e")),
    (sympy.Symbol, _symbol),
    (sympy.MatrixSymbol, _matrix_symbol),
    (MatrixElement, _entry),
    (sympy.Identity, lambda item, args: eye(dimension(item.rows))),
    (sympy.ZeroMatrix, lambda item, args: zeros(*item.shape)),
    (sympy.OneMatrix, lambda item, args: ones(*item.shape)),
    ((sympy.Add, sympy.MatAdd), lambda item, args: add(*args)),
    ((sympy.Mul, sympy.MatMul), lambda item, args: matmul(*args)),
    (sympy.HadamardProduct, lambda item, args: times(*args)),
    (sympy.HadamardPower, lambda item, args: power(*args)),
    ((sympy.Inverse, type(sympy.MatrixSymbol("X", 2, 2).I)), lambda item, args: inverse(args[0])),
    ((sympy.Pow, sympy.MatPow), _pow),
    (sympy.Transpose, lambda item, args: transpose(args[0])),
    (ElementwiseApplyFunction, _applyfunc),
    (sympy.DiagMatrix, lambda item, args: lookup("diag")(args[0])),
    (sympy.DiagonalMatrix, lambda item, args: lookup("diag")(lookup("diag")(args[0]))),
    (sympy.DiagonalOf, lambda item, args: lookup("diag")(args[0])),
]
_SYMPY_FUNCTIONS = {
    "exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh",
    "tanh": "tanh", "atan": "arctan", "Abs": "abs", "sign": "sign", "erf": "erf", "Max": "max", "Min": "min",
    "Trace": "tr", "Determinant": "det", "KroneckerProduct": "kron",
}  # fmt: skip

Node.hooks.update(convert=convert, apply=apply_function)
