"""Jacobians in numerator layout (the value's axes, then the variable's), read off a sweep with a symbolic seed.

Pulling a symbolic g back from y to x gives Jᵀg, linear in g.  For vectors the Jacobian builder reads J off that
expression factor by factor (`v ∘ g` is `diag(v) g`, `A e(g)` is `A` times the matrix of e); everything else goes
through the einsum normal form, which knows every rank, and back to matrix notation where there is one.
"""

from __future__ import annotations

from typing import Any

from symcalc.calculus.gradient import gradient, shaped_like
from symcalc.calculus.layouts import check_layout, in_layout
from symcalc.calculus.structured import by_free_entries, check_structured
from symcalc.calculus.sweep import Step, reverse_sweep
from symcalc.calculus.variables import by_name, freed, fresh_name, resolve, restored
from symcalc.errors import ArgumentError, UnsupportedError
from symcalc.graph.node import Node, is_one
from symcalc.graph.walk import depends_on, topological
from symcalc.identities import simplify
from symcalc.operations.arithmetic import ADD, TIMES, times
from symcalc.operations.describe import brief
from symcalc.operations.leaves import eye, placeholder, zeros
from symcalc.operations.products import MATMUL, matmul, natural, recast, transpose
from symcalc.operations.structure.block import BLOCK, vstack
from symcalc.operations.structure.diagonal import diag
from symcalc.tensor import Indices, axes_of, derivative_terms, node_from_terms


def jacobian(expr: Any, wrt: Any, *, structured: bool = False, layout: str = "numerator") -> Any:
    """The Jacobian of an expression with respect to a variable, in numerator layout.

    expr: a scalar, vector or matrix expression; wrt: a variable, its name, or (of a scalar) an intermediate value.
    Result: the value's axes, then the variable's.  Scalar by scalar a scalar, scalar by vector a row (1×n), scalar
    by matrix n×m, vector by scalar a vector, matrix by scalar a matrix, vector by vector m×n; matrix by vector and
    vector by matrix rank 3, matrix by matrix rank 4.
    layout: `"denominator"` puts the variable's axes first (of a vector by a vector the transposed Jacobian), `"shape"`
    is for a scalar by anything and anything by a scalar (see `convert_layout`).
    structured: the derivative by the free entries of a symmetric, skew, diagonal or triangular matrix (see `gradient`).
    Formula: J = product of the local Jacobians along the graph (chain rule), read off the pulled-back seed
    (Magnus & Neudecker, first identification theorem; Laue et al. 2018 for the index form).
    Raises `UnsupportedError` where an operation has no derivative, `ArgumentError` for a layout that says nothing of
    the case and for `structured=True` where nothing ties the variable's entries together.

    >>> import symcalc as sc
    >>> n, m = sc.dims("n m")
    >>> W, x, b = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n)
    >>> print(sc.jacobian(W @ x + b, x), sc.jacobian(W @ x + b, b))
    W I
    """
    check_layout(layout)
    value = Node.hooks["convert"](expr)
    variable = resolve(value, wrt)
    if structured:
        check_structured([variable])
    free_value, free, back = freed(value, variable)
    result = restored(_in_numerator_layout(free_value, free, variable if structured else None), back)
    return in_layout(result, value, variable, "numerator", layout)


def _in_numerator_layout(value: Node, variable: Node, declared: Node | None) -> Node:
    """The Jacobian by a free variable; by the free entries of `declared`, the variable as it was, if that is given."""
    if not value.ndim:
        return _of_scalar(value, variable, declared)
    if not variable.op.is_variable:
        raise ArgumentError(f"jacobian(…, {brief(variable)}): give a variable, or a scalar to differentiate")
    if value.ndim > 2:
        raise UnsupportedError(f"the derivative of an array of rank {value.ndim} has a rank above 4")
    value = simplify(value)
    if value.op is BLOCK and is_one(value.shape[1]) and _is_vector(variable):
        return simplify(vstack(*[_of_block(cell, variable) for cell in value.args]))
    seed = placeholder(fresh_name("g", set(by_name(value))), value)
    pulled = reverse_sweep(value, [variable], seed).gradients.get(variable)
    pulled = shaped_like(variable, pulled)
    if is_one(variable.shape[0]) and is_one(variable.shape[1]):
        pulled = natural(pulled)
        return gradient(pulled, seed) if pulled.op.name != "number" else shaped_like(value, None)
    if value.ndim == 1 and _is_vector(variable):
        return _from_pulled(simplify(recast(pulled, variable.shape, 1)), seed)
    if declared is not None:
        pulled = _by_free_entries(pulled, declared)
    indices = Indices()
    terms = derivative_terms(simplify(pulled), seed, indices)
    return node_from_terms(terms, (*axes_of(value), *axes_of(natural(variable))), indices, value.ndim)


def _of_block(cell: Node, variable: Node) -> Node:
    """The Jacobian of one part of a stacked vector; a part without the variable has none, which is no surprise."""
    if variable not in topological(cell):
        return zeros(cell.shape[0], variable.shape[0] * variable.shape[1])
    return _in_numerator_layout(cell, variable, None)


def _by_free_entries(pulled: Node, variable: Node) -> Node:
    """The pulled-back seed by the free entries; the map is linear, so it goes along into the index form."""
    if "toeplitz" in variable.data.assume:
        name = variable.data.name
        raise UnsupportedError(
            f"the derivative of an array by the free entries of {name}, a Toeplitz matrix, has no index form. Take the "
            f"gradient of one entry at a time (gradient(Y[i, j], {name}, structured=True)), or build {name} from its "
            "entries (conv_matrix)"
        )
    return by_free_entries(pulled, variable)


def hessian(expr: Any, wrt: Any, *, structured: bool = False, layout: str = "numerator") -> Any:
    """The Hessian of a scalar: second derivatives, `[i, j] = ∂²s/∂xᵢ∂xⱼ`.

    expr: a scalar; wrt: a vector (n×n matrix), a scalar (scalar), or a matrix n×m (rank 4, `[i, j, k, l]` =
    ∂²s/∂Xᵢⱼ∂Xₖₗ).  structured: by the free entries of a structured matrix.  layout: a Hessian is its own transpose,
    so the numerator and the denominator layout agree; there is no shape convention for it.
    Formula: the Jacobian of the gradient.  Raises as `gradient` and `jacobian` do.

    >>> import symcalc as sc
    >>> A, x = sc.matrix("A", "n", "n"), sc.vector("x", "n")
    >>> print(sc.hessian(x.T @ A @ x, x))
    A + Aᵀ
    """
    check_layout(layout)
    value = Node.hooks["convert"](expr)
    variable = resolve(value, wrt)
    if layout == "shape" and variable.ndim:
        raise ArgumentError("the shape convention says nothing of a Hessian; take layout='numerator' or 'denominator'")
    if structured:
        check_structured([variable])
    free_value, free, back = freed(value, variable)
    first = gradient(free_value, free)
    if structured:
        first = by_free_entries(first, variable)
    return restored(_in_numerator_layout(natural(first), free, variable if structured else None), back)


def local_jacobian(step: Step) -> Node:
    """The local Jacobian of a step's operation with respect to its operand, where it is a matrix.

    For an activation diag(f′(z)), for `W x + b` the identity or W, for `uᵀv` by u the row vᵀ.
    """
    node, operand = step.node, step.operand
    if not node.ndim:
        pulled = simplify(node.op.pullback(node, Node.hooks["convert"](1), step.place))  # type: ignore[misc]
        return transpose(pulled) if pulled.ndim == 1 else pulled
    seed = placeholder(fresh_name("g", set(by_name(node))), node)
    pulled = simplify(node.op.pullback(node, seed, step.place))  # type: ignore[misc]
    if not operand.ndim:
        return gradient(pulled, seed)
    if node.ndim == 1 and operand.ndim == 1:
        return _from_pulled(pulled, seed)
    indices = Indices()
    terms = derivative_terms(pulled, seed, indices)
    return node_from_terms(terms, (*axes_of(node), *axes_of(operand)), indices, node.ndim)


def _of_scalar(value: Node, variable: Node, declared: Node | None) -> Node:
    result = gradient(value, variable)
    if declared is not None:
        result = by_free_entries(result, declared)
    return simplify(transpose(recast(result, result.shape, 1))) if _is_vector(variable) else result


def _is_vector(node: Node) -> bool:
    return node.ndim == 1 or (node.ndim == 2 and (is_one(node.shape[0]) or is_one(node.shape[1])))


def _from_pulled(pulled: Node, seed: Node) -> Node:
    """J from Jᵀg: both the value and the variable are vectors (rows count as vectors)."""
    if not is_one(seed.shape[1]):
        column = placeholder(seed.data.name, transpose(seed))
        pulled, seed = simplify(pulled.xreplace({seed: transpose(column)})), column
    if is_one(pulled.shape[0]) and not is_one(pulled.shape[1]):
        pulled = simplify(transpose(pulled))
    return jacobian_of_pulled(pulled, seed)


def jacobian_of_pulled(vector: Node, seed: Node) -> Node:
    """The matrix J with `vector = Jᵀ seed`, for a column that is linear in the column `seed`.

    Each column on the way is opened once, as Σ factor · column, until all columns are the seed itself.
    """
    linear = depends_on([vector], [seed])
    matrices: dict[Node, Node] = {seed: eye(seed.shape[0])}
    opened: dict[Node, list[Term]] = {}
    stack = [vector]
    while stack:
        node = stack[-1]
        if node in matrices:
            stack.pop()
            continue
        if node not in opened:
            opened[node] = _opened(node, seed, linear)
            linear |= depends_on([rest for _, rest in opened[node] if rest is not None], [seed])
        waiting = [rest for _, rest in opened[node] if rest is not None and rest not in matrices]
        if waiting:
            stack.extend(waiting)
            continue
        parts = []
        for factor, rest in opened[node]:
            after = [matrices[rest]] if rest is not None else []
            before = [transpose(factor)] if factor is not None else []
            parts.append(matmul(*after, *before))
        matrices[node] = simplify(ADD.make(tuple(parts)))
    return matrices[vector]


Term = tuple[Node | None, Node | None]


def _opened(node: Node, seed: Node, linear: set[Node]) -> list[Term]:
    """A column as Σ factor · column; a term without column is a finished matrix."""
    if node.op is ADD:
        return [(None, part) for part in node.args if part in linear]
    moving = [part for part in node.args if part in linear]
    if node.op is TIMES and len(moving) == 1:
        return [_opened_times(node, moving[0], seed)]
    if node.op is MATMUL and moving == [node.args[-1]]:
        return [(matmul(*node.args[:-1]), node.args[-1])]
    return [(_by_indices(node, seed), None)]


def _opened_times(node: Node, moving: Node, seed: Node) -> Term:
    """`v ∘ e` is `diag(v) e`; a vector times a scalar s(g) is the vector times the row of s."""
    others = [part for part in node.args if part is not moving]
    if not moving.ndim:
        return matmul(times(*others), transpose(gradient(moving, seed))), None
    arrays = [part for part in others if part.ndim]
    scalars = [part for part in others if not part.ndim]
    return (times(*scalars, diag(times(*arrays))) if arrays else times(*scalars)), moving


def _by_indices(node: Node, seed: Node) -> Node:
    """The matrix M with node = M seed through the index form."""
    indices = Indices()
    terms = derivative_terms(node, seed, indices)
    turned = [term.reordered((1, 0)) for term in terms]
    return node_from_terms(turned, (node.shape[0], seed.shape[0]), indices)
