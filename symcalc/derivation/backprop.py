"""Style "backprop": the forward pass, then the backward sweep, downstream = upstream × local at each piece."""

from __future__ import annotations

from symcalc.calculus import reverse_sweep
from symcalc.calculus.gradient import shaped_like
from symcalc.derivation.algebra import summed, weight
from symcalc.derivation.chain import conventions, pieces, said_once
from symcalc.derivation.lines import BRIEF, Formula, Line, Step, Words
from symcalc.derivation.plan import Plan
from symcalc.graph.node import Node
from symcalc.identities import simplify
from symcalc.operations.arithmetic import ONE


def steps(plan: Plan, results: list[Node], detail: int) -> list[Step]:
    """Forward pass, backward pass, results."""
    pulled = _pulled(plan)
    lines = [Line((plan.symbols.gradient(plan.output, plan.output), ONE), note=("start at the end",))]
    found: dict[Node, Node] = {}
    values: dict[Node, Node] = {}
    for symbol in plan.backward:
        delta = plan.symbols.delta(plan.output, symbol)
        lines.append(_line(plan, symbol, delta, pulled, values))
        values[delta] = lines[-1].sides[-1]
    for variable in plan.wrt:
        if plan.users(variable):
            line = _line(plan, variable, plan.symbols.gradient(plan.output, variable), pulled, values)
            lines.append(line)
            found[variable] = line.sides[-1]
    words: Words = (
        "Downstream gradient = upstream gradient ",
        Formula("×"),
        " local gradient, each piece once, from the last back:",
    )
    backward = Step("Backward pass", words, tuple(said_once(lines)), level=BRIEF)
    return [*pieces(plan, "Forward pass"), backward, *conventions(plan, results, found)]


def _pulled(plan: Plan) -> dict[tuple[Node, Node], Node]:
    """What comes down each edge, in terms of the gradient at its upper end."""
    found = {}
    for user in [plan.output, *plan.backward]:
        operands = plan.program.operands[user]
        seed = ONE if user is plan.output else plan.symbols.delta(plan.output, user)
        sweep = reverse_sweep(simplify(plan.definition(user)), operands, seed)
        for operand in operands:
            found[user, operand] = shaped_like(operand, sweep.gradients.get(operand))
    return found


def _line(
    plan: Plan, node: Node, symbol: Node, pulled: dict[tuple[Node, Node], Node], values: dict[Node, Node]
) -> Line:
    """The sum over the uses; with the upstream gradients put in, where that is shorter."""
    users = plan.users(node)
    raw = summed([pulled[user, node] for user in users])
    sides = [symbol, raw, simplify(raw)]
    known = {delta: value for delta, value in values.items() if delta in raw.free_symbols}
    put_in = plan.folded(simplify(raw.xreplace(known)))[0] if known else raw
    if weight(put_in) < weight(sides[-1]):
        sides.append(put_in)
    return Line(tuple(dict.fromkeys(sides)), shape=node, note=_behaviour(plan, users, node))


def _behaviour(plan: Plan, users: list[Node], node: Node) -> Words:
    """What the piece does to the gradient, as one says it in front of a computational graph."""
    if len(users) > 1:
        return ("a branch: what comes back along its uses adds up",)
    definition = plan.definition(users[0])
    name = definition.op.name
    if name == "add" and node in definition.args:
        return (Formula("+"), " hands the gradient on as it is")
    if name == "times" and node in definition.args:
        return (Formula("×"), " multiplies it by the other factors")
    if name in ("max", "min", "relu"):
        return (f"{name} routes it to where the input passed",)
    if definition.op.elementwise and node in definition.args:
        return ("entry by entry, times the slope",)
    return ()
