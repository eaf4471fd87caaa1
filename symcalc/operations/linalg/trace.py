"""Trace of a square matrix."""

from typing import Any

from symcalc.graph.node import SCALAR, Node
from symcalc.graph.operation import Notation, Operation, square_shape
from symcalc.operations.arithmetic import times
from symcalc.operations.leaves import eye

_square = square_shape("tr")


def _shape(args, data):
    if args[0].ndim:
        _square(args, data)
    return SCALAR


def trace(a: Any) -> Any:
    """The trace of a square matrix; a scalar is its own."""
    node = Node.hooks["convert"](a)
    return TRACE.make((node,)) if node.ndim else node


TRACE = Operation(
    "tr",
    shape=_shape,
    pullback=lambda node, g, i: times(g, eye(node.args[0].shape[0])) if node.args[0].ndim else g,
    code="np.trace({0})",
    explicit=lambda X: X.trace() if hasattr(X, "trace") else X,
    notation=Notation(latex=r"\operatorname{tr}", unicode="tr", python="np.trace"),
    aliases=("trace",),
    constructor=trace,
    source="tr X = Σᵢ Xᵢᵢ, so ∂tr X/∂X = I; Matrix Cookbook eq. (99)",
)
