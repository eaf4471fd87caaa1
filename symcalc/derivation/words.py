"""The sentences of a derivation: why a local Jacobian is what it is."""

from __future__ import annotations

from symcalc.derivation.lines import Formula, Words
from symcalc.derivation.plan import Edge, Plan
from symcalc.graph.node import Node

#: The slope of a function of one number, in words.
_SLOPES: dict[str, Words] = {
    "exp": ("exp is its own slope",),
    "sigmoid": ("the slope of ", Formula("σ"), " is ", Formula("σ (1 − σ)")),
    "relu": ("slope 1 where the input is positive, 0 elsewhere",),
}
_OWN: Words = ("the ", Formula("i"), "-th output depends on the ", Formula("i"), "-th input alone")
_BY_OPERATION = {
    "softmax": "every output depends on every input, through the common denominator",
    "log_softmax": "the logarithm of softmax: the identity, minus softmax in every row",
    "logsumexp": "the gradient of log-sum-exp is softmax",
    "det": "Jacobi's formula",
    "logdet": "the gradient of log det is the inverse, transposed",
    "norm2": "the gradient of a norm is the unit vector",
    "sum": "every entry counts once",
    "tr": "the entries on the diagonal count",
}


def reason(plan: Plan, edge: Edge) -> Words:
    """Why the local derivative is what it is; empty where the formula says it all."""
    definition = plan.definition(edge.user)
    name = definition.op.name
    if definition.op.elementwise and len(definition.args) == 1 and definition.args[0] is edge.operand:
        if edge.user.ndim:
            return _OWN
        return _SLOPES.get(name, ())
    if edge.kind == "jacobian":
        return _of_vectors(definition, edge)
    core = _core(definition)
    if core.op.name in _BY_OPERATION and (edge.operand in core.args or core.op.name in ("det", "logdet")):
        return (_BY_OPERATION[core.op.name],)
    return ("from ", Formula("d(A⁻¹ A) = 0")) if core.op.name == "inv" else ()


def _core(node: Node) -> Node:
    """The function behind numbers, signs, logarithms and powers: −log det M is about det."""
    while node.op.name in ("times", "power", "log") and node.args:
        below = [arg for arg in node.args if arg.free_symbols]
        if len(below) != 1:
            break
        node = below[0]
    return node


def _of_vectors(definition: Node, edge: Edge) -> Words:
    core = _core(definition)
    if core.op.name in _BY_OPERATION and edge.operand in core.args:
        return (_BY_OPERATION[core.op.name],)
    if core.op.name == "power" and core.args[0].op.name == "norm2":
        return ()
    if edge.value.op.name == "eye":
        return ("added entry by entry: the identity",)
    if edge.value.op.name == "diag" and edge.user.ndim:
        return _OWN
    places = sum(edge.operand in arg.free_symbols for arg in definition.args)
    if definition.op.name == "matmul" and not edge.user.ndim and len(definition.args) == 2 and places == 1:
        return ("a dot product: the other vector, as a row",)
    if edge.user.ndim and edge.operand.ndim and edge.value.free_symbols.isdisjoint({edge.operand}):
        return ("linear: the matrix in front",)
    return ()
