"""Style "index": everything by components, sums written out, and the gradient collected into a matrix at the end."""

from __future__ import annotations

from typing import Any

from symcalc.derivation.chain import conventions, pieces
from symcalc.derivation.lines import BRIEF, Line, Step, Words
from symcalc.derivation.plan import Plan
from symcalc.errors import UnsupportedError
from symcalc.graph.node import Node
from symcalc.graph.walk import fold
from symcalc.operations.products import natural
from symcalc.tensor import Factor, Indices, Term, axes_of, einsum_node


def steps(plan: Plan, results: list[Node], detail: int) -> list[Step]:
    """The pieces by components, the gradients by components, and the result as a matrix."""
    forward = [
        Line((by_components(piece.symbol), by_components(piece.definition)), defines=True)
        for piece in plan.program.pieces
        if piece.symbol.ndim or piece.symbol is plan.output
    ]
    lines = []
    for symbol in plan.stops:
        letter = plan.letter(symbol)
        left = [by_components(letter)] if letter is not None else []
        gradient = plan.symbols.gradient_entries(plan.output, symbol)
        lines.append(Line((*left, gradient, by_components(plan.gradients[symbol]))))
    last = [
        Line((plan.symbols.gradient_entries(plan.output, variable), by_components(plan.gradients[variable])))
        for variable in plan.wrt
        if variable in plan.gradients
    ]
    words: Words = ("One component at a time:",)
    found = [*pieces(plan), Step("By components", (), tuple(forward))]
    found += [Step("Upstream gradient, by components", words, tuple(lines))] if lines else []
    found.append(Step("The gradient, by components", (), tuple(last)))
    (final,) = conventions(plan, results)
    return [*found, Step("Collect the components", final.words, final.lines, level=BRIEF)]


def by_components(node: Node) -> Node:
    """The expression as sums of products of components; what has no such form is one factor with indices."""
    if not node.ndim and not node.args:
        return node
    indices = Indices()
    node = natural(node)
    try:
        terms = _terms(node, indices)
    except UnsupportedError:
        terms = [_whole(node, indices)]
    if not all(term.factors for term in terms):
        terms = [_whole(node, indices)]
    return einsum_node([_compact(term) for term in terms], axes_of(node))


def _compact(term: Term) -> Term:
    """Indices from 0: those of the result first, which are printed i and j in every term."""
    return term.renamed({index: k for k, index in enumerate(term.indices())})


_MOST = 12


def _terms(node: Node, indices: Indices) -> list[Term]:
    """Sums and products opened; depth is that of one piece's definition, walked with a stack of results."""
    table = fold([node], lambda part, below: _opened(part, below, indices))
    terms = table[node]
    if len(terms) > _MOST:
        raise UnsupportedError("too many terms to be read")
    return terms


def _opened(node: Node, below: list[list[Term]], indices: Indices) -> list[Term]:
    name = node.op.name
    below = [[indices.fresh(term) for term in terms] for terms in below]
    if name == "transpose":
        return [Term(term.number, term.factors, term.out[::-1]) for term in below[0]]
    if name == "recast":
        return below[0] if len(axes_of(node)) == len(axes_of(node.args[0])) else [_whole(node, indices)]
    if name == "number":
        return [Term(node.data, (), ())]
    if name == "add":
        return [_aligned(term, node, indices) for terms in below for term in terms]
    if name in ("times", "matmul") and all(len(terms) == 1 for terms in below):
        parts = [terms[0] for terms in below]
        return [_entrywise(node, parts, indices) if name == "times" else _product(node, parts)]
    if name == "matmul" and sum(len(terms) > 1 for terms in below) == 1:
        (k,) = [k for k, terms in enumerate(below) if len(terms) > 1]
        variants = [[*[t[0] for t in below[:k]], term, *[t[0] for t in below[k + 1 :]]] for term in below[k]]
        return [_product(node, [indices.fresh(part) for part in parts]) for parts in variants]
    if name == "sum":
        return [Term(term.number, term.factors, ()) for term in below[0]]
    if name == "tr":
        return [_traced(term) for term in below[0]]
    return [_whole(node, indices)]


def _traced(term: Term) -> Term:
    renamed = term.renamed({term.out[1]: term.out[0]})
    return Term(renamed.number, renamed.factors, ())


def _whole(node: Node, indices: Indices) -> Term:
    axes = tuple(indices.new(size) for size in axes_of(node))
    return Term(1, (Factor(node, axes),), axes)


def _aligned(term: Term, node: Node, indices: Indices) -> Term:
    if len(term.out) == len(axes_of(node)):
        return term
    axes = tuple(indices.new(size) for size in axes_of(node))
    return Term(term.number, term.factors, axes)


def _entrywise(node: Node, parts: list[Term], indices: Indices) -> Term:
    axes = tuple(indices.new(size) for size in axes_of(node))
    number: Any = 1
    factors: list[Factor] = []
    for part in parts:
        part = part.renamed(dict(zip(part.out, axes, strict=True))) if part.out else part
        number, factors = number * part.number, [*factors, *part.factors]
    return Term(number, tuple(factors), axes)


def _product(node: Node, parts: list[Term]) -> Term:
    """Neighbours share an index where the dimension between them is not 1."""
    number: Any = 1
    factors: list[Factor] = []
    out: list[int] = []
    last = None
    for arg, part in zip(node.args, parts, strict=True):
        axes = list(part.out)
        rows, cols = arg.shape
        if last is not None and axes and rows != 1:
            part = part.renamed({axes[0]: last})
            axes[0] = last
        if len(axes) == 2 or (axes and rows != 1 and last is None):
            head = axes[0]
            if last is None:
                out.append(head)
        last = axes[-1] if axes and cols != 1 else None
        number, factors = number * part.number, [*factors, *part.factors]
    if last is not None:
        out.append(last)
    return Term(number, tuple(factors), tuple(out[: len(axes_of(node))]))


__all__ = ["by_components", "steps"]
