"""The Jacobian of a vector: the chain rule over the pieces, multiplied out.  Outputs are rows, inputs are columns."""

from __future__ import annotations

from symcalc.derivation.algebra import chained, stages, summed
from symcalc.derivation.chain import LONGEST_RESULT, chain_rule, local_line, partial, pieces, said_once
from symcalc.derivation.lines import BRIEF, FULL, Line, Step, Words
from symcalc.derivation.plan import Plan
from symcalc.graph.node import Node
from symcalc.notation import text


def steps(plan: Plan, results: list[Node], detail: int) -> list[Step]:
    """Pieces, chain rule, local Jacobians, their product, the result."""
    found: dict[Node, Node] = {}
    nodes = [node for node in [*plan.stops, *plan.wrt] if plan.users(node)]
    lines = {node: _product(plan, node, found, detail) for node in nodes}
    # What the function holds itself stands among the local Jacobians already.
    shown = [line for node, line in lines.items() if not plan.is_direct(node)]
    products = [Step("Multiply", (), tuple(shown))] if shown else []
    return [*pieces(plan), *chain_rule(plan), _local(plan), *products, _result(plan, results, found)]


def fits(plan: Plan) -> bool:
    """Are all derivatives on the way matrices?"""
    return all(plan.is_jacobian(user, operand) for user, operand in _edges(plan))


def _edges(plan: Plan) -> list[tuple[Node, Node]]:
    """Each piece with each of its operands, from the function back."""
    return [(user, operand) for user in [plan.output, *plan.backward] for operand in plan.program.operands[user]]


def _local(plan: Plan) -> Step:
    edges = [plan.edge(user, operand) for user, operand in _edges(plan)]
    return Step("Local Jacobians", (), tuple(said_once([local_line(plan, edge) for edge in edges])))


def _product(plan: Plan, node: Node, found: dict[Node, Node], detail: int) -> Line:
    """∂y/∂x = ∂y/∂h ∂h/∂z ∂z/∂x = diag(…) W, summed over the places where `node` is used."""
    symbol = plan.symbols.total(plan.output, node)
    named, raw = [], []
    for user in plan.users(node):
        edges, stop = plan.path(node, user)
        partials = [partial(plan, edge.user, edge.operand) for edge in edges]
        values = [edge.value for edge in edges]
        named.append(chained([*([plan.symbols.total(plan.output, stop)] if stop is not None else []), *partials]))
        raw.append(chained([*([found[stop]] if stop is not None else []), *values]))
    way = stages(summed(raw))
    found[node] = way[-1].value
    shown = [stage.value for stage in way[:-1]] if detail >= FULL else []
    sides = dict.fromkeys((symbol, summed(named), summed(raw), *shown, found[node]))
    why = dict.fromkeys(name for stage in way for name in stage.why)
    return Line(tuple(sides), tuple(why), shape=symbol)


def _result(plan: Plan, results: list[Node], found: dict[Node, Node]) -> Step:
    lines = []
    for variable, result in zip(plan.wrt, results, strict=True):
        symbol = plan.symbols.total(plan.output, variable)
        named = found.get(variable, result)
        in_variables = not any(node in plan.symbols.meanings for node in named.free_symbols)
        sides = [symbol, named, *([result] if in_variables or len(text(result)) <= LONGEST_RESULT else [])]
        lines.append(Line(tuple(dict.fromkeys(sides)), shape=symbol, boxed=True))
    words: Words = ("One row for each entry of ", plan.output, ", one column for each entry of the variable:")
    return Step("Jacobian", words, tuple(lines), level=BRIEF)


__all__ = ["fits", "steps"]
