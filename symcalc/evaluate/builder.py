"""Writes values as terms: literals, sizes, constant arrays, sums and entrywise products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from sympy import Symbol

from symcalc.evaluate.backends import Backend
from symcalc.evaluate.chain import ChainWriter
from symcalc.evaluate.terms import Term, TermTable
from symcalc.evaluate.values import (
    NO_AXES,
    Array,
    Axes,
    Basis,
    Diagonal,
    Inverse,
    Product,
    Sum,
    Value,
    flip,
    natural_axes,
    union,
)
from symcalc.graph.dimensions import ONE, Shape, representative

#: Longer sums and products are written in several lines: Python's compiler is recursive in the length of a line.
LONGEST = 10
#: The terms added to the running total per line of a longer sum.
PER_LINE = 3
#: Decimals up to this many characters are written as they are; other fractions as a quotient.
_SHORT_DECIMAL = 6


class Builder:
    """Holds the terms of one generated function and writes values into them."""

    def __init__(self, backend: Backend):
        self.backend = backend
        self.table = TermTable()
        self.sizes: dict[Symbol, Term] = {}
        self.chains = ChainWriter(self)

    # -- small pieces ---------------------------------------------------------------------------
    def literal(self, value: int | Fraction) -> Term:
        """A number as source text."""
        return self.table.make(_literal_text(Fraction(value)), rank=0, number=True, view=True)

    def number(self, value: int | Fraction, shape: Shape = (ONE, ONE)) -> Array:
        """A number, or a constant array of it that is not written out."""
        return Array(self.literal(value), shape, NO_AXES)

    def size(self, value: Any) -> Term:
        """A dimension as a Python number: a literal, a name, or arithmetic on names."""
        value = representative(value)
        if value.is_Integer:
            return self.literal(int(value))
        if isinstance(value, Symbol):
            return self._size_name(value)
        symbols = sorted(value.free_symbols, key=str)
        marks = {symbol: Symbol(f"_operand_{k}_") for k, symbol in enumerate(symbols)}
        text = str(value.xreplace(marks)).replace("/", "//")
        for k in range(len(symbols)):
            text = text.replace(f"_operand_{k}_", f"{{{k}}}")
        return self.table.make(text, *map(self._size_name, symbols), rank=0, number=True)

    def _size_name(self, symbol: Symbol) -> Term:
        if symbol not in self.sizes:
            # The template is only a key; the name is chosen when the function is put together.
            self.sizes[symbol] = self.table.make(f"_size_{symbol.name}_", rank=0, number=True, view=True)
        return self.sizes[symbol]

    def apply(self, template: str, *operands: Term, rank: int, **facts: Any) -> Term:
        """A term from a template in NumPy's names."""
        return self.table.make(self.backend.translate(template), *operands, rank=rank, **facts)

    def function(self, template: str, operands: Sequence[Term], rank: int, hint: str) -> Term:
        """A function of arrays; Python numbers among the operands are made arrays where the backend needs it."""
        return self.table.make(template, *map(self.as_array, operands), rank=rank, hint=hint)

    def as_array(self, term: Term) -> Term:
        """A Python number as an array, where the backend's functions take no numbers."""
        wrap = self.backend.as_array()
        return self.table.make(wrap, term, rank=0) if term.number and wrap != "{0}" else term

    def as_float(self, term: Term) -> Term:
        """A whole number written as a float, for functions that know no whole numbers (JAX's erf)."""
        is_whole = term.is_atom and term.number and term.template.lstrip("-").isdigit()
        return self.table.make(f"{term.template}.0", rank=0, number=True, view=True) if is_whole else term

    # -- values to arrays -----------------------------------------------------------------------
    def force(self, value: Value) -> Array:
        """The value as an array term (constant axes are still left out)."""
        if isinstance(value, Array):
            return value
        if isinstance(value, Product):
            return self.force_product(value)
        if isinstance(value, Sum):
            return self.add(value.parts, value.shape)
        if isinstance(value, Inverse):
            return self._inverse(value)
        return self._diagonal(value) if isinstance(value, Diagonal) else self._basis(value)

    def force_product(self, value: Product) -> Array:
        """A product as an array; factors in front of a matrix product go to its smallest part."""
        if value.chain:
            return self.chains.write(value)
        return self.multiply(value.coefficient, value.over, value.under, value.shape)

    def full(self, array: Array) -> Term:
        """The term with every axis of the array's shape, for functions that need to see all entries."""
        natural = natural_axes(array.shape)
        if array.axes == natural:
            return array.term
        sizes = [self.size(size) for size, wanted in zip(array.shape, natural, strict=True) if wanted]
        if array.axes == NO_AXES:
            return self._constant(array.term, sizes)
        if array.axes == (False, True):
            return self.apply("np.tile({0}, ({1}, 1))", array.term, sizes[0], rank=2)
        return self.apply("np.tile({0}, (1, {1}))", self._as_column(array.term), sizes[1], rank=2)

    def _constant(self, entry: Term, sizes: list[Term]) -> Term:
        what = "zeros" if entry.template == "0" else "ones"
        places = ", ".join(f"{{{k}}}" for k in range(len(sizes)))
        template = self.backend.filled(what, places if len(sizes) == 1 else f"({places})")
        ones = self.table.make(template, *sizes, rank=len(sizes))
        if entry.template in ("0", "1"):
            return ones
        return self.table.make("{0} * {1}", entry, ones, rank=len(sizes))

    def _as_column(self, vector: Term) -> Term:
        return self.table.make("{0}[:, None]", vector, rank=2, view=True)

    def aligned(self, array: Array, axes: Axes) -> Term:
        """The term as it must stand beside others whose axes together are `axes`."""
        if array.axes == (True, False) and axes == (True, True):
            return self._as_column(array.term)
        return array.term

    def _diagonal(self, value: Diagonal) -> Array:
        entries, size = value.entries, self.size(value.shape[0])
        if entries.axes == NO_AXES:
            eye = self.table.make(self.backend.filled("eye", "{0}"), size, rank=2)
            term = eye if entries.term.template == "1" else self.table.make("{0} * {1}", entries.term, eye, rank=2)
        else:
            term = self.apply("np.diag({0})", entries.term, rank=2)
        return Array(term, value.shape, (True, True))

    def _basis(self, value: Basis) -> Array:
        size = value.shape[0] if value.shape[1] == ONE else value.shape[1]
        eye = self.table.make(self.backend.filled("eye", "{0}"), self.size(size), rank=2)
        term = self.table.make("{0}[{1}]", eye, value.index, rank=1)
        return Array(term, value.shape, natural_axes(value.shape))

    def _inverse(self, value: Inverse) -> Array:
        term = value.matrix.term
        turned = term.template == "{0}.T"
        inner = term.args[0] if turned else term
        hint = f"{inner.template}_inv" if inner.is_atom else "inverse"
        inverse = self.apply("np.linalg.inv({0})", inner, rank=2, hint=hint)
        return Array(self.table.transpose(inverse) if turned else inverse, value.shape, (True, True))

    def transpose(self, value: Value) -> Value:
        """The transpose of a value."""
        result = flip(value, self.table)
        if result is None:
            result = flip(self.force(value), self.table)
        assert result is not None
        return result

    # -- sums and entrywise products --------------------------------------------------------------
    def add(self, parts: Sequence[tuple[int, Array]], shape: Shape) -> Array:
        """Σ ± arrays, a positive one first."""
        lead = next((k for k, (sign, _) in enumerate(parts) if sign > 0), 0)
        ordered = [parts[lead], *parts[:lead], *parts[lead + 1 :]]
        if len(ordered) <= LONGEST:
            return self._add_few(ordered, shape)
        total = self._add_few(ordered[:PER_LINE], shape, "total")
        for start in range(PER_LINE, len(ordered), PER_LINE):
            total = self._add_few([(1, total), *ordered[start : start + PER_LINE]], shape, "total")
        return total

    def _add_few(self, parts: Sequence[tuple[int, Array]], shape: Shape, hint: str = "") -> Array:
        if len(parts) == 1 and parts[0][0] > 0:
            return Array(parts[0][1].term, shape, parts[0][1].axes)
        axes = union([array.axes for _, array in parts])
        signs = ["" if parts[0][0] > 0 else "-", *(" + " if sign > 0 else " - " for sign, _ in parts[1:])]
        template = "".join(f"{sign}{{{k}}}" for k, sign in enumerate(signs))
        terms = [self.aligned(array, axes) for _, array in parts]
        number = all(term.number for term in terms)
        hint = hint or _sum_hint(terms, parts)
        term = self.table.make(template, *terms, rank=sum(axes), hint=hint, number=number)
        return Array(term, shape, axes)

    def multiply(self, coefficient: Fraction, over: Iterable[Array], under: Iterable[Array], shape: Shape) -> Array:
        """coefficient · over / under, entry by entry: small factors first, so that scalars meet before arrays."""
        over, under = _without_ones(over), _without_ones(under)
        if coefficient == 0:
            return self.number(0, shape)
        if not over and not under:
            return self.number(coefficient, shape)
        above, below = _split_fraction(abs(coefficient))
        if above != 1:
            over.insert(0, self.number(above))
        if below != 1:
            under.insert(0, self.number(below))
        axes = union([array.axes for array in (*over, *under)])
        groups: list[Axes] = [NO_AXES, (True, False), (True, True), (False, True)]
        groups += [axes] * (len(axes) > 2)
        top, bottom = _gathered(over, groups, axes), _gathered(under, groups, axes)
        if not any(bottom) and not any(top):
            term = self.literal(1)
        else:
            term = self._quotient(top, bottom, axes)
        if coefficient < 0:
            term = self.table.make("-{0}", term, rank=term.rank, number=term.number, hint=term.hint)
        return Array(term, shape, axes)

    def _quotient(self, top: list[list[Array]], bottom: list[list[Array]], axes: Axes) -> Term:
        """The groups (scalars, columns, matrices, rows) multiplied up, each group by itself first."""
        result: Term | None = None
        waiting: list[Term] = []
        for over, under in zip(top, bottom, strict=True):
            if not over and not under:
                continue
            own = over[0].axes if over else under[0].axes
            if over:
                factors = [array.term for array in over]
                if own in (axes, NO_AXES):  # one line: a * b * c
                    result = self._times([*([result] if result else []), *factors])
                else:
                    group = self._stand(self._times(factors), own, axes)
                    result = self._times([result, group]) if result else group
            if under:
                divisor = self._stand(self._times([array.term for array in under]), own, axes)
                if result is None:
                    waiting.append(divisor)
                else:
                    result = self._divide(result, divisor)
        for divisor in waiting:
            result = self._divide(result or self.literal(1), divisor)
        assert result is not None
        return result

    def _stand(self, term: Term, own: Axes, axes: Axes) -> Term:
        return self._as_column(term) if own == (True, False) and axes == (True, True) else term

    def _divide(self, a: Term, b: Term) -> Term:
        return self.table.make("{0} / {1}", a, b, rank=max(a.rank, b.rank), number=a.number and b.number)

    def _times(self, terms: list[Term]) -> Term:
        result, rest = terms[:LONGEST], terms[LONGEST:]
        term = self._times_few(result)
        while rest:
            term, rest = self._times_few([term, *rest[: LONGEST - 1]]), rest[LONGEST - 1 :]
        return term

    def _times_few(self, terms: list[Term]) -> Term:
        if len(terms) == 1:
            return terms[0]
        template = " * ".join(f"{{{k}}}" for k in range(len(terms)))
        number = all(term.number for term in terms)
        rank = max(term.rank for term in terms)
        return self.table.make(template, *terms, rank=rank, number=number, hint="d" if rank else "t")


def _without_ones(arrays: Iterable[Array]) -> list[Array]:
    return [array for array in arrays if array.term.template != "1"]


def _gathered(arrays: list[Array], groups: list[Axes], axes: Axes) -> list[list[Array]]:
    return [[array for array in arrays if array.axes == group] for group in groups]


def _split_fraction(value: Fraction) -> tuple[Fraction, Fraction]:
    """A factor above and one below the line: 3/2 is the factor 1.5, 1/n and 2/3 keep their denominators."""
    if value.numerator != 1 and value.denominator != 1 and len(repr(float(value))) <= _SHORT_DECIMAL:
        return value, Fraction(1)
    return Fraction(value.numerator), Fraction(value.denominator)


def _literal_text(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator) if abs(value.numerator) < 2**53 else repr(float(value))
    if len(repr(float(abs(value)))) <= _SHORT_DECIMAL:
        return repr(float(value))
    return f"{value.numerator} / {value.denominator}"


def _sum_hint(terms: list[Term], parts: Sequence[tuple[int, Array]]) -> str:
    if not any(term.template == "{0} @ {1}" for term in terms):
        return "t"
    return "r" if any(sign < 0 for sign, _ in parts) else "z"
