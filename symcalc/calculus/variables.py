"""Which variable is meant: given as a node, by name, or as a SymPy symbol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symcalc.errors import ArgumentError, UnsupportedError
from symcalc.graph.node import Node
from symcalc.graph.walk import topological
from symcalc.identities import simplify
from symcalc.operations.leaves import placeholder
from symcalc.operations.products import recast


def variables(*roots: Node) -> list[Node]:
    """The variables below `roots`, in the order of their first appearance."""
    return [node for node in topological(*roots) if node.op.is_variable]


def by_name(*roots: Node) -> dict[str, Node]:
    """The variables by name; two different variables of one name are an error."""
    found: dict[str, Node] = {}
    for node in variables(*roots):
        other = found.setdefault(node.data.name, node)
        if other is not node:
            raise ArgumentError(
                f"two different variables are called {node.data.name}: one is {_declared(other)}, "
                f"the other {_declared(node)}. Give them different names"
            )
    return found


def _declared(node: Node) -> str:
    facts = f" ({', '.join(sorted(node.data.assume))})" if node.data.assume else ""
    return f"{node.data.shape[0]}×{node.data.shape[1]}{facts}"


def resolve(expr: Node, wrt: Any) -> Node:
    """`wrt` as a node: a variable, an intermediate expression of `expr`, or a variable's name."""
    return resolve_all(expr, [wrt])[0]


def resolve_all(expr: Node, wrts: list[Any]) -> list[Node]:
    """`resolve` for several, with one walk over the expression."""
    known = by_name(expr)
    return [_resolve(expr, known, wrt) for wrt in wrts]


def _resolve(expr: Node, known: dict[str, Node], wrt: Any) -> Node:
    node = _named_or_given(expr, known, wrt)
    if node.op.is_variable and "integer" in node.data.assume:
        raise UnsupportedError(f"{node} is an integer: it cannot move a little, so there is no derivative by it")
    return node


def _named_or_given(expr: Node, known: dict[str, Node], wrt: Any) -> Node:
    if isinstance(wrt, str):
        if wrt not in known:
            names = ", ".join(known) or "none"
            raise ArgumentError(f"there is no variable {wrt!r} in {_short(expr)}; its variables: {names}")
        return known[wrt]
    if isinstance(wrt, Node):
        node = wrt
    else:
        node = Node.hooks["convert"](wrt)
    if node.op.name in ("number", "constant", "dimension"):
        raise ArgumentError(f"{node} is no variable: one cannot differentiate with respect to it")
    if node.op.is_variable:
        twin = known.get(node.data.name, node)
        if twin is not node:
            raise ArgumentError(
                f"{node.data.name} in the expression is {_declared(twin)}, but the variable given is {_declared(node)}"
            )
    return node


#: Facts that still hold if every entry moves a little: they may be used while differentiating by the variable.
_OPEN_FACTS = frozenset({"positive", "negative", "nonnegative", "unit", "large", "invertible", "posdet"})


def free_variable(variable: Node) -> Node:
    """The variable without the facts that tie its entries together or fix their values.

    A derivative lets each entry move on its own: of `tr(XᵀB)` by a symmetric X it is B, not Bᵀ, and `y ∘ y = y`
    holds for labels y but not next to them.  The facts are true again of the result.
    """
    if not variable.op.is_variable or variable.data.assume <= _OPEN_FACTS:
        return variable
    kept = variable.data.assume & _OPEN_FACTS
    return placeholder(variable.data.name, variable, kept)


def freed(expr: Node, variable: Node) -> tuple[Node, Node, dict[Node, Node]]:
    """`expr` in terms of the free variable, the free variable, and the substitution that undoes it."""
    free = free_variable(variable)
    return (expr, variable, {}) if free is variable else (expr.xreplace({variable: free}), free, {free: variable})


def restored(result: Node, back: dict[Node, Node]) -> Node:
    """A result in the declared variables again, simplified by what is assumed of them."""
    return recast(simplify(result.xreplace(back)), result.shape, result.ndim) if back else result


def as_list(wrt: Any) -> tuple[list[Any], bool]:
    """`wrt` as a list, and whether it was one."""
    if isinstance(wrt, Sequence) and not isinstance(wrt, str):
        return list(wrt), True
    return [wrt], False


def _short(expr: Node) -> str:
    text = str(expr)
    return text if len(text) <= 60 else text[:59] + "…"


def fresh_name(wanted: str, taken: set[str]) -> str:
    """A variable name that is not taken: `wanted`, or with underscores behind it."""
    while wanted in taken:
        wanted += "_"
    return wanted
