"""Sum of all entries, or of each row or column."""

from typing import Any

from symcalc.errors import ArgumentError
from symcalc.graph.node import SCALAR, Node, is_one
from symcalc.graph.operation import Macro, Notation, Operation
from symcalc.operations.arithmetic import times
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.explicit import entries_of
from symcalc.operations.leaves import ONES, filled_like, ones
from symcalc.operations.products import column, matmul, transpose


def sum_(a: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The sum of all entries; with `axis` those of a matrix's columns (0) or rows (1), a product with ones.

    Sums along an axis come as a column, `Xᵀ 𝟏` or `X 𝟏`; `keepdims=True` makes those of the columns a row, `𝟏ᵀ X`.
    Raises `ArgumentError` for an axis that does not exist.

    >>> import symcalc as sc
    >>> X = sc.matrix("X", "n", "m")
    >>> print(sc.sum(X), sc.sum(X, axis=0), sc.sum(X, axis=1), sep="; ")
    sum(X); Xᵀ 𝟏; X 𝟏
    """
    node = Node.hooks["convert"](a)
    if axis is None:
        return SUM.make((node,))
    total = _along("sum", node, axis)
    return transpose(total) if keepdims and node.ndim == 2 and axis in (0, -2) else total


def _along(name: str, node: Node, axis: int) -> Any:
    if not isinstance(axis, int) or isinstance(axis, bool) or not -node.ndim <= axis < node.ndim:
        axes = {0: "none", 1: "0", 2: "0 and 1"}[node.ndim]
        raise ArgumentError(f"{name}({brief(node)}, axis={axis}): {has_shape(node)}; its axes are {axes}")
    if node.ndim == 1:
        return SUM.make((node,))
    return colsum(node) if axis in (0, -2) else rowsum(node)


def rowsum(a: Any) -> Any:
    """X 𝟏, the sum of each row as a column; of a column the column, of a row its sum."""
    node = Node.hooks["convert"](a)
    return node if is_one(node.shape[1]) else matmul(node, ones(node.shape[1]))


def colsum(a: Any) -> Any:
    """Xᵀ 𝟏, the sum of each column as a column; of a row the row stood up, of a column its sum."""
    node = Node.hooks["convert"](a)
    if is_one(node.shape[0]):
        return column(node) if node.ndim else node
    return matmul(transpose(node), ones(node.shape[0]))


SUM = Operation(
    "sum",
    shape=lambda args, data: SCALAR,
    pullback=lambda node, g, i: times(g, filled_like(ONES, node.args[0])),
    code="np.sum({0})",
    explicit=lambda X: sum(entries_of(X)),
    notation=Notation(latex=r"\operatorname{sum}", unicode="sum"),
    constructor=sum_,
    options=("axis", "keepdims"),
    source="sum(X) = Σᵢⱼ Xᵢⱼ, every slope is 1",
)
Macro("rowsum", rowsum, source="X 𝟏", doc="rowsum(X) = X 𝟏, the sum of each row")
Macro("colsum", colsum, source="Xᵀ 𝟏", doc="colsum(X) = Xᵀ 𝟏, the sum of each column, as a vector")
