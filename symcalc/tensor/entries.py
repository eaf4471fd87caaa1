"""Entries of arrays of rank 3 and 4: `J[0, 1, 2, 0]` is a scalar, `J[0, 1]` the matrix that is left."""

from __future__ import annotations

from typing import Any

from symcalc.errors import ArgumentError, UnsupportedError
from symcalc.graph.node import Node
from symcalc.identities import simplify
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.leaves import basis
from symcalc.operations.structure.einsum import EINSUM
from symcalc.tensor.graph_from_terms import node_from_terms, terms_from_node
from symcalc.tensor.terms import Factor, Indices, Term, collected

_WHOLE = slice(None)


def part_of_array(node: Node, keys: tuple[Any, ...]) -> Node:
    """The part of an array at some of its indices (0-based numbers or scalars); `:` or nothing keeps an axis.

    Formula: Tᵢⱼₖ at i = a is Σᵢ Tᵢⱼₖ (eₐ)ᵢ.  Raises `ArgumentError` for too many indices or one that is out of range,
    `UnsupportedError` for ranges, and for functions of such arrays.
    """
    array = simplify(node)
    if array.op is not EINSUM:
        raise UnsupportedError(
            f"{brief(node)}[…]: entries can be taken of sums and multiples of derivatives, not of functions of them"
        )
    if len(keys) > array.ndim:
        raise ArgumentError(f"{brief(node)}[…]: {has_shape(node)} and takes at most {array.ndim} indices")
    if any(isinstance(key, slice) and key != _WHOLE for key in keys):
        raise UnsupportedError(f"{brief(node)}[…]: of an array of rank {array.ndim} whole axes are taken, not ranges")
    axes = array.data.axes
    taken = {k: _unit_vector(key, axes[k]) for k, key in enumerate(keys) if not isinstance(key, slice)}
    indices = Indices()
    terms = [_at(term, taken) for term in terms_from_node(array, indices)]
    split = sum(1 for k in range(array.data.split) if k not in taken)
    left = tuple(axis for k, axis in enumerate(axes) if k not in taken)
    return node_from_terms(collected(terms, indices), left, indices, split)


def _unit_vector(key: Any, size: Any) -> Node:
    return basis(size + key if isinstance(key, int) and key < 0 else key, size)


def _at(term: Term, taken: dict[int, Node]) -> Term:
    chosen = tuple(Factor(vector, (term.out[k],)) for k, vector in taken.items())
    return Term(term.number, (*term.factors, *chosen), tuple(i for k, i in enumerate(term.out) if k not in taken))


Node.hooks["part_of_array"] = part_of_array
