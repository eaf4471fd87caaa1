"""1-D convolution of vectors as a linear map of either, with the matrices of that map.

    conv1d(x, w)ᵢ        = Σⱼ wⱼ xᵢ₊ⱼ       length n − k + 1: what deep learning calls a convolution ("valid", no flip)
    convolve(a, w)ₗ      = Σᵢ aᵢ wₗ₋ᵢ       length n + k − 1: the mathematician's convolution ("full")
    conv_matrix(w, n)ᵢₗ  = wₗ₋ᵢ             the Toeplitz matrix with conv_matrix(w, n) x = conv1d(x, w)
    hankel(x, r)ᵢⱼ       = xᵢ₊ⱼ             the Hankel matrix with r rows and hankel(x, r) w = conv1d(x, w)

The first two are bilinear and each other's pullbacks; so are conv_matrix and diagonal_sums,
hankel and antidiagonal_sums.
All indices start at 0 here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from symcalc.errors import ShapeError, UnsupportedError
from symcalc.graph.dimensions import ONE, Shape, dimension, same
from symcalc.graph.node import Node
from symcalc.graph.operation import Notation, Operation
from symcalc.operations.arithmetic import inner, times
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.explicit import entries_of
from symcalc.operations.leaves import dimension_number, eye
from symcalc.operations.products import column, transpose
from symcalc.operations.sizes import size_from
from symcalc.operations.structure.block import as_matrix

_SOURCE = "Dumoulin & Visin, A guide to convolution arithmetic for deep learning, 2016; Goodfellow et al., ch. 9"


def _length(node: Node) -> Any:
    return node.shape[0] if node.ndim else ONE


def _both(name: str, *args: Any) -> list[Node]:
    convert = Node.hooks["convert"]
    nodes = [convert(arg) for arg in args]
    for node in nodes:
        if node.ndim == 2:
            raise ShapeError(f"{name}: vectors are convolved, but {has_shape(node)}")
    return [column(node) for node in nodes]


def _one_if_one(size: Any) -> Any:
    size = size.expand()
    return ONE if size == 1 else size


# -- the two products --------------------------------------------------------------------------------------
def conv1d(x: Any, w: Any) -> Any:
    """Σⱼ wⱼ xᵢ₊ⱼ of a signal x (length n) and a kernel w (length k ≤ n), of length n − k + 1."""
    x, w = _both("conv1d", x, w)
    if not w.ndim:
        return times(w, x)
    return inner(x, w) if same(_length(x), _length(w)) else CONV1D.make((x, w))


def convolve(a: Any, w: Any) -> Any:
    """The full convolution Σᵢ aᵢ wₗ₋ᵢ of two vectors, of length n + k − 1."""
    a, w = _both("convolve", a, w)
    return CONVOLVE.make((a, w)) if a.ndim and w.ndim else times(a, w)


def _conv_shape(args: tuple[Node, ...], data: Any) -> Shape:
    x, w = args
    size = _one_if_one(_length(x) - _length(w) + 1)
    if size.is_positive is False:
        raise ShapeError(f"conv1d: the kernel is longer than the signal: {has_shape(x)}, {has_shape(w)}")
    return size, ONE


def _conv_code(node: Node, operands: list[str], backend: Any) -> str:
    x, w = operands
    if getattr(backend, "name", "") == "torch":
        text = f"torch.nn.functional.conv1d({x}[None, None], {w}[None, None])[0, 0]"
    else:
        text = f'np.convolve({x}, {w}[::-1], "valid")'
    return text if node.ndim else f"{text}[0]"


def _full_code(node: Node, operands: list[str], backend: Any) -> str:
    a, w = operands
    if getattr(backend, "name", "") == "torch":
        kernel = f"torch.flip({w}, (0,))[None, None]"
        return f"torch.nn.functional.conv1d({a}[None, None], {kernel}, padding={w}.shape[0] - 1)[0, 0]"
    return f"np.convolve({a}, {w})"


def _conv_explicit(x: Any, w: Any) -> Any:
    x, w = entries_of(x), entries_of(w)
    return sympy.Matrix([sum(w[j] * x[i + j] for j in range(len(w))) for i in range(len(x) - len(w) + 1)])


def _full_explicit(a: Any, w: Any) -> Any:
    a, w = entries_of(a), entries_of(w)
    pairs = [(i, j) for i in range(len(a)) for j in range(len(w))]
    return sympy.Matrix([sum(a[i] * w[j] for i, j in pairs if i + j == l) for l in range(len(a) + len(w) - 1)])


# -- their matrices --------------------------------------------------------------------------------------
def conv_matrix(w: Any, n: Any) -> Any:
    """The (n − k + 1)×n Toeplitz matrix of a kernel w: its product with x (length n) is conv1d(x, w)."""
    (w,) = _both("conv_matrix", w)
    n = size_from(n, "conv_matrix")
    if not w.ndim:
        return times(w, eye(n))
    return transpose(w) if same(_length(w), n) else CONV_MATRIX.make((w, dimension_number(n)))


def hankel(x: Any, rows: Any) -> Any:
    """The Hankel matrix xᵢ₊ⱼ with so many rows; its product with a kernel w is conv1d(x, w)."""
    (x,) = _both("hankel", x)
    rows = size_from(rows, "hankel")
    if not x.ndim or same(_length(x), rows):
        return x
    return transpose(x) if rows == 1 else HANKEL.make((x, dimension_number(rows)))


def diagonal_sums(a: Any) -> Any:
    """Σᵢ Gᵢ,ᵢ₊ⱼ for each j that has all its terms: the pullback of conv_matrix."""
    node = Node.hooks["convert"](a)
    if node.ndim == 1 and node.shape[0] == 1:
        return column(node)
    return DIAGONAL_SUMS.make((node,)) if node.ndim else node


def antidiagonal_sums(a: Any) -> Any:
    """Σ Gᵢⱼ over i + j = l for each l: the pullback of hankel."""
    node = Node.hooks["convert"](a)
    if node.ndim < 2:
        return column(node) if node.ndim else node
    return ANTIDIAGONAL_SUMS.make((node,))


def _matrix_shape(args: tuple[Node, ...], data: Any) -> Shape:
    (rows, _), n = _conv_shape_of(args), dimension(args[1].data)
    return rows, n


def _conv_shape_of(args: tuple[Node, ...]) -> Shape:
    size = _one_if_one(dimension(args[1].data) - _length(args[0]) + 1)
    if size.is_positive is False:
        raise ShapeError(f"conv_matrix: the kernel is longer than the signal: {has_shape(args[0])}, n = {args[1].data}")
    return size, ONE


def _hankel_shape(args: tuple[Node, ...], data: Any) -> Shape:
    rows = dimension(args[1].data)
    cols = _one_if_one(_length(args[0]) - rows + 1)
    if cols.is_positive is False:
        raise ShapeError(f"hankel: {rows} rows are more than the entries: {has_shape(args[0])}")
    return ONE if rows == 1 else rows, cols


def _diagonal_shape(args: tuple[Node, ...], data: Any) -> Shape:
    rows, cols = args[0].shape
    size = _one_if_one(cols - rows + 1)
    if size.is_positive is False:
        raise ShapeError(f"diagonal_sums: no more rows than columns are needed, but {has_shape(args[0])}")
    return size, ONE


def _antidiagonal_shape(args: tuple[Node, ...], data: Any) -> Shape:
    return _one_if_one(args[0].shape[0] + args[0].shape[1] - 1), ONE


#: Row i moves i places to the right by the change of shape, so that the columns are the antidiagonals.
ANTIDIAGONAL_SOURCE = """\
def antidiagonal_sums(G):
    rows, cols = G.shape
    wide = np.concatenate((G, np.zeros((rows, rows))), axis=1)
    return wide.reshape(-1)[: rows * (rows + cols - 1)].reshape(rows, rows + cols - 1).sum(axis=0)
"""
CONV_MATRIX_SOURCE = """\
def conv_matrix(w, n):
    rows = n - w.shape[0] + 1
    place = np.arange(n)[None, :] - np.arange(rows)[:, None]
    return w[np.clip(place, 0, w.shape[0] - 1)] * ((place >= 0) & (place < w.shape[0]))
"""
HANKEL_SOURCE = """\
def hankel(x, rows):
    return x[np.arange(rows)[:, None] + np.arange(x.shape[0] - rows + 1)[None, :]]
"""


def _sized_code(name: str, source: str) -> Callable[..., str]:
    def code(node: Node, operands: list[str], backend: Any) -> str:
        size = node.args[1]
        text = str(size.data) if size.op.name == "number" else operands[1]
        call = backend.written(name, source, operands[0], text)
        return call if node.ndim == 2 else f"{call}.reshape(-1)" if node.ndim else f"{call}[0, 0]"

    return code


def _antidiagonal_code(node: Node, operands: list[str], backend: Any) -> str:
    call = backend.written("antidiagonal_sums", ANTIDIAGONAL_SOURCE, as_matrix(node.args[0], operands[0]))
    return call if node.ndim else f"{call}[0]"


def _diagonal_code(node: Node, operands: list[str], backend: Any) -> str:
    matrix = as_matrix(node.args[0], operands[0])
    call = backend.written("antidiagonal_sums", ANTIDIAGONAL_SOURCE, f"np.flip({matrix}, (0,))")
    return f"{call}[{matrix}.shape[0] - 1 : {matrix}.shape[1]]" if node.ndim else f"{call}[{matrix}.shape[0] - 1]"


def _conv_matrix_explicit(w: Any, n: Any) -> Any:
    entries = entries_of(w)
    rows = int(n) - len(entries) + 1
    return sympy.Matrix(rows, int(n), lambda i, l: entries[l - i] if 0 <= l - i < len(entries) else 0)


def _hankel_explicit(x: Any, rows: Any) -> Any:
    entries, rows = entries_of(x), int(rows)
    return sympy.Matrix(rows, len(entries) - rows + 1, lambda i, j: entries[i + j])


def _antidiagonal_explicit(G: Any) -> Any:
    r, c = G.shape
    return sympy.Matrix([sum(G[i, l - i] for i in range(r) if 0 <= l - i < c) for l in range(r + c - 1)])


def _without_size(pull: Callable[[Node, Node], Node]) -> Callable[[Node, Node, int], Node]:
    def pullback(node: Node, g: Node, i: int) -> Node:
        if i:
            raise UnsupportedError(f"{brief(node)}: no derivative with respect to a dimension")
        return pull(node, g)

    return pullback


CONV1D = Operation(
    "conv1d",
    shape=_conv_shape,
    pullback=lambda node, g, i: conv1d(node.args[0], g) if i else convolve(g, node.args[1]),
    code=_conv_code,
    explicit=_conv_explicit,
    notation=Notation(latex=r"\operatorname{conv}", unicode="conv1d"),
    arity=(2, 2),
    constructor=conv1d,
    domain=("real", "real"),
    source=_SOURCE,
    doc="conv1d(x, w)ᵢ = Σⱼ wⱼ xᵢ₊ⱼ, a signal of length n and a kernel of length k to length n − k + 1",
)
CONVOLVE = Operation(
    "convolve",
    shape=lambda args, data: (_one_if_one(_length(args[0]) + _length(args[1]) - 1), ONE),
    pullback=lambda node, g, i: conv1d(g, node.args[1 - i]),
    code=_full_code,
    explicit=_full_explicit,
    notation=Notation(latex=r"\operatorname{convolve}", unicode="convolve"),
    arity=(2, 2),
    constructor=convolve,
    domain=("real", "real"),
    source=_SOURCE,
    doc="convolve(a, w)ₗ = Σᵢ aᵢ wₗ₋ᵢ, of length n + k − 1; the adjoint of conv1d",
)
CONV_MATRIX = Operation(
    "conv_matrix",
    shape=_matrix_shape,
    pullback=_without_size(lambda node, g: diagonal_sums(g)),
    code=_sized_code("conv_matrix", CONV_MATRIX_SOURCE),
    explicit=_conv_matrix_explicit,
    notation=Notation(latex=r"\operatorname{conv\,matrix}", unicode="conv_matrix"),
    arity=(2, 2),
    constructor=conv_matrix,
    domain=("real", "dimension"),
    source=_SOURCE,
    doc="conv_matrix(w, n), the Toeplitz matrix with conv_matrix(w, n) x = conv1d(x, w) for x of length n",
)
HANKEL = Operation(
    "hankel",
    shape=_hankel_shape,
    pullback=_without_size(lambda node, g: antidiagonal_sums(g)),
    code=_sized_code("hankel", HANKEL_SOURCE),
    explicit=_hankel_explicit,
    notation=Notation(latex=r"\operatorname{hankel}", unicode="hankel"),
    arity=(2, 2),
    constructor=hankel,
    domain=("real", "dimension"),
    source=_SOURCE,
    doc="hankel(x, r)ᵢⱼ = xᵢ₊ⱼ with r rows; hankel(x, r) w = conv1d(x, w)",
)
DIAGONAL_SUMS = Operation(
    "diagonal_sums",
    shape=_diagonal_shape,
    pullback=lambda node, g, i: conv_matrix(g, node.args[0].shape[1]),
    code=_diagonal_code,
    explicit=lambda G: sympy.Matrix(
        [sum(G[i, i + j] for i in range(G.rows)) for j in range(G.cols - G.rows + 1)],
    ),
    notation=Notation(latex=r"\operatorname{diagonal\,sums}", unicode="diagonal_sums"),
    constructor=diagonal_sums,
    source=f"the adjoint of w ↦ conv_matrix(w, n); {_SOURCE}",
    doc="diagonal_sums(G)ⱼ = Σᵢ Gᵢ,ᵢ₊ⱼ of a matrix with no more rows than columns",
)
ANTIDIAGONAL_SUMS = Operation(
    "antidiagonal_sums",
    shape=_antidiagonal_shape,
    pullback=lambda node, g, i: hankel(g, node.args[0].shape[0]),
    code=_antidiagonal_code,
    explicit=_antidiagonal_explicit,
    notation=Notation(latex=r"\operatorname{antidiagonal\,sums}", unicode="antidiagonal_sums"),
    constructor=antidiagonal_sums,
    source=f"the adjoint of x ↦ hankel(x, r); {_SOURCE}",
    doc="antidiagonal_sums(G)ₗ = Σ Gᵢⱼ over i + j = l",
)
