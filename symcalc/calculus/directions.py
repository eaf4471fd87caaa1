"""Derivatives along a direction, and differentials: contractions of a Jacobian that never form it."""

from __future__ import annotations

from typing import Any

from symcalc.calculus.gradient import gradient, shaped_like
from symcalc.calculus.sweep import reverse_sweep
from symcalc.calculus.variables import as_list, by_name, freed, fresh_name, resolve, resolve_all, restored, variables
from symcalc.errors import ArgumentError, ShapeError
from symcalc.graph.dimensions import same_shape
from symcalc.graph.node import Node
from symcalc.identities import simplify
from symcalc.operations.arithmetic import add, inner
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.leaves import ZEROS, filled_like, placeholder
from symcalc.operations.products import natural, recast


def vjp(expr: Any, wrt: Any, cotangent: Any) -> Any:
    """The vector-Jacobian product: `cotangent` (shaped like the value) pulled back, shaped like the variable.

    Formula: Σ cotangentᵢ ∂yᵢ/∂x, one reverse sweep.  Raises `ShapeError` for a cotangent of another shape.

    >>> import symcalc as sc
    >>> W, x, g = sc.matrix("W", "n", "m"), sc.vector("x", "m"), sc.vector("g", "n")
    >>> print(sc.vjp(W @ x, W, g))
    g xᵀ
    """
    value = Node.hooks["convert"](expr)
    variable = resolve(value, wrt)
    seed = _like("cotangent", cotangent, value)
    value, variable, back = freed(value, variable)
    pulled = reverse_sweep(simplify(value), [variable], simplify(seed)).gradients.get(variable)
    return restored(shaped_like(variable, pulled), back)


def jvp(expr: Any, wrt: Any, direction: Any) -> Any:
    """The Jacobian-vector product: the derivative of the value along `direction`, shaped like the value.

    direction: shaped like the variable.  Formula: d/dt y(x + t v) at t = 0; the transpose of the pullback,
    so no array of rank above 2 is formed.  Raises `ShapeError` for a direction of another shape.

    >>> import symcalc as sc
    >>> A, X, B = sc.matrix("A", "k", "n"), sc.matrix("X", "n", "m"), sc.matrix("B", "m", "p")
    >>> print(sc.jvp(A @ X @ B, X, sc.matrix("V", "n", "m")))
    A V B
    """
    value = Node.hooks["convert"](expr)
    variable = resolve(value, wrt)
    return _along(value, variable, _like("direction", direction, variable))


def _along(value: Node, variable: Node, direction: Node) -> Node:
    taken = set(by_name(value)) | set(by_name(direction))
    value, variable, back = freed(value, variable)
    seed = placeholder(fresh_name("g", taken), value)
    pulled = reverse_sweep(simplify(value), [variable], seed).gradients.get(variable)
    if pulled is None:
        return filled_like(ZEROS, value)
    total = simplify(inner(natural(pulled), natural(direction)))
    return restored(gradient(total, seed), back)


def hvp(expr: Any, wrt: Any, direction: Any) -> Any:
    """The Hessian-vector product of a scalar, shaped like the variable; the Hessian is not formed.

    Formula: ∂/∂x ⟨∂s/∂x, v⟩ with v held fixed (Pearlmutter 1994).

    >>> import symcalc as sc
    >>> A, x = sc.matrix("A", "n", "n"), sc.vector("x", "n")
    >>> print(sc.hvp(x.T @ A @ x, x, sc.vector("v", "n")))
    (A + Aᵀ) v
    """
    value = Node.hooks["convert"](expr)
    variable = resolve(value, wrt)
    direction = _like("direction", direction, variable)
    value, variable, back = freed(value, variable)
    held = placeholder(fresh_name("v", set(by_name(value))), variable)
    first = gradient(value, variable)
    second = gradient(simplify(inner(natural(first), natural(held))), variable)
    return restored(second, {held: direction, **back})


def differential(expr: Any, wrt: Any = None) -> Any:
    """The differential dF, an expression in the variables' differentials (`dX` for X), shaped like the value.

    wrt: a variable, several, or None for all.  Formula: d(AXB) = A dX B, d(X⁻¹) = −X⁻¹ dX X⁻¹, …
    (Magnus & Neudecker, chapter 8): the derivative along dX, summed over the variables.

    >>> import symcalc as sc
    >>> A, X = sc.matrix("A", "m", "n"), sc.matrix("X", "n", "n")
    >>> print(sc.differential(A @ sc.inv(X), X))
    −A X⁻¹ dX X⁻¹
    """
    value = Node.hooks["convert"](expr)
    wanted = variables(value) if wrt is None else resolve_all(value, as_list(wrt)[0])
    if not wanted:
        raise ArgumentError(f"{brief(value)} has no variables: its differential is zero")
    taken = set(by_name(value))
    parts = []
    for variable in wanted:
        name = f"d{variable.data.name}" if variable.op.is_variable else "dv"
        parts.append(_along(value, variable, placeholder(fresh_name(name, taken), variable)))
    return simplify(add(*parts)) if len(parts) > 1 else parts[0]


def _like(what: str, given: Any, like: Node) -> Node:
    node = Node.hooks["convert"](given)
    if not same_shape(node.shape, like.shape):
        raise ShapeError(f"the {what} must be shaped like {brief(like)}: {has_shape(node)}, {has_shape(like)}")
    return recast(node, like.shape, like.ndim)
