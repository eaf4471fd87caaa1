"""Common factors of the terms of a sum: elementwise ones, and first or last factors of matrix products."""

from __future__ import annotations

from symcalc.graph.dimensions import same
from symcalc.graph.node import Node, is_one
from symcalc.identities.core import cite, make
from symcalc.identities.facts import is_symmetric
from symcalc.identities.order import weight
from symcalc.identities.terms import Number, Term, base_and_exponent, factors_of, ratio, scaled, split, zero_like
from symcalc.operations.arithmetic import ADD, TIMES
from symcalc.operations.leaves import IDENTITY, NUMBER, ONES, ZEROS, eye, filled_like, number
from symcalc.operations.products import MATMUL, TRANSPOSE
from symcalc.operations.structure.diagonal import DIAG

#: From this many symbols on, a common factor is put outside even if what is left over are long products.
WORTH_FACTORING = 6

Chain = tuple[list[Node], tuple[Node, ...]]

# -- elementwise ---------------------------------------------------------------------------------


def _powers(core: Node | None) -> dict[Node, Node]:
    """base -> exponent for the factors of a product."""
    return dict(base_and_exponent(factor) for factor in factors_of(core) if factor.op is not ONES)


def common_factors(terms: list[Term], like: Node) -> tuple[list[Node], list[Node]]:
    """Factors that every term shares (with the least exponent), and the terms without them."""
    first = _powers(terms[0][0])
    if not first:
        return [], []
    others = [_powers(core) for core, _ in terms[1:]]
    shared: dict[Node, Node] = {}
    for base, exponent in first.items():
        if exponent.op is not NUMBER or (like.ndim == 0 and base.op.is_variable):
            continue
        exponents = [exponent] + [powers.get(base) for powers in others]
        if all(e is not None and e.op is NUMBER for e in exponents):
            values = [e.data for e in exponents if e is not None]
            if min(values) > 0 or max(values) < 0:
                shared[base] = number(_shared_exponent(values))
    if not shared:
        return [], []
    cite("common factor")
    rest = []
    for core, factor in terms:
        extra, left = split(_without(core, shared, like))
        rest.append(scaled(factor * extra, left if left is not None or not like.ndim else filled_like(ONES, like)))
    return [make("power", base, exponent) for base, exponent in shared.items()], rest


def _shared_exponent(values: list[Number]) -> Number:
    """The least exponent, so that quotients get one denominator; the greatest, if most of the terms have that."""
    greatest = max(values)
    return greatest if greatest < 0 and 2 * values.count(greatest) > len(values) else min(values)


def _without(core: Node | None, shared: dict[Node, Node], like: Node) -> Node:
    """A product without the powers in `shared`, which are among its factors: nothing is divided, nothing can be 0/0."""
    rest = []
    for factor in factors_of(core):
        base, exponent = base_and_exponent(factor)
        if base not in shared:
            rest.append(factor)
        elif exponent.data != shared[base].data:
            rest.append(make("power", base, number(exponent.data - shared[base].data)))
    return make("times", *rest, filled_like(ONES, like))


# -- matrix products -----------------------------------------------------------------------------


def _chain(core: Node | None) -> Chain | None:
    """A term as (scalar factors, matrix factors) if it is a matrix product; (A B)ᵀ counts as Bᵀ Aᵀ."""
    if core is None:
        return None
    scalars: list[Node] = []
    if core.op is TIMES:
        if any(arg.ndim for arg in core.args[:-1]):
            return None
        scalars, core = list(core.args[:-1]), core.args[-1]
    if core.op is MATMUL:
        return scalars, core.args
    if core.op is TRANSPOSE and core.args[0].op is MATMUL:
        return scalars, tuple([make("transpose", factor) for factor in reversed(core.args[0].args)])
    return None


def common_matrix_factors(terms: list[Term]) -> list[Term]:
    """A x + B x as (A + B) x, as long as terms share their first or last factors and it reads better so."""
    terms = _joined_identities(terms)
    if sum(1 for core, _ in terms if core is not None and _may_be_chain(core)) < 2:
        return _opened_projections(terms)
    terms = list(terms)
    while len(terms) > 1:
        chains = [_chain(core) for core, _ in terms]
        group, first, last = _best_group(chains)
        if len(group) < 2:
            break
        cite("common matrix factor")
        before, after = _ends(chains[group[0]], first, last)
        parts = [_between(terms[k][1], chains[k], first, last) for k in group]
        factor, core = split(make("matmul", *before, make("add", *parts), *after))
        rest = [term for k, term in enumerate(terms) if k not in group]
        terms = _joined(rest, core, factor) or [(zero_like(make("matmul", *before, parts[0], *after)), 1)]
    return _opened_projections(terms)


def _joined_identities(terms: list[Term]) -> list[Term]:
    """(c I + A) B + d B as ((c + d) I + A) B, and A (b + c) + d b + d c as (A + d I) (b + c); S x xᵀ S + S stays."""
    factors = dict(terms)
    for core, factor in terms:
        if core is None or core.op is not MATMUL or ADD not in (core.args[0].op, core.args[-1].op):
            continue
        if is_symmetric(core):
            continue
        for at_end in (False, True):
            found = _beside_identity(core, factors, at_end) or _sum_among(core, factors, at_end)
            if found is None:
                continue
            matrix, rest, other, used = found
            cite("(c I + A) B + d B")
            inside = make(
                "add", make("times", number(factor), matrix), make("times", number(other), eye(matrix.shape[0]))
            )
            outside, product = split(make("matmul", rest, inside) if at_end else make("matmul", inside, rest))
            left = [term for term in terms if term[0] is not core and term[0] not in used]
            return _joined_identities(_joined(left, product, outside) or [(zero_like(core), 1)])
    return terms


#: A matrix A, what it is multiplied with, the multiple d of that in the rest of a sum, and the terms of this rest.
Beside = tuple[Node, Node, Number, set[Node]]


def _beside_identity(core: Node, factors: dict[Node | None, Number], at_end: bool) -> Beside | None:
    """c I + A and B of (c I + A) B, if B is among the terms."""
    matrix = core.args[-1] if at_end else core.args[0]
    if matrix.op is not ADD or matrix.ndim < 2 or not any(_is_identity(term) for term in matrix.args):
        return None
    rest = make("matmul", *(core.args[:-1] if at_end else core.args[1:]))
    return (matrix, rest, factors[rest], {rest}) if rest in factors else None


def _is_identity(term: Node) -> bool:
    core = split(term)[1]
    return core is not None and core.op is IDENTITY


def _sum_among(core: Node, factors: dict[Node | None, Number], at_end: bool) -> Beside | None:
    """A and b + c of A (b + c), if b and c are among the terms with one factor d."""
    total = core.args[0] if at_end else core.args[-1]
    if total.op is not ADD:
        return None
    parts = {part: number_in_front for number_in_front, part in map(split, total.args) if part is not None}
    if len(parts) < len(total.args) or not parts.keys() <= factors.keys():
        return None
    ratios = {ratio(factors[part], number_in_front) for part, number_in_front in parts.items()}
    matrix = make("matmul", *(core.args[1:] if at_end else core.args[:-1]))
    if len(ratios) > 1 or not same(*matrix.shape) or matrix.ndim < 2:
        return None
    return matrix, total, ratios.pop(), set(parts)


def _may_be_chain(core: Node) -> bool:
    inner = core.args[-1] if core.op is TIMES else core
    return inner.op is MATMUL or (inner.op is TRANSPOSE and inner.args[0].op is MATMUL)


def _joined(terms: list[Term], core: Node | None, factor: Number) -> list[Term]:
    """The terms with factor × core among them."""
    for k, (other, coefficient) in enumerate(terms):
        if other is core:
            factor += coefficient
            del terms[k]
            break
    if factor and core is not None and core.op is not ZEROS:
        terms.append((core, factor))
    return terms


def _ends(chain: Chain | None, first: int, last: int) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    assert chain is not None
    factors = chain[1]
    return factors[:first], factors[len(factors) - last :]


def _between(number_in_front: Number, chain: Chain | None, first: int, last: int) -> Node:
    assert chain is not None
    scalars, factors = chain
    return make("times", number(number_in_front), *scalars, make("matmul", *factors[first : len(factors) - last]))


def opens_up(total: Node) -> bool:
    """A sum of multiples of I and outer products: diag(v) times it is simpler term by term."""
    return total.op is ADD and all(is_identity_or_outer(split(part)[1]) for part in total.args)


def is_identity_or_outer(core: Node | None) -> bool:
    """Is the term a multiple of I, of a diagonal matrix or of an outer product?"""
    if core is None:
        return False
    array = core.args[-1] if core.op is TIMES else core
    return array.op in (IDENTITY, DIAG) or (array.op is MATMUL and _is_outer(array.args))


def _is_outer(factors: tuple[Node, ...]) -> bool:
    return any(is_one(factor.shape[1]) for factor in factors[:-1])


def _opens_again(members: list[Chain], first: int, last: int) -> bool:
    """Is the sum left over one that diag(v) beside it opens up?"""
    factors = members[0][1]
    beside = [*factors[:first][-1:], *factors[len(factors) - last :][:1]]
    if not any(factor.op is DIAG for factor in beside):
        return False
    left_over = [chain[first : len(chain) - last] for _, chain in members]
    return all(_is_outer(part) or (len(part) == 1 and part[0].op in (IDENTITY, DIAG)) for part in left_over)


def _best_group(chains: list[Chain | None]) -> tuple[list[int], int, int]:
    """The largest set of terms worth factoring, and how many first and last factors they share."""
    ends: dict[tuple[bool, Node], list[int]] = {}
    for k, chain in enumerate(chains):
        if chain and len(chain[1]) > 1:
            ends.setdefault((True, chain[1][-1]), []).append(k)
            ends.setdefault((False, chain[1][0]), []).append(k)
    best: tuple[list[int], int, int] = ([], 0, 0)
    score = (1, 0, False)
    for (at_end, _), group in ends.items():
        if len(group) < max(2, score[0]):
            continue
        members = [chain for k in group if (chain := chains[k]) is not None]
        first, last = _shared_ends([factors for _, factors in members], at_end)
        if _opens_again(members, first, last):
            continue
        common = weight([*members[0][1][:first], *members[0][1][len(members[0][1]) - last :]], WORTH_FACTORING)
        if _worth_factoring(members, first + last, common) and (len(group), common, at_end) > score:
            best, score = (group, first, last), (len(group), common, at_end)
    return best


def _worth_factoring(members: list[Chain], shared: int, common: int) -> bool:
    """(A + Aᵀ) x and Aᵀ (A x − b) read better than two products; long sums and sums with scalars like xᵀx do not."""
    scalars = [[scalar for scalar in scalars if scalar.args] for scalars, _ in members]
    if any(other != scalars[0] for other in scalars):
        return False
    return common >= WORTH_FACTORING or min(len(factors) for _, factors in members) - shared == 1


def _shared_ends(chains: list[tuple[Node, ...]], at_end: bool) -> tuple[int, int]:
    """How many first and last factors all chains share; in each at least one is left over."""
    most = min(len(chain) for chain in chains) - 1
    if at_end:
        last = _shared(chains, most, at_end=True)
        return _shared(chains, most - last, at_end=False), last
    first = _shared(chains, most, at_end=False)
    return first, _shared(chains, most - first, at_end=True)


def _shared(chains: list[tuple[Node, ...]], most: int, *, at_end: bool) -> int:
    length = 0
    while length < most:
        k = -length - 1 if at_end else length
        if any(chain[k] is not chains[0][k] for chain in chains):
            break
        length += 1
    return length


def _opened_projections(terms: list[Term]) -> list[Term]:
    """A − A u vᵀ as A (I − u vᵀ), where the left-over is one column times one row; S x xᵀ S stays as it is."""
    if len(terms) != 2:
        return terms
    for k in (0, 1):
        (plain, factor), (core, other) = terms[k], terms[1 - k]
        chain = _chain(core)
        if chain is None or plain is None or core is None or plain.ndim < 2 or len(chain[1]) != 3 or is_symmetric(core):
            continue
        if not factors_of(plain):
            continue
        whole = factors_of(plain)[-1]
        before = chain[1][0] is whole and chain[1][1].ndim == 1 and chain[1][2].ndim == 1
        after = chain[1][2] is whole and chain[1][0].ndim == 1 and chain[1][1].ndim == 1
        if not (before or after) or len(factors_of(plain)) > 1:
            continue
        cite("A + A u vᵀ = A (I + u vᵀ)")
        left_over = chain[1][1:] if before else chain[1][:2]
        size = whole.shape[1] if before else whole.shape[0]
        outer = make("times", number(other), *chain[0], make("matmul", *left_over))
        total = make("add", make("times", number(factor), eye(size)), outer)
        result = make("matmul", whole, total) if before else make("matmul", total, whole)
        number_in_front, product = split(result)
        return [(product, number_in_front)]
    return terms


def shared_end(total: Node) -> list[Node] | None:
    """c B + u vᵀ B as the factors (c I + u vᵀ) and B, c B + B u vᵀ as B and (c I + u vᵀ); None for other sums.

    (Of B − B A B, which could be opened on either side, neither is done.)
    """
    if total.op is not ADD or len(total.args) != 2 or total.ndim < 2:
        return None
    terms = [split(term) for term in total.args]
    for k in (0, 1):
        (factor, plain), (other, core) = terms[k], terms[1 - k]
        chain = _chain(core)
        if chain is None or plain is None or _chain(plain) is not None:
            continue
        *scalars, whole = factors_of(plain) or (plain,)
        if whole.op is IDENTITY or any(scalar.ndim for scalar in scalars):
            continue
        at_end = chain[1][-1] is whole
        if len(chain[1]) < 3 or at_end == (chain[1][0] is whole):
            continue
        rest = make("matmul", *(chain[1][:-1] if at_end else chain[1][1:]))
        lone = make("times", number(factor), *scalars, eye(whole.shape[0] if at_end else whole.shape[1]))
        inside = make("add", lone, make("times", number(other), *chain[0], rest))
        return [inside, whole] if at_end else [whole, inside]
    return None
