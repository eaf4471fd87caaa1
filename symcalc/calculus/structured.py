"""Derivatives by the free entries of a variable whose entries are tied together (Matrix Cookbook, section 2.8).

A gradient G by all entries counts each as independent.  Where X is symmetric, moving the free entry Xᵢⱼ moves Xⱼᵢ
too, so the derivative is Gᵢⱼ + Gⱼᵢ: in all `G + Gᵀ − G ∘ I`.  Each structure has such a map; all are linear in G and
their own adjoints, so they apply to the gradient of a scalar and to the pulled-back seed of a Jacobian alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from symcalc.errors import ArgumentError
from symcalc.graph.assumptions import STRUCTURES
from symcalc.graph.node import Node
from symcalc.identities import simplify
from symcalc.operations.arithmetic import add, sub
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.products import natural, recast, transpose
from symcalc.operations.structure.diagonal import diag
from symcalc.operations.structure.toeplitz import toeplitz_sums
from symcalc.operations.structure.triangle import TRIL, TRIU

#: The textbook form of each structure's map, for results and messages.
FORMULAS = {
    "diagonal": "G ∘ I",
    "symmetric": "G + Gᵀ − G ∘ I",
    "skew": "G − Gᵀ",
    "lower_triangular": "tril(G)",
    "upper_triangular": "triu(G)",
    "toeplitz": "toeplitz_sums(G)",
}


def structures_of(variable: Node) -> tuple[str, ...]:
    """What ties the entries of a variable together, the closest first; empty if all its entries are free."""
    if not variable.op.is_variable or variable.ndim != 2:
        return ()
    facts = variable.data.assume
    if "diagonal" in facts:
        return ("toeplitz", "diagonal") if "toeplitz" in facts else ("diagonal",)
    return tuple(fact for fact in reversed(STRUCTURES) if fact in facts)


def has_structure(variable: Node) -> bool:
    """Does anything tie the variable's entries together?"""
    return bool(structures_of(variable))


def by_free_entries(gradient: Node, variable: Node) -> Node:
    """The derivative by the free entries from the gradient by all entries; both are shaped like the variable.

    `[i, j]` is the derivative by the parameter that stands in entry (i, j); entries that are fixed to 0 have derivative
    0, and those of a skew matrix below the diagonal that by Xᵢⱼ itself, the parameter with its sign turned.

    Formula: `FORMULAS`; Matrix Cookbook eq. (138)–(142) and section 2.8.2.
    """
    result = natural(gradient)
    for structure in structures_of(variable):
        result = _MAPS[structure](result)
    return recast(simplify(result), variable.shape, variable.ndim)


def _symmetric(g: Node) -> Node:
    return sub(add(g, transpose(g)), diag(diag(g)))


_MAPS: dict[str, Callable[[Node], Node]] = {
    "diagonal": lambda g: diag(diag(g)),
    "symmetric": _symmetric,
    "skew": lambda g: sub(g, transpose(g)),
    "lower_triangular": TRIL,
    "upper_triangular": TRIU,
    "toeplitz": toeplitz_sums,
}


def check_structured(targets: Iterable[Node]) -> None:
    """`ArgumentError` unless one of the variables has a structure: it would be a wish without effect."""
    wanted = list(targets)
    if any(has_structure(target) for target in wanted):
        return
    first = wanted[0]
    if not first.op.is_variable:
        raise ArgumentError(f"structured=True: {brief(first)} is no variable, so nothing is assumed of its entries")
    if first.ndim != 2:
        raise ArgumentError(f"structured=True: {has_shape(first)}, all its entries are free; leave structured out")
    name = first.data.name
    raise ArgumentError(
        f"structured=True: nothing that ties the entries of {name} together is assumed. Declare it, as in "
        f'matrix("{name}", …, assume="symmetric") (known: {", ".join(STRUCTURES)}), or leave structured out'
    )
