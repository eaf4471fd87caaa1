"""Multiplying out where terms cancel: brackets in a sum, a factor into a sum with quotients, a common denominator.

Products are looked at as monomials, base -> exponent; nodes are made only for a result that is smaller.
Factored forms read best as a rule, so nothing is multiplied out that does not shrink.
"""

from __future__ import annotations

from collections.abc import Iterable

from symcalc.graph.node import Node
from symcalc.identities.core import cite, make
from symcalc.identities.facts import vector_fact
from symcalc.identities.terms import Number, Term, base_and_exponent, factors_of, split
from symcalc.operations.arithmetic import ADD, POWER
from symcalc.operations.leaves import NUMBER, ONES, filled_like, number

#: base -> exponent, as a set of pairs: what two like products have in common.
Monomial = frozenset[tuple[Node, Number]]
Polynomial = dict[Monomial, Number]
#: Longer sums, and products with more monomials, are left as they are.
MOST_TERMS = 6
MOST_MONOMIALS = 16


def may_cancel(terms: list[Term]) -> bool:
    """Is one of not too many terms a product with a sum, or a power of one, as a factor?"""
    if not 1 < len(terms) <= MOST_TERMS:
        return False
    for core, _ in terms:
        for factor in factors_of(core):
            if factor.op is ADD or (factor.op is POWER and factor.args[0].op is ADD):
                return True
    return False


def expanded_if_smaller(terms: list[Term], like: Node) -> list[Node] | None:
    """The terms (that `may_cancel`) multiplied out, if so much cancels that fewer factors are left; None otherwise."""
    if not any(_has_sum(core) for core, _ in terms):
        return None
    products = [_product(core) for core, _ in terms]
    total: Polynomial = {}
    for (_, factor), powers in zip(terms, products, strict=True):
        multiplied = _multiplied_out(powers, factor)
        if multiplied is None:
            return None
        _add(total, multiplied)
    if len(total) > len(terms) or _size(total) >= sum(map(_product_size, products)):
        return None
    cite("multiply out where terms cancel")
    return _nodes(total, like)


def over_common_denominator(terms: list[Term], like: Node) -> tuple[list[Node], list[Node]] | None:
    """(numerator's terms, denominators) of terms that `may_cancel`, if the sum is smaller so; None otherwise."""
    if not any(is_over_sum(core) for core, _ in terms):
        return None
    products = [_product(core) for core, _ in terms]
    under = _denominator(products)
    total: Polynomial = {}
    for (_, factor), powers in zip(terms, products, strict=True):
        multiplied = _multiplied_out(_times(powers, under), factor)
        if multiplied is None:
            return None
        _add(total, multiplied)
    if any(_is_onehot(base) for monomial in total for base, _ in monomial):
        return None  # the numerator would be multiplied out again: y ∘ p is (yᵀp) y
    if len(total) > len(terms) or _size(total) + _product_size(under) >= sum(map(_product_size, products)):
        return None
    cite("common denominator")
    return _nodes(total, like), [make("power", base, number(-exponent)) for base, exponent in under.items()]


def _is_onehot(base: Node) -> bool:
    return base.ndim == 1 and vector_fact(base, "onehot")


def multiplied_in(powers: dict[Node, Node]) -> list[Node] | None:
    """The factors of a product with a base moved into a sum whose quotients it cancels: a (b/a + c) = b + a c."""
    sums = [base for base in powers if base.op is ADD and len(base.args) <= MOST_TERMS and _has_quotients(base)]
    for total in sums:
        for base, exponent in powers.items():
            if base is total or base.ndim > total.ndim:
                continue
            p, q = exponent.data, powers[total].data
            if not (isinstance(p, int) and isinstance(q, int) and p * q > 0 and abs(p) >= abs(q)):
                continue
            divided = _divided_terms(base, total)
            if not divided or 2 * divided + 1 < len(total.args):
                continue
            cite("a (b/a + c) = b + a c")
            inside = make("add", *[make("times", base, term) for term in total.args])
            left = [make("power", base, number(p - q))] if p != q else []
            others = [make("power", b, e) for b, e in powers.items() if b is not base and b is not total]
            return [make("power", inside, number(q)), *left, *others]
    return None


def _has_quotients(total: Node) -> bool:
    """May a term of the sum be divided by something?"""
    return any(
        factor.op.name == "exp" or (factor.op is POWER and factor.args[1].op is NUMBER and factor.args[1].data < 0)
        for term in total.args
        for factor in factors_of(term)
    )


def _divided_terms(base: Node, total: Node) -> int:
    """How many terms of the sum have the base in their denominator (of exp(x): the factor exp(−x))?"""
    inverse = make("power", base, number(-1)) if base.op.name == "exp" else None
    return sum(1 for term in total.args if any(_divides(base, inverse, factor) for factor in factors_of(term)))


def _divides(base: Node, inverse: Node | None, factor: Node) -> bool:
    if factor is inverse:
        return True
    below, exponent = base_and_exponent(factor)
    return below is base and exponent.op is NUMBER and exponent.data < 0


# -- monomials -----------------------------------------------------------------------------------

Powers = dict[Node, Number]


def _has_sum(core: Node | None) -> bool:
    return any(factor.op is ADD and len(factor.args) <= MOST_TERMS for factor in factors_of(core))


def is_over_sum(core: Node | None) -> bool:
    """Is the term divided by a sum, or by a power of one?"""
    return any(
        factor.op is POWER
        and factor.args[0].op is ADD
        and factor.args[1].op is NUMBER
        and isinstance(factor.args[1].data, int)
        and factor.args[1].data < 0
        for factor in factors_of(core)
    )


def _product(core: Node | None) -> Powers:
    powers: Powers = {}
    for factor in factors_of(core):
        if factor.op is NUMBER or factor.op is ONES:
            continue
        base, exponent = base_and_exponent(factor)
        if exponent.op is NUMBER:
            powers[base] = exponent.data
        else:
            powers[factor] = 1
    return powers


def _times(a: Powers, b: Powers) -> Powers:
    product = dict(a)
    for base, exponent in b.items():
        value = product.get(base, 0) + exponent
        if value:
            product[base] = value
        else:
            del product[base]
    return product


def _multiplied_out(powers: Powers, factor: Number) -> Polynomial | None:
    """factor × product as a polynomial: sums to the powers 1 and 2 are opened."""
    plain = {base: e for base, e in powers.items() if not _opens(base, e)}
    total: list[tuple[Powers, Number]] = [(plain, factor)]
    for base, exponent in powers.items():
        if not _opens(base, exponent):
            continue
        for _ in range(int(exponent)):
            parts = [(_product(core), n) for n, core in map(split, base.args)]
            total = [(_times(done, part), m * n) for done, m in total for part, n in parts]
            if len(total) > MOST_MONOMIALS:
                return None
    result: Polynomial = {}
    for monomial, n in total:
        _add(result, {frozenset(monomial.items()): n})
    return result


def _opens(base: Node, exponent: Number) -> bool:
    return base.op is ADD and exponent in (1, 2) and len(base.args) <= MOST_TERMS


def _add(total: Polynomial, more: Polynomial) -> None:
    for monomial, factor in more.items():
        value = total.get(monomial, 0) + factor
        if value:
            total[monomial] = value
        else:
            total.pop(monomial, None)


def _denominator(products: list[Powers]) -> Powers:
    under: Powers = {}
    for powers in products:
        for base, exponent in powers.items():
            if exponent < 0 and isinstance(exponent, int):
                under[base] = max(under.get(base, 0), -exponent)
    return under


def _product_size(powers: Powers) -> int:
    """Factors of a product, those of its sums counted; a quotient counts for two."""
    size = 0
    for base, exponent in powers.items():
        inner = sum(_product_size(_product(split(term)[1])) for term in base.args) if base.op is ADD else 1
        size += inner + (exponent < 0)
    return max(size, 1)


def _size(total: Polynomial) -> int:
    return sum(_product_size(dict(monomial)) for monomial in total)


def _nodes(total: Polynomial, like: Node) -> list[Node]:
    one = [filled_like(ONES, like)] if like.ndim else []
    made = []
    for monomial, factor in total.items():
        powers: Iterable[Node] = [make("power", base, number(exponent)) for base, exponent in monomial]
        made.append(make("times", number(factor), *powers, *one))
    return made
