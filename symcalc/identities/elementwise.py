"""Elementwise products and powers in normal form: like powers collected, one number in front, quotients folded."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt
from typing import Any

from symcalc.graph.node import Node
from symcalc.identities.cancelling import multiplied_in
from symcalc.identities.core import cite, keep, keep_shaped, make, normal_form
from symcalc.identities.facts import is_nonnegative, vector_fact
from symcalc.identities.folding import entry_of, folded, folded_across, folded_arrays, merged_norms
from symcalc.identities.order import in_order, in_product, order, rank_in_product
from symcalc.identities.terms import (
    Number,
    base_and_exponent,
    has_mixed_signs,
    negated_sum,
    occurs,
    ratio,
    scaled,
    split,
    zero_like,
)
from symcalc.operations.arithmetic import ADD, MINUS_ONE, ONE, POWER, TIMES, stretch
from symcalc.operations.leaves import NUMBER, ONES, ZEROS, filled_like, number
from symcalc.operations.products import MATMUL, TRANSPOSE
from symcalc.operations.structure.einsum import EINSUM

#: Longer elementwise products are not joined: their derivative writes all other factors for each.
LONGEST_PRODUCT = 12
#: Numbers are multiplied out as long as their exponent is at most this.
LARGEST_NUMBER_EXPONENT = 256


# -- products --------------------------------------------------------------------------------


@normal_form("times")
def times_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """The elementwise product: one number, scalars, then arrays; equal bases collected as powers."""
    factor: Number = 1
    powers: dict[Node, Node] = {}
    array: Node | None = None
    todo = list(reversed(args))
    while todo:
        arg = todo.pop()
        op = arg.op
        if arg.ndim and array is None:
            array = arg
        if op is NUMBER:
            factor *= arg.data
        elif op is TIMES:
            if len(powers) + len(arg.args) <= LONGEST_PRODUCT:
                todo.extend(reversed(arg.args))
                continue
            # A product too long to be joined stays a factor, but its number comes to the front.
            number_in_front, rest = split(arg)
            factor *= number_in_front
            if rest is not None:
                _multiply(powers, rest, ONE)
        elif op is ONES or (op is TRANSPOSE and arg.args[0].op is ONES):
            continue
        elif op is POWER:
            _multiply(powers, arg.args[0], arg.args[1])
        else:
            _multiply(powers, arg, ONE)
    like = args[0] if array is None else array
    if factor == 0 or any(base.op is ZEROS and not _is_negative(exponent) for base, exponent in powers.items()):
        return zero_like(like)
    return _product(factor, powers, like)


def _is_negative(exponent: Node) -> bool:
    """Is this certainly the exponent of a quotient?  (Nothing is 0 because it is divided by 0.)"""
    return exponent.op is NUMBER and exponent.data < 0


def _multiply(powers: dict[Node, Node], base: Node, exponent: Node) -> None:
    known = powers.get(base)
    if known is None:
        powers[base] = exponent
        return
    cite("powers of one base")
    if known.op is NUMBER and exponent.op is NUMBER:
        powers[base] = number(known.data + exponent.data)
    else:
        powers[base] = make("add", stretch(known, exponent), stretch(exponent, known))


def _product(factor: Number, powers: dict[Node, Node], like: Node) -> Node:
    """The product of a number and collected powers, in the shape of `like`."""
    if len(powers) > 1:
        powers = merged_norms(powers) or powers
        opposite = _opposites(powers)
        if opposite is not None:
            base, other = opposite
            cite("product of opposite differences")
            exponent = powers[other].data
            sign = -1 if exponent % 2 else 1
            joined = {**powers, base: number(powers[base].data + exponent)}
            del joined[other]
            parts = [power_form((base, exponent)) for base, exponent in joined.items()]
            return times_form((number(sign * factor), *parts, filled_like(ONES, like)))
    scalars: list[Node] = []
    arrays: list[Node] = []
    again = False
    for base, exponent in powers.items():
        term = base if exponent is ONE else power_form((base, exponent))
        if term.op is NUMBER:
            factor *= term.data
        elif term is not base and (term.op is TIMES or (term.op is POWER and term.args[0] is not base)):
            again = True
            arrays.append(term)
        elif term.op is not ONES:
            (arrays if term.ndim else scalars).append(term)
    if again:
        return times_form((number(factor), *scalars, *arrays, filled_like(ONES, like)))
    if len(arrays) > 1 and any(array.op is TRANSPOSE and array.args[0].op is TIMES for array in arrays):
        opened = _opened_transposes(arrays)
        if opened is not None:
            return times_form((number(factor), *scalars, *opened))
    scalars = in_order(scalars, rank_in_product, in_product)
    arrays = in_order(arrays, rank_in_product, in_product)
    if len(scalars) + len(arrays) > 1:
        special = _folded(scalars, arrays)
        if special is not None:
            return times_form((number(factor), *special, filled_like(ONES, like)))
    if like.ndim and not arrays:
        arrays = [make("ones", data=like.shape)]
    factors = scalars + arrays
    sums = [one for one in factors if one.op is ADD] if len(factors) > 1 else []
    turned = next((one for one in sums if _is_complement_of(one, factors, -1)), None)
    if turned is not None:
        rest = [one for one in factors if one is not turned]
        return times_form((number(-factor), *rest, negated_sum(turned), filled_like(ONES, like)))
    if len(sums) > 1:
        factor, factors = _oriented(factor, factors)
    if factor == -1:
        absorbed = absorbed_sign(factors)
        if absorbed is not None:
            if _repeats(absorbed):
                return times_form((*absorbed, filled_like(ONES, like)))
            factor, factors = 1, _sorted_factors(absorbed)
    if factor == 1 and len(factors) == 1:
        return factors[0]
    if not factors:
        return number(factor)
    if len(factors) == 1 and factors[0].op is NUMBER:
        return number(factor * factors[0].data)
    if len(factors) == 1 and factors[0].op is EINSUM:
        return scaled(factor, factors[0])
    if factor != 1:
        factors.insert(0, number(factor))
    return keep_shaped(TIMES, tuple(factors), like if like.ndim or not arrays else arrays[0])


def _opposites(powers: dict[Node, Node]) -> tuple[Node, Node] | None:
    """Two bases a − b and b − a with integer exponents, the one that stays first; None if there are no such."""
    sums = [base for base, exponent in powers.items() if base.op is ADD and _is_integer(exponent)]
    if len(sums) < 2:
        return None
    terms = {frozenset(map(split, base.args)): base for base in sums}
    for base in sums:
        other = terms.get(frozenset((-factor, core) for factor, core in map(split, base.args)))
        if other is not None:
            return (base, other) if in_product(base) < in_product(other) else (other, base)
    return None


def _sorted_factors(factors: list[Node]) -> list[Node]:
    scalars = in_order([factor for factor in factors if not factor.ndim], rank_in_product, in_product)
    return scalars + in_order([factor for factor in factors if factor.ndim], rank_in_product, in_product)


def _opened_transposes(arrays: list[Node]) -> list[Node] | None:
    """(A ∘ B)ᵀ beside an array that is no transpose as Aᵀ ∘ Bᵀ; None where all are transposes."""
    if all(array.op is TRANSPOSE for array in arrays):
        return None
    cite("transpose of an elementwise product")
    opened: list[Node] = []
    for array in arrays:
        if array.op is TRANSPOSE and array.args[0].op is TIMES:
            opened.extend([make("transpose", part) for part in array.args[0].args])
        else:
            opened.append(array)
    return opened


def _folded(scalars: list[Node], arrays: list[Node]) -> list[Node] | None:
    """The factors after the first identity between them that applies."""
    if len(arrays) > 1:
        special = folded_arrays(arrays)
        if special is not None:
            return [*scalars, *special]
    for group, others in ((scalars, arrays), (arrays, scalars)):
        special = folded(group) if len(group) > 1 else None
        if special is not None:
            return [*special, *others]
    special = folded_across(scalars, arrays) if arrays else None
    if special is None and any((one.args[0] if one.op is POWER else one).op is ADD for one in (*scalars, *arrays)):
        special = multiplied_in(dict(map(base_and_exponent, (*scalars, *arrays))))
    return special


def absorbed_sign(factors: Sequence[Node], beside: Sequence[Node] = ()) -> list[Node] | None:
    """−c (a − b) as c (b − a): the sign goes into the first difference that occurs only once.

    `beside` are other expressions that are written next to the product.
    """
    for k, node in enumerate(factors):
        for j, part in enumerate(node.args if node.op is MATMUL else (node,)):
            flat = part.args[0] if part.op is TRANSPOSE else part
            if flat.op is not ADD or not has_mixed_signs(flat):
                continue
            neighbours = node.args[:j] + node.args[j + 1 :] if node is not part else ()
            if occurs(flat, [*beside, *factors[:k], *factors[k + 1 :], *neighbours]) or _takes_a_mean_off(flat):
                continue
            if _is_complement_of(flat, factors):
                continue
            turned = negated_sum(flat)
            turned = make("transpose", turned) if part.op is TRANSPOSE else turned
            if node is not part:
                turned = make("matmul", *node.args[:j], turned, *node.args[j + 1 :])
            return [*factors[:k], turned, *factors[k + 1 :]]
    return None


def _is_complement_of(total: Node, factors: Sequence[Node], constant: Number = 1) -> bool:
    """Is this 1 − p beside p (or p − 1, with a constant of −1)?  Nobody writes p (p − 1) for −p (1 − p)."""
    if len(total.args) != 2 or _constant_of(total) != constant:
        return False
    return any(factor == -constant and core in factors for factor, core in map(split, total.args))


def _oriented(number_in_front: Number, factors: list[Node]) -> tuple[Number, list[Node]]:
    """(x − 1) (b − a) as (1 − x) (a − b): of several differences all stand as people write them, but the last,
    which takes the sign.  (One alone stays as it is.)
    """
    places = [
        k for k, node in enumerate(factors)
        if _may_turn(node, factors[:k] + factors[k + 1 :]) and not _is_complement_of(node, factors)
    ]  # fmt: skip
    if len(places) < 2:
        return number_in_front, factors
    oriented = list(factors)
    for k in places:
        if not _reads_forward(factors[k]):
            oriented[k] = negated_sum(factors[k])
            number_in_front = -number_in_front
    if number_in_front < 0:
        last = max(places, key=lambda k: in_product(oriented[k]))
        oriented[last] = negated_sum(oriented[last])
        number_in_front = -number_in_front
    return number_in_front, _sorted_factors(oriented)


def _reads_forward(difference: Node) -> bool:
    """Does it stand as people write it: 1 − x, p − y with what is computed first, a − b by the alphabet?"""
    constant = _constant_of(difference)
    if constant:
        return constant > 0
    terms = [(factor, core) for factor, core in map(split, difference.args) if core is not None]
    positive, negative = ([core for factor, core in terms if (factor > 0) == plus] for plus in (True, False))
    if not positive or not negative:
        return bool(positive)
    ahead, behind = (all(core.op.is_variable for core in cores) for cores in (positive, negative))
    if ahead != behind:
        return behind
    return min(map(order, positive)) < min(map(order, negative))


def _may_turn(node: Node, others: Sequence[Node]) -> bool:
    """Is this a difference that stands nowhere else, and that people write either way round?"""
    return node.op is ADD and has_mixed_signs(node) and not occurs(node, others) and not _takes_a_mean_off(node)


def _constant_of(total: Node) -> Number:
    """The number among the terms of a sum, 0 if there is none."""
    for factor, core in map(split, total.args):
        if core is None or core.op is ONES:
            return factor
    return 0


def _takes_a_mean_off(total: Node) -> bool:
    """x − c 𝟏 with a scalar c, which nobody writes the other way round."""
    return any(
        term.op is TIMES and term.args[0].op is NUMBER and term.args[0].data < 0 and term.args[-1].op is ONES
        and len(term.args) > 2
        for term in total.args
    )  # fmt: skip


def _repeats(factors: list[Node]) -> bool:
    """Does a base occur twice?  ((a − b) (b − a) with the sign in one of them.)"""
    bases = {factor.args[0] if factor.op is POWER else factor for factor in factors}
    return len(bases) < len(factors)


# -- powers ----------------------------------------------------------------------------------


@normal_form("power")
def power_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """base^exponent, entry by entry."""
    base, exponent = args
    if exponent.op is NUMBER:
        p = exponent.data
        if p == 1:
            return base
        if p == 0:
            return filled_like(ONES, base)
        if base.op is NUMBER:
            value = _number_power(base.data, p)
            if value is not None:
                return number(value)
            if isinstance(base.data, Fraction) and base.data.numerator == 1:
                return power_form((number(base.data.denominator), number(-p)))
        if base.op is ONES:
            return base
        if base.op is ZEROS and p > 0:
            return base
        if base.op is TIMES and all(part.op is not TIMES for part in base.args):
            opened = _power_of_product(base, p)
            if opened is not None:
                return opened
        if base.op.name == "abs" and isinstance(p, int) and p % 2 == 0:
            cite("even power of an absolute value")
            return power_form((base.args[0], exponent))
        if base.ndim == 1 and isinstance(p, int) and p > 0 and vector_fact(base, "binary"):
            cite("power of a 0/1 vector")
            return base
        if isinstance(p, int) and p % 2 == 0 and base.op.is_variable and "signs" in base.data.assume:
            cite("even power of signs")
            return filled_like(ONES, base)
        entry = entry_of(base) if isinstance(p, int) and p > 0 else None
        if entry is not None:
            cite("power of an entry")
            return make("matmul", make("transpose", entry[0]), power_form((entry[1], exponent)))
        if isinstance(p, Fraction) and base.op is MATMUL and _is_square_of_a_vector(base):
            cite("xᵀx = ‖x‖²")
            return power_form((make("norm2", base.args[1]), number(ratio(2 * p, 1))))
        if base.op is TRANSPOSE:
            cite("transpose of an elementwise product")
            return make("transpose", power_form((base.args[0], exponent)))
        inside = one_plus_exponential(base) if isinstance(p, int) and p < 0 else None
        if inside is not None:
            cite("1/(1 + exp(x)) = σ(−x)")
            flipped = make("times", MINUS_ONE, inside)
            return power_form((make("sigmoid", flipped), number(-p)))
    if base.op is POWER and (_is_integer(exponent) or is_nonnegative(base.args[0])):
        cite("power of a power")
        return power_form((base.args[0], make("times", base.args[1], exponent)))
    if base.op.name == "exp" and exponent.ndim == 0:
        cite("power of an exponential")
        return make("exp", make("times", exponent, base.args[0]))
    if exponent.op is ONES:
        return base
    return keep(POWER, (base, exponent))


def one_plus_exponential(total: Node) -> Node | None:
    """x, if the expression is 1 + exp(x)."""
    if total.op is not ADD or len(total.args) != 2:
        return None
    for one, other in (total.args, total.args[::-1]):
        if (one.op is ONES or (one.op is NUMBER and one.data == 1)) and other.op.name == "exp":
            return other.args[0]
    return None


def _is_square_of_a_vector(node: Node) -> bool:
    """xᵀx."""
    row, column = node.args[0], node.args[-1]
    return len(node.args) == 2 and node.ndim == 0 and row.op is TRANSPOSE and row.args[0] is column


def _is_integer(node: Node) -> bool:
    return node.op is NUMBER and isinstance(node.data, int)


def _power_of_product(base: Node, p: Number) -> Node | None:
    """(a b)^p as a^p b^p where that holds for all real a, b: p an integer, or the factor not negative."""
    if isinstance(p, int):
        cite("power of a product")
        return times_form(tuple([power_form((factor, number(p))) for factor in base.args]))
    out = [f for f in base.args if is_nonnegative(f) and (f.op is not NUMBER or _number_power(f.data, p) is not None)]
    if not out:
        return None
    cite("power of a product")
    rest = [f for f in base.args if f not in out]
    opened = [power_form((factor, number(p))) for factor in out]
    if rest:
        opened.append(keep(POWER, (times_form(tuple(rest)), number(p))))
    return times_form(tuple(opened))


def _number_power(base: Number, p: Number) -> Number | None:
    """base^p if it is rational and of reasonable size."""
    if isinstance(p, Fraction):
        if p.denominator != 2 or base < 0:
            return None
        root = _square_root(Fraction(base))
        return None if root is None else _number_power(root, p.numerator)
    if abs(p) > LARGEST_NUMBER_EXPONENT or (base == 0 and p < 0):
        return None
    return ratio(Fraction(base) ** p, 1)


def _square_root(value: Fraction) -> Number | None:
    top, bottom = isqrt(value.numerator), isqrt(value.denominator)
    exact = top * top == value.numerator and bottom * bottom == value.denominator
    return ratio(top, bottom) if exact else None


def sqrt_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """√x as x^(1/2), so that it joins other powers of x."""
    return power_form((args[0], number(Fraction(1, 2))))


normal_form("sqrt")(sqrt_form)

__all__ = ["absorbed_sign", "one_plus_exponential", "power_form", "times_form"]
