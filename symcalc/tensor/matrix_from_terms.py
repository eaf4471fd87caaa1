"""Back from einsum terms to matrix notation: summed indices are eliminated one by one by the products that have names.

Two factors that share a summed index and nothing else are a matrix product, factors on the same indices an
elementwise product, a vector on an index of a matrix scales its rows.  What cannot be written so raises
`NoMatrixForm`; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from symcalc.errors import UnsupportedError
from symcalc.graph.node import Node
from symcalc.identities import simplify
from symcalc.operations.arithmetic import add, times
from symcalc.operations.leaves import IDENTITY, eye, number, ones
from symcalc.operations.products import column, matmul, transpose
from symcalc.operations.structure.diagonal import diag
from symcalc.tensor.terms import Factor, Index, Indices, Term


class NoMatrixForm(UnsupportedError):
    """A product of factors that matrix notation has no name for."""


@dataclass
class _Product:
    """A term being contracted: scalars, one vector per index, matrices by their pair of indices."""

    scalars: list[Node]
    vectors: dict[Index, Node]
    matrices: dict[tuple[Index, Index], Node]
    out: tuple[Index, ...]
    sizes: dict[Index, Any]

    def scale(self, index: Index, vector: Node) -> None:
        known = self.vectors.get(index)
        self.vectors[index] = vector if known is None else times(known, vector)

    def put(self, i: Index, j: Index, matrix: Node) -> None:
        if i == j:
            self.scale(i, diag(matrix))
        elif (j, i) in self.matrices:
            self.matrices[j, i] = times(self.matrices[j, i], transpose(matrix))
        elif (i, j) in self.matrices:
            self.matrices[i, j] = times(self.matrices[i, j], matrix)
        else:
            self.matrices[i, j] = matrix

    def neighbours(self, index: Index) -> list[tuple[Index, Index]]:
        return [pair for pair in self.matrices if index in pair]


def matrix_from_terms(terms: Iterable[Term], axes: tuple[Any, ...], indices: Indices) -> Node:
    """The sum of terms of rank ≤ 2 as a scalar, a column or a matrix; `NoMatrixForm` if one has no such form."""
    parts = [matrix_from_term(term, indices) for term in terms]
    if not parts:
        return ones(*axes) * 0 if axes else number(0)
    return simplify(add(*parts))


def matrix_from_term(term: Term, indices: Indices) -> Node:
    """One term of rank ≤ 2 in matrix notation."""
    return simplify(_contract(term, term.out, indices))


def _product_of(term: Term, indices: Indices) -> _Product:
    product = _Product([number(term.number)], {}, {}, term.out, indices.sizes)
    for factor in term.factors:
        _place(product, factor)
    return product


def _place(product: _Product, factor: Factor) -> None:
    if not factor.indices:
        product.scalars.append(factor.node)
    elif len(factor.indices) == 1:
        product.scale(factor.indices[0], column(factor.node))
    else:
        i, j = factor.indices
        product.put(i, j, factor.node)


def _contract(term: Term, out: tuple[Index, ...], indices: Indices) -> Node:
    product = _product_of(term, indices)
    _eliminate(product, out)
    return times(*product.scalars, _assembled(product, out))


def _eliminate(product: _Product, out: tuple[Index, ...]) -> None:
    """Sum over every index that is not in `out`, cheapest first, until none is left."""
    while True:
        inner = [i for i in _present(product) if i not in out]
        if not inner:
            return
        degree = {i: len(product.neighbours(i)) for i in inner}
        index = min(inner, key=lambda i: (degree[i], i))
        if degree[index] > 2:
            raise NoMatrixForm("an index that three matrices share cannot be summed in matrix notation")
        _sum_over(product, index)


def _present(product: _Product) -> list[Index]:
    pairs = [i for pair in product.matrices for i in pair]
    return list(dict.fromkeys([*product.vectors, *pairs]))


def _sum_over(product: _Product, index: Index) -> None:
    vector = product.vectors.pop(index, None)
    pairs = product.neighbours(index)
    taken = [(_turned_to(product.matrices.pop(pair), pair, index), _other(pair, index)) for pair in pairs]
    if not taken:
        assert vector is not None
        product.scalars.append(_total(vector))
    elif len(taken) == 1:
        matrix, other = taken[0]
        product.scale(other, matmul(transpose(matrix), vector if vector is not None else ones(product.sizes[index])))
    else:
        (left, i), (right, j) = taken
        middle = right if vector is None else matmul(diag(vector), right)
        product.put(i, j, matmul(transpose(left), middle))


def _turned_to(matrix: Node, pair: tuple[Index, Index], first: Index) -> Node:
    """The matrix with `first` as its row index."""
    return matrix if pair[0] == first else transpose(matrix)


def _other(pair: tuple[Index, Index], index: Index) -> Index:
    return pair[1] if pair[0] == index else pair[0]


def _total(vector: Node) -> Node:
    return matmul(transpose(ones(vector.shape[0])), vector)


def _assembled(product: _Product, out: tuple[Index, ...]) -> Node:
    """What is left on the output indices as a scalar, a column or a matrix."""
    if not out:
        return number(1)
    if len(out) == 1:
        return product.vectors.get(out[0], ones(product.sizes[out[0]]))
    i, j = out
    row, col = product.vectors.get(i), product.vectors.get(j)
    found = product.neighbours(i)
    matrix = _turned_to(product.matrices[found[0]], found[0], i) if found else None
    if matrix is None:
        left = row if row is not None else ones(product.sizes[i])
        right = col if col is not None else ones(product.sizes[j])
        return matmul(left, transpose(right))
    if row is not None:
        matrix = matmul(diag(row), matrix)
    return matmul(matrix, diag(col)) if col is not None else matrix


# -- Kronecker form ----------------------------------------------------------------------------


def blocks(term: Term, indices: Indices) -> tuple[list[Node], dict[tuple[Index, ...], Node]]:
    """A term split into its connected parts: scalars, and per group of at most two output indices a column or matrix.

    Raises `NoMatrixForm` if more than two output indices hang together.
    """
    scalars: list[Node] = [number(term.number)]
    result: dict[tuple[Index, ...], Node] = {}
    for factors in _connected(term):
        out = tuple(i for i in term.out if any(i in factor.indices for factor in factors))
        if len(out) > 2:
            raise NoMatrixForm("more than two of the axes hang together")
        part = simplify(_contract(Term(1, tuple(factors), out), out, indices))
        if out:
            result[out] = part
        else:
            scalars.append(part)
    for i in term.out:
        if not any(i in out for out in result):
            result[(i,)] = ones(indices.sizes[i])
    return scalars, result


def _connected(term: Term) -> list[list[Factor]]:
    groups: list[tuple[set[Index], list[Factor]]] = []
    for factor in term.factors:
        touching = [group for group in groups if group[0] & set(factor.indices)]
        merged: tuple[set[Index], list[Factor]] = (set(factor.indices), [factor])
        for group in touching:
            merged = (merged[0] | group[0], [*group[1], *merged[1]])
            groups.remove(group)
        groups.append(merged)
    return [factors for _, factors in groups]


def identity_like(node: Node) -> bool:
    """Is the block a bare Kronecker delta?"""
    return node.op is IDENTITY


__all__ = ["NoMatrixForm", "blocks", "eye", "identity_like", "matrix_from_term", "matrix_from_terms"]
