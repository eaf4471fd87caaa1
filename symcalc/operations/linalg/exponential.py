"""The matrix exponential, and its derivative in a direction (the Fréchet derivative), which is differentiable too.

exp of the block matrix [A, E; 0, A] has the Fréchet derivative L(A, E) in its upper right corner (Van Loan 1978).
So L needs no formula of its own: its value, and its derivative by A, are those of a larger exponential.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import sympy

from symcalc.errors import ShapeError, UnsupportedError
from symcalc.graph.dimensions import Shape, same_shape
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY, Notation, Operation, square_shape
from symcalc.operations.arithmetic import add, times
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.leaves import dimension_number, number, zeros
from symcalc.operations.products import transpose
from symcalc.operations.structure.block import block, submatrix

_square = square_shape("expm")

#: Scaling and squaring with the diagonal Padé approximant of degree 8, which is exact to rounding for ‖A‖ ≤ 1.
EXPM_SOURCE = """\
def expm(A):
    squarings = max(0, int(np.ceil(np.log2(max(np.abs(A).sum(axis=0).max(), 1e-9)))))
    A = A / 2**squarings
    eye = np.eye(A.shape[0])
    over = under = term = eye
    for k in range(1, 9):
        term = A @ term * ((9 - k) / (k * (17 - k)))
        over = over + term
        under = under + (-1) ** k * term
    result = np.linalg.solve(under, over)
    for _ in range(squarings):
        result = result @ result
    return result
"""


def expm(a: Any) -> Any:
    """exp(A) of a square matrix, Σ Aᵏ/k! (not entry by entry); of a scalar its exponential."""
    node = Node.hooks["convert"](a)
    return EXPM.make((node,)) if node.ndim else REGISTRY["exp"](node)


def expm_frechet(a: Any, e: Any) -> Any:
    """L(A, E) = d/dt exp(A + tE) at t = 0, for square matrices of one size."""
    convert = Node.hooks["convert"]
    a, e = convert(a), convert(e)
    return FRECHET.make((a, e)) if a.ndim else times(REGISTRY["exp"](a), e)


def direction_shape(name: str) -> Callable[[tuple[Node, ...], Any], Shape]:
    """The shape of a function of a square matrix and a direction of its shape."""
    square = square_shape(name)

    def shape(args: tuple[Node, ...], data: Any) -> Shape:
        matrix, direction = args[:2]
        square((matrix,), None)
        if not same_shape(matrix.shape, direction.shape):
            raise ShapeError(
                f"{name}({brief(matrix)}, {brief(direction)}): the direction must have the shape of the matrix, "
                f"but {has_shape(matrix)}, {has_shape(direction)}"
            )
        return matrix.shape

    return shape


def second_pullback(function: Callable[[Any, Any], Any], a: Node, e: Node, h: Node) -> Node:
    """⟨h, function(A, E)⟩ by A, where function(A, E) is the corner of f([A, E; 0, A]).

    The gradient by the block matrix B is function(Bᵀ, [0, h; 0, 0]); both places of A in B add up.
    """
    size = a.shape[0]
    nothing = zeros(size, size)
    turned = block([[transpose(a), nothing], [transpose(e), transpose(a)]])
    wide = function(turned, block([[nothing, h], [nothing, nothing]]))
    n = dimension_number(size)
    return add(submatrix(wide, number(0), number(0), n, n), submatrix(wide, n, n, n, n))


def _expm_code(node: Node, operands: list[str], backend: Any) -> str:
    return backend.written("expm", EXPM_SOURCE, *operands)


def _frechet_code(node: Node, operands: list[str], backend: Any) -> str:
    a, e = operands
    above, below = (f"np.concatenate(({p}, {q}), axis=1)" for p, q in ((a, e), (f"np.zeros_like({a})", a)))
    call = backend.written("expm", EXPM_SOURCE, f"np.concatenate(({above}, {below}), axis=0)")
    return f"{call}[: {a}.shape[0], {a}.shape[0] :]"


def _explicit_exponential(matrix: Any) -> Any:
    """In closed form where a small one exists (2×2, diagonal), else by numbers.

    SymPy goes by the Jordan form, whose eigenvalues are roots of a polynomial: from 3×3 on it does not come back.
    """
    if not matrix.has(sympy.Float) and (matrix.rows <= 2 or matrix.is_diagonal()):
        return matrix.exp()
    if matrix.free_symbols:
        raise UnsupportedError(
            f"the entries of the exponential of a {matrix.rows}×{matrix.rows} matrix of symbols have no formula of "
            "readable size; put in numbers first, or use sc.lambdify"
        )
    with mpmath.workdps(30):
        return sympy.Matrix(mpmath.expm(mpmath.matrix(matrix.evalf(30).tolist())).tolist()).evalf(15)


def _explicit_frechet(A: Any, E: Any) -> Any:
    wide = sympy.Matrix.vstack(sympy.Matrix.hstack(A, E), sympy.Matrix.hstack(sympy.zeros(*A.shape), A))
    return _explicit_exponential(wide)[: A.rows, A.cols :]


EXPM = Operation(
    "expm",
    shape=_square,
    pullback=lambda node, g, i: expm_frechet(transpose(node.args[0]), g),
    code=_expm_code,
    code_overrides={"jax": "jax.scipy.linalg.expm({0})", "torch": "torch.linalg.matrix_exp({0})"},
    explicit=_explicit_exponential,
    notation=Notation(latex=r"\operatorname{expm}", unicode="expm"),
    constructor=expm,
    source="d exp(A) = L(A, dA), adjoint L(Aᵀ, ·); Higham, Functions of Matrices, ch. 10",
    doc="expm(A), the matrix exponential Σ Aᵏ/k! of a square matrix",
)
FRECHET = Operation(
    "expm_frechet",
    shape=direction_shape("expm_frechet"),
    pullback=lambda node, g, i: (
        expm_frechet(transpose(node.args[0]), g) if i else second_pullback(expm_frechet, node.args[0], node.args[1], g)
    ),
    code=_frechet_code,
    code_overrides={"jax": "jax.scipy.linalg.expm_frechet({0}, {1}, compute_expm=False)"},
    explicit=_explicit_frechet,
    notation=Notation(latex=r"L_{\exp}", unicode="expm_frechet"),
    arity=(2, 2),
    constructor=expm_frechet,
    domain=("real", "real"),
    source="exp([A, E; 0, A]) = [exp A, L(A, E); 0, exp A]; Van Loan 1978, Higham, Functions of Matrices, (3.16)",
    doc="expm_frechet(A, E), the derivative of expm at A in the direction E",
)
