"""vec, the columns of a matrix stacked into a vector, and unvec, the way back."""

from typing import Any

import sympy

from symcalc.errors import ArgumentError, ShapeError, UnsupportedError
from symcalc.graph.dimensions import ONE, Shape, dimension, same
from symcalc.graph.node import Node
from symcalc.graph.operation import Notation, Operation
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.explicit import entries_of
from symcalc.operations.leaves import dimension_number
from symcalc.operations.products import column


def vec(a: Any) -> Any:
    """vec(X), the columns of X stacked; a vector as a column; a scalar as it is."""
    node = Node.hooks["convert"](a)
    if node.ndim >= 2:
        return VEC.make((node,))
    return column(node) if node.ndim else node


def unvec(a: Any, rows: Any, cols: Any) -> Any:
    """The rows×cols matrix whose columns, stacked, are the vector `a`."""
    convert = Node.hooks["convert"]
    node, sizes = convert(a), []
    for size in (rows, cols):
        size = convert(size)
        if size.op.name not in ("number", "dimension"):
            raise ArgumentError(f"unvec({brief(node)}, rows, cols): {brief(size)} is no dimension")
        sizes.append(dimension_number(dimension(size.data)))
    return UNVEC.make((column(node), *sizes))


def _vec_shape(args: tuple[Node, ...], data: Any) -> Shape:
    rows, cols = args[0].shape
    return rows * cols, ONE


def _unvec_shape(args: tuple[Node, ...], data: Any) -> Shape:
    vector, rows, cols = args[0], dimension(args[1].data), dimension(args[2].data)
    if not same(vector.shape[0] * vector.shape[1], rows * cols):
        raise ShapeError(
            f"unvec({brief(vector)}, {rows}, {cols}): needs a vector of length {rows * cols}, {has_shape(vector)}"
        )
    return rows, cols


def _vec_pullback(node: Node, g: Node, i: int) -> Node:
    return UNVEC.make((g, *map(dimension_number, node.args[0].shape)))


def _unvec_pullback(node: Node, g: Node, i: int) -> Node:
    if i:
        raise UnsupportedError(f"{brief(node)}: no derivative with respect to a dimension")
    return vec(g)


def _vec_code(node: Node, operands: list[str], backend: Any) -> str:
    return f"{operands[0]}.T.reshape(-1)" if node.args[0].ndim == 2 else operands[0]


def _unvec_code(node: Node, operands: list[str], backend: Any) -> str:
    vector, rows, cols = operands
    return f"{vector}.reshape(int({cols}), int({rows})).T" if node.ndim == 2 else vector


VEC = Operation(
    "vec",
    shape=_vec_shape,
    pullback=_vec_pullback,
    code=_vec_code,
    explicit=lambda X: X.vec() if hasattr(X, "vec") else X,
    notation=Notation(latex=r"\operatorname{vec}", unicode="vec"),
    constructor=vec,
    source="vec X stacks the columns; Magnus & Neudecker, Matrix Differential Calculus, ch. 2",
    doc="vec(X), the columns of X stacked into one vector",
)
#: Operands: the vector, and the number of rows and of columns.
UNVEC = Operation(
    "unvec",
    shape=_unvec_shape,
    pullback=_unvec_pullback,
    code=_unvec_code,
    explicit=lambda v, rows, cols: sympy.Matrix(int(cols), int(rows), entries_of(v)).T,
    notation=Notation(latex=r"\operatorname{unvec}", unicode="unvec"),
    arity=(3, 3),
    constructor=unvec,
    domain=("real", "dimension", "dimension"),
    source="unvec(vec X) = X, a rearrangement",
    doc="unvec(v, n, m), the n×m matrix X with vec(X) = v",
)
