"""Sums and multiples of index forms (`einsum` nodes): one node, with the terms of all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from symcalc.graph.node import Node
from symcalc.identities.core import cite, keep
from symcalc.identities.order import order
from symcalc.operations.leaves import ZEROS, filled_like, ones
from symcalc.operations.structure.einsum import EINSUM, Contraction

if TYPE_CHECKING:
    from symcalc.identities.terms import Number, Term


#: A term: number, factors with the indices they carry, indices of the result.
IndexTerm = tuple["Number", tuple[tuple[Node, tuple[int, ...]], ...], tuple[int, ...]]


def index_form(terms: Iterable[IndexTerm], axes: tuple[Any, ...], split: int) -> Any:
    """The node of a sum of terms, in one order whatever the order they come in; a minus does not stand first."""
    places: dict[Node, int] = {}
    packed = []
    for value, factors, out in sorted(terms, key=_place_in_sum):
        packed.append((value, tuple([(places.setdefault(node, len(places)), i) for node, i in factors]), out))
    return keep(EINSUM, tuple(places), Contraction(tuple(packed), axes, split))


def _place_in_sum(term: IndexTerm) -> tuple:
    value, factors, out = term
    return value < 0, [(order(node), indices) for node, indices in factors], out


def joined_index_forms(terms: list[Term]) -> Any:
    """The sum of index forms with the same axes as one index form; None if something else is among the terms."""
    forms = [core for core, _ in terms if core is not None and core.op is EINSUM]
    if len(forms) < len(terms) or len({(form.data.axes, form.data.split) for form in forms}) > 1:
        return None
    cite("sum of index forms")
    numbers: dict[tuple, Number] = {}
    for core, factor in terms:
        assert core is not None
        for value, factors, out in core.data.terms:
            key = (tuple([(core.args[k], indices) for k, indices in factors]), out)
            numbers[key] = numbers.get(key, 0) + factor * value
    kept = [(number, *key) for key, number in numbers.items() if number]
    return index_form(kept, forms[0].data.axes, forms[0].data.split) if kept else zero_of(forms[0])


def zero_of(form: Node) -> Any:
    """0 in the shape of an index form."""
    return zero_index_form(form.shape, form.data.split) if form.ndim > 2 else filled_like(ZEROS, form)


def zero_index_form(axes: tuple[Any, ...], split: int) -> Any:
    """0 as an array with these axes: no times the product of vectors of ones."""
    factors = tuple([(ones(axis), (k,)) for k, axis in enumerate(axes)])
    return index_form([(0, factors, tuple(range(len(axes))))], axes, split)


def scaled_index_form(factor: Number, form: Node) -> Any:
    """A number times an index form."""
    data = form.data
    if not factor:
        return zero_of(form)
    terms = [
        (factor * value, tuple([(form.args[k], indices) for k, indices in factors]), out)
        for value, factors, out in data.terms
    ]
    return index_form(terms, data.axes, data.split)
