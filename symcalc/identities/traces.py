"""Traces in normal form: linear, cyclic, opened where a sum of outer products stands in them."""

from __future__ import annotations

from typing import Any

from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import REGISTRY
from symcalc.identities.core import cite, keep, make, normal_form
from symcalc.identities.neighbours import join_neighbours
from symcalc.identities.order import weight
from symcalc.identities.products import matmul_form, plainness
from symcalc.identities.terms import pulled_scalars, with_scalars
from symcalc.operations.arithmetic import ADD, POWER, TIMES
from symcalc.operations.leaves import IDENTITY, NUMBER, ONES, ZEROS, dimension_number, number
from symcalc.operations.products import MATMUL, TRANSPOSE
from symcalc.operations.structure.diagonal import DIAG

#: Sums of outer products are looked for in sums nested this deep.
DEEPEST_SUM = 4


@normal_form("tr")
def trace_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """The trace, in the cyclic order that reads best."""
    (node,) = args
    if node.ndim == 0:
        return node
    scalars, node = pulled_scalars(node)
    return with_scalars(scalars, _trace(node))


def _trace(node: Node) -> Node:
    if node.op is IDENTITY or node.op is ONES:
        return dimension_number(node.shape[0])
    if node.op is ZEROS:
        return number(0)
    if node.op is DIAG:
        cite("trace of a diagonal matrix")
        return make("sum", node.args[0])
    if node.op is TRANSPOSE:
        cite("trace of a transpose")
        node = node.args[0]
    opened = _trace_of_sum(node)
    if opened is not None:
        return opened
    if node.op is MATMUL:
        return _trace_of_exponential(node) or _trace_of_entries(node) or _cyclic_trace(node)
    if node.op.name == "kron" and all(arg.shape[0] == arg.shape[1] for arg in node.args):
        cite("tr(A ⊗ B) = tr(A) tr(B)")
        return make("times", *[trace_form((arg,)) for arg in node.args])
    return keep(REGISTRY["tr"], (node,))


def _trace_of_sum(node: Node) -> Node | None:
    """tr(A (u vᵀ + w zᵀ)) as vᵀA u + zᵀA w, and tr(A (c B + D)) as c tr(A B) + tr(A D) for a scalar c."""
    factors = node.args if node.op is MATMUL else (node,)
    for k, factor in enumerate(factors):
        flat = factor.args[0] if factor.op is TRANSPOSE else factor
        if flat.op is not ADD:
            continue
        terms = [pulled_scalars(term) for term in flat.args]
        are_outer = all(is_outer(core) for _, core in terms)
        have_scalars = any(scalar.op is not NUMBER for scalars, _ in terms for scalar in scalars)
        others = [*factors[:k], *factors[k + 1 :]]
        if are_outer or (have_scalars and weight(others, 4) < 4):
            cite("trace of a sum")
            parts = [make("transpose", term) if factor is not flat else term for term in flat.args]
            products = [make("matmul", *factors[:k], part, *factors[k + 1 :]) for part in parts]
            return make("add", *[trace_form((product,)) for product in products])
    return None


def is_outer(node: Node, levels: int = DEEPEST_SUM) -> bool:
    """Is this a product that is cut by an inner size of 1, or one with a sum of such products?"""
    if node.op is not MATMUL or not levels:
        return False
    if any(is_one(factor.shape[1]) for factor in node.args[:-1]):
        return True
    sums = [factor for factor in node.args if factor.op is ADD]
    return any(all(is_outer(pulled_scalars(term)[1], levels - 1) for term in total.args) for total in sums)


def _trace_of_exponential(node: Node) -> Node | None:
    """⟨L(A, E), D⟩ = ⟨E, D exp(Aᵀ)⟩ for the derivative L of exp, where D and Aᵀ are multiples of one matrix."""
    if len(node.args) != 2:
        return None
    for one, other in (node.args, node.args[::-1]):
        turned = one.op is TRANSPOSE
        inner = one.args[0] if turned else one
        if inner.op.name != "expm_frechet":
            continue
        (point, along), direction = inner.args, other if turned else make("transpose", other)
        flipped = make("transpose", point)
        if pulled_scalars(flipped)[1] is not pulled_scalars(direction)[1]:
            continue
        cite("derivative of exp along its own matrix")
        return make("tr", make("matmul", make("transpose", along), direction, make("expm", flipped)))
    return None


def _trace_of_entries(node: Node) -> Node | None:
    """tr(Aᵀ B) as sum(A ∘ B), where one of them is written entry by entry."""
    if len(node.args) != 2 or is_one(node.args[0].shape[1]) or is_one(node.args[0].shape[0]):
        return None
    plain = [arg.args[0] if arg.op is TRANSPOSE else arg for arg in node.args]
    if not any(arg.op.elementwise or arg.op in (TIMES, POWER) for arg in plain):
        return None
    cite("tr(Aᵀ B) = sum(A ∘ B)")
    return make("sum", make("times", make("transpose", node.args[0]), node.args[1]))


def _cyclic_trace(node: Node) -> Node:
    factors = list(node.args)
    for k, factor in enumerate(factors):
        if is_one(factor.shape[0]):
            cite("trace is cyclic")
            return matmul_form(tuple(factors[k:] + factors[:k]))
    joined = join_neighbours(factors[-1], factors[0]) if len(factors) > 1 else None
    if joined is not None:
        cite("trace is cyclic")
        rest = [*joined, *factors[1:-1]]
        return trace_form((matmul_form(tuple(rest)),)) if rest else dimension_number(factors[0].shape[0])
    signs, flipped = _without_scalars([make("transpose", factor) for factor in reversed(factors)])
    turns = [(flipped if turned else factors, k) for turned in (False, True) for k in range(len(factors))]
    chain, k = min(turns, key=lambda turn: _trace_order(turn[0][turn[1] :] + turn[0][: turn[1]]))
    best = chain[k:] + chain[:k]
    if best != factors:
        cite("trace is cyclic")
    return with_scalars(signs if chain is flipped else [], keep(REGISTRY["tr"], (keep(MATMUL, tuple(best)),)))


def _without_scalars(factors: list[Node]) -> tuple[list[Node], list[Node]]:
    """The scalars in front of the factors (the transpose of a skew S is −S), and the factors without them."""
    pulled = [pulled_scalars(factor) for factor in factors]
    return [scalar for scalars, _ in pulled for scalar in scalars], [array for _, array in pulled]


def _trace_order(factors: list[Node]) -> tuple:
    transposes = sum(1 for factor in factors if factor.op is TRANSPOSE)
    return transposes, [plainness(factor) for factor in factors]
