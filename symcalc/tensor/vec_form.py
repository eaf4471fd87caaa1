"""Derivatives of rank 3 and 4 as matrices: ∂vec(Y)/∂vec(X)ᵀ with Kronecker products, where that form exists.

vec stacks columns, so entry (i, j) of an n×m matrix is number i + n j: the second index is the slow one, and
`M[j, l] N[i, k]` at row (i, j) and column (k, l) is `M ⊗ N` (Magnus & Neudecker, chapter 2).
"""

from __future__ import annotations

from symcalc.errors import UnsupportedError
from symcalc.graph.node import Node
from symcalc.graph.operation import lookup
from symcalc.identities import simplify
from symcalc.operations.arithmetic import add, times
from symcalc.operations.leaves import IDENTITY
from symcalc.operations.products import matmul, transpose
from symcalc.operations.structure.commutation import commutation
from symcalc.operations.structure.einsum import EINSUM
from symcalc.tensor.graph_from_terms import terms_from_node
from symcalc.tensor.matrix_from_terms import NoMatrixForm, blocks, matrix_from_term
from symcalc.tensor.terms import Index, Indices, Term

Blocks = dict[tuple[Index, ...], Node]


def vec_form(derivative: Node) -> Node:
    """∂vec(Y)/∂vec(X)ᵀ of a derivative of rank 3 or 4, as a matrix of Kronecker products.

    Raises `NoMatrixForm` (an `UnsupportedError`) if more than two axes hang together in some term.
    """
    if derivative.op is not EINSUM or derivative.ndim < 3:
        raise UnsupportedError("vec_form rewrites derivatives of rank 3 and 4; others are matrices already")
    indices = Indices()
    terms = terms_from_node(derivative, indices)
    return simplify(add(*[_kronecker(term, derivative.data.split, indices) for term in terms]))


def _kronecker(term: Term, split: int, indices: Indices) -> Node:
    diagonal = _entrywise(term, split, indices)
    if diagonal is not None:
        return diagonal
    scalars, parts = blocks(term, indices)
    rows, cols = term.out[:split], term.out[split:]
    return times(*scalars, _matrix(rows, cols, parts, indices))


def _entrywise(term: Term, split: int, indices: Indices) -> Node | None:
    """diag(vec(M)), if entry (i, j) of the value depends on entry (i, j) of the variable alone."""
    rows, cols = term.out[:split], term.out[split:]
    if len(rows) != 2 or len(cols) != 2:
        return None
    pairs = {frozenset(pair) for pair in zip(rows, cols, strict=True)}
    deltas = [f for f in term.factors if f.node.op is IDENTITY and frozenset(f.indices) in pairs]
    if len(deltas) != 2:
        return None
    back = dict(zip(cols, rows, strict=True))
    rest = tuple(factor.renamed(back) for factor in term.factors if factor not in deltas)
    if not any(factor.indices for factor in rest):
        return None
    try:
        matrix = matrix_from_term(Term(term.number, rest, rows), indices)
    except NoMatrixForm:
        return None
    return lookup("diag")(lookup("vec")(matrix))


def _matrix(rows: tuple[Index, ...], cols: tuple[Index, ...], parts: Blocks, indices: Indices) -> Node:
    """The block matrix with row index `rows` and column index `cols`, by which axes hang together."""
    within = [out for out in parts if len(out) == 2 and (set(out) <= set(rows) or set(out) <= set(cols))]
    if within:
        return matmul(_vector(rows, parts), transpose(_vector(cols, parts)))
    if len(rows) == 2 and len(cols) == 2:
        (i, j), (k, l) = rows, cols
        if (i, l) in parts or (j, k) in parts:
            turn = commutation(indices.sizes[k], indices.sizes[l])
            return matmul(_kron(_pair(j, k, parts), _pair(i, l, parts)), turn)
        return _kron(_pair(j, l, parts), _pair(i, k, parts))
    if len(cols) == 2:
        (i,), (k, l) = rows, cols
        if (i, l) in parts:
            return _kron(parts[i, l], transpose(parts[(k,)]))
        return _kron(transpose(parts[(l,)]), _pair(i, k, parts))
    (i, j), (k,) = rows, cols
    if (j, k) in parts:
        return _kron(parts[j, k], parts[(i,)])
    return _kron(parts[(j,)], _pair(i, k, parts))


def _pair(i: Index, j: Index, parts: Blocks) -> Node:
    return parts[i, j] if (i, j) in parts else matmul(parts[(i,)], transpose(parts[(j,)]))


def _vector(axes: tuple[Index, ...], parts: Blocks) -> Node:
    """The block on these axes as one column: vec of a matrix, or the Kronecker product of two vectors."""
    if len(axes) == 1:
        return parts[axes]
    i, j = axes
    return lookup("vec")(parts[i, j]) if (i, j) in parts else _kron(parts[(j,)], parts[(i,)])


def _kron(a: Node, b: Node) -> Node:
    return lookup("kron")(a, b)


__all__ = ["NoMatrixForm", "vec_form"]
