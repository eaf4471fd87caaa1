"""Sums and multiples of index forms (`einsum` nodes): one node, with the terms of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcalc.graph.node import Node
from symcalc.identities.core import cite, keep
from symcalc.operations.leaves import ZEROS, filled_like, ones
from symcalc.operations.structure.einsum import EINSUM, Contraction

if TYPE_CHECKING:
    from symcalc.identities.terms import Number, Term


def joined_index_forms(terms: list[Term]) -> Any:
    """The sum of index forms with the same axes as one index form; None if something else is among the terms."""
    forms = [core for core, _ in terms if core is not None and core.op is EINSUM]
    if len(forms) < len(terms) or len({(form.data.axes, form.data.split) for form in forms}) > 1:
        return None
    cite("sum of index forms")
    places: dict[Node, int] = {}
    numbers: dict[tuple, Number] = {}
    for core, factor in terms:
        assert core is not None
        for value, factors, out in core.data.terms:
            key = (tuple([(places.setdefault(core.args[k], len(places)), i) for k, i in factors]), out)
            numbers[key] = numbers.get(key, 0) + factor * value
    kept = {key: number for key, number in numbers.items() if number}
    if not kept:
        return zero_of(forms[0])
    return _of_used(tuple(places), tuple([(number, *key) for key, number in kept.items()]), forms[0].data)


def zero_of(form: Node) -> Any:
    """0 in the shape of an index form."""
    return zero_index_form(form.shape, form.data.split) if form.ndim > 2 else filled_like(ZEROS, form)


def zero_index_form(axes: tuple[Any, ...], split: int) -> Any:
    """0 as an array with these axes: no times the product of vectors of ones."""
    operands = tuple(dict.fromkeys(ones(axis) for axis in axes))
    places = tuple([(operands.index(ones(axis)), (k,)) for k, axis in enumerate(axes)])
    return keep(EINSUM, operands, Contraction(((0, places, tuple(range(len(axes)))),), axes, split))


def scaled_index_form(factor: Number, form: Node) -> Any:
    """A number times an index form."""
    data = form.data
    if not factor:
        return zero_of(form)
    terms = tuple([(factor * number, factors, out) for number, factors, out in data.terms])
    return keep(EINSUM, form.args, Contraction(terms, data.axes, data.split))


def _of_used(operands: tuple[Node, ...], terms: tuple, like: Contraction) -> Any:
    """The index form on those operands that still occur."""
    used = sorted({where for _, factors, _ in terms for where, _ in factors})
    new = {where: k for k, where in enumerate(used)}
    packed = tuple([(number, tuple([(new[k], i) for k, i in factors]), out) for number, factors, out in terms])
    return keep(EINSUM, tuple([operands[k] for k in used]), Contraction(packed, like.axes, like.split))
