"""Matrix products in normal form: flat, scalars in front, neighbours joined, brackets opened where that is shorter."""

from __future__ import annotations

from typing import Any

from symcalc.graph.node import Node, is_one
from symcalc.identities.core import cite, keep, make, normal_form
from symcalc.identities.elementwise import power_form
from symcalc.identities.factoring import is_identity_or_outer, opens_up, shared_end
from symcalc.identities.facts import are_transposes, is_symmetric, vector_fact
from symcalc.identities.neighbours import join_neighbours
from symcalc.identities.order import order, weight
from symcalc.identities.terms import factors_of, has_mixed_signs, negated_sum, split, with_scalars
from symcalc.operations.arithmetic import ADD, POWER, TIMES
from symcalc.operations.leaves import BASIS, IDENTITY, NUMBER, ONES, ZEROS, dimension_number, eye, number, ones, zeros
from symcalc.operations.linalg.inverse import INVERSE
from symcalc.operations.products import MATMUL, TRANSPOSE

#: Longer products stay nested: nobody reads them, and flattening them would cost quadratic time.
LONGEST_PRODUCT = 32
#: What may be a sum, or the transpose of one.
_WITH_SUMS = frozenset({ADD, TRANSPOSE})


@normal_form("matmul")
def matmul_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """The product, flat: scalars in front, identities gone, diag(v) as ∘, equal factors as powers."""
    rows, cols = args[0].shape[0], args[-1].shape[1]
    scalars: list[Node] = []
    factors: list[Node] = []
    length = sum(len(arg.args) if arg.op is MATMUL else 1 for arg in args)
    for arg in args:
        _append(arg, factors, scalars, flat=length <= LONGEST_PRODUCT)
    ops = {factor.op for factor in factors}
    if ZEROS in ops:
        return zeros(rows, cols)
    if TIMES in ops:
        factors = _opened_hadamard(factors)
    factors = _merge_neighbours(factors)
    ops = {factor.op for factor in factors}
    if INVERSE in ops:
        factors = _without_inverses(factors)
        ops = {factor.op for factor in factors}
    if not factors:
        return with_scalars(scalars, eye(rows) if not is_one(rows) else number(1))
    if TIMES in ops or (MATMUL in ops and length <= LONGEST_PRODUCT):
        opened = [part for factor in factors for part in (factor.args if factor.op is MATMUL else (factor,))]
        if opened != list(args):
            again: list[Node] = []
            for factor in opened:
                _append(factor, again, scalars, flat=True)
            if again != factors:
                factors = _without_inverses(_merge_neighbours(_opened_hadamard(again)))
                ops = {factor.op for factor in factors}
    if len(factors) > 1 and not _WITH_SUMS.isdisjoint(ops):
        factors = _pulled_out(factors)
        if _have_opposites(factors):
            scalars.append(number(-1))
    segments = _segments(factors)
    if len(segments) == 1:
        opened_up = _opened_identity(factors) if len(factors) == 2 else None
        return with_scalars(scalars, _segment(segments[0]) if opened_up is None else opened_up)
    outer: list[Node] = []
    for segment in segments:
        if is_one(segment[0].shape[0]) and is_one(segment[-1].shape[1]):
            cite("scalars to the front")
            scalars.append(_segment(segment))
        else:
            outer.extend(segment)
    if not outer:
        return with_scalars(scalars, None)
    return with_scalars(scalars, _outer(outer))


def _outer(factors: list[Node]) -> Node:
    """A product that is cut by inner 1s; 𝟏𝟏ᵀ is the matrix of ones."""
    if len(factors) == 1:
        return factors[0]
    if len(factors) == 2 and factors[0].op is ONES and factors[1].op is TRANSPOSE and factors[1].args[0].op is ONES:
        return ones(factors[0].shape[0], factors[1].shape[1])
    return keep(MATMUL, tuple(factors))


def _kept_product(factors: list[Node]) -> Node:
    """The product as it is; if all of its three or more factors are transposes, of the product turned round."""
    if len(factors) > 2 and all(factor.op is TRANSPOSE and factor.ndim == 2 for factor in factors):
        cite("transpose of a product")
        return keep(TRANSPOSE, (keep(MATMUL, tuple([factor.args[0] for factor in reversed(factors)])),))
    return keep(MATMUL, tuple(factors))


def _pulled_out(factors: list[Node]) -> list[Node]:
    """A (c B + u vᵀ B) as A (c I + u vᵀ) B: what a bracket's terms all end with goes out of it, into the product."""
    result: list[Node] = []
    for factor in factors:
        turned = factor.op is TRANSPOSE and factor.args[0].op is ADD
        parts = shared_end(factor.args[0] if turned else factor) if factor.ndim == 2 else None
        if parts is None:
            result.append(factor)
            continue
        cite("A (c B + u vᵀ B) = A (c I + u vᵀ) B")
        result.extend([make("transpose", part) for part in reversed(parts)] if turned else parts)
    return result


def _have_opposites(factors: list[Node]) -> bool:
    """(a − b) (b − a)ᵀ as −(a − b) (a − b)ᵀ: the later of two opposite differences is turned round, in place."""
    seen: dict[Node, Node] = {}
    for k, factor in enumerate(factors):
        flat = factor.args[0] if factor.op is TRANSPOSE else factor
        if flat.op is not ADD or not has_mixed_signs(flat):
            continue
        opposite = seen.get(flat)
        if opposite is not None:
            cite("sign of two differences")
            factors[k] = opposite if factor is flat else make("transpose", opposite)
            return True
        seen[negated_sum(flat)] = flat
    return False


def _opened_hadamard(factors: list[Node]) -> list[Node]:
    """(u vᵀ) ∘ A as diag(u) A diag(v) inside a product, where it meets a vector or where u and v are plain."""
    if len(factors) < 2 or not any(factor.op is TIMES and factor.ndim == 2 for factor in factors):
        return factors
    opened: list[Node] = []
    for k, factor in enumerate(factors):
        outer = _outer_factor(factor) if factor.op is TIMES and factor.ndim == 2 else None
        beside = factors[max(k - 1, 0) : k] + factors[k + 1 : k + 2]
        if outer is None or not (_plain_outer(outer) or any(node.ndim == 1 for node in beside)):
            opened.append(factor)
            continue
        cite("(u vᵀ) ∘ A = diag(u) A diag(v)")
        row = next(j for j, part in enumerate(outer.args) if is_one(part.shape[0]))
        left = make("diag", make("matmul", *outer.args[:row]))
        right = make("diag", make("transpose", make("matmul", *outer.args[row:])))
        rest = make("times", *[part for part in factor.args if part is not outer])
        for part in (left, rest, right):
            if part.op is not IDENTITY:
                opened.extend(part.args if part.op is MATMUL else (part,))
    return opened


def _outer_factor(product: Node) -> Node | None:
    """The first factor of the form column times row."""
    return next((part for part in product.args if part.op is MATMUL and is_identity_or_outer(part)), None)


def _plain_outer(outer: Node) -> bool:
    parts = [part.args[0] if part.op is TRANSPOSE else part for part in outer.args]
    return len(parts) == 2 and all(part.op.is_variable or part.op is ONES for part in parts)


def _without_inverses(factors: list[Node]) -> list[Node]:
    """(A B)⁻¹ beside A B, written as two factors, gone."""
    for k, factor in enumerate(factors):
        if factor.op is not INVERSE or factor.args[0].op is not MATMUL:
            continue
        parts = list(factor.args[0].args)
        count = len(parts)
        if factors[k + 1 : k + 1 + count] == parts:
            left = factors[:k] + factors[k + 1 + count :]
        elif k >= count and factors[k - count : k] == parts:
            left = factors[: k - count] + factors[k + 1 :]
        else:
            continue
        cite("A⁻¹ A = I")
        return _without_inverses(_merge_neighbours(left))
    return factors


def _opened_identity(factors: list[Node]) -> Node | None:
    """(c I + u vᵀ) M as c M + u vᵀ M, if c is no number or the terms show their symmetry; None for other products."""
    for k in (0, 1):
        total, other = factors[k], factors[1 - k]
        if total.ndim < 2 or other.ndim < 2 or not opens_up(total) or weight([other], 4) > 3:
            continue
        products = [matmul_form((part, other) if k == 0 else (other, part)) for part in total.args]
        if any(_is_scaled_identity(part) for part in total.args) or all(is_symmetric(product) for product in products):
            cite("(c I + u vᵀ) M")
            return make("add", *products)
    return None


def _is_scaled_identity(node: Node) -> bool:
    return node.op is TIMES and node.args[-1].op is IDENTITY and node.args[-2].op is not NUMBER


def _append(arg: Node, factors: list[Node], scalars: list[Node], flat: bool) -> None:
    """Add the factors of `arg` to the list, its scalars to the others."""
    if arg.ndim == 0:
        scalars.append(arg)
        return
    op = arg.op
    if op is IDENTITY:
        cite("product with the identity")
        return
    if op is TIMES:
        arrays = [part for part in arg.args if part.ndim]
        if len(arrays) < len(arg.args):
            scalars.extend(part for part in arg.args if not part.ndim)
            rest = arrays[0] if len(arrays) == 1 else keep(TIMES, tuple(arrays))
            _append(rest, factors, scalars, flat)
            return
    elif op is MATMUL and flat:
        factors.extend(arg.args)
        return
    elif op is TRANSPOSE and flat and arg.args[0].op is MATMUL:
        factors.extend([make("transpose", factor) for factor in reversed(arg.args[0].args)])
        return
    elif op is ONES and arg.ndim == 2:
        factors.extend((ones(arg.shape[0]), make("transpose", ones(arg.shape[1]))))
        return
    factors.append(arg)


def _merge_neighbours(factors: list[Node]) -> list[Node]:
    """Each factor against the one before it: cancel, join, or keep both."""
    merged: list[Node] = []
    for factor in factors:
        while True:
            joined = join_neighbours(merged[-1], factor) if merged else None
            if joined is None:
                merged.append(factor)
                break
            merged.pop()
            if not joined:
                break
            factor = joined[0]
            if factor.op is TRANSPOSE and factor.args[0].op is TIMES or factor.op is TIMES:
                continue
    return merged


def _segments(factors: list[Node]) -> list[list[Node]]:
    """The product cut wherever the inner dimension is 1: between a column and a row."""
    segments = [[factors[0]]]
    for factor in factors[1:]:
        if is_one(segments[-1][-1].shape[1]):
            segments.append([factor])
        else:
            segments[-1].append(factor)
    return segments


def _segment(segment: list[Node]) -> Node:
    """A product without inner 1: a scalar is turned the way round that reads best."""
    if len(segment) == 1:
        return segment[0]
    first, last = segment[0], segment[-1]
    if not (is_one(first.shape[0]) and is_one(last.shape[1])):
        return _kept_product(segment)
    halved = _symmetric_part(segment)
    if halved is not None:
        return halved
    if len(segment) == 2:
        special = _inner_product(*segment)
        if special is not None:
            return special
    flipped: list[Node] = []
    signs: list[Node] = []  # of skew factors, whose transpose is −S
    for factor in reversed(segment):
        _append(make("transpose", factor), flipped, signs, flat=False)
    best = flipped if _reads_better(flipped, segment) else segment
    if best is flipped:
        cite("a scalar is its own transpose")
        if any(factor.op is TIMES and factor.ndim == 2 for factor in flipped):
            # Turned round, an elementwise product may have become one that opens beside its neighbours.
            return matmul_form((*signs, *flipped))
    if first.op is TRANSPOSE and first.args[0].op is ONES and last.op is ONES:
        cite("1ᵀ A 1 = sum(A)")
        middle = segment[1:-1]
        return make("sum", middle[0] if len(middle) == 1 else _kept_product(middle))
    return with_scalars(signs if best is flipped else [], keep(MATMUL, tuple(best)))


def _symmetric_part(segment: list[Node]) -> Node | None:
    """xᵀ (A + Aᵀ) x as 2 xᵀ A x; None if the product has another form."""
    middle, half = segment[len(segment) // 2], len(segment) // 2
    is_skew = middle.op.is_variable and "skew" in middle.data.assume
    if len(segment) % 2 == 0 or not (is_skew or middle.op is ADD):
        return None
    if not all(are_transposes(segment[k], segment[-1 - k]) for k in range(half)):
        return None
    if is_skew:
        cite("xᵀ A x = 0 for skew A")
        return number(0)
    terms: dict[Node | None, Any] = {}
    for term in middle.args:
        factor, core = split(term)
        twins = (known for known in terms if known is not None and core is not None and are_transposes(core, known))
        twin = next(twins, core)
        terms[twin] = terms.get(twin, 0) + factor
    if len(terms) == len(middle.args):
        return None
    cite("xᵀ (A + Aᵀ) x = 2 xᵀ A x")
    total = make("add", *[make("times", number(factor), core) for core, factor in terms.items() if core is not None])
    return matmul_form((*segment[:half], total, *segment[half + 1 :]))


def _inner_product(row: Node, column: Node) -> Node | None:
    """uᵀv where it is a sum, a length or a known number."""
    other = make("transpose", row)
    if _divided_by(other, column) or _divided_by(column, other):
        cite("(u ⊘ v)ᵀ v = sum(u)")
        return make("sum", make("times", other, column))
    for a, b in ((other, column), (column, other)):
        if a.op is ONES:
            if b.op is ONES:
                return dimension_number(b.shape[0])
            cite("1ᵀ v = sum(v)")
            return make("sum", b)
    if other is column and vector_fact(column, "onehot"):
        cite("sum of a distribution")
        return number(1)
    for unit, array in ((other, column), (column, other)):
        if unit.op is BASIS:
            return _entry(unit, array)
    return None


def _entry(unit: Node, array: Node) -> Node | None:
    """eᵢᵀa where it is known, or a product or power of entries."""
    if array is unit:
        cite("product of two unit vectors")
        return number(1)
    if array.op is BASIS and all(one.args[0].op is NUMBER for one in (unit, array)):
        cite("product of two unit vectors")
        return number(0)
    row = make("transpose", unit)
    if array.op is TIMES:
        cite("entry of a product")
        return make("times", *[make("matmul", row, factor) if factor.ndim else factor for factor in array.args])
    if array.op is POWER and array.args[1].op is NUMBER:
        cite("entry of a product")
        return power_form((make("matmul", row, array.args[0]), array.args[1]))
    return None


def _divided_by(vector: Node, other: Node) -> bool:
    """Has the vector the other one in its denominator?"""
    return any(
        factor.op is POWER and factor.args[0] is other and factor.args[1].op is NUMBER and factor.args[1].data < 0
        for factor in factors_of(vector)
    )


def _reads_better(factors: list[Node], others: list[Node]) -> bool:
    """Has a product fewer transposes than another, or plainer factors from the left on?"""
    ours, theirs = (sum([factor.op is TRANSPOSE for factor in product[1:]]) for product in (factors, others))
    if ours != theirs:
        return ours < theirs
    for one, other in zip(factors, others, strict=False):
        if one is other:
            continue
        # Variables before functions of them; only where that does not decide are whole expressions compared.
        is_plain, other_plain = (_upright(node).op.is_variable for node in (one, other))
        if is_plain != other_plain:
            return is_plain
        if plainness(one) != plainness(other):
            return plainness(one) < plainness(other)
    return len(factors) < len(others)


def _upright(node: Node) -> Node:
    return node.args[0] if node.op is TRANSPOSE else node


def plainness(node: Node) -> tuple:
    """Variables before functions of them (`uᵀ f(z)`), then by name."""
    plain = _upright(node)
    return not plain.op.is_variable, *order(plain)[1:]
