"""The commutation matrix K of size nm×nm: K vec(X) = vec(Xᵀ) for X of shape n×m."""

from __future__ import annotations

from typing import Any

import sympy

from symcalc.graph.dimensions import Shape, dimension
from symcalc.graph.node import Node
from symcalc.graph.operation import Operation
from symcalc.operations.sizes import as_operand, size_from


def commutation(rows: Any, cols: Any) -> Any:
    """The commutation matrix for matrices of shape rows×cols."""
    return COMMUTATION.make(tuple([as_operand(size_from(size, "commutation(rows, cols)")) for size in (rows, cols)]))


def _shape(args: tuple[Node, ...], data: Any) -> Shape:
    size = dimension(args[0].data) * dimension(args[1].data)
    return size, size


def _entries(rows: Any, cols: Any) -> Any:
    return sympy.Matrix(rows * cols, rows * cols, lambda a, b: int((a % cols, a // cols) == (b // rows, b % rows)))


COMMUTATION = Operation(
    "commutation",
    shape=_shape,
    code="np.eye({0} * {1})[np.arange({0} * {1}).reshape({1}, {0}).T.reshape(-1)]",
    explicit=_entries,
    constructor=commutation,
    arity=(2, 2),
    domain=("dimension", "dimension"),
    source="Magnus & Neudecker, Matrix Differential Calculus, section 3.7: K vec(A) = vec(Aᵀ)",
    doc="commutation(n, m): the permutation matrix K with K vec(X) = vec(Xᵀ) for X of shape n×m",
)
