"""How an elementwise function is declared: value, slope, notation and source in one record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symcalc.graph.dimensions import Shape
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY, Notation, Operation
from symcalc.operations.arithmetic import Entries, common_shape, stretch_back


def elementwise(
    name: str,
    *slopes: Callable[..., Any],
    code: str | Callable[..., str],
    explicit: Callable[..., Any],
    source: str,
    defaults: tuple[Any, ...] = (),
    **record: Any,
) -> Operation:
    """Register an elementwise function of as many operands as it has slopes.

    `slopes[i](*operands, y)` is ∂y/∂operand_i; operands and value y arrive as `Entries`, so that `*`,
    `/` and `**` work entry by entry, and only registered functions may be used (so every order exists).
    A scalar operand is stretched to the shape of the others.  `defaults` are the values of the last
    operands where a call leaves them out.
    """
    return Operation(
        name,
        shape=entrywise_shape(name),
        pullback=entrywise_pullback,
        slopes=slopes,
        code=code,
        explicit=explicit,
        source=source,
        elementwise=True,
        **{
            "notation": Notation(),
            "domain": ("real",) * len(slopes),
            "arity": (len(slopes) - len(defaults), len(slopes)),
            "constructor": _with_defaults(name, len(slopes), defaults) if defaults else None,
            **record,
        },
    )


def entries(name: str, *args: Any) -> Entries:
    """The registered function `name` of entries, as entries: what slopes are written with."""
    return Entries(REGISTRY[name](*args))


def _with_defaults(name: str, count: int, defaults: tuple[Any, ...]) -> Callable[..., Node]:
    def build(*args: Any) -> Node:
        convert = Node.hooks["convert"]
        given = args + defaults[len(args) - count + len(defaults) :]
        return REGISTRY[name].make(tuple([convert(arg) for arg in given]))

    return build


def entrywise_shape(name: str) -> Callable[[tuple[Node, ...], Any], Shape]:
    """The shape rule of an elementwise function: that of the operands, which agree but for scalars."""
    return lambda args, data: args[0].shape if len(args) == 1 else common_shape(f"({name})", args)


def slope(node: Node, i: int) -> Any:
    """∂node/∂operand_i, elementwise, as an expression (in the node's shape, or a scalar constant)."""
    operands = [Entries(arg) for arg in node.args]
    return Node.hooks["convert"](node.op.slopes[i](*operands, Entries(node)))


def entrywise_pullback(node: Node, g: Node, i: int) -> Node:
    """Upstream × slope, entry by entry; summed up for a scalar that was stretched."""
    return stretch_back(node.args[i], g, slope(node, i))
