"""Does what symcalc derives agree with independent numbers?  The judgement shared by the property tests."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from generate import SIZES
from property.complex_step import DISCRETE, derivatives, everything, sample, sizes_of

import symcalc as sc
from symcalc.graph.node import Node
from symcalc.graph.walk import depends_on, topological
from symcalc.operations.leaves import placeholder

SIZE = sizes_of(SIZES)
#: Of the largest number that occurs on the way.
TOLERANCE = 1e-9


class Mismatch(AssertionError):
    """A value, a shape or a derivative that is not what it should be."""


@dataclass
class Tally:
    """What became of the expressions of one run."""

    right: int = 0
    no_point: int = 0
    refused: Counter = field(default_factory=Counter)

    def check(self, least: int) -> None:
        """Enough expressions were judged: few could not be sampled, next to none were refused."""
        refused = sum(self.refused.values())
        total = self.right + self.no_point + refused
        assert total >= least, f"only {total} expressions were drawn"
        assert refused <= 0.005 * total, f"{refused} of {total} were refused: {self.refused}"
        assert self.no_point <= 0.05 * total, f"no point was found for {self.no_point} of {total}"


def variables_of(*roots: Node) -> list[Node]:
    """The variables that can be differentiated by: all but those that stand for an index."""
    return [node for node in topological(*roots) if node.op.is_variable and "integer" not in node.data.assume]


def gradients(expr: Node, wrt: list[Node]) -> list[Node]:
    """The gradients, without the warning that one is zero."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sc.gradient(expr, wrt)


def check_first_order(expr: Node, seed: int, tally: Tally, *, compiled: bool = False) -> None:
    """simplify(expr) and the gradients by all variables have the right shapes and values at a random point."""
    try:
        simple = sc.simplify(expr)
        wrt = variables_of(expr)
        found = gradients(expr, wrt) if wrt else []
    except sc.SymcalcError as error:
        tally.refused[f"{type(error).__name__}: {str(error)[:80]}"] += 1
        return
    require(simple.shape == expr.shape and simple.ndim == expr.ndim, f"simplify changes the shape to {simple.shape}")
    for variable, gradient in zip(wrt, found, strict=True):
        same = gradient.shape == variable.shape and gradient.ndim == variable.ndim
        require(same, f"the gradient by {variable} has shape {gradient.shape}, rank {gradient.ndim}")
    point = sample(expr, seed, SIZE)
    if point is None:
        tally.no_point += 1
        return
    value, slopes = derivatives(expr, point, SIZE)
    left_out = on_a_kink(expr)
    kept = [(variable, found[k]) for k, variable in enumerate(wrt) if variable not in left_out]
    made = everything((simple, *(gradient for _, gradient in kept)), {n: a[None] for n, a in point.items()}, SIZE)
    scale = largest(made.values())
    compare("the simplified value", made[simple][0], value, scale)
    for variable, gradient in kept:
        compare(f"the gradient by {variable}", made[gradient][0], slopes[variable.data.name][0, 0], scale)
    if compiled:
        _check_compiled([simple, *(gradient for _, gradient in kept)], point, made, scale)
    tally.right += 1


def check_jacobians(expr: Node, seed: int, tally: Tally) -> None:
    """The Jacobians of a scalar, vector or matrix by all variables have the right axes and values at a random point."""
    judge_arrays(expr, expr, variables_of(expr), sc.jacobian, seed, tally)


def check_hessians(expr: Node, seed: int, tally: Tally) -> None:
    """The Hessians of a scalar by all variables: complex steps are taken on the gradient, whose values are tested.

    Steps leave what is assumed of a variable (symmetric, one-hot), so they go along a gradient that assumes nothing.
    """
    left_out = on_a_kink(expr)
    for variable in variables_of(expr):
        if variable in left_out:
            continue
        free = placeholder(variable.data.name, variable)
        try:
            (gradient,) = gradients(expr.xreplace({variable: free}), [free])
        except sc.SymcalcError:
            continue  # counted where gradients are tested
        judge_arrays(expr, gradient, [free], lambda _, wrt: sc.hessian(expr, wrt.data.name), seed, tally)


def judge_arrays(
    expr: Node, value: Node, wrt: list[Node], derive: Callable[[Node, Node], Node], seed: int, tally: Tally
) -> None:
    """`derive(value, variable)` against complex steps on `value`, at a point that suits `expr`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = {variable: derive(value, variable) for variable in wrt}
    except sc.SymcalcError as error:
        tally.refused[f"{type(error).__name__}: {str(error)[:80]}"] += 1
        return
    point = sample(expr, seed, SIZE)
    if point is None:
        tally.no_point += 1
        return
    left_out = on_a_kink(expr)
    kept = {variable: array for variable, array in found.items() if variable not in left_out}
    made = everything((value, *kept.values()), {name: a[None] for name, a in point.items()}, SIZE)
    scale, slopes = largest(made.values()), derivatives(value, point, SIZE)[1]
    for variable, array in kept.items():
        what = f"the derivative of {value} by {variable}"
        axes = [*_axes(value), *_axes(variable)]
        sizes = [SIZE(size) for size in _axes(array)]
        require(sizes == [SIZE(size) for size in axes], f"{what} has axes {sizes}")
        compare(what, made[array][0].reshape(sizes), slopes[variable.data.name].reshape(sizes), scale)
    tally.right += 1


def _axes(node: Node) -> list[Any]:
    """The dimensions of the axes; a size that is literally 1 is none, so that an n×1 matrix counts as a vector."""
    return [size for size in node.shape if size != 1]


def largest(values: Any) -> float:
    """The largest number in a table of arrays, at least 1."""
    return max([1.0, *(float(np.max(np.abs(value), initial=0.0)) for value in values)])


def require(truth: bool, message: str) -> None:
    if not truth:
        raise Mismatch(message)


def compare(what: str, found: Any, wanted: Any, scale: float) -> None:
    """Raise `Mismatch` unless the arrays agree to rounding, on the scale of the numbers that occur."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    require(found.shape == wanted.shape, f"{what} has shape {found.shape}, not {wanted.shape}")
    error = np.max(np.abs(found - wanted), initial=0.0)
    require(
        bool(error <= TOLERANCE * scale), f"{what} is\n{found}\nnot\n{wanted}\n(error {error:.1e}, scale {scale:.1e})"
    )


def on_a_kink(expr: Node) -> set[Node]:
    """The variables that cannot move, and so may have been put on a kink: no slope can be asked for."""
    fixed = [node for node in variables_of(expr) if node.data.assume & DISCRETE]
    if not fixed:
        return set()
    kinked = [node for node in topological(expr) if node.op.kinks is not None]
    return {variable for variable in fixed if any(node in depends_on([expr], [variable]) for node in kinked)}


def _check_compiled(nodes: list[Node], point: dict[str, Any], made: dict[Node, Any], scale: float) -> None:
    """The generated NumPy code computes the same."""
    function = sc.lambdify(nodes, functions={"f": "tanh", "g": "tanh"})
    arrays = {name: point[name] for name in point}
    for node in topological(*nodes):
        if node.op.is_variable and node.ndim < 2:
            arrays[node.data.name] = arrays[node.data.name].reshape(-1 if node.ndim else ())
    for node, value in zip(nodes, function(**arrays, **SIZES), strict=True):
        wanted = made[node][0]
        compare(f"the compiled {node}", value, wanted if node.ndim == 2 else wanted.reshape(np.shape(value)), scale)


def first_wrong_part(expr: Node, seed: int) -> Node | None:
    """The smallest subexpression (made a scalar) that does not agree either: where to look for the cause."""
    for node in topological(expr):
        if not node.args or node.op.name in ("basis", "number"):
            continue
        part = node if node.ndim == 0 else sc.sum(sc.sin(node))
        try:
            check_first_order(part, seed, Tally())
        except Exception:
            return part
    return None
