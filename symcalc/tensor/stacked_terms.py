"""The index form of derivatives through vec, Kronecker products, Fréchet derivatives, and along diagonals.

A stacked axis p = o·c + i, an outer index o and an inner one i (of c values), is told apart by two matrices of zeros
and ones: (I ⊗ 𝟏)ₚₒ is 1 where o is the outer index of p, (𝟏 ⊗ I)ₚᵢ where i is the inner one.  With these two every
rearrangement is a sum of products.
"""

from __future__ import annotations

from typing import Any

from symcalc.graph.node import Node
from symcalc.operations.leaves import dimension_number, eye, number, ones, zeros
from symcalc.operations.linalg.exponential import expm
from symcalc.operations.linalg.matrix_power import matrix_power
from symcalc.operations.products import transpose
from symcalc.operations.structure.antidiagonal_map import antidiagonal_map
from symcalc.operations.structure.block import block, submatrix
from symcalc.operations.structure.kron import kron
from symcalc.tensor.terms import Factor, Index, Indices, Term
from symcalc.tensor.terms_from_graph import Made, _axis_indices, _joined, _opens, _uses

#: The index of one side of an array; None along a side of length 1.
Side = Index | None


def _stacked(stack: Index, outer: Index, inner: Index, indices: Indices) -> list[Factor]:
    """The factors that are 1 where `stack` is made of `outer` and `inner`."""
    many, few = indices.sizes[outer], indices.sizes[inner]
    return [
        Factor(kron(eye(many), ones(few)), (stack, outer)),
        Factor(kron(ones(many), eye(few)), (stack, inner)),
    ]


@_opens("vec")
def _vec(node: Node, made: Made, indices: Indices) -> list[Term]:
    result = []
    for term in map(indices.fresh, made[node.args[0]]):
        row, column = term.out
        stack = indices.new(node.shape[0])
        result.append(Term(term.number, (*term.factors, *_stacked(stack, column, row, indices)), (stack,)))
    return result


@_opens("unvec")
def _unvec(node: Node, made: Made, indices: Indices) -> list[Term]:
    terms = [indices.fresh(term) for term in made[node.args[0]]]
    if node.ndim < 2:
        return terms
    result = []
    for term in terms:
        row, column = map(indices.new, node.shape)
        result.append(Term(term.number, (*term.factors, *_stacked(term.out[0], column, row, indices)), (row, column)))
    return result


# -- Kronecker products and their adjoints ------------------------------------------------------------


def _sides(node: Node, term: Term) -> list[Side]:
    return _axis_indices(node, term.out)


@_opens("kron")
def _kron(node: Node, made: Made, indices: Indices) -> list[Term]:
    """Each axis of A ⊗ B is that of A and that of B, stacked."""
    result = []
    for parts in _uses(node, made, indices):
        factors: list[Factor] = []
        out: list[Side] = []
        outers, inners = (_sides(arg, part) for arg, part in zip(node.args, parts, strict=True))
        for outer, inner, size in zip(outers, inners, node.shape, strict=True):
            stack = inner if outer is None else outer
            if outer is not None and inner is not None:
                stack = indices.new(size)
                factors += _stacked(stack, outer, inner, indices)
            out.append(stack)
        result.append(_with(parts, factors, out))
    return result


@_opens("kron_left", "kron_right")
def _blocks_weighted(node: Node, made: Made, indices: Indices) -> list[Term]:
    """Each axis of G is stacked of one of the other operand's, which is summed over, and one of the result's."""
    keeps_outer = node.op.name == "kron_left"
    result = []
    for parts in _uses(node, made, indices):
        factors: list[Factor] = []
        out: list[Side] = []
        stacks, others = (_sides(arg, part) for arg, part in zip(node.args, parts, strict=True))
        for stack, other, size, literal in zip(stacks, others, node.shape, _literal_ones(node), strict=True):
            if literal:
                kept = None
                if stack is not None and other is not None:
                    factors.append(Factor(eye(indices.sizes[stack]), (stack, other)))
            elif other is None:
                kept = stack
            else:
                kept = indices.new(size)
                assert stack is not None
                factors += _stacked(stack, *((kept, other) if keeps_outer else (other, kept)), indices)
            out.append(kept)
        result.append(_with(parts, factors, out))
    return result


def _literal_ones(node: Node) -> list[bool]:
    """Which sides of an array carry no index."""
    return [side is None for side in _axis_indices(node, tuple(range(node.ndim)))]


def _with(parts: list[Term], factors: list[Factor], out: list[Side]) -> Term:
    joined = _joined(parts, tuple(side for side in out if side is not None))
    return Term(joined.number, (*joined.factors, *factors), joined.out)


# -- Fréchet derivatives -------------------------------------------------------------------------------


@_opens("expm_frechet", "matpow_frechet")
def _frechet(node: Node, made: Made, indices: Indices) -> list[Term]:
    """L(A, E) is linear in E: vec L(A, E) = K vec(E), with K a part of the function of [I ⊗ A, I; 0, Aᵀ ⊗ I]."""
    at, direction, *exponent = node.args
    matrix = _kronecker_form(at, *exponent)
    result = []
    for term in map(indices.fresh, made.get(direction, [])):
        row, column = term.out
        new_row, new_column = map(indices.new, node.shape)
        stack, new_stack = indices.new(matrix.shape[1]), indices.new(matrix.shape[0])
        factors = [
            *_stacked(stack, column, row, indices),
            *_stacked(new_stack, new_column, new_row, indices),
            Factor(matrix, (new_stack, stack)),
        ]
        result.append(Term(term.number, (*term.factors, *factors), (new_row, new_column)))
    return result


def _kronecker_form(at: Node, *exponent: Any) -> Node:
    """The upper right part of f([X, I; 0, Y]) with X = I ⊗ A, Y = Aᵀ ⊗ I (Van Loan 1978)."""
    size = at.shape[0]
    unit, count = eye(size), size * size
    wide = block([[kron(unit, at), eye(count)], [zeros(count, count), kron(transpose(at), unit)]])
    value = matrix_power(wide, *exponent) if exponent else expm(wide)
    width = dimension_number(count)
    return submatrix(value, number(0), width, width, width)


# -- along diagonals --------------------------------------------------------------------------------------


def _adding_up(total: Index, first: Index, second: Index, indices: Indices) -> list[Factor]:
    """The factors that are 1 where `total` = `first` + `second`."""
    rows, cols = indices.sizes[first], indices.sizes[second]
    stack = indices.new(rows * cols)
    return [Factor(antidiagonal_map(rows, cols), (total, stack)), *_stacked(stack, second, first, indices)]


@_opens("antidiagonal_sums")
def _antidiagonal_sums(node: Node, made: Made, indices: Indices) -> list[Term]:
    result = []
    for term in map(indices.fresh, made[node.args[0]]):
        (row, column), total = term.out, indices.new(node.shape[0])
        result.append(Term(term.number, (*term.factors, *_adding_up(total, row, column, indices)), (total,)))
    return result


@_opens("hankel")
def _hankel(node: Node, made: Made, indices: Indices) -> list[Term]:
    result = []
    for term in map(indices.fresh, made[node.args[0]]):
        row, column = map(indices.new, node.shape)
        factors = _adding_up(term.out[0], row, column, indices)
        result.append(Term(term.number, (*term.factors, *factors), (row, column)))
    return result


@_opens("diagonal_sums")
def _diagonal_sums(node: Node, made: Made, indices: Indices) -> list[Term]:
    """Column j of row i lies on diagonal d where j = i + d."""
    result = []
    for term in map(indices.fresh, made[node.args[0]]):
        (row, column), diagonal = term.out, indices.new(node.shape[0])
        result.append(Term(term.number, (*term.factors, *_adding_up(column, row, diagonal, indices)), (diagonal,)))
    return result


@_opens("conv_matrix")
def _conv_matrix(node: Node, made: Made, indices: Indices) -> list[Term]:
    result = []
    for term in map(indices.fresh, made[node.args[0]]):
        row, column = map(indices.new, node.shape)
        factors = _adding_up(column, row, term.out[0], indices)
        result.append(Term(term.number, (*term.factors, *factors), (row, column)))
    return result


@_opens("toeplitz_sums")
def _toeplitz_sums(node: Node, made: Made, indices: Indices) -> list[Term]:
    """Entry (i, j) lies on diagonal d where i + (columns − 1) = d + j."""
    rows, cols = node.shape
    wide = rows + 2 * cols - 2
    result = []
    for term in map(indices.fresh, made[node.args[0]]):
        out = tuple(map(indices.new, node.shape))
        diagonal = indices.new(rows + cols - 1)
        factors = list(term.factors)
        for row, column in (term.out, out):
            total = indices.new(wide)
            shift = submatrix(
                eye(wide), dimension_number(cols - 1), number(0), dimension_number(rows), dimension_number(wide)
            )
            factors += [Factor(shift, (row, total)), *_adding_up(total, diagonal, column, indices)]
        result.append(Term(term.number, tuple(factors), out))
    return result
