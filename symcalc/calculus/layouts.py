"""Layouts: in which order the axes of a derivative stand, and the conversion between the conventions.

numerator    the value's axes, then the variable's: ∂y/∂x is m×n (the Jacobian), the gradient of a scalar a row
denominator  the variable's axes, then the value's: ∂y/∂x is n×m, the gradient of a scalar a column
shape        shaped like whichever of the two is no scalar; of a vector by a vector it says nothing

Between a scalar and a matrix all three agree here: the result is shaped like the matrix, entry by entry.  (Some texts
on numerator layout write ∂s/∂X transposed, m×n for X of shape n×m; that is `.T` of it.)
"""

from __future__ import annotations

from typing import Any

from symcalc.calculus.variables import resolve
from symcalc.errors import ArgumentError, ShapeError, UnsupportedError
from symcalc.graph.dimensions import same, shape_text
from symcalc.graph.node import Node
from symcalc.identities import simplify
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.products import natural, recast, transpose
from symcalc.operations.structure.einsum import EINSUM, Contraction
from symcalc.tensor import axes_of

LAYOUTS = ("numerator", "denominator", "shape")


def check_layout(layout: object) -> str:
    """The layout if it is the name of one; `ArgumentError` otherwise."""
    if layout not in LAYOUTS:
        raise ArgumentError(f"layout={layout!r}: choose one of {', '.join(LAYOUTS)}")
    return str(layout)


def convert_layout(derivative: Any, value: Any, variable: Any, from_: str, to: str) -> Any:
    """A derivative of `value` by `variable` from one layout to another.

    derivative: an expression, as by `gradient`, `jacobian`, or your own.  value, variable: what was differentiated and
    by what (a variable or its name); their shapes say which axes belong to which.  from_, to: `"numerator"`,
    `"denominator"` or `"shape"`.
    Result: the same entries with their axes in the order of the layout `to`; a matrix or vector is transposed or kept,
    an array of rank 3 or 4 has its axes exchanged in two groups.
    Formula: denominator layout = transpose of numerator layout (Magnus & Neudecker, chapter 9, argue for the latter).
    Raises `ArgumentError` for a layout that does not exist or says nothing of this case, `ShapeError` if the
    derivative does not have the shape it must have in the layout `from_`.

    >>> import symcalc as sc
    >>> W, x = sc.matrix("W", "n", "m"), sc.vector("x", "m")
    >>> print(sc.convert_layout(sc.jacobian(W @ x, x), W @ x, x, "numerator", "denominator"))
    Wᵀ
    """
    result, output = Node.hooks["convert"](derivative), Node.hooks["convert"](value)
    wrt = resolve(output, variable)
    is_turned, wanted = _is_turned(from_, output, wrt), _is_turned(to, output, wrt)
    _check_fits(result, output, wrt, from_, is_turned)
    if is_turned == wanted:
        return derivative if isinstance(derivative, Node) else result
    turned = simplify(_turned(result, axes_of(natural(wrt) if is_turned else output)))
    # Shaped like the variable means with its declared rank as well (1×n or a row).
    return recast(turned, wrt.shape, wrt.ndim) if wanted and not output.ndim else turned


def in_layout(result: Node, value: Node, variable: Node, natural_layout: str, layout: str) -> Node:
    """What `gradient` and `jacobian` return: their own result in the layout that was asked for."""
    if layout == natural_layout:
        return result
    return convert_layout(result, value, variable, natural_layout, layout)


def _is_turned(layout: str, value: Node, variable: Node) -> bool:
    """Do the variable's axes come first?  Where one of the two is a scalar, only a vector can lie or stand."""
    check_layout(layout)
    ranks = {natural(value).ndim, natural(variable).ndim}
    if ranks in ({0}, {0, 2}):
        return False
    if layout != "shape":
        return layout == "denominator"
    if 0 not in ranks:
        raise ArgumentError(
            f"the shape convention says nothing of the derivative of {brief(value)} by {brief(variable)}: "
            "neither is a scalar. Choose layout='numerator' or 'denominator'"
        )
    return not value.ndim


def _check_fits(result: Node, value: Node, variable: Node, layout: str, is_turned: bool) -> None:
    wanted = _shape_in(value, variable, is_turned)
    found = result.shape
    if len(wanted) == len(found) and all(same(a, b) for a, b in zip(wanted, found, strict=True)):
        return
    sizes = shape_text(wanted) if len(wanted) == 2 else "×".join(map(str, wanted))
    raise ShapeError(
        f"the derivative of {brief(value)} by {brief(variable)} in {layout} layout is {sizes}, but {has_shape(result)}"
    )


def _shape_in(value: Node, variable: Node, is_turned: bool) -> tuple[Any, ...]:
    """The shape of a derivative; of rank ≤ 2 as a row, a column or a matrix."""
    if not natural(variable).ndim:
        return value.shape[::-1] if is_turned else value.shape
    if not value.ndim:
        flipped = natural(variable).ndim == 1 and not is_turned
        return variable.shape[::-1] if flipped else variable.shape
    groups = (axes_of(value), axes_of(natural(variable)))
    return tuple(axis for group in (groups[::-1] if is_turned else groups) for axis in group)


def _turned(result: Node, first_axes: tuple[Any, ...]) -> Node:
    """The derivative with its two groups of axes exchanged; `first_axes` are those that stand first now."""
    if result.ndim <= 2:
        return transpose(result)
    if result.op is not EINSUM:
        raise UnsupportedError(f"the axes of {brief(result)}, an array of rank {result.ndim}, cannot be exchanged")
    terms, axes, _ = result.data
    first = len(first_axes)
    order = (*range(first, len(axes)), *range(first))
    # Indices are numbered in the order of the axes, so that both layouts are printed with i, j for the first group.
    names = {i: k for k, i in enumerate(order)}
    packed = tuple(_renumbered(term, names) for term in terms)
    turned = EINSUM.make(result.args, Contraction(packed, tuple(axes[k] for k in order), len(axes) - first))
    turned._normal = True
    return turned


def _renumbered(term: tuple, names: dict[int, int]) -> tuple:
    """A term of a contraction with its output axes in another order: axis names[k] is what axis k was."""
    number, places, out = term
    new = {i: names[k] for k, i in enumerate(out)}
    for i in dict.fromkeys(i for _, indices in places for i in indices):
        new.setdefault(i, len(new))
    renamed = tuple((where, tuple(new[i] for i in indices)) for where, indices in places)
    return number, renamed, tuple(range(len(out)))


__all__ = ["LAYOUTS", "check_layout", "convert_layout", "in_layout"]
