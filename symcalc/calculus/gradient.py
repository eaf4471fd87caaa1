"""Gradients of scalars, in the shape convention: shaped like the variable."""

from __future__ import annotations

import warnings
from typing import Any

from symcalc.calculus.layouts import check_layout, in_layout
from symcalc.calculus.named import named
from symcalc.calculus.structured import by_free_entries, check_structured
from symcalc.calculus.sweep import Sweep, reverse_sweep
from symcalc.calculus.variables import as_list, by_name, free_variable, fresh_name, resolve_all, restored
from symcalc.errors import ArgumentError, ShapeError
from symcalc.graph.node import Node
from symcalc.graph.walk import topological
from symcalc.identities import simplify
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.leaves import ZEROS, filled_like, placeholder
from symcalc.operations.products import recast


class ZeroGradientWarning(UserWarning):
    """The expression does not depend on the variable: its derivative is zero."""


def gradient(expr: Any, wrt: Any, *, structured: bool = False, layout: str = "shape", name: bool = False) -> Any:
    """The gradient of a scalar with respect to one variable or several, shaped like the variable.

    expr: a scalar (1×1) expression.  wrt: a variable, a variable's name, an intermediate expression, or
    a list of these; a list gives a list back, from one backward sweep that shares its work.
    Layout: shape convention, ∂s/∂W has the shape of W; `layout="numerator"` makes the gradient by a vector a row,
    `"denominator"` a column (see `convert_layout`).
    structured: all entries of a variable count as independent unless this is True; then the derivative is by the free
    entries of a matrix that is assumed symmetric (`G + Gᵀ − G ∘ I`), skew, diagonal, triangular or Toeplitz.
    name: with True the result is a `Named`, which prints what the gradients share once, by name, and unpacks to them.
    Formula: δ at a node = Σ over its uses of (upstream δ) × (local derivative); Rumelhart, Hinton &
    Williams 1986; rules by Magnus & Neudecker, Giles 2008 (each operation names its source).
    Raises `ShapeError` if `expr` is not a scalar, `UnsupportedError` where no derivative exists, `ArgumentError` for
    `structured=True` where nothing is assumed that ties entries together.
    A variable that does not occur has gradient zero, and a `ZeroGradientWarning` says so.

    >>> import symcalc as sc
    >>> n, m = sc.dims("n m")
    >>> W, x, b, u = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n)
    >>> s = u.T @ sc.tanh(W @ x + b)
    >>> sc.gradient(s, [x, b])[0].shape
    (m, 1)
    >>> print(sc.gradient(s, [W, b], name=True))
    h = tanh(W x + b)
    δ = u ∘ (1 − h²)
    ∂s/∂W = δ xᵀ
    ∂s/∂b = δ
    """
    wanted, many = as_list(wrt)
    check_layout(layout)
    output = Node.hooks["convert"](expr)
    results = sweep_for(output, wanted)[1]
    if structured or name or layout != "shape":
        targets = resolve_all(output, wanted)
        if structured:
            check_structured(targets)
            results = [by_free_entries(result, target) for result, target in zip(results, targets, strict=True)]
        results = [in_layout(found, output, wrt, "shape", layout) for found, wrt in zip(results, targets, strict=True)]
    if name:
        return named(output, targets, results)
    return results if many else results[0]


def sweep_for(expr: Any, wrt: list[Any], *, note_identities: bool = False) -> tuple[Sweep, list[Node]]:
    """The sweep from a scalar to `wrt`, and the gradients, each shaped like its variable."""
    output = Node.hooks["convert"](expr)
    if output.ndim:
        raise ShapeError(
            f"gradient({brief(output)}): needs a scalar, but {has_shape(output)}. "
            "Use jacobian for its derivative, or make it a scalar first (sum, dot, norm2)"
        )
    if not wrt:
        raise ArgumentError("gradient needs at least one variable to differentiate with respect to")
    targets = resolve_all(output, wrt)
    forth = {**_intermediates(output, targets), **_free(targets)}
    back = {new: old for old, new in forth.items()}
    free = [forth.get(target, target) for target in targets]
    if forth:
        output = output.xreplace(forth)
    sweep = reverse_sweep(simplify(output), free, note_identities=note_identities)
    return sweep, [restored(shaped_like(target, sweep.gradients.get(target)), back) for target in free]


def shaped_like(variable: Node, found: Node | None) -> Node:
    """A gradient with exactly the variable's shape and rank; zero (said so) if nothing arrived."""
    if found is None:
        warnings.warn(
            f"the expression does not depend on {variable}: the gradient is zero", ZeroGradientWarning, stacklevel=4
        )
        found = filled_like(ZEROS, variable)
    return recast(found, variable.shape, variable.ndim)


def _free(targets: list[Node]) -> dict[Node, Node]:
    """Variables whose entries are tied together, and the same with free entries."""
    pairs = {target: free_variable(target) for target in targets}
    return {old: new for old, new in pairs.items() if old is not new}


def _intermediates(output: Node, targets: list[Node]) -> dict[Node, Node]:
    """A variable for each intermediate expression among the targets; the result is put in terms of it."""
    composite = [target for target in targets if not target.op.is_variable]
    if not composite:
        return {}
    taken = set(by_name(output))
    present = set(topological(output))
    forth: dict[Node, Node] = {}
    for target in composite:
        if target not in present:
            raise ArgumentError(
                f"{brief(target)} does not occur in {brief(output)}; differentiate with respect to a variable, "
                "or build the expression from this very intermediate"
            )
        name = fresh_name("v", taken)
        taken.add(name)
        forth[target] = placeholder(name, target)
    return forth
