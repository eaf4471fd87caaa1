"""The matrix that adds up antidiagonals: Z vec(X) = antidiagonal_sums(X).

Its entry is 1 where two indices add up to a third, which no product of identities and ones can say.  So it stands in
the index form of whatever moves along diagonals: convolutions, Hankel and Toeplitz matrices.
"""

from __future__ import annotations

from typing import Any

import sympy

from symcalc.graph.dimensions import Shape, dimension
from symcalc.graph.node import Node
from symcalc.graph.operation import Notation, Operation
from symcalc.operations.sizes import as_operand, size_from


def antidiagonal_map(rows: Any, cols: Any) -> Any:
    """The matrix for matrices of shape rows×cols."""
    return ANTIDIAGONAL_MAP.make(
        tuple([as_operand(size_from(size, "antidiagonal_map(rows, cols)")) for size in (rows, cols)])
    )


def _shape(args: tuple[Node, ...], data: Any) -> Shape:
    rows, cols = dimension(args[0].data), dimension(args[1].data)
    return rows + cols - 1, rows * cols


def _entries(rows: Any, cols: Any) -> Any:
    return sympy.Matrix(rows + cols - 1, rows * cols, lambda total, p: int(total == p % rows + p // rows))


ANTIDIAGONAL_MAP = Operation(
    "antidiagonal_map",
    shape=_shape,
    code="np.eye({0} + {1} - 1)[:, np.arange({0} * {1}) % {0} + np.arange({0} * {1}) // {0}]",
    explicit=_entries,
    notation=Notation(latex=r"\operatorname{antidiagonal\,map}", unicode="antidiagonal_map"),
    constructor=antidiagonal_map,
    arity=(2, 2),
    domain=("dimension", "dimension"),
    source="Z vec(X) = antidiagonal_sums(X): entry (l, i + n j) is 1 where i + j = l",
    doc="antidiagonal_map(n, m): the matrix Z with Z vec(X) = antidiagonal_sums(X) for X of shape n×m",
)
