"""Matrix products: the cheapest order, and no matrix where a vector will do.

Sums over an axis for products with 𝟏, columns for products with eᵢ, `solve` for a product with an inverse,
`outer` for a column times a row, and dynamic programming over the order of the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

from symcalc.evaluate.terms import Term
from symcalc.evaluate.values import NO_AXES, Array, Basis, Diagonal, Factor, Inverse, Product, flip, flipped
from symcalc.graph.dimensions import ONE
from symcalc.graph.node import SCALAR, is_one

if TYPE_CHECKING:
    from symcalc.evaluate.builder import Builder

#: What a dimension that is a symbol counts when orders are compared.
NOMINAL = 1000.0
#: Longer products of matrices alone are multiplied from the left; the search for an order is cubic in the length.
LONGEST_SEARCH = 24

Piece = Factor


class ChainWriter:
    """Writes matrix products into a builder's terms."""

    def __init__(self, builder: Builder):
        self.builder = builder

    # -- entrances ------------------------------------------------------------------------------
    def write(self, product: Product) -> Array:
        """A scaled matrix product as an array."""
        product = self.normalised(product)
        scalars, left, right = self._evaluated(list(product.chain))
        over = (*product.over, *scalars)
        make = self.builder.multiply
        if left is None or right is None:
            body = left if left is not None else right
            over = over if body is None else (*over, replace(body, shape=product.shape))
            return make(product.coefficient, over, product.under, product.shape)
        if left.axes == NO_AXES or right.axes == NO_AXES:  # a column or row of ones: the other one, repeated
            both = [replace(array, shape=product.shape) for array in (left, right)]
            return make(product.coefficient, (*over, *both), product.under, product.shape)
        scaled = make(product.coefficient, (*over, left), product.under, left.shape)
        term = self.builder.apply("np.outer({0}, {1})", scaled.term, right.term, rank=2)
        return Array(term, product.shape, (True, True))

    def trace(self, product: Product) -> Product:
        """tr(scaled matrix product), without forming the product where two factors or a vector allow it."""
        product = self.normalised(product)
        factors = list(product.chain)
        cut = _first_cut(factors)
        if cut:  # tr(a bᵀ) = bᵀ a
            scalars, _, _ = self._evaluated(factors[cut:] + factors[:cut])
            return replace(product, chain=(), over=(*product.over, *scalars), shape=SCALAR)
        term = self._trace_of_two(*self._halves(factors)) if len(factors) > 1 else self._trace_of_one(factors[0])
        return replace(product, chain=(), over=(*product.over, Array(term, SCALAR, NO_AXES)), shape=SCALAR)

    def diagonal(self, product: Product) -> Product:
        """The diagonal of a scaled matrix product, as a column."""
        product = self.normalised(product)
        factors = list(product.chain)
        column = (product.shape[0], ONE)
        if _first_cut(factors):
            scalars, left, right = self._evaluated(factors)
            assert left is not None
            assert right is not None
            entries = [replace(left, shape=column), Array(right.term, column, (right.axes[1], False))]
            return replace(product, chain=(), over=(*product.over, *scalars, *entries), shape=column)
        if len(factors) == 1:
            matrix = self.builder.full(self.builder.force(factors[0]))
            term = self.builder.apply("np.diag({0})", matrix, rank=1)
        else:
            left_term, right_term = self._halves_as_terms(factors)
            term = self.builder.table.make("{0} * {1}", left_term, self._turned(right_term), rank=2)
            term = self.builder.table.make(self.builder.backend.sum_over(1), term, rank=1)
        return replace(product, chain=(), over=(*product.over, Array(term, column, (True, False))), shape=column)

    # -- the pieces -----------------------------------------------------------------------------
    def normalised(self, product: Product) -> Product:
        """Scalars taken out in front, constant arrays as numbers times columns and rows of ones."""
        over: list[Array] = list(product.over)
        pieces: list[Piece] = []
        for factor in product.chain:
            rows, cols = factor.shape
            if isinstance(factor, Diagonal) and factor.entries.axes == NO_AXES:
                if factor.entries.term.template != "1":
                    over.append(replace(factor.entries, shape=SCALAR))
                factor = replace(factor, entries=self.builder.number(1, factor.entries.shape))
                pieces.append(factor)
            elif not isinstance(factor, Array):
                pieces.append(factor)
            elif is_one(rows) and is_one(cols):
                over.append(factor)
            elif factor.is_full:
                pieces.append(factor)
            else:
                pieces.extend(self._split(factor, over))
        kept = [piece for piece in pieces if not isinstance(piece, Diagonal) or piece.entries.axes != NO_AXES]
        return replace(product, over=tuple(over), chain=tuple(kept or pieces[:1]))

    def _split(self, factor: Array, over: list[Array]) -> list[Array]:
        """An array that is constant along an axis: `c 𝟏 𝟏ᵀ`, `v 𝟏ᵀ`, `𝟏 vᵀ`, `c 𝟏`."""
        rows, cols = factor.shape
        if factor.axes == NO_AXES and factor.term.template != "1":
            over.append(replace(factor, shape=SCALAR))
        column: Array = self.builder.number(1, (rows, ONE))
        row: Array = self.builder.number(1, (ONE, cols))
        if factor.axes[0]:
            column = Array(factor.term, (rows, ONE), (True, False))
        if factor.axes[1]:
            row = Array(factor.term, (ONE, cols), (False, True))
        return [column] if is_one(cols) else [row] if is_one(rows) else [column, row]

    def _evaluated(self, factors: list[Piece]) -> tuple[list[Array], Array | None, Array | None]:
        """The scalars in the product, and what is left: a column, a row, both, or (as the first) a matrix."""
        scalars: list[Array] = []
        left: Array | None = None
        right: Array | None = None
        for part in _segments(factors):
            rows, cols = part[0].shape[0], part[-1].shape[1]
            if is_one(rows) and is_one(cols):
                scalars.append(self._scalar(part))
            elif is_one(cols):
                left = self._plain(self._column(part))
            elif is_one(rows):
                turned = self._plain(self._column([self._flip(factor) for factor in reversed(part)]))
                right = Array(turned.term, flipped(turned.shape), (False, turned.axes[0]))
            else:
                left = self.builder.force(self._matrix(part))
        return scalars, left, right

    def _flip(self, factor: Piece) -> Piece:
        result: Any = flip(factor, self.builder.table)
        return result

    def _plain(self, value: Piece) -> Array:
        return self.builder.force(value)

    # -- vectors --------------------------------------------------------------------------------
    def _column(self, part: Sequence[Piece]) -> Array | Basis:
        """Matrices times a column at the end, multiplied from the right."""
        vector: Any = part[-1]
        for factor in reversed(part[:-1]):
            vector = self._on_column(factor, vector)
        return vector

    def _on_column(self, factor: Piece, vector: Array | Basis) -> Array:
        """One matrix times one column."""
        shape = (factor.shape[0], ONE)
        table = self.builder.table
        if isinstance(factor, Diagonal):
            entries = replace(factor.entries, shape=shape)
            return self.builder.multiply(Fraction(1), (entries, self._plain(vector)), (), shape)
        if isinstance(factor, Inverse):
            term = self._solve(factor.matrix.term, self.builder.full(self._plain(vector)))
            return Array(term, shape, (True, False))
        assert isinstance(factor, Array)
        turned = factor.term.template == "{0}.T"
        if isinstance(vector, Basis):
            base, template = (factor.term.args[0], "{0}[{1}]") if turned else (factor.term, "{0}[:, {1}]")
            term = table.make(template, base, vector.index, rank=1, view=True)
        elif vector.axes == NO_AXES:
            base, axis = (factor.term.args[0], 0) if turned else (factor.term, 1)
            term = table.make(self.builder.backend.sum_over(axis), base, rank=1)
        else:
            term = table.make("{0} @ {1}", factor.term, vector.term, rank=1)
        return Array(term, shape, (True, False))

    def _known(self, factor: Piece, vector: Array | Basis) -> bool:
        """Was this product written already?"""
        if not isinstance(factor, Array) or not isinstance(vector, Array) or vector.axes == NO_AXES:
            return False
        return self.builder.table.find("{0} @ {1}", factor.term, vector.term) is not None

    def _scalar(self, part: list[Piece]) -> Array:
        """A row times matrices times a column: from the side whose products exist already, else from the right."""
        if len(part) == 1:
            return Array(self._plain(part[0]).term, SCALAR, NO_AXES)
        left: Any = self._flip(part[0])
        right: Any = part[-1]
        middle = part[1:-1]
        while middle:
            from_left = self._flip(middle[0])
            prefers_left = isinstance(left, Basis) and not isinstance(right, Basis)
            if (self._known(from_left, left) or prefers_left) and not self._known(middle[-1], right):
                left, middle = self._on_column(from_left, left), middle[1:]
            else:
                right = self._on_column(middle.pop(), right)
        return Array(self._dot(left, right), SCALAR, NO_AXES)

    def _dot(self, a: Array | Basis, b: Array | Basis) -> Term:
        """The inner product of two columns."""
        table = self.builder.table
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Basis):
                array = self._plain(other)
                if array.axes == NO_AXES:
                    return array.term
                if array.term.template == "{0}[:, {1}]":  # an entry of a column: X[i, j]
                    matrix, column = array.term.args
                    return table.make("{0}[{1}, {2}]", matrix, one.index, column, rank=0, view=True)
                return table.make("{0}[{1}]", array.term, one.index, rank=0, view=True)
        assert isinstance(a, Array)
        assert isinstance(b, Array)
        if a.axes == NO_AXES and b.axes == NO_AXES:
            return self.builder.size(a.shape[0])
        if a.axes == NO_AXES or b.axes == NO_AXES:
            return self.builder.apply("np.sum({0})", b.term if a.axes == NO_AXES else a.term, rank=0)
        if table.find("{0} @ {1}", b.term, a.term) is not None:
            a, b = b, a
        return table.make("{0} @ {1}", a.term, b.term, rank=0)

    # -- matrices -------------------------------------------------------------------------------
    def _matrix(self, part: Sequence[Piece]) -> Piece:
        """A product of matrices in the cheapest order."""
        if len(part) > LONGEST_SEARCH:
            return reduce(self._pair, part)
        split = cheapest_splits(part)
        # Post-order over the tree of splits, with a stack of finished pieces.
        done: list[Piece] = []
        todo: list[tuple[int, int, bool]] = [(0, len(part) - 1, False)]
        while todo:
            i, j, ready = todo.pop()
            if i == j:
                done.append(part[i])
            elif ready:
                right = done.pop()
                done.append(self._pair(done.pop(), right))
            else:
                k = split[i, j]
                todo += [(i, j, True), (k + 1, j, False), (i, k, False)]
        return done[0]

    def _pair(self, a: Piece, b: Piece) -> Piece:
        """Two matrices multiplied."""
        shape = (a.shape[0], b.shape[1])
        if isinstance(a, Diagonal) and isinstance(b, Diagonal):
            return Diagonal(self.builder.multiply(Fraction(1), (a.entries, b.entries), (), a.entries.shape), shape)
        if isinstance(a, Inverse) and not isinstance(b, Diagonal):
            return Array(self._solve(a.matrix.term, self._plain(b).term), shape, (True, True))
        if isinstance(b, Inverse) and not isinstance(a, Diagonal):
            turned = self._solve(self._turned(b.matrix.term), self._turned(self._plain(a).term))
            return Array(self._turned(turned), shape, (True, True))
        if isinstance(a, Diagonal):
            return self._scaled_lines(replace(a.entries, shape=shape), b, shape)
        if isinstance(b, Diagonal):
            return self._scaled_lines(Array(b.entries.term, shape, (False, True)), a, shape)
        term = self.builder.table.make("{0} @ {1}", self._plain(a).term, self._plain(b).term, rank=2)
        return Array(term, shape, (True, True))

    def _scaled_lines(self, entries: Array, matrix: Piece, shape: Any) -> Array:
        """diag(v) A scales the rows of A, A diag(v) the columns."""
        return self.builder.multiply(Fraction(1), (entries, self._plain(matrix)), (), shape)

    def _solve(self, matrix: Term, right: Term) -> Term:
        return self.builder.apply("np.linalg.solve({0}, {1})", matrix, right, rank=right.rank)

    def _turned(self, term: Term) -> Term:
        return self.builder.table.transpose(term)

    # -- traces ---------------------------------------------------------------------------------
    def _halves(self, factors: list[Piece]) -> tuple[Piece, Piece]:
        """The product in two parts, the last multiplication left undone."""
        k = len(factors) // 2
        if len(factors) <= LONGEST_SEARCH:
            k = cheapest_splits(factors)[0, len(factors) - 1] + 1
        return self._matrix(factors[:k]), self._matrix(factors[k:])

    def _halves_as_terms(self, factors: list[Piece]) -> tuple[Term, Term]:
        left, right = self._halves(factors)
        return self.builder.full(self._plain(left)), self.builder.full(self._plain(right))

    def _trace_of_one(self, factor: Piece) -> Term:
        if isinstance(factor, Diagonal):
            entries = factor.entries
            if entries.axes == NO_AXES:
                return self.builder.size(factor.shape[0])
            return self.builder.apply("np.sum({0})", entries.term, rank=0)
        return self.builder.apply("np.trace({0})", self._plain(factor).term, rank=0)

    def _trace_of_two(self, a: Piece, b: Piece) -> Term:
        """tr(AB) = Σ A ∘ Bᵀ: the product itself is not needed."""
        if isinstance(a, (Diagonal, Inverse)) or isinstance(b, (Diagonal, Inverse)):
            return self._trace_of_special(a, b)
        left, right = self._plain(a).term, self._turned(self._plain(b).term)
        both = self.builder.table.make("{0} * {1}", left, right, rank=2)
        return self.builder.apply("np.sum({0})", both, rank=0)

    def _trace_of_special(self, a: Piece, b: Piece) -> Term:
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Diagonal) and isinstance(other, Array):
                on_diagonal = self.builder.apply("np.diag({0})", other.term, rank=1)
                return self.builder.table.make("{0} @ {1}", one.entries.term, on_diagonal, rank=0)
        return self._trace_of_one(self._pair(a, b))


def _first_cut(factors: Sequence[Piece]) -> int:
    """The number of factors before the first inner dimension that is 1 (0 if there is none)."""
    return next((k + 1 for k, factor in enumerate(factors[:-1]) if is_one(factor.shape[1])), 0)


def _segments(factors: list[Piece]) -> list[list[Piece]]:
    """The product cut wherever an inner dimension is 1."""
    parts: list[list[Piece]] = [[]]
    for factor in factors:
        parts[-1].append(factor)
        if is_one(factor.shape[1]):
            parts.append([])
    return [part for part in parts if part]


def nominal(size: Any) -> float:
    """A dimension as a number to compare costs by; symbols count as large."""
    return float(size.subs(dict.fromkeys(size.free_symbols, NOMINAL)))


def cheapest_splits(part: Sequence[Piece]) -> dict[tuple[int, int], int]:
    """For each interval of factors, after which factor to cut it so that the multiplications cost least."""
    count = len(part)
    sizes = [nominal(part[0].shape[0]), *(nominal(factor.shape[1]) for factor in part)]
    diagonal = [isinstance(factor, Diagonal) for factor in part]
    cost = {(i, i): 0.0 for i in range(count)}
    split: dict[tuple[int, int], int] = {}
    for width in range(1, count):
        for i in range(count - width):
            j = i + width
            choices = []
            for k in range(i, j):
                inner = 1.0 if (i == k and diagonal[i]) or (k + 1 == j and diagonal[j]) else sizes[k + 1]
                choices.append((cost[i, k] + cost[k + 1, j] + sizes[i] * inner * sizes[j + 1], -k))
            cost[i, j], best = min(choices)
            split[i, j] = -best
    return split
