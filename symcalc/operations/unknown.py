"""Unknown elementwise functions: `f`, and f′, f″, … when it is differentiated.

An unknown function has no value.  For numbers a known smooth function stands in for it (`stand_in`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy

from symcalc.errors import ArgumentError
from symcalc.graph.dimensions import check_name, same_shape
from symcalc.graph.node import Node, intern
from symcalc.graph.operation import MACROS, REGISTRY, Macro, Notation, Operation
from symcalc.graph.walk import topological
from symcalc.operations.arithmetic import ADD, POWER, TIMES, Entries, stretch_back
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.elementwise_base import slope
from symcalc.operations.leaves import ONES, ZEROS, filled_like, placeholder

#: What stands in for an unknown function where numbers are needed and none was named.
DEFAULT_STAND_IN = "tanh"
_PRIMES = ("", "′", "″", "‴")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_GREEK = {
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "varphi", "chi", "psi", "omega",
    "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
}  # fmt: skip


class UnknownFunction(Operation):
    """The derivative of order `order` of the unknown elementwise function `base`; order 0 is the function.

    Made by `activation`; it is in no registry, and there is one object per name and order.
    """

    base: str
    order: int

    def __post_init__(self) -> None:
        """Unknown functions are not registered."""

    def __reduce__(self) -> tuple:
        return unknown_function, (self.base, self.order)


_made: dict[tuple[str, int], UnknownFunction] = {}


def activation(name: str) -> Operation | Macro:
    """The elementwise function of this name: a known one (`"tanh"`), or else an unknown one.

    The derivative of an unknown function f is the unknown function f′, and so on.
    Raises `ArgumentError` for a name that is no identifier or belongs to a function that is not elementwise.

    >>> activation("f").order
    0
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise ArgumentError(f"activation({name!r}): the name of a function is letters, digits and _, as in 'f'")
    known = REGISTRY.get(name) or MACROS.get(name)
    if known is None:
        return unknown_function(name)
    if not known.elementwise:
        raise ArgumentError(f"activation({name!r}): {name} is a function already, and not an elementwise one")
    return known


def unknown_function(base: str, order: int = 0) -> UnknownFunction:
    """The `order`-th derivative of the unknown elementwise function `base`; one object for each."""
    found = _made.get((base, order))
    if found is None:
        check_name(base, "function")
        found = _made.setdefault((base, order), _make(base, order))
    return found


def _make(base: str, order: int) -> UnknownFunction:
    mark = _PRIMES[order] if order < len(_PRIMES) else f"⁽{str(order).translate(_RAISED)}⁾"
    made = UnknownFunction(
        name=base + ("'" * order if order < len(_PRIMES) else f"^({order})"),
        shape=lambda args, data: args[0].shape,
        pullback=_pullback,
        slopes=(lambda x, y: Entries(unknown_function(base, order + 1)(x)),),
        code=lambda node, operands, backend: f"{call_name(base, order)}({operands[0]})",
        explicit=_explicit(base, order),
        notation=Notation(latex=_latex(base, order), unicode=base + mark, python=call_name(base, order)),
        elementwise=True,
        source=f"{base} is unknown; chain rule, {base}′ is its derivative",
        doc=f"an unknown elementwise function{f', differentiated {order} times' if order else ''}",
    )
    object.__setattr__(made, "base", base)
    object.__setattr__(made, "order", order)
    return made


def _pullback(node: Node, g: Node, i: int) -> Node:
    return stretch_back(node.args[i], g, slope(node, i))


def call_name(base: str, order: int) -> str:
    """What code calls the function: `f`, `df`, `d2f`, …"""
    return base if order == 0 else f"d{order if order > 1 else ''}{base}"


def _explicit(base: str, order: int) -> Callable[[Any], Any]:
    """The function in SymPy: undefined, or the derivative of an undefined one at a place."""

    def value(x: Any) -> Any:
        if order == 0:
            return sympy.Function(base)(x)
        t = sympy.Dummy("t")
        return sympy.Subs(sympy.Derivative(sympy.Function(base)(t), (t, order)), t, x)

    return value


def _latex(base: str, order: int) -> str:
    letter, _, index = base.partition("_")
    text = f"\\{letter}" if letter in _GREEK else letter if len(letter) == 1 else rf"\operatorname{{{letter}}}"
    if index or not letter:
        escaped = index.replace("_", r"\_")
        text = rf"{text}_{{{escaped}}}" if letter else rf"\operatorname{{{base}}}".replace("_", r"\_")
    return text + ("'" * order if order < len(_PRIMES) else f"^{{({order})}}")


# -- known functions in place of unknown ones ----------------------------------------------------------
def unknown_functions(*roots: Node) -> list[str]:
    """The names of the unknown functions in one or several expressions, sorted."""
    return sorted({node.op.base for node in topological(*roots) if isinstance(node.op, UnknownFunction)})


def stand_in(expr: Node, mapping: Mapping[str, Any] | None = None) -> Any:
    """`expr` with every unknown function, and every derivative of one, made a known one.

    mapping: name of the unknown function -> a known elementwise function: its name, the operation, or any
    callable that makes an expression of an expression entry by entry.  Functions that are not named become tanh.
    f′ becomes the derivative of what f becomes, so the result is differentiated as `expr` would be.
    """
    return stand_ins([expr], mapping)[0]


def stand_ins(exprs: Sequence[Node], mapping: Mapping[str, Any] | None = None) -> list[Node]:
    """`stand_in` for several expressions at once; what they share is walked once."""
    chosen = {name: _callable((mapping or {}).get(name, DEFAULT_STAND_IN)) for name in unknown_functions(*exprs)}
    new: dict[Node, Node] = {}
    for node in topological(*exprs):
        args = tuple([new[arg] for arg in node.args])
        if isinstance(node.op, UnknownFunction):
            new[node] = _stands_for(chosen[node.op.base], node.op, args[0])
        elif args == node.args:
            new[node] = node
        else:
            new[node] = intern(node.op, args, node.data, node.shape, node.ndim)
    return [new[expr] for expr in exprs]


def _callable(function: Any) -> Callable[[Any], Any]:
    if isinstance(function, str):
        function = activation(function)
    if not callable(function):
        raise ArgumentError(f"{function!r} cannot stand in for an unknown function: give an elementwise function")
    if isinstance(function, UnknownFunction):
        raise ArgumentError(f"{function.name} is unknown itself and cannot stand in for an unknown function")
    return function


def _stands_for(function: Callable[[Any], Any], unknown: UnknownFunction, operand: Node) -> Node:
    """The stand-in's derivative of the right order at `operand`, written out on a placeholder first."""
    # No variable of a user can have this name.
    x = placeholder("(entry)", operand)
    value = Node.hooks["convert"](function(x))
    if not same_shape(value.shape, x.shape):
        raise ArgumentError(
            f"the stand-in for {unknown.base} is not elementwise: {has_shape(operand)}, its value {has_shape(value)}"
        )
    for _ in range(unknown.order):
        value = entrywise_derivative(value, x)
    return value.xreplace({x: operand})


def entrywise_derivative(value: Node, x: Node) -> Node:
    """The derivative, entry by entry, of an entrywise function of the variable x; shaped like x."""
    order = topological(value)
    active = {x}
    for node in order:
        if any(arg in active for arg in node.args):
            _check_entrywise(node)
            active.add(node)
    arriving: dict[Node, list[Node]] = {value: [filled_like(ONES, value)]}
    for node in reversed(order):
        if node is x or node not in active:
            continue
        g = _total(arriving[node])
        for i, arg in enumerate(node.args):
            if arg in active:
                arriving.setdefault(arg, []).append(node.op.pullback(node, g, i))  # type: ignore[misc]
    return _total(arriving[x]) if value in active else filled_like(ZEROS, x)


def _total(parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else ADD.make(tuple(parts))


def _check_entrywise(node: Node) -> None:
    if not (node.op.elementwise or node.op in (ADD, TIMES, POWER)):
        raise ArgumentError(f"{brief(node)} is not elementwise and cannot stand in for an unknown function")
