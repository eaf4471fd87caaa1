"""The index form of derivatives through blocks, parts, triangles and convolutions: all linear with a known matrix."""

from __future__ import annotations

from typing import Any

from symcalc.graph.node import Node, is_one
from symcalc.operations.leaves import dimension_number, eye, number
from symcalc.operations.products import transpose
from symcalc.operations.structure.block import offsets_of, place_of, submatrix
from symcalc.operations.structure.convolution import conv_matrix, hankel
from symcalc.tensor.terms import Factor, Indices, Term
from symcalc.tensor.terms_from_graph import Made, _axis_indices, _opens


def _selection(whole: Any, before: Any, size: Any) -> Node | None:
    """The size×whole matrix that takes `size` entries behind the first `before`; None if it takes all."""
    if before == 0 and (whole - size).expand() == 0:
        return None
    first = number(0) if before == 0 else dimension_number(before)
    return submatrix(eye(whole), first, number(0), dimension_number(size), dimension_number(whole))


def _placed(
    term: Term, small: Node, large: Node, sides: list[tuple[Any, Any]], indices: Indices, is_part: bool
) -> Term:
    """A term of one array as a term of the other, a part of it or what it is a part of; `sides`: (before, size)."""
    source, target = (large, small) if is_part else (small, large)
    factors, out = list(term.factors), []
    old = _axis_indices(source, term.out)
    for axis, (before, size) in enumerate(sides):
        matrix = _selection(large.shape[axis], before, size)
        here = old[axis]
        if matrix is None:
            out += [here] if here is not None else []
            continue
        new = None if is_one(target.shape[axis]) and target.ndim < 2 else indices.new(target.shape[axis])
        pair = (new, here) if is_part else (here, new)
        factors.append(Factor(matrix, tuple(i for i in pair if i is not None)))
        out += [new] if new is not None else []
    return Term(term.number, tuple(factors), tuple(out))  # type: ignore[arg-type]


@_opens("submatrix")
def _submatrix(node: Node, made: Made, indices: Indices) -> list[Term]:
    sides = [(before, size) for before, size, _ in place_of(node)]
    whole = node.args[0]
    return [_placed(indices.fresh(term), node, whole, sides, indices, True) for term in made[whole]]


@_opens("blocks")
def _blocks(node: Node, made: Made, indices: Indices) -> list[Term]:
    result = []
    for k, cell in enumerate(node.args):
        sides = list(zip(offsets_of(node, k), cell.shape, strict=True))
        for term in made.get(cell, []):
            result.append(_placed(indices.fresh(term), cell, node, sides, indices, False))
    return result


@_opens("conv1d", "convolve")
def _convolution(node: Node, made: Made, indices: Indices) -> list[Term]:
    result = []
    for k, operand in enumerate(node.args):
        other = node.args[1 - k]
        for term in map(indices.fresh, made.get(operand, [])):
            (old,), new = term.out, indices.new(node.shape[0])
            factor = Factor(_matrix_of(node, operand, other, k), (new, old))
            result.append(Term(term.number, (*term.factors, factor), (new,)))
    return result


def _matrix_of(node: Node, operand: Node, other: Node, k: int) -> Node:
    """The matrix of a convolution as a linear map of its operand number k."""
    if node.op.name == "convolve":
        return transpose(conv_matrix(other, node.shape[0]))
    return hankel(other, node.shape[0]) if k else conv_matrix(other, operand.shape[0])
