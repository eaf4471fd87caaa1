"""Elementwise functions in normal form: exact values at 0, inverses undone, signs moved out, folded by name."""

from __future__ import annotations

from fractions import Fraction

from symcalc.graph.node import Node
from symcalc.graph.operation import Operation
from symcalc.identities.core import CONSTRUCTORS, cite, keep, make
from symcalc.identities.elementwise import one_plus_exponential
from symcalc.identities.facts import is_nonnegative
from symcalc.identities.terms import factors_of, split
from symcalc.operations.arithmetic import ADD, TIMES, stretch
from symcalc.operations.leaves import NUMBER, ONES, ZEROS, filled_like, number
from symcalc.operations.products import TRANSPOSE

#: f(0), where it is exact.
_AT_ZERO: dict[str, int | Fraction] = {
    "exp": 1, "sin": 0, "cos": 1, "tan": 0, "sinh": 0, "cosh": 1, "tanh": 0, "arctan": 0, "abs": 0,
    "sigmoid": Fraction(1, 2),
    "relu": 0, "silu": 0, "gelu": 0, "erf": 0, "normcdf": Fraction(1, 2), "hard_tanh": 0, "sign": 0, "mish": 0,
}  # fmt: skip
ODD = {"sin", "tan", "sinh", "tanh", "arctan", "erf", "sign", "hard_tanh"}
_EVEN = {"cos", "cosh", "abs", "normpdf"}
#: outer -> inner functions that it undoes everywhere (log of exp; exp of log needs no check: log x needs x > 0).
_UNDOES = {"log": "exp", "exp": "log"}


def elementwise_form(args: tuple[Node, ...], op: Operation) -> Node:
    """op applied to operands in normal form."""
    if len(args) > 1:
        return keep(op, args)
    (node,) = args
    name = op.name
    if _UNDOES.get(name) == node.op.name:
        cite("log and exp undo each other")
        return node.args[0]
    if name in _AT_ZERO and (node.op is ZEROS or (node.op is NUMBER and node.data == 0)):
        return make("times", number(_AT_ZERO[name]), filled_like(ONES, node))
    if name == "log" or name == "exp":
        special = (_log if name == "log" else _exp)(node)
        if special is not None:
            return special
    if name == "abs" and is_nonnegative(node):
        cite("absolute value of something not negative")
        return node
    if (name in ODD or name in _EVEN) and split(node)[0] < 0:
        return _move_sign(op, node)
    if node.op is TRANSPOSE:
        cite("transpose out of a function")
        return make("transpose", elementwise_form((node.args[0],), op))
    return keep(op, args)


def _log(node: Node) -> Node | None:
    if node.op is NUMBER and node.data == 1:
        return number(0)
    if node.op is ONES:
        return filled_like(ZEROS, node)
    if node.op.name == "softmax":
        cite("log softmax")
        return make("log_softmax", *node.args)
    if node.op.name == "sum" and node.args[0].op.name == "exp":
        cite("log(sum(exp(x))) = logsumexp(x)")
        return make("logsumexp", *node.args[0].args)
    if node.op is TIMES and node.args[-1].op.name == "exp":
        cite("log(c exp(x)) = log(c) + x")
        exponential = node.args[-1]
        rest = make("log", make("times", *node.args[:-1]))
        return make("add", stretch(rest, exponential), exponential.args[0])
    exponent = one_plus_exponential(node)
    if exponent is not None:
        cite("log(1 + exp(x)) = softplus(x)")
        return make("softplus", exponent)
    return None


def _exp(node: Node) -> Node | None:
    """exp(x − logsumexp(x)) as softmax(x), for a vector."""
    if node.op is not ADD or node.ndim != 1:
        return None
    for k, term in enumerate(node.args):
        factor, core = split(term)
        total = factors_of(core)[0] if core is not None and len(factors_of(core)) == 2 else None
        if factor != -1 or total is None or total.op.name != "logsumexp":
            continue
        rest = make("add", *node.args[:k], *node.args[k + 1 :])
        if total.args[0] is rest:
            cite("exp(x − logsumexp(x)) = softmax(x)")
            return make("softmax", rest)
    return None


def _move_sign(op: Operation, node: Node) -> Node:
    """f(−x) = ±f(x) for odd and even f."""
    cite("odd and even functions")
    factor, core = split(node)
    inside = make("times", number(-factor), core) if core is not None else number(-factor)
    value = elementwise_form((inside,), op)
    return value if op.name in _EVEN else make("times", number(-1), value)


CONSTRUCTORS["elementwise"] = elementwise_form  # type: ignore[assignment]
