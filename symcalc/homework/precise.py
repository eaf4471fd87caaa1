"""A second opinion on values that are close: the same expressions with fifty digits."""

from __future__ import annotations

from typing import Any

import sympy

from symcalc.evaluate.explicit import as_explicit
from symcalc.graph.node import Node
from symcalc.homework.batches import Batch
from symcalc.operations.unknown import stand_in, unknown_functions

DIGITS = 50
#: What counts as equal: where the points keep all assumptions exactly, and where they do so up to rounding.
EXACTLY, ROUNDLY = 1e-30, 1e-12
#: Assumptions that random points in double precision keep only up to rounding.
_ROUNDED = {"simplex", "orthogonal", "toeplitz"}


def agree_precisely(a: Node, b: Node, batch: Batch, is_turned: bool) -> bool:
    """Do two expressions (the second transposed, if so) have the same values at the points of a batch?"""
    names = dict.fromkeys(unknown_functions(a, b), batch.stand_in)
    nodes = [stand_in(node, names) if names else node for node in (a, b)]
    sized = [node.subs(dict(batch.sizes.items())) if batch.sizes else node for node in nodes]
    entries = [sympy.Matrix(as_explicit(node)) if node.ndim else sympy.Matrix([[as_explicit(node)]]) for node in sized]
    if is_turned:
        entries[1] = entries[1].T
    facts = {fact for node in (*a.free_symbols, *b.free_symbols) for fact in node.data.assume}  # type: ignore[attr-defined]
    tolerance = ROUNDLY if facts & _ROUNDED else EXACTLY
    for point in batch.points:
        rule = _rule([*sized], point)
        left, right = ([entry.xreplace(rule).evalf(DIGITS) for entry in matrix] for matrix in entries)
        size = max(*(abs(value) for value in (*left, *right)), sympy.Float(tolerance))
        if not all(abs(p - q) <= tolerance * size for p, q in zip(left, right, strict=True)):
            return False
    return True


def _rule(nodes: list[Node], point: dict[str, Any]) -> dict[Any, Any]:
    """Every entry of every variable, with all its digits."""
    rule: dict[Any, Any] = {}
    for variable in {node for root in nodes for node in root.free_symbols}:
        name = variable.data.name  # type: ignore[attr-defined]
        symbols = sympy.Matrix([[as_explicit(variable)]]) if not variable.ndim else sympy.Matrix(as_explicit(variable))
        values = point[name] if variable.ndim else [point[name]]
        flat = values.reshape(-1) if hasattr(values, "reshape") else values
        for symbol, value in zip(symbols, flat, strict=True):
            rule[symbol] = sympy.Float(float(value), DIGITS)
    return rule
