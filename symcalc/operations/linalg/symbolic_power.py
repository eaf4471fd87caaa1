"""Powers of a square matrix by an integer that is a symbol, and their derivative in a direction.

Σᵣ Aʳ E Aᵏ⁻¹⁻ʳ has a symbol as its number of terms; it is the upper right corner of [A, E; 0, A]ᵏ.
"""

from __future__ import annotations

from typing import Any

import sympy

from symcalc.errors import UnsupportedError
from symcalc.graph.dimensions import Shape
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY, Notation, Operation, square_shape
from symcalc.operations.arithmetic import sub, times
from symcalc.operations.describe import brief
from symcalc.operations.linalg.exponential import direction_shape, second_pullback
from symcalc.operations.linalg.matrix_power import is_whole, matrix_power
from symcalc.operations.products import transpose

_square = square_shape("matpow")


def matpow_frechet(a: Any, e: Any, k: Any) -> Any:
    """Σ Aʳ E Aᵏ⁻¹⁻ʳ over r = 0 … k − 1, the derivative of Aᵏ in the direction E; k is an integer-valued scalar."""
    convert = Node.hooks["convert"]
    a, e, k = convert(a), convert(e), convert(k)
    if not is_whole(k):
        raise UnsupportedError(f"matpow_frechet: {brief(k)} is not certainly an integer; declare assume='integer'")
    if a.ndim:
        return FRECHET.make((a, e, k))
    return times(k, REGISTRY["power"](a, sub(k, 1)), e)


def _shape(args: tuple[Node, ...], data: Any) -> Shape:
    return _square(args[:1], data)


def _power_pullback(node: Node, g: Node, i: int) -> Node:
    base, exponent = node.args
    if i:
        raise UnsupportedError(f"{brief(node)}: no derivative with respect to the exponent of a matrix power")
    return matpow_frechet(transpose(base), g, exponent)


def _frechet_pullback(node: Node, g: Node, i: int) -> Node:
    a, e, k = node.args
    if i == 2:
        raise UnsupportedError(f"{brief(node)}: no derivative with respect to the exponent of a matrix power")
    if i == 1:
        return matpow_frechet(transpose(a), g, k)
    return second_pullback(lambda wide, direction: matpow_frechet(wide, direction, k), a, e, g)


def _frechet_code(node: Node, operands: list[str], backend: Any) -> str:
    a, e, k = operands
    above, below = (f"np.concatenate(({p}, {q}), axis=1)" for p, q in ((a, e), (f"np.zeros_like({a})", a)))
    power = f"np.linalg.matrix_power(np.concatenate(({above}, {below}), axis=0), int({k}))"
    return f"{power}[: {a}.shape[0], {a}.shape[0] :]"


SYMBOLIC_POWER = Operation(
    "matpow_symbol",
    shape=_shape,
    pullback=_power_pullback,
    code="np.linalg.matrix_power({0}, int({1}))",
    explicit=lambda X, k: X ** (int(k) if sympy.sympify(k).is_number else k),
    arity=(2, 2),
    constructor=matrix_power,
    domain=("real", "integer"),
    source="d(Xᵏ) = Σᵣ Xʳ dX Xᵏ⁻¹⁻ʳ; Matrix Cookbook eq. (90)",
)
FRECHET = Operation(
    "matpow_frechet",
    shape=direction_shape("matpow_frechet"),
    pullback=_frechet_pullback,
    code=_frechet_code,
    explicit=lambda A, E, k: sum((A**r * E * A ** (int(k) - 1 - r) for r in range(int(k))), 0 * E),
    notation=Notation(latex=r"L_{\mathrm{pow}}", unicode="matpow_frechet"),
    arity=(3, 3),
    constructor=matpow_frechet,
    domain=("real", "real", "integer"),
    source="[A, E; 0, A]ᵏ has Σᵣ Aʳ E Aᵏ⁻¹⁻ʳ in its corner; Higham, Functions of Matrices, section 3.2",
    doc="matpow_frechet(A, E, k) = Σ Aʳ E Aᵏ⁻¹⁻ʳ, the derivative of Aᵏ in the direction E",
)
