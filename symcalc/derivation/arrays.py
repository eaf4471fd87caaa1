"""Derivatives of vectors and matrices by differentials: what every entry moves when the variable does.

This way there is one for every expression.  The derivative itself may have three or four axes; it is printed with
indices and, where it has one, in its Kronecker form.
"""

from __future__ import annotations

from symcalc.calculus import vec_form
from symcalc.derivation.chain import pieces
from symcalc.derivation.differentials import change, differential_of
from symcalc.derivation.lines import BRIEF, Formula, Line, Step, Words
from symcalc.derivation.plan import Plan
from symcalc.graph.node import Node
from symcalc.identities import simplify
from symcalc.tensor import NoMatrixForm


def steps(plan: Plan, results: list[Node], detail: int) -> list[Step]:
    """The pieces, the differential of each, the differential of the whole, the derivative read off."""
    changes = {node: change(plan, node) for node in [plan.output, *plan.backward, *plan.wrt]}
    active = [piece.symbol for piece in plan.program.pieces if piece.symbol in changes]
    local = {symbol: differential_of(plan, symbol, changes) for symbol in active}
    lines = tuple(Line((changes[symbol], local[symbol])) for symbol in active)
    whole = _put_together(active, local, changes)
    together = [Step("Put into each other", (), whole)] if whole else []
    return [*pieces(plan), Step("Differential of each piece", (), lines), *together, _read_off(plan, results)]


def _put_together(active: list[Node], local: dict[Node, Node], changes: dict[Node, Node]) -> tuple[Line, ...]:
    """The differential of each piece in those of the variables, from the first on."""
    known: dict[Node, Node] = {}
    lines = []
    for symbol in active:
        raw = local[symbol].xreplace({old: new for old, new in known.items() if old in local[symbol].free_symbols})
        known[changes[symbol]] = simplify(raw)
        if raw is not local[symbol]:
            lines.append(Line(tuple(dict.fromkeys((changes[symbol], raw, known[changes[symbol]])))))
    return tuple(lines)


def _read_off(plan: Plan, results: list[Node]) -> Step:
    """The derivatives with indices or as matrices, and those of three and four axes as matrices between vecs."""
    lines: list[Line] = []
    for variable, result in zip(plan.wrt, results, strict=True):
        symbol = plan.symbols.array(plan.output, variable, result.ndim)
        lines.append(Line((symbol, result), boxed=True))
        if result.ndim > 2:
            lines += _between_vecs(plan, variable, result)
    words: Words = ("What a change of one entry of the variable does to each entry of ", plan.output)
    has_form = any(not line.boxed for line in lines)
    stacked: Words = ("; in the form with ", Formula("⊗"), ", columns are stacked:") if has_form else (":",)
    return Step("Read off the derivative", (*words, *stacked), tuple(lines), level=BRIEF)


def _between_vecs(plan: Plan, variable: Node, result: Node) -> list[Line]:
    try:
        matrix = vec_form(result)
    except NoMatrixForm:
        return []
    return [Line((plan.symbols.between_vecs(plan.output, variable), matrix))]


__all__ = ["steps"]
