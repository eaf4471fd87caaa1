"""Sums along the diagonals of a matrix: what the free entries of a Toeplitz matrix receive."""

from typing import Any

import sympy

from symcalc.errors import ShapeError
from symcalc.graph.dimensions import Shape
from symcalc.graph.node import Node
from symcalc.graph.operation import Notation, Operation
from symcalc.operations.describe import brief, has_shape


def toeplitz_sums(a: Any) -> Any:
    """Each entry replaced by the sum of its diagonal; a scalar as it is."""
    node = Node.hooks["convert"](a)
    return TOEPLITZ_SUMS.make((node,)) if node.ndim else node


def _shape(args: tuple[Node, ...], data: Any) -> Shape:
    if args[0].ndim == 1:
        raise ShapeError(f"toeplitz_sums({brief(args[0])}): needs a matrix, {has_shape(args[0])}")
    return args[0].shape


#: Row i moves i places to the right by the change of shape, so that the columns are the diagonals.
TOEPLITZ_SUMS_SOURCE = """\
def toeplitz_sums(G):
    rows, cols = G.shape
    wide = np.concatenate((np.flip(G, (0,)), np.zeros((rows, rows))), axis=1)
    totals = wide.reshape(-1)[: rows * (rows + cols - 1)].reshape(rows, rows + cols - 1).sum(axis=0)
    return totals[np.arange(cols)[None, :] - np.arange(rows)[:, None] + rows - 1]
"""


def _code(node: Node, operands: list[str], backend: Any) -> str:
    return backend.written("toeplitz_sums", TOEPLITZ_SUMS_SOURCE, *operands) if node.ndim else operands[0]


def _explicit(X: Any) -> Any:
    def total(i: int, j: int) -> Any:
        return sum(X[k, k + j - i] for k in range(X.rows) if 0 <= k + j - i < X.cols)

    return sympy.Matrix(X.rows, X.cols, total)


TOEPLITZ_SUMS = Operation(
    "toeplitz_sums",
    shape=_shape,
    pullback=lambda node, g, i: toeplitz_sums(g),
    code=_code,
    explicit=_explicit,
    notation=Notation(latex=r"\operatorname{toeplitz\,sums}", unicode="toeplitz_sums"),
    constructor=toeplitz_sums,
    # Each entry of a single row or column is a diagonal of its own.
    rebuilt=lambda node, args, data: args[0] if args[0].ndim < 2 else toeplitz_sums(*args),
    source="Matrix Cookbook section 2.8.2: the derivative by a Toeplitz matrix sums along diagonals; its own adjoint",
    doc="toeplitz_sums(X)ᵢⱼ = Σ Xₖₗ over all k, l with k − l = i − j, the sum of the diagonal that (i, j) lies on",
)
