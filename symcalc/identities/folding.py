"""Identities between the factors of an elementwise product: exponentials, softmax, logistic function, indicators,
one-hot vectors, diagonal matrices, norms.  Each takes the factors and returns new ones, or None if it does not apply.
"""

from __future__ import annotations

from collections.abc import Callable

from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import Operation
from symcalc.identities.core import build, cite, make
from symcalc.identities.facts import vector_fact
from symcalc.identities.terms import base_and_exponent, split
from symcalc.operations.arithmetic import ADD, MINUS_ONE, ONE, POWER, TIMES
from symcalc.operations.leaves import IDENTITY, NUMBER, ONES, number, ones
from symcalc.operations.products import MATMUL, TRANSPOSE
from symcalc.operations.structure.diagonal import DIAG

Folding = Callable[[list[Node]], list[Node] | None]


def folded_arrays(arrays: list[Node]) -> list[Node] | None:
    """Identities between array factors; None if none applies."""
    found = _onehot(arrays)
    ops = {node.op for node in arrays}
    for op, folding in _BY_OPERATION:
        if found is None and op in ops:
            found = folding(arrays)
    return found


def folded(factors: list[Node]) -> list[Node] | None:
    """Identities between factors of one rank; None if none applies."""
    names = {base_and_exponent(factor)[0].op.name for factor in factors}
    if "matmul" in names and not factors[0].ndim:
        found = _joined_entries(factors)
        if found is not None:
            return found
    if "exp" in names:
        found = _joined_exponentials(factors) or _logistic(factors) or _softmax_of_two(factors)
        if found is not None:
            return found
    for top, below, quotient in _QUOTIENTS:
        if top in names and below in names:
            found = _quotient(factors, top, below, quotient)
            if found is not None:
                return found
    if "sign" in names:
        found = _absolute(factors)
        if found is not None:
            return found
    if "step" in names:
        return _selected(factors)
    return _two_logistics(factors) if "sigmoid" in names else None


# -- arrays ----------------------------------------------------------------------------------------


def _onehot(arrays: list[Node]) -> list[Node] | None:
    """y ∘ p = (yᵀp) y for one-hot y."""
    for k, node in enumerate(arrays):
        if node.ndim == 1 and vector_fact(node, "onehot"):
            cite("one-hot product")
            others = arrays[:k] + arrays[k + 1 :]
            rest = make("times", *others)
            column = node if node.shape[1] == 1 else make("transpose", node)
            rest = rest if rest.shape[1] == 1 else make("transpose", rest)
            return [make("matmul", make("transpose", column), rest), node]
    return None


def _joined_entries(factors: list[Node]) -> list[Node] | None:
    """(yᵀa) (yᵀb) = yᵀ(a ∘ b) for one-hot y: the product of two entries is that entry of the product."""
    entries: dict[Node, list[Node]] = {}
    rest: list[Node] = []
    for factor in factors:
        base, exponent = base_and_exponent(factor)
        whole = exponent.op is NUMBER and isinstance(exponent.data, int) and exponent.data > 0
        found = entry_of(base) if whole else None
        if found is None:
            rest.append(factor)
        else:
            entries.setdefault(found[0], []).append(make("power", found[1], exponent))
    if sum(map(len, entries.values())) == len(entries):
        return None
    cite("product of two entries")
    return [*rest, *[make("matmul", make("transpose", y), make("times", *arrays)) for y, arrays in entries.items()]]


def entry_of(node: Node) -> tuple[Node, Node] | None:
    """y and a of yᵀa or aᵀy, for one-hot y; None for other products."""
    if node.op is not MATMUL or node.ndim:
        return None
    first, last = make("transpose", node.args[0]), node.args[-1]
    if first.op.is_variable and vector_fact(first, "onehot"):
        return first, make("matmul", *node.args[1:])
    if last.op.is_variable and vector_fact(last, "onehot"):
        return last, make("transpose", make("matmul", *node.args[:-1]))
    return None


def _distributed_onehot(arrays: list[Node]) -> list[Node] | None:
    """p ∘ (a − y) = p ∘ a − (yᵀp) y for one-hot y."""
    for k, node in enumerate(arrays):
        if node.op is ADD and any(_has_onehot(term) for term in node.args):
            cite("distribute a one-hot product")
            others = arrays[:k] + arrays[k + 1 :]
            return [make("add", *[make("times", *others, term) for term in node.args])]
    return None


def _has_onehot(term: Node) -> bool:
    factors = term.args if term.op is TIMES else (term,)
    return any(factor.ndim == 1 and vector_fact(factor, "onehot") for factor in factors)


def _turned(arrays: list[Node]) -> list[Node] | None:
    """Aᵀ ∘ Bᵀ = (A ∘ B)ᵀ."""
    if not all(node.op is TRANSPOSE for node in arrays):
        return None
    cite("transpose of an elementwise product")
    return [make("transpose", make("times", *[node.args[0] for node in arrays]))]


def _diagonal(arrays: list[Node]) -> list[Node] | None:
    """A ∘ diag(v) = diag(v ∘ diag(A))."""
    for k, node in enumerate(arrays):
        if node.op is IDENTITY or node.op is DIAG:
            cite("elementwise product with a diagonal matrix")
            rest = make("times", *arrays[:k], *arrays[k + 1 :])
            diagonal = make("diagonal", rest)
            return [make("diag", diagonal if node.op is IDENTITY else make("times", node.args[0], diagonal))]
    return None


def _scaled_rows(arrays: list[Node]) -> list[Node] | None:
    """(u 𝟏ᵀ) ∘ A = diag(u) A, and (diag(u) A) ∘ B = diag(u) (A ∘ B)."""
    if arrays[0].ndim < 2:
        return None
    for k, node in enumerate(arrays):
        if node.op is not MATMUL:
            continue
        others = arrays[:k] + arrays[k + 1 :]
        ends = _ones_end(node)
        if ends is not None:
            cite("(u 𝟏ᵀ) ∘ A = diag(u) A")
            left, right = ends
            rest = make("times", *others)
            return [make("matmul", *left, rest, *right)]
        left, inner, right = _diagonal_ends(node)
        if inner:
            cite("(diag(u) A) ∘ B = diag(u) (A ∘ B)")
            return [make("matmul", *left, make("times", make("matmul", *inner), *others), *right)]
    return None


def _ones_end(node: Node) -> tuple[list[Node], list[Node]] | None:
    """For u 𝟏ᵀ the matrix diag(u) to put on the left, for 𝟏 vᵀ the matrix diag(v) to put on the right."""
    first, last = node.args[0], node.args[-1]
    if last.op is TRANSPOSE and last.args[0].op is ONES:
        return [make("diag", make("matmul", *node.args[:-1]))], []
    if first.op is ONES and first.ndim == 1 and is_one(first.shape[1]):
        return [], [make("diag", make("transpose", make("matmul", *node.args[1:])))]
    return None


def _diagonal_ends(node: Node) -> tuple[list[Node], list[Node], list[Node]]:
    """A product as diagonal matrix, the middle, diagonal matrix; an empty middle if there is no diagonal end."""
    factors = list(node.args)
    left = [factors.pop(0)] if factors[0].op is DIAG else []
    right = [factors.pop()] if factors[-1].op is DIAG else []
    return (left, factors, right) if left or right else ([], [], [])


#: Identities between arrays, and an operation that is among the arrays wherever they apply.
_BY_OPERATION: tuple[tuple[Operation, Folding], ...] = (
    (ADD, _distributed_onehot),
    (TRANSPOSE, _turned),
    (IDENTITY, _diagonal),
    (DIAG, _diagonal),
    (MATMUL, _scaled_rows),
)


# -- functions -------------------------------------------------------------------------------------


def _joined_exponentials(factors: list[Node]) -> list[Node] | None:
    """exp(a) exp(b) = exp(a + b)."""
    exponentials = [node for node in factors if node.op.name == "exp"]
    if len(exponentials) < 2:
        return None
    cite("product of exponentials")
    total = make("exp", make("add", *[node.args[0] for node in exponentials]))
    return [total, *[node for node in factors if node.op.name != "exp"]]


def _logistic(factors: list[Node]) -> list[Node] | None:
    """exp(x) σ(−x) as σ(x)."""
    exponential = next((node for node in factors if node.op.name == "exp"), None)
    if exponential is None:
        return None
    (x,) = exponential.args
    flipped = make("sigmoid", make("times", MINUS_ONE, x))
    for k, node in enumerate(factors):
        base = node.args[0] if node.op is POWER else node
        if base is flipped:
            cite("exp(x) σ(−x) = σ(x)")
            rest = [other for j, other in enumerate(factors) if j != k and other is not exponential]
            left = make("power", flipped, make("add", node.args[1], MINUS_ONE)) if node.op is POWER else ONE
            return [make("sigmoid", x), left, *rest]
    return None


#: Powers of exp(x) + exp(y) up to this one are looked through.
_MOST_POWERS = 4


def _softmax_of_two(factors: list[Node]) -> list[Node] | None:
    """exp(x)/(exp(x) + exp(y)) as σ(x − y); exp(x + y)/(exp(x) + exp(y))² as σ(x − y) σ(y − x), and so on."""
    exponential = next(node for node in factors if node.op.name == "exp")
    for node in factors:
        total, exponent = base_and_exponent(node)
        two = total.op is ADD and len(total.args) == 2 and all(term.op.name == "exp" for term in total.args)
        k = -exponent.data if two and exponent.op is NUMBER else 0
        if not isinstance(k, int) or not 0 < k <= _MOST_POWERS:
            continue
        x, y = (term.args[0] for term in total.args)
        for j in range(k + 1):
            if make("add", make("times", number(j), x), make("times", number(k - j), y)) is exponential.args[0]:
                cite("exp(x)/(exp(x) + exp(y)) = σ(x − y)")
                ahead = make("sigmoid", make("add", x, make("times", MINUS_ONE, y)))
                behind = make("sigmoid", make("add", y, make("times", MINUS_ONE, x)))
                rest = [factor for factor in factors if factor is not node and factor is not exponential]
                return [*rest, make("power", ahead, number(j)), make("power", behind, number(k - j))]
    return None


#: f/g as one function: the names of f, g and f/g.
_QUOTIENTS = (("sinh", "cosh", "tanh"), ("sin", "cos", "tan"))


def _quotient(factors: list[Node], top: str, below: str, quotient: str) -> list[Node] | None:
    """sinh(x)/cosh(x) as tanh(x)."""
    powers = dict(map(base_and_exponent, factors))
    for base, exponent in powers.items():
        if base.op.name != top or exponent.op is not NUMBER or exponent.data < 1:
            continue
        other = make(below, base.args[0])
        under = powers.get(other)
        if under is None or under.op is not NUMBER or under.data > -1:
            continue
        cite("sinh(x)/cosh(x) = tanh(x)")
        rest = [factor for factor in factors if base_and_exponent(factor)[0] not in (base, other)]
        left = [make("power", base, number(exponent.data - 1)), make("power", other, number(under.data + 1))]
        return [*rest, *left, make(quotient, base.args[0])]
    return None


def _absolute(factors: list[Node]) -> list[Node] | None:
    """x sign(x) as |x|, and |x| sign(x), sign(x)/|x| as x, 1/x."""
    powers = dict(map(base_and_exponent, factors))
    for base, exponent in powers.items():
        if base.op.name != "sign" or exponent is not ONE:
            continue
        x = base.args[0]
        size = make("abs", x)
        for partner in (x, size):
            p = powers.get(partner)
            if p is None or p.op is not NUMBER or not isinstance(p.data, int) or (partner is x and p.data < 1):
                continue
            if partner is size and p.data % 2 == 0:
                continue
            cite("x sign(x) = |x|")
            rest = [factor for factor in factors if base_and_exponent(factor)[0] not in (base, partner)]
            if partner is size:
                return [*rest, make("power", x, p)]
            return [*rest, make("power", x, number(p.data - 1)), size]
    return None


def _two_logistics(factors: list[Node]) -> list[Node] | None:
    """σ(x) σ(−x) as σ(x) (1 − σ(x)), and (1 − σ(x))/σ(−x) as 1."""
    powers = dict(map(base_and_exponent, factors))
    for base, exponent in powers.items():
        if base.op.name != "sigmoid" or split(base.args[0])[0] >= 0 or exponent.op is not NUMBER:
            continue
        other = make("sigmoid", make("times", MINUS_ONE, base.args[0]))
        complement = make("add", make("power", other, number(0)), make("times", MINUS_ONE, other))
        if other not in powers and complement not in powers:
            continue
        cite("σ(x) σ(−x) = σ(x) (1 − σ(x))")
        rest = [factor for factor in factors if base_and_exponent(factor)[0] is not base]
        return [*rest, make("power", complement, exponent)]
    return None


def _selected(factors: list[Node]) -> list[Node] | None:
    """step(x) ∘ f(max(x, 0)) = step(x) ∘ f(x): where the indicator is 0, the other factors do not matter."""
    for k, node in enumerate(factors):
        base, exponent = base_and_exponent(node)
        if base.op.name != "step" or exponent.op is not NUMBER or exponent.data <= 0:
            continue
        rest = factors[:k] + factors[k + 1 :]
        if node is not base:
            cite("powers of an indicator")
            return [base, *rest]
        (x,) = base.args
        if x in rest and x.op.is_variable:
            cite("x step(x) = relu(x)")
            return [*[other for other in rest if other is not x], make("relu", x)]
        if any(other.op.name == "relu" and other.args[0] is x for other in rest):
            cite("step(x) ∘ f(max(x, 0)) = step(x) ∘ f(x)")
            return rest
        chosen = [_where_positive(other, x) for other in rest]
        if chosen != rest:
            cite("step(x) ∘ f(max(x, 0)) = step(x) ∘ f(x)")
            return [node, *chosen]
    return None


def _where_positive(factor: Node, x: Node) -> Node:
    """f(max(x, 0)) as f(x), f(min(−x, 0)) as f(−x)."""
    if not (factor.op.elementwise and len(factor.args) == 1):
        return factor
    (inner,) = factor.args
    if inner.op.name not in ("max", "min", "relu"):
        return factor
    if inner.op.name != "relu" and not (inner.args[1].op is NUMBER and inner.args[1].data == 0):
        return factor
    wanted = make("times", MINUS_ONE, x) if inner.op.name == "min" else x
    return build(factor.op, (wanted,)) if inner.args[0] is wanted else factor


# -- arrays by scalars -----------------------------------------------------------------------------


def folded_across(scalars: list[Node], arrays: list[Node]) -> list[Node] | None:
    """Identities that need factors of two ranks: exp(x)/sum(exp(x)), and row by row."""
    for node in arrays:
        if node.op.name != "exp":
            continue
        total = _row_totals(node)
        others = scalars if node.ndim == 1 else arrays
        found = next((one for one in others if one.op is POWER and one.args[0] is total), None)
        if found is None or found.args[1].op is not NUMBER or found.args[1].data > -1:
            continue
        cite("exp(x)/sum(exp(x)) = softmax(x)")
        rest = [one for one in (*scalars, *arrays) if one is not node and one is not found]
        left = make("power", total, number(found.args[1].data + 1))
        return [*rest, left, make("softmax", node.args[0])]
    return None


def _row_totals(node: Node) -> Node:
    """What softmax divides exp(x) by: the sum of a vector, the sums of its rows spread over the rows of a matrix."""
    if node.ndim == 1:
        return make("sum", node)
    one = ones(node.shape[1])
    return make("matmul", node, one, make("transpose", one))


def merged_norms(powers: dict[Node, Node]) -> dict[Node, Node] | None:
    """xᵀx as ‖x‖² where the norm of x is among the factors."""
    norms = [base for base in powers if base.op.name == "norm2" and base.args[0].ndim == 1]
    for norm in norms:
        x = norm.args[0]
        square = make("matmul", make("transpose", x), x) if is_one(x.shape[1]) else None
        if square is not None and square in powers and powers[square].op is NUMBER and powers[norm].op is NUMBER:
            cite("xᵀx = ‖x‖²")
            merged = {base: exponent for base, exponent in powers.items() if base is not square and base is not norm}
            merged[norm] = number(powers[norm].data + 2 * powers[square].data)
            return merged
    return None
