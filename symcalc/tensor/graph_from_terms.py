"""Einsum terms as a node of the graph: a matrix if there is a form for it, else an `einsum` node of any rank."""

from __future__ import annotations

from typing import Any

from symcalc.graph.node import Node
from symcalc.identities import simplify
from symcalc.identities.index_forms import index_form
from symcalc.operations.arithmetic import add
from symcalc.operations.leaves import number, ones, zeros
from symcalc.operations.structure.einsum import operand_axes
from symcalc.tensor.matrix_from_terms import NoMatrixForm, matrix_from_term
from symcalc.tensor.terms import Factor, Indices, Term


def node_from_terms(terms: list[Term], axes: tuple[Any, ...], indices: Indices, split: int = 0) -> Node:
    """The array that the terms sum up to, its axes being the terms' output indices; `split` as in `Contraction`."""
    if len(axes) <= 2:
        if not terms:
            return zeros(*axes) if axes else number(0)
        try:
            return simplify(add(*[matrix_from_term(term, indices) for term in terms]))
        except NoMatrixForm:
            pass
    return einsum_node(terms, axes, split)


def einsum_node(terms: list[Term], axes: tuple[Any, ...], split: int = 0) -> Node:
    """The terms as an `einsum` node."""
    packed = []
    for term in terms or [Term(0, (), tuple(range(len(axes))))]:
        # einsum makes no axis from nothing: an output index that no factor carries gets a vector of ones.
        bare = [i for i in term.out if not any(i in factor.indices for factor in term.factors)]
        padding = tuple(Factor(ones(axes[term.out.index(i)]), (i,)) for i in bare)
        term = _numbered(Term(term.number, (*term.factors, *padding), term.out))
        packed.append((term.number, tuple((factor.node, factor.indices) for factor in term.factors), term.out))
    return index_form(packed, axes, split)


def _numbered(term: Term) -> Term:
    """The term with its indices numbered from 0, those of the output first."""
    return term.renamed({index: number for number, index in enumerate(term.indices())})


def terms_from_node(node: Node, indices: Indices) -> list[Term]:
    """The terms of an `einsum` node, with indices of their own."""
    result = []
    for value, places, out in node.data.terms:
        names: dict[int, int] = {}
        for i, size in zip(out, node.data.axes, strict=True):
            names[i] = indices.new(size)
        factors = []
        for where, positions in places:
            operand = node.args[where]
            for i, size in zip(positions, operand_axes(operand, len(positions)), strict=True):
                if i not in names:
                    names[i] = indices.new(size)
            factors.append(Factor(operand, tuple(names[i] for i in positions)))
        result.append(Term(value, tuple(factors), tuple(names[i] for i in out)))
    return result
