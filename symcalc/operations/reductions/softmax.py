"""Softmax, log-softmax and log-sum-exp of a vector, or of each row of a matrix."""

from collections.abc import Callable
from typing import Any

import sympy

from symcalc.graph.node import SCALAR, Node, is_one
from symcalc.graph.operation import REGISTRY, Notation, Operation
from symcalc.operations.arithmetic import sub, times
from symcalc.operations.explicit import entries_of
from symcalc.operations.leaves import ONES, ZEROS, filled_like, ones
from symcalc.operations.products import matmul, transpose


def along_rows(weights: Node, array: Node) -> Node:
    """Per row of a matrix (or for a whole vector): Σⱼ weights·array, stretched back over the row."""
    if array.ndim < 2:
        total = matmul(transpose(weights), array) if is_one(array.shape[1]) else matmul(weights, transpose(array))
        return times(total, filled_like(ONES, array))
    columns = array.shape[1]
    return matmul(times(weights, array), ones(columns, columns))


def _softmax_pullback(p: Node, g: Node, i: int) -> Node:
    """p ∘ (g − (pᵀg) 1), row by row."""
    return times(p, sub(g, along_rows(p, g)))


def _log_softmax_pullback(node: Node, g: Node, i: int) -> Node:
    """g − (1ᵀg) p, row by row."""
    p = SOFTMAX.make(node.args)
    return sub(g, times(p, along_rows(filled_like(ONES, g), g)))


def _entries(X, function):
    if not hasattr(X, "shape"):
        return function([X])[0]
    rows = [list(X)] if 1 in X.shape else [list(X.row(r)) for r in range(X.rows)]
    return sympy.ImmutableDenseMatrix(X.rows, X.cols, [y for row in rows for y in function(row)])


def _shares(row):
    total = sum(sympy.exp(x) for x in row)
    return [sympy.exp(x) / total for x in row]


def _of_rows(name: str, filled: Operation) -> Callable[[Node, tuple[Node, ...], Any], Node]:
    """What is left of a function of a matrix's rows when a size becomes 1: a single column has rows of one entry."""

    def rebuilt(node: Node, args: tuple[Node, ...], data: Any) -> Node:
        was_matrix, is_column = node.args[0].ndim == 2, is_one(args[0].shape[1])
        return filled_like(filled, args[0]) if was_matrix and is_column else REGISTRY[name].make(args)

    return rebuilt


SOFTMAX = Operation(
    "softmax",
    shape=lambda args, data: args[0].shape,
    pullback=_softmax_pullback,
    code=lambda node, operands, backend: (
        backend.softmax(operands[0], node.ndim) if node.ndim else f"np.ones_like({operands[0]})"
    ),
    explicit=lambda X: _entries(X, _shares),
    notation=Notation(latex=r"\operatorname{softmax}", unicode="softmax"),
    rebuilt=_of_rows("softmax", ONES),
    source="∂pᵢ/∂zⱼ = pᵢ(δᵢⱼ − pⱼ); Bridle 1990",
)
LOG_SOFTMAX = Operation(
    "log_softmax",
    shape=lambda args, data: args[0].shape,
    pullback=_log_softmax_pullback,
    code=lambda node, operands, backend: (
        backend.log_softmax(operands[0], node.ndim) if node.ndim else f"np.zeros_like({operands[0]})"
    ),
    explicit=lambda X: _entries(X, lambda row: [sympy.log(s) for s in _shares(row)]),
    notation=Notation(latex=r"\operatorname{log\,softmax}", unicode="log_softmax"),
    rebuilt=_of_rows("log_softmax", ZEROS),
    source="log pᵢ = zᵢ − log Σⱼ exp zⱼ",
)
LOGSUMEXP = Operation(
    "logsumexp",
    shape=lambda args, data: SCALAR,
    pullback=lambda node, g, i: times(g, _whole_softmax(node.args[0], node)),
    code=lambda node, operands, backend: backend.logsumexp(operands[0]),
    explicit=lambda X: sympy.log(sum(sympy.exp(x) for x in entries_of(X))),
    notation=Notation(latex=r"\operatorname{logsumexp}", unicode="logsumexp"),
    source="∂ log Σ exp zᵢ/∂z = softmax(z); Boyd & Vandenberghe, Convex Optimization, 3.1.5",
)


def _whole_softmax(array: Node, node: Node) -> Node:
    """The softmax over all entries; over a matrix it is not the row-wise one."""
    if array.ndim == 2:
        return REGISTRY["exp"](sub(array, times(node, filled_like(ONES, array))))
    return SOFTMAX.make((array,)) if array.ndim else ones(1)
