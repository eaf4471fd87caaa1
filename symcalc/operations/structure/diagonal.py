"""diag, both ways: the diagonal matrix of a vector, and the vector on the diagonal of a matrix."""

from typing import Any

import sympy

from symcalc.graph.dimensions import ONE
from symcalc.graph.node import Node
from symcalc.graph.operation import Notation, Operation, square_shape
from symcalc.operations.products import column

_square = square_shape("diag")


def _matrix_shape(args, data):
    length = args[0].shape[0]
    return length, length


def _vector_shape(args, data):
    return _square(args, data)[0], ONE


def diag(a: Any) -> Any:
    """diag(v), the diagonal matrix of a vector; diag(X), the diagonal of a square matrix."""
    node = Node.hooks["convert"](a)
    if node.ndim == 2:
        return DIAGONAL.make((node,))
    return DIAG.make((column(node),)) if node.ndim else node


DIAG = Operation(
    "diag",
    shape=_matrix_shape,
    pullback=lambda node, g, i: DIAGONAL.make((g,)),
    code="np.diag({0})",
    explicit=lambda v: sympy.diag(*v),
    notation=Notation(latex=r"\operatorname{diag}", unicode="diag"),
    constructor=diag,
    source="diag(v)ᵢⱼ = vᵢ δᵢⱼ",
)
DIAGONAL: Operation = Operation(
    "diagonal",
    shape=_vector_shape,
    pullback=lambda node, g, i: DIAG.make((g,)),
    code="np.diag({0})",
    explicit=lambda X: sympy.Matrix([X[i, i] for i in range(X.rows)]),
    notation=Notation(latex=r"\operatorname{diag}", unicode="diag"),
    source="diag(X)ᵢ = Xᵢᵢ",
)
