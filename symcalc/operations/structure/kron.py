"""The Kronecker product, and the two contractions that its derivative needs.

Read A ⊗ B as a grid of blocks, block (i, j) being Aᵢⱼ B.  For a G of the same shape, with blocks Gᵢⱼ:

    kron_left(G, B)ᵢⱼ  = ⟨Gᵢⱼ, B⟩          one number per block, shaped like A
    kron_right(G, A)   = Σᵢⱼ Aᵢⱼ Gᵢⱼ        the blocks weighted and summed, shaped like B

All three are bilinear, and the derivative of each is made of the other two, so every order exists.
"""

from collections.abc import Callable
from typing import Any

import sympy

from symcalc.errors import ShapeError
from symcalc.graph.dimensions import Shape, same
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import Notation, Operation
from symcalc.operations.arithmetic import times
from symcalc.operations.describe import brief, has_shape

_SOURCE = "A ⊗ B has the blocks Aᵢⱼ B; Magnus & Neudecker, Matrix Differential Calculus, ch. 2"


def kron(a: Any, b: Any) -> Any:
    """A ⊗ B; the ordinary product where one of them is a scalar."""
    convert = Node.hooks["convert"]
    a, b = convert(a), convert(b)
    return KRON.make((a, b)) if a.ndim and b.ndim else times(a, b)


def _kron_shape(args: tuple[Node, ...], data: Any) -> Shape:
    a, b = args
    return a.shape[0] * b.shape[0], a.shape[1] * b.shape[1]


def _contraction(name: str) -> tuple[Callable[..., Shape], Callable[..., Node]]:
    """Shape function and constructor of a contraction: the shape of G over that of the other operand."""

    def shape(args: tuple[Node, ...], data: Any) -> Shape:
        """The shape is `data`; it is checked, as sizes may have been replaced."""
        g, other = args
        if not all(same(whole, part * size) for whole, part, size in zip(g.shape, other.shape, data, strict=True)):
            raise ShapeError(f"{name}: {has_shape(g)}, which is no grid of {data[0]}×{data[1]} with {has_shape(other)}")
        return data

    def build(g: Any, other: Any) -> Node:
        convert = Node.hooks["convert"]
        g, other = convert(g), convert(other)
        sizes = tuple(whole / part for whole, part in zip(g.shape, other.shape, strict=True))
        if any(size.as_numer_denom()[1] != 1 for size in sizes):
            raise ShapeError(
                f"{name}({brief(g)}, {brief(other)}): {has_shape(g)}, no multiple of the other: {has_shape(other)}"
            )
        return (KRON_LEFT if name == "kron_left" else KRON_RIGHT).make((g, other), sizes)

    return shape, build


def _left(g: Node, b: Node, shape: Shape) -> Node:
    return KRON_LEFT.make((g, b), shape)


def _right(g: Node, a: Node, shape: Shape) -> Node:
    return KRON_RIGHT.make((g, a), shape)


def _kron_pullback(node: Node, g: Node, i: int) -> Node:
    a, b = node.args
    return _right(g, a, b.shape) if i else _left(g, b, a.shape)


def _left_pullback(node: Node, h: Node, i: int) -> Node:
    g, b = node.args
    return _right(g, h, b.shape) if i else kron(h, b)


def _right_pullback(node: Node, h: Node, i: int) -> Node:
    g, a = node.args
    return _left(g, h, a.shape) if i else kron(a, h)


# -- code: blocks as a 4-axis array, vectors stood up as the matrices they are ----------------------
def _as_matrix(node: Node, text: str) -> str:
    if node.ndim == 2:
        return text
    if node.ndim == 0:
        return f"np.reshape({text}, (1, 1))"
    return f"{text}[None, :]" if is_one(node.shape[0]) else f"{text}[:, None]"


def _as_result(node: Node, text: str) -> str:
    return text if node.ndim == 2 else f"{text}.reshape(-1)" if node.ndim else f"{text}.reshape(())"


def _kron_code(node: Node, operands: list[str], backend: Any) -> str:
    if any(arg.ndim == 0 for arg in node.args):
        return f"{operands[0]} * {operands[1]}"
    a, b = operands
    if node.ndim == 2:
        a, b = (_as_matrix(arg, text) for arg, text in zip(node.args, operands, strict=True))
        if backend.name == "torch":  # which cannot do it with the strides of a transpose
            a, b = f"{a}.contiguous()", f"{b}.contiguous()"
    return f"np.kron({a}, {b})"


def _contraction_code(node: Node, operands: list[str], sizes: str, indices: str) -> str:
    g, other = (_as_matrix(arg, text) for arg, text in zip(node.args, operands, strict=True))
    blocks = f"{g}.reshape({sizes.format(g=g, other=other)})"
    return _as_result(node, f'np.einsum("{indices}", {blocks}, {other})')


def _left_code(node: Node, operands: list[str], backend: Any) -> str:
    sizes = "{g}.shape[0] // {other}.shape[0], {other}.shape[0], -1, {other}.shape[1]"
    return _contraction_code(node, operands, sizes, "ikjl,kl->ij")


def _right_code(node: Node, operands: list[str], backend: Any) -> str:
    sizes = "{other}.shape[0], {g}.shape[0] // {other}.shape[0], {other}.shape[1], -1"
    return _contraction_code(node, operands, sizes, "ikjl,ij->kl")


# -- values with SymPy ---------------------------------------------------------------------------
def _matrix(value: Any) -> Any:
    return value if hasattr(value, "rows") else sympy.Matrix([[value]])


def _kron_explicit(a: Any, b: Any) -> Any:
    return sympy.kronecker_product(_matrix(a), _matrix(b))


def _left_explicit(g: Any, b: Any) -> Any:
    g, b = _matrix(g), _matrix(b)
    p, q = b.shape
    return sympy.Matrix(
        g.rows // p,
        g.cols // q,
        lambda i, j: sum(g[i * p + k, j * q + l] * b[k, l] for k in range(p) for l in range(q)),
    )


def _right_explicit(g: Any, a: Any) -> Any:
    g, a = _matrix(g), _matrix(a)
    p, q = g.rows // a.rows, g.cols // a.cols
    places = [(i, j) for i in range(a.rows) for j in range(a.cols)]
    return sympy.Matrix(p, q, lambda k, l: sum(a[i, j] * g[i * p + k, j * q + l] for i, j in places))


KRON = Operation(
    "kron",
    shape=_kron_shape,
    pullback=_kron_pullback,
    code=_kron_code,
    explicit=_kron_explicit,
    notation=Notation(latex=r"\otimes", unicode="⊗", python="np.kron"),
    arity=(2, 2),
    constructor=kron,
    domain=("real", "real"),
    source=_SOURCE,
    doc="kron(A, B) = A ⊗ B, the blocks Aᵢⱼ B",
)
_left_shape, _build_left = _contraction("kron_left")
_right_shape, _build_right = _contraction("kron_right")
#: Data: the shape of the result.
KRON_LEFT = Operation(
    "kron_left",
    shape=_left_shape,
    pullback=_left_pullback,
    code=_left_code,
    explicit=_left_explicit,
    notation=Notation(latex=r"\operatorname{kron_{left}}", unicode="kron_left"),
    arity=(2, 2),
    constructor=_build_left,
    domain=("real", "real"),
    source=f"the adjoint of A ↦ A ⊗ B; {_SOURCE}",
    doc="kron_left(G, B)ᵢⱼ = ⟨Gᵢⱼ, B⟩, one number per block Gᵢⱼ of the shape of B",
)
KRON_RIGHT = Operation(
    "kron_right",
    shape=_right_shape,
    pullback=_right_pullback,
    code=_right_code,
    explicit=_right_explicit,
    notation=Notation(latex=r"\operatorname{kron_{right}}", unicode="kron_right"),
    arity=(2, 2),
    constructor=_build_right,
    domain=("real", "real"),
    source=f"the adjoint of B ↦ A ⊗ B; {_SOURCE}",
    doc="kron_right(G, A) = Σ Aᵢⱼ Gᵢⱼ, the blocks of G weighted by A and summed",
)
