"""Sums in normal form: like terms collected, common factors in front, what cancels gone, one order of terms."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import Any

from symcalc.graph.node import Node, is_one
from symcalc.identities.cancelling import expanded_if_smaller, is_over_sum, may_cancel, over_common_denominator
from symcalc.identities.core import cite, keep, make, normal_form
from symcalc.identities.elementwise import absorbed_sign
from symcalc.identities.factoring import common_factors, common_matrix_factors
from symcalc.identities.facts import is_symmetric
from symcalc.identities.index_forms import joined_index_forms
from symcalc.identities.terms import (
    Number,
    Term,
    factors_of,
    has_mixed_signs,
    negated_sum,
    ratio,
    scaled,
    sorted_sum,
    split,
    sum_of,
    term_key,
    terms_in_order,
    zero_like,
)
from symcalc.operations.arithmetic import ADD, MINUS_ONE, POWER, TIMES
from symcalc.operations.leaves import NUMBER, ONES, ZEROS, filled_like, number
from symcalc.operations.products import MATMUL, TRANSPOSE
from symcalc.operations.structure.einsum import EINSUM

#: Nested sums longer than this are not joined: nobody reads them, and joining would cost quadratic time.
LONGEST_SUM = 64
#: What has parts that terms can share, or turn round.
_COMPOUND = frozenset({ADD, TIMES, MATMUL, TRANSPOSE})


@normal_form("add")
def add_form(args: tuple[Node, ...], data: Any = None) -> Any:
    """The sum with like terms collected, common factors in front, terms in order."""
    like = args[0]
    cores: dict[Node | None, Number] = {}
    _collect(args, cores)
    terms = [(core, factor) for core, factor in cores.items() if factor]
    # Most identities are about products and sums inside the terms: W x + b and 1 − h² need none of them.
    ops = {core.op for core, _ in terms if core is not None}
    is_compound = not ops.isdisjoint(_COMPOUND)
    if is_compound and len(terms) > 1:
        terms = _same_orientation(terms)
    if not terms:
        return zero_like(like)
    if len(terms) == 1:
        return scaled(terms[0][1], terms[0][0])
    index_form = joined_index_forms(terms) if EINSUM in ops else None
    if index_form is not None:
        return index_form
    if like.ndim and all(_is_multiple_of_ones(core) for core, _ in terms):
        cite("common factor")
        scalars = [make("times", number(factor), *factors_of(core)[:-1]) for core, factor in terms]
        return make("times", make("add", *scalars), filled_like(ONES, like))
    special = _special(terms, like, is_compound or POWER in ops)
    if special is not None:
        return special
    if like.ndim and TIMES in ops:
        terms = _same_array(terms, like)
    terms = in_order = terms_in_order(terms)
    if like.ndim and is_compound:
        terms = common_matrix_factors(terms)
        if len(terms) == 1:
            return _times_number(terms[0][1], scaled(1, terms[0][0]))
    content = _content([factor for _, factor in terms])
    if content != 1:
        cite("common factor")
        terms = [(core, ratio(factor, content)) for core, factor in terms]
    outside, rest = common_factors(terms, like)
    if outside:
        return make("times", number(content), *outside, make("add", *rest))
    if any(core is None for core, _ in terms) and like.ndim:
        terms = [(_core_like(core, like), factor) for core, factor in terms]
    if is_compound:
        terms = _positive(terms)
    total = sum_of(terms, like) if terms is in_order else sorted_sum(terms, like)
    total = _turned_sum(total)
    return total if content == 1 and total.op is ADD else _times_number(content, total)


def _collect(args: tuple[Node, ...], cores: dict[Node | None, Number]) -> None:
    """Add the terms up in `cores`, opening nested sums."""
    todo: list[tuple[Node, Number]] = [(arg, 1) for arg in reversed(args)]
    while todo:
        term, outer = todo.pop()
        factor, core = split(term)
        if core is not None and core.op is ADD and len(core.args) + len(cores) <= LONGEST_SUM:
            todo.extend((arg, outer * factor) for arg in reversed(core.args))
            continue
        if core is not None and core.op is ZEROS:
            continue
        if core in cores:
            cite("like terms")
            cores[core] += outer * factor
        else:
            cores[core] = outer * factor


def _is_multiple_of_ones(core: Node | None) -> bool:
    """Is the term 𝟏, or scalars times 𝟏?"""
    if core is None or core.op is ONES:
        return True
    return core.op is TIMES and core.args[-1].op is ONES and not any(arg.ndim for arg in core.args[:-1])


def _positive(terms: list[Term]) -> list[Term]:
    """a − c (x − y) as a + c (y − x)."""
    if all(factor > 0 for _, factor in terms):
        return terms
    result = []
    for k, (core, factor) in enumerate(terms):
        if factor < 0 and core is not None and _differences(core):
            others = [other for j, (other, _) in enumerate(terms) if j != k and other is not None]
            absorbed = absorbed_sign(factors_of(core), others)
            if absorbed is not None:
                extra, core = split(make("times", *absorbed))
                factor = -factor * extra
        result.append((core, factor))
    return result


def _same_array(terms: list[Term], like: Node) -> list[Term]:
    """a x + b x as (a + b) x for scalars a and b that are no numbers."""
    if not any(core is not None and core.op is TIMES for core, _ in terms):
        return terms
    groups: dict[tuple[Node, ...], list[int]] = {}
    for k, (core, _) in enumerate(terms):
        arrays = tuple([factor for factor in factors_of(core) if factor.ndim and factor.op is not ONES])
        groups.setdefault(arrays, []).append(k)
    if len(groups) == len(terms):
        return terms
    cite("a x + b x = (a + b) x")
    joined: list[Term] = []
    for arrays, group in groups.items():
        if len(group) == 1:
            joined.append(terms[group[0]])
            continue
        scalars = [
            make("times", number(terms[k][1]), *[factor for factor in factors_of(terms[k][0]) if not factor.ndim])
            for k in group
        ]
        array = arrays or (filled_like(ONES, like),)
        factor, core = split(make("times", make("add", *scalars), *array))
        joined.append((core, factor))
    return joined


def _same_orientation(terms: list[Term]) -> list[Term]:
    """A difference that terms share stands in them one way round: (a − b) c + (b − a) d is (a − b) c − (a − b) d."""
    differences = {core: _differences(core) for core, _ in terms if core is not None}
    if not any(differences.values()):
        return terms
    signs = {flat: frozenset(map(split, flat.args)) for found in differences.values() for flat in found}
    known = set(signs.values())
    if not any(_opposite(terms_of) in known for terms_of in signs.values()):
        return terms
    cores: dict[Node | None, Number] = {}
    chosen: set[frozenset] = set()
    for core, factor in sorted(terms, key=term_key):
        for flat in () if core is None else differences[core]:
            if _opposite(signs[flat]) not in chosen:
                chosen.add(signs[flat])
                continue
            # A difference may have gone into a power with the one that was turned before it.
            turned = _turned_round(core, flat)
            if turned is not None:
                cite("sign of a difference")
                extra, core = split(turned)
                factor = -factor * extra
        cores[core] = cores.get(core, 0) + factor
    return [(core, factor) for core, factor in cores.items() if factor]


def _opposite(terms: frozenset) -> frozenset:
    return frozenset((-factor, core) for factor, core in terms)


def _differences(core: Node) -> list[Node]:
    """The differences among the factors of a term, and among the factors of matrix products in it."""
    parts = [part for factor in factors_of(core) for part in (factor.args if factor.op is MATMUL else (factor,))]
    flats = [part.args[0] if part.op is TRANSPOSE else part for part in parts]
    return [flat for flat in dict.fromkeys(flats) if flat.op is ADD and has_mixed_signs(flat)]


def _turned_round(core: Node | None, difference: Node) -> Node | None:
    """The term with one of its differences the other way round, where it stands first; None if it is not there."""
    factors = list(factors_of(core))
    k = next((k for k, factor in enumerate(factors) if _contains(factor, difference)), None)
    if k is None:
        return None
    factors[k] = _replaced(factors[k], difference, make("times", MINUS_ONE, difference))
    return make("times", *factors)


def _contains(factor: Node, part: Node) -> bool:
    parts = factor.args if factor.op is MATMUL else (factor,)
    return any(one is part or (one.op is TRANSPOSE and one.args[0] is part) for one in parts)


def _replaced(factor: Node, old: Node, new: Node) -> Node:
    if factor is old:
        return new
    if factor.op is TRANSPOSE:
        return make("transpose", new)
    parts = list(factor.args)
    k = next(k for k, one in enumerate(parts) if one is old or (one.op is TRANSPOSE and one.args[0] is old))
    parts[k] = new if parts[k] is old else make("transpose", new)
    return make("matmul", *parts)


def _special(terms: list[Term], like: Node, has_products: bool) -> Any:
    """Sums that are something simpler altogether; None if this is not one."""
    complement = _logistic_complement(terms)
    if complement is not None:
        return complement
    if not has_products or not may_cancel(terms):
        return None
    expanded = expanded_if_smaller(terms, like)
    if expanded is not None:
        return make("add", *expanded) if expanded else zero_like(like)
    quotient = over_common_denominator(terms, like)
    if quotient is not None:
        return _quotient(*quotient, like)
    divided = [term for term in terms if is_over_sum(term[0])]
    quotient = over_common_denominator(divided, like) if 1 < len(divided) < len(terms) else None
    if quotient is not None:
        rest = [scaled(factor, _core_like(core, like)) for core, factor in terms if not is_over_sum(core)]
        return make("add", _quotient(*quotient, like), *rest)
    return None


def _quotient(numerator: list[Node], under: list[Node], like: Node) -> Any:
    return make("times", make("add", *numerator), *under) if numerator else zero_like(like)


def _core_like(core: Node | None, like: Node) -> Node | None:
    """A plain number's core as 𝟏 in a sum of arrays."""
    return filled_like(ONES, like) if core is None and like.ndim else core


def _logistic_complement(terms: list[Term]) -> Any:
    """1 − σ(−x) as σ(x)."""
    if len(terms) != 2:
        return None
    for (one, p), (core, q) in (terms, terms[::-1]):
        is_constant = one is None or one.op is ONES
        if is_constant and p == -q and core is not None and core.op.name == "sigmoid" and split(core.args[0])[0] < 0:
            cite("1 − σ(−x) = σ(x)")
            return make("times", number(p), make("sigmoid", make("times", MINUS_ONE, core.args[0])))
    return None


def _times_number(factor: Number, node: Node) -> Any:
    inner_factor, core = split(node)
    if core is None:
        return number(factor * inner_factor)
    if core.op is ADD and factor * inner_factor == -1 and has_mixed_signs(core):
        return negated_sum(core)
    inside = core.args[0] if core.op is TRANSPOSE else core
    if inside.op is ADD and inside is not core and factor * inner_factor == -1 and has_mixed_signs(inside):
        return make("transpose", negated_sum(inside))
    return scaled(factor * inner_factor, core)


def _content(factors: list[Number]) -> Number:
    """The number to put in front: the gcd of whole numbers, a fraction that most terms have, the sign they share."""
    sign = -1 if max(factors) < 0 else 1
    whole = [factor for factor in factors if isinstance(factor, int)]
    if len(whole) == len(factors):
        return sign * gcd(*whole) if 1 not in whole and -1 not in whole else sign
    fractions = [Fraction(factor) for factor in factors]
    below = max(factor.denominator for factor in fractions)
    if 2 * sum(1 for factor in fractions if factor.denominator == below) <= len(fractions):
        return sign
    if any(factor.denominator not in (1, below) for factor in fractions):
        return sign
    if below % 5 == 0 and len({abs(factor) for factor in fractions}) > 1:
        return sign  # 0.1 + 0.9 x: tenths are read as they are
    return ratio(sign * gcd(*(int(factor * below) for factor in fractions)), below)


# -- transposes ------------------------------------------------------------------------------------


def _turned_sum(total: Node) -> Node:
    """Aᵀ + Bᵀ as (A + B)ᵀ: with the fewest transposes."""
    if total.op is not ADD or total.ndim == 0 or is_one(total.shape[1]) or reads_best_upright(total):
        return total
    cite("transpose of a sum")
    turned = make("add", *[make("transpose", term) for term in total.args])
    # Not `make`: moving the transpose back onto the parts would go round in circles.
    result = keep(TRANSPOSE, (turned,)) if turned.op is ADD else make("transpose", turned)
    if result is not total:
        # Whoever meets the sum as it was gets the same, whatever came first.
        total._normal = result
    return result


def reads_best_upright(total: Node) -> bool:
    """Does a sum have no more transposes than the transpose of what it becomes when turned?"""
    upright = (sum(map(transposes, total.args)), _plain_variables(total, turned=True))
    return upright <= (1 + sum(map(transposes_if_turned, total.args)), _plain_variables(total, turned=False))


def reads_best_turned(total: Node) -> bool:
    """Has the transpose of a sum or product no more transposes when it is moved onto the parts?"""
    if total.op is not ADD:
        return sum(map(transposes_if_turned, total.args)) <= sum(map(transposes, total.args))
    moved = (sum(map(transposes_if_turned, total.args)), _plain_variables(total, turned=False))
    return moved <= (1 + sum(map(transposes, total.args)), _plain_variables(total, turned=True))


def transposes(term: Node) -> int:
    """How many transposes one sees in a term: of the term, or of its factors."""
    if term.op is TRANSPOSE:
        return 1
    count = 0
    for factor in factors_of(term):
        parts = factor.args if factor.op is MATMUL else (factor,)
        count += sum(1 for part in parts if part.op is TRANSPOSE)
    return count


def transposes_if_turned(term: Node) -> int:
    """How many there would be in the term's transpose."""
    count = 0
    for factor in factors_of(term):
        inner = factor.args[0] if factor.op is TRANSPOSE and factor.args[0].op is MATMUL else factor
        parts = inner.args if inner.op is MATMUL else (inner,)
        if inner is not factor:
            count += sum(1 for part in parts if part.op is TRANSPOSE)
        else:
            count += sum(1 for part in parts if _gets_transposed(part))
    return count


def _plain_variables(total: Node, *, turned: bool) -> int:
    """How many terms are a variable, or (`turned`) the transpose of one, scalars aside."""
    count = 0
    for term in total.args:
        array = factors_of(term)[-1] if factors_of(term) else term
        if turned:
            count += array.op is TRANSPOSE and array.args[0].op.is_variable
        else:
            count += array.op.is_variable and _gets_transposed(array)
    return count


def _gets_transposed(part: Node) -> bool:
    plain = part.ndim == 0 or part.op is TRANSPOSE or part.op is NUMBER
    return not plain and not (part.ndim == 2 and is_symmetric(part))


__all__ = ["add_form", "reads_best_turned"]
