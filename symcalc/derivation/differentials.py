"""Style "differential": d of each piece, worked back to the variables, the gradient read off (Magnus & Neudecker)."""

from __future__ import annotations

from symcalc.calculus import differential
from symcalc.derivation.algebra import paired, summed
from symcalc.derivation.chain import conventions, pieces
from symcalc.derivation.lines import BRIEF, Formula, Line, Step, Words
from symcalc.derivation.plan import Plan
from symcalc.graph.node import Node
from symcalc.identities import simplify
from symcalc.operations.arithmetic import add
from symcalc.operations.leaves import placeholder


def steps(plan: Plan, results: list[Node], detail: int) -> list[Step]:
    """The differentials of the pieces, put into each other from the last back, and identification."""
    changes = {node: change(plan, node) for node in [plan.output, *plan.backward, *plan.wrt]}
    values = {symbol: differential_of(plan, symbol, changes) for symbol in [plan.output, *plan.backward]}
    forward = [piece.symbol for piece in plan.program.pieces if piece.symbol in values]
    local = Step("Differential of each piece", (), tuple(Line((changes[s], values[s])) for s in forward))
    words: Words = (
        "If ",
        Formula("ds = tr(Gᵀ dX)"),
        " for every ",
        Formula("dX"),
        ", then ",
        Formula("G"),
        " is the gradient by ",
        Formula("X"),
        "; for vectors ",
        Formula("ds = gᵀ dx"),
        ".",
    )
    (final,) = conventions(plan, results)
    read = Step("Read off the gradient", (*words, " ", *final.words), final.lines, level=BRIEF)
    return [*pieces(plan), local, *_backward(plan, changes, values), read]


def change(plan: Plan, node: Node) -> Node:
    """The symbol for how a piece moves with the variables; these move in any direction."""
    return plan.symbols.direction(node) if node in plan.wrt else plan.symbols.change(node, plan.wrt)


def differential_of(plan: Plan, symbol: Node, changes: dict[Node, Node]) -> Node:
    """d of a piece in the differentials of what is in it."""
    operands = plan.program.operands[symbol]
    if not operands:
        return simplify(symbol - symbol)
    value = differential(plan.definition(symbol), operands)
    moved = {placeholder(f"d{operand.data.name}", operand): changes[operand] for operand in operands}
    return value.xreplace({old: new for old, new in moved.items() if old in value.free_symbols})


def _backward(plan: Plan, changes: dict[Node, Node], values: dict[Node, Node]) -> list[Step]:
    """ds with the differentials put in one after the other: each line moves nearer to the variables."""
    order = [plan.output, *plan.backward]
    weights: dict[Node, list[Node]] = {}
    lines: list[Line] = []
    for symbol in order:
        seed = plan.seed(symbol)
        letter = plan.letter(symbol)
        if letter is not None:
            lines.append(Line((letter, plan.gradients[symbol]), shape=symbol))
        waiting = [node for node in weights if node is not symbol]
        weights.pop(symbol, None)
        rest = [paired(_sum(weights[node]), changes[node]) for node in waiting]
        raw = summed([paired(seed, values[symbol]), *rest])
        for operand in plan.program.operands[symbol]:
            weights.setdefault(operand, []).append(plan.pulled[symbol, operand])
        collected = summed([paired(_sum(parts), changes[node]) for node, parts in weights.items()])
        lines.append(Line(tuple(dict.fromkeys((changes[plan.output], raw, collected)))))
    words: Words = ("The differential of the last piece is put in, then that of the one before:",)
    return [Step("Back to the variables", words if len(order) > 1 else (), tuple(lines))]


def _sum(parts: list[Node]) -> Node:
    return simplify(add(*parts)) if len(parts) > 1 else parts[0]
