"""Two neighbours in a matrix product: what cancels, joins to a power, or opens a bracket."""

from __future__ import annotations

from symcalc.graph.node import Node, is_one
from symcalc.identities.core import cite, keep, make
from symcalc.identities.factoring import opens_up
from symcalc.identities.facts import is_orthogonal
from symcalc.identities.stacked import join_kronecker
from symcalc.identities.terms import pulled_scalars
from symcalc.operations.arithmetic import ADD
from symcalc.operations.leaves import IDENTITY, NUMBER, ONES, eye, number, ones
from symcalc.operations.linalg.inverse import INVERSE
from symcalc.operations.linalg.matrix_power import MATPOW
from symcalc.operations.products import MATMUL, TRANSPOSE
from symcalc.operations.structure.commutation import COMMUTATION
from symcalc.operations.structure.diagonal import DIAG
from symcalc.operations.structure.kron import KRON


def join_neighbours(left: Node, right: Node) -> list[Node] | None:
    """The product of two neighbours where an identity makes it simpler: [] for I, [node], or None."""
    if left.op is DIAG:
        if right.op is DIAG:
            cite("diag(u) diag(v) = diag(u ∘ v)")
            return [make("diag", make("times", left.args[0], right.args[0]))]
        if right.ndim == 1 and not is_one(right.shape[0]):
            cite("diag(v) w = v ∘ w")
            return [make("times", left.args[0], right)]
    if right.op is DIAG and left.ndim == 1 and not is_one(left.shape[1]):
        cite("diag(v) w = v ∘ w")
        column = make("transpose", left)
        return [make("transpose", make("times", column, right.args[0]))]
    if right.op is ONES and right.ndim == 1 and _rows_are_distributions(left):
        cite("row sums of distributions")
        return [ones(left.shape[0])]
    row_of_ones = left.op is TRANSPOSE and left.args[0].op is ONES
    if row_of_ones and right.op is TRANSPOSE and _rows_are_distributions(right.args[0]):
        cite("row sums of distributions")
        return [make("transpose", ones(right.shape[1]))]
    if DIAG in (left.op, right.op) and opens_up(left if right.op is DIAG else right):
        cite("diag(v) (I + a bᵀ)")
        total = right if left.op is DIAG else left
        products = [(left, part) if left.op is DIAG else (part, right) for part in total.args]
        return [make("add", *[make("matmul", *product) for product in products])]
    if KRON in (left.op, right.op) or left.op is COMMUTATION:
        grid = join_kronecker(left, right)
        if grid is not None:
            return [grid]
    if left.ndim == 2 and right.ndim == 2:
        joined = _join_powers(left, right)
        return _opened_where_inverses_meet(left, right) if joined is None else joined
    return None


def _opened_where_inverses_meet(left: Node, right: Node) -> list[Node] | None:
    """(I − A B⁻¹) B as B − A: a bracket is opened if that is the end of an inverse in it."""
    for total, other, at_end in ((left, right, True), (right, left, False)):
        turned = total.op is TRANSPOSE
        flat = total.args[0] if turned else total
        if flat.op is not ADD or len(flat.args) > 3 or other.op in (ADD, DIAG):
            continue
        base, exponent = _base_power(make("transpose", other) if turned else other)
        if any(_ends_in(term, base, -exponent, at_end != turned) for term in flat.args):
            cite("(I − A B⁻¹) B = B − A")
            terms = [make("transpose", term) if turned else term for term in flat.args]
            products = [make("matmul", term, other) if at_end else make("matmul", other, term) for term in terms]
            return [make("add", *products)]
    return None


def _ends_in(term: Node, base: Node, exponent: int, at_end: bool) -> bool:
    """Is the last (or first) factor of a matrix product in a sum this power?"""
    core = pulled_scalars(term)[1]
    if core.op is not MATMUL:
        return False
    return _base_power(core.args[-1] if at_end else core.args[0]) == (base, exponent)


def _rows_are_distributions(node: Node) -> bool:
    return node.op.is_variable and "onehotrows" in node.data.assume


def _base_power(node: Node) -> tuple[Node, int]:
    """A factor as base^k; an inverse counts as k = −1, transposes stay in the base."""
    if node.op is INVERSE:
        return node.args[0], -1
    if node.op is MATPOW:
        exponent = node.args[1].data
        inner = node.args[0]
        return (inner.args[0], -exponent) if inner.op is INVERSE else (inner, exponent)
    if node.op is TRANSPOSE and node.args[0].op in (INVERSE, MATPOW):
        base, exponent = _base_power(node.args[0])
        return make("transpose", base), exponent
    return node, 1


def _join_powers(left: Node, right: Node) -> list[Node] | None:
    if is_orthogonal(left) and right is make("transpose", left):
        cite("QᵀQ = I")
        return []
    if left.op is TRANSPOSE and left.args[0] is right and is_orthogonal(right):
        cite("QᵀQ = I")
        return []
    base, p = _base_power(left)
    other, q = _base_power(right)
    if base is not other:
        return None
    if p < 0 or q < 0:
        cite("A⁻¹ A = I")
    return [] if p + q == 0 else [matrix_power_form(base, p + q)]


def matrix_power_form(base: Node, k: int) -> Node:
    """base^k in normal form, for any integer k."""
    if k == 0:
        return eye(base.shape[0])
    if base.op is TRANSPOSE:
        return make("transpose", matrix_power_form(base.args[0], k))
    if k < 0:
        base = make("inv", base)
        k = -k
        if base.op is not INVERSE:
            return make("matmul", *(base,) * k) if k > 1 else base
    if k == 1:
        return base
    square = _square_of_projection(base)
    if square is not None:
        rest = make("matpow", square, number(k // 2))
        return rest if k % 2 == 0 else make("matmul", rest, base)
    return keep(MATPOW, (base, number(k)))


def _square_of_projection(base: Node) -> Node | None:
    """(I − 𝟏𝟏ᵀ/n)² multiplied out: of c I + u vᵀ, where vᵀu is a number or a size."""
    if base.op is not ADD or len(base.args) != 2:
        return None
    for one, other in (base.args, base.args[::-1]):
        (front, identity), (more, outer) = pulled_scalars(one), pulled_scalars(other)
        if identity.op is not IDENTITY:
            continue
        if outer.op is ONES:
            factors: tuple[Node, ...] = (ones(outer.shape[0]), ones(1, outer.shape[1]))
        else:
            factors = outer.args if outer.op is MATMUL else ()
        if len(factors) != 2 or not is_one(factors[0].shape[1]):
            continue
        inner = make("matmul", factors[1], factors[0])
        if inner.op is not NUMBER and inner.op.name != "dimension":
            continue
        cite("(c I + u vᵀ)²")
        parts = [(*front, *front, identity), (number(2), *front, *more, outer), (*more, *more, inner, outer)]
        return make("add", *[make("times", *part) for part in parts])
    return None
