"""Inverse of a square matrix."""

from symcalc.graph.node import Node
from symcalc.graph.operation import Notation, Operation, square_shape
from symcalc.operations.arithmetic import neg, reciprocal
from symcalc.operations.products import matmul, transpose


def _pullback(node: Node, g: Node, i: int) -> Node:
    return neg(matmul(transpose(node), g, transpose(node)))


def inverse(a):
    """A⁻¹ of a square matrix; 1/a of a scalar."""
    node = Node.hooks["convert"](a)
    return reciprocal(node) if node.ndim == 0 else INVERSE.make((node,))


INVERSE = Operation(
    "inv",
    shape=square_shape("inv"),
    pullback=_pullback,
    code="np.linalg.inv({0})",
    explicit=lambda X: X.inv(),
    notation=Notation(postfix=("^{-1}", "⁻¹")),
    domain=("invertible",),
    constructor=inverse,
    source="d(X⁻¹) = −X⁻¹ dX X⁻¹; Matrix Cookbook eq. (40), (60)",
)
