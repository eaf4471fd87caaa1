"""What a node is to the code generator before it is written: an array, or a form that is cheaper not to write out.

Every value has a two-dimensional `shape`; vectors are 1-D in code, whichever way they lie.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from symcalc.evaluate.terms import Term, TermTable
from symcalc.graph.dimensions import Shape
from symcalc.graph.node import is_one

#: Which of its axes (rows, columns) an array really has; it is constant along the others.
#: An array of rank 3 or 4 has all of its axes.
Axes = tuple[bool, ...]
NO_AXES: Axes = (False, False)


@dataclass(frozen=True, slots=True)
class Array:
    """Entries given by a term.  Along an axis that is not in `axes` they are constant and the term lacks it:
    a vector of ones is the number 1 without axes, `1 vᵀ` is `v` with the column axis alone."""

    term: Term
    shape: Shape
    axes: Axes

    @property
    def is_full(self) -> bool:
        """Does the term have every axis of the shape?"""
        return self.axes == natural_axes(self.shape)


@dataclass(frozen=True, slots=True)
class Diagonal:
    """diag(entries); the identity has the entries 1."""

    entries: Array
    shape: Shape


@dataclass(frozen=True, slots=True)
class Inverse:
    """The inverse of a matrix, used once: a product with it solves equations instead."""

    matrix: Array
    shape: Shape


@dataclass(frozen=True, slots=True)
class Basis:
    """The unit vector eᵢ, a column or a row."""

    index: Term
    shape: Shape


Factor = Array | Diagonal | Inverse | Basis


@dataclass(frozen=True, slots=True)
class Product:
    """coefficient · (over, entry by entry) / (under) · (chain, a matrix product).
    With a chain, `over` and `under` hold scalars only."""

    shape: Shape
    coefficient: Fraction = Fraction(1)
    over: tuple[Array, ...] = ()
    under: tuple[Array, ...] = ()
    chain: tuple[Factor, ...] = ()

    @property
    def is_number(self) -> bool:
        """A number, in every entry."""
        return not (self.over or self.under or self.chain)


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of arrays, each with its sign (+1 or −1)."""

    shape: Shape
    parts: tuple[tuple[int, Array], ...]


Value = Factor | Product | Sum


def natural_axes(shape: tuple[Any, ...]) -> Axes:
    """The axes an array of this shape has in code."""
    if len(shape) > 2:
        return (True,) * len(shape)
    return not is_one(shape[0]), not is_one(shape[1])


def union(parts: list[Axes]) -> Axes:
    """The axes of an entrywise combination."""
    longest = max(parts, key=len)
    return longest if len(longest) > 2 else (any(axes[0] for axes in parts), any(axes[1] for axes in parts))


def flipped(shape: Shape) -> Shape:
    """The shape of the transpose."""
    return shape[1], shape[0]


def flip(value: Value, table: TermTable) -> Value | None:
    """The transpose, without writing anything but `.T`; None where the value must be written out first."""
    shape = flipped(value.shape)
    if isinstance(value, Array):
        return Array(table.transpose(value.term), shape, (value.axes[1], value.axes[0]))
    if isinstance(value, Inverse):
        matrix = flip(value.matrix, table)
        assert isinstance(matrix, Array)
        return Inverse(matrix, shape)
    if isinstance(value, (Diagonal, Basis)):
        return replace(value, shape=shape)
    arrays = [*value.over, *value.under] if isinstance(value, Product) else [array for _, array in value.parts]
    if any(array.term.rank == 2 for array in arrays):
        return None
    if isinstance(value, Sum):
        return Sum(shape, tuple((sign, _flip_array(array, table)) for sign, array in value.parts))
    return Product(
        shape,
        value.coefficient,
        tuple(_flip_array(array, table) for array in value.over),
        tuple(_flip_array(array, table) for array in value.under),
        tuple(_flip_factor(factor, table) for factor in reversed(value.chain)),
    )


def _flip_array(array: Array, table: TermTable) -> Array:
    result = flip(array, table)
    assert isinstance(result, Array)
    return result


def _flip_factor(factor: Factor, table: TermTable) -> Factor:
    result = flip(factor, table)
    assert result is not None
    assert not isinstance(result, (Product, Sum))
    return result
