"""Larger and smaller of two or more operands, entry by entry; the whole gradient goes to one of them."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import sympy

from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY, Notation, Operation
from symcalc.operations.arithmetic import Entries, sub
from symcalc.operations.elementwise_base import elementwise, entries

_CONSTANTS = {"number", "constant", "dimension", "ones", "zeros"}
_TIE = "at a tie the first operand takes the whole gradient, a constant before an expression (max(x, 0) is as relu)"


def _is_constant(operand: Entries) -> bool:
    return operand.node.op.name in _CONSTANTS


def _first_wins(a: Entries, b: Entries) -> bool:
    return _is_constant(a) or not _is_constant(b)


def _slopes(lead: Callable[[Entries, Entries], Entries]) -> tuple[Callable[..., Any], ...]:
    """Both slopes; `lead(p, q)` is positive where p alone is taken.  At every point they sum to 1."""

    def by_first(a: Entries, b: Entries, y: Entries) -> Entries:
        return 1 - entries("step", lead(b, a)) if _first_wins(a, b) else entries("step", lead(a, b))

    def by_second(a: Entries, b: Entries, y: Entries) -> Entries:
        return entries("step", lead(b, a)) if _first_wins(a, b) else 1 - entries("step", lead(a, b))

    return by_first, by_second


def _folded(name: str) -> Callable[..., Node]:
    """Several operands two at a time, from the left."""

    def build(*args: Any) -> Node:
        convert = Node.hooks["convert"]
        return reduce(lambda a, b: REGISTRY[name].make((a, b)), [convert(arg) for arg in args])

    return build


def _declare(name: str, python: str, lead: Callable[..., Any], explicit: Callable[..., Any], doc: str) -> Operation:
    return elementwise(
        name,
        *_slopes(lead),
        code=f"{python}({{0}}, {{1}})",
        explicit=explicit,
        notation=Notation(latex=rf"\{name}", unicode=name, python=python),
        arity=(2, None),
        constructor=_folded(name),
        smooth=False,
        kink=_TIE,
        kinks=lambda a, b: sub(a, b),
        source=f"the slope of {name}(a, b) is 1 by the operand that is taken, 0 by the other",
        doc=doc,
    )


maximum = _declare("max", "np.maximum", lambda p, q: p - q, sympy.Max, "the larger of two or more, entry by entry")
minimum = _declare("min", "np.minimum", lambda p, q: q - p, sympy.Min, "the smaller of two or more, entry by entry")
