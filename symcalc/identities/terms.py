"""Terms of sums and factors of products: a number times a core, bases with exponents, and how large they are."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symcalc.graph.node import Node
from symcalc.identities.core import cite, keep, keep_shaped, make
from symcalc.identities.index_forms import scaled_index_form, zero_index_form, zero_of
from symcalc.identities.order import NUMBER_IN_SUM, in_order, in_sum, rank_in_sum
from symcalc.operations.arithmetic import ADD, ONE, POWER, TIMES
from symcalc.operations.leaves import NUMBER, ONES, ZEROS, filled_like, number
from symcalc.operations.structure.einsum import EINSUM

Number = int | Fraction
#: A term of a sum: its core (None for a plain number) and the number in front.
Term = tuple[Node | None, Number]


def split(term: Node) -> tuple[Number, Node | None]:
    """A term as number × core; the core of a plain number is None."""
    factor: Number = 1
    while term.op is TIMES and term.args[0].op is NUMBER:
        factor *= term.args[0].data
        rest = term.args[1:]
        term = rest[0] if len(rest) == 1 else keep_shaped(TIMES, rest, term)
    return (factor * term.data, None) if term.op is NUMBER else (factor, term)


def scaled(factor: Number, core: Node | None) -> Any:
    """factor × core, for a core as `split` gives it."""
    if core is None:
        return number(factor)
    if factor == 1:
        return core
    if factor == 0:
        return zero_like(core)
    if core.op is TIMES:
        return keep_shaped(TIMES, (number(factor), *core.args), core)
    if core.op is EINSUM:
        return scaled_index_form(factor, core)
    return keep_shaped(TIMES, (number(factor), core), core)


def zero_like(node: Node) -> Any:
    """0 in the shape of `node`."""
    if node.op is EINSUM:
        return zero_of(node)
    return zero_index_form(node.shape, 0) if node.ndim > 2 else filled_like(ZEROS, node)


def ratio(a: Number, b: Number) -> Number:
    """a/b, an int where it is whole."""
    value = Fraction(a) / Fraction(b)
    return value.numerator if value.denominator == 1 else value


def factors_of(core: Node | None) -> tuple[Node, ...]:
    """The factors of an elementwise product; 1 has none."""
    if core is None or core.op is ONES:
        return ()
    return core.args if core.op is TIMES else (core,)


def pulled_scalars(node: Node) -> tuple[list[Node], Node]:
    """An array as scalars × the rest; of a product of scalars, or of arrays alone, nothing is pulled out."""
    if node.op is not TIMES:
        return [], node
    scalars = [part for part in node.args if not part.ndim]
    arrays = [part for part in node.args if part.ndim]
    if not scalars or not arrays:
        return [], node
    return scalars, arrays[0] if len(arrays) == 1 else keep(TIMES, tuple(arrays))


def with_scalars(scalars: list[Node], product: Node | None) -> Any:
    """The scalars times the product; None is 1."""
    if not scalars:
        return product
    return make("times", *scalars) if product is None else make("times", *scalars, product)


def base_and_exponent(factor: Node) -> tuple[Node, Node]:
    """A factor as base and exponent."""
    return (factor.args[0], factor.args[1]) if factor.op is POWER else (factor, ONE)


def has_mixed_signs(total: Node) -> bool:
    """Does a sum have a term with a minus?"""
    for term in total.args:
        first = term.args[0] if term.op is TIMES else term
        if first.op is NUMBER and first.data < 0:
            return True
    return False


def terms_in_order(terms: list[Term]) -> list[Term]:
    """The terms of a sum as they are written: those with a minus last."""
    return in_order(terms, _term_rank, term_key)


def term_key(term: Term) -> tuple:
    """The place of a term in its sum."""
    core, factor = term
    return (factor < 0, (_term_rank(term)[1],) if core is None else in_sum(core))


def _term_rank(term: Term) -> tuple[bool, float]:
    core, factor = term
    if core is None:
        return factor < 0, -1 if abs(factor) == 1 else NUMBER_IN_SUM
    return factor < 0, rank_in_sum(core)


def sorted_sum(terms: list[Term], like: Node) -> Any:
    """The sum node of collected terms, in order, a positive one first."""
    if len(terms) == 1:
        return scaled(terms[0][1], terms[0][0])
    return sum_of(terms_in_order(terms), like)


def sum_of(terms: list[Term], like: Node) -> Any:
    """The sum node of two or more collected terms that are in order."""
    return keep_shaped(ADD, tuple([scaled(factor, core) for core, factor in terms]), like)


def negated_sum(total: Node) -> Node:
    """−(a − b) as b − a."""
    cite("sign of a difference")
    terms: list[Term] = []
    for term in total.args:
        factor, core = split(term)
        terms.append((core, -factor))
    return sorted_sum(terms, total)


def occurs(wanted: Node, nodes: Iterable[Node], looks: int = 40) -> bool:
    """Is `wanted` among the first `looks` nodes below these?"""
    level = list(nodes)
    while level and looks > 0:
        below: list[Node] = []
        for node in level:
            if node is wanted:
                return True
            looks -= 1
            below.extend(node.args)
        level = below
    return False
