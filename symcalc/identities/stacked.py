"""Normal forms of Kronecker products, of vec and unvec, and of the contractions of a grid of blocks.

vec(B X Aᵀ) = (A ⊗ B) vec(X) and (A ⊗ B) (C ⊗ D) = A C ⊗ B D; Magnus & Neudecker, chapter 2.
"""

from __future__ import annotations

from typing import Any

from symcalc.graph.dimensions import dimension, same, same_shape
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import REGISTRY
from symcalc.identities.core import cite, keep, make, normal_form
from symcalc.identities.terms import pulled_scalars, with_scalars
from symcalc.operations.arithmetic import ADD
from symcalc.operations.leaves import IDENTITY, ONES, ZEROS, eye, number, ones, zeros
from symcalc.operations.products import TRANSPOSE
from symcalc.operations.structure.commutation import COMMUTATION
from symcalc.operations.structure.kron import KRON, KRON_LEFT, KRON_RIGHT
from symcalc.operations.structure.vec import UNVEC, VEC

# -- the Kronecker product -----------------------------------------------------------------------


@normal_form("kron")
def kron_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """The Kronecker product, scalars in front; of two identities an identity, of a column and a row their product."""
    scalars: list[Node] = []
    parts = []
    for arg in args:
        outside, part = pulled_scalars(arg)
        scalars += outside
        parts.append(part)
    left, right = parts
    if any(part.op is ZEROS for part in parts):
        product: Any = zeros(left.shape[0] * right.shape[0], left.shape[1] * right.shape[1])
    elif not left.ndim or not right.ndim:
        product = make("times", left, right)
    elif left.op is IDENTITY and right.op is IDENTITY:
        cite("I ⊗ I = I")
        product = eye(left.shape[0] * right.shape[0])
    elif is_one(left.shape[1]) and is_one(right.shape[0]):
        cite("a ⊗ bᵀ = a bᵀ")
        product = make("matmul", left, right)
    elif is_one(left.shape[0]) and is_one(right.shape[1]):
        cite("a ⊗ bᵀ = a bᵀ")
        product = make("matmul", right, left)
    else:
        product = keep(KRON, (left, right))
    return with_scalars(scalars, product)


def join_kronecker(left: Node, right: Node) -> Node | None:
    """The product of two neighbours of which one is a Kronecker product or permutes vec(X); None if it stays."""
    if left.op is KRON and right.op is KRON:
        return _product_of_grids(left, right)
    if left.op is KRON and right.op is VEC:
        return _applied(left, right)
    if left.op is COMMUTATION and right.op is VEC and _sizes(left) == right.args[0].shape:
        cite("K vec(X) = vec(Xᵀ)")
        return make("vec", make("transpose", right.args[0]))
    if right.op is KRON and left.op is TRANSPOSE and left.args[0].op is VEC:
        turned = _applied(make("transpose", right), left.args[0])
        return None if turned is None else make("transpose", turned)
    return None


def _sizes(node: Node) -> tuple[Any, ...]:
    """The dimensions that an operation has as operands."""
    return tuple([dimension(size.data) for size in node.args])


def _product_of_grids(left: Node, right: Node) -> Node | None:
    (a, b), (c, d) = left.args, right.args
    if not (same(a.shape[1], c.shape[0]) and same(b.shape[1], d.shape[0])):
        return None
    cite("(A ⊗ B) (C ⊗ D) = A C ⊗ B D")
    return make("kron", make("matmul", a, c), make("matmul", b, d))


def _applied(grid: Node, stacked: Node) -> Node | None:
    (a, b), (x,) = grid.args, stacked.args
    if not (same(b.shape[1], x.shape[0]) and same(a.shape[1], x.shape[1])):
        return None
    cite("(A ⊗ B) vec(X) = vec(B X Aᵀ)")
    return make("vec", make("matmul", b, x, make("transpose", a)))


def inverse_of_grid(node: Node) -> Node | None:
    """(A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹ for square A and B."""
    if node.op is not KRON or not all(same(*part.shape) for part in node.args):
        return None
    cite("(A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹")
    return make("kron", *[make("inv", part) for part in node.args])


def inner_product(a: Node, b: Node) -> Node:
    """⟨A, B⟩, the sum of the products of their entries."""
    return make("power", make("norm2", a), number(2)) if a is b else make("tr", make("matmul", make("transpose", a), b))


# -- contractions of a grid ------------------------------------------------------------------------


def _contraction(name: str) -> None:
    operation = KRON_LEFT if name == "kron_left" else KRON_RIGHT
    fixed, left_over = (1, 0) if name == "kron_left" else (0, 1)

    @normal_form(name)
    def form(args: tuple[Node, ...], data: Any = None) -> Node:
        """Scalars in front, sums term by term where the terms are grids; ⟨C ⊗ D, B⟩ by blocks is ⟨D, B⟩ C."""
        (front, grid), (more, other) = map(pulled_scalars, args)
        scalars = [*front, *more]
        if grid.op is ADD and all(pulled_scalars(term)[1].op is KRON for term in grid.args):
            return with_scalars(scalars, make("add", *[form((term, other), data) for term in grid.args]))
        if grid.op is KRON and same_shape(grid.args[fixed].shape, other.shape):
            cite("blocks of C ⊗ D")
            rest = grid.args[left_over]
            return make("times", *scalars, inner_product(grid.args[fixed], other), rest)
        return with_scalars(scalars, keep(operation, (grid, other), data))


_contraction("kron_left")
_contraction("kron_right")


# -- vec and unvec -----------------------------------------------------------------------------------


@normal_form("vec")
def vec_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """vec(X), scalars in front; of unvec(v) it is v."""
    scalars, node = pulled_scalars(args[0])
    if node.op is UNVEC:
        cite("vec(unvec(v)) = v")
        return with_scalars(scalars, node.args[0])
    return with_scalars(scalars, REGISTRY["vec"](node) if node.ndim < 2 else _stack(node))


def _stack(node: Node) -> Node:
    if node.op is ONES:
        return ones(node.shape[0] * node.shape[1])
    if node.op is ZEROS:
        return zeros(node.shape[0] * node.shape[1])
    return keep(VEC, (node,))


@normal_form("unvec")
def unvec_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """unvec(v), scalars in front, sums term by term where all terms are stacked matrices; of vec(X) it is X."""
    rows, cols = (dimension(size.data) for size in args[1:])
    scalars, node = pulled_scalars(args[0])
    if node.op is ADD:
        terms = [_unstacked(pulled_scalars(term)[1], rows, cols) for term in node.args]
        if all(term is not None for term in terms):
            parts = [unvec_form((term, *args[1:])) for term in node.args]
            return with_scalars(scalars, make("add", *parts))
    matrix = _unstacked(node, rows, cols)
    return with_scalars(scalars, keep(UNVEC, (node, *args[1:])) if matrix is None else matrix)


def _unstacked(node: Node, rows: Any, cols: Any) -> Node | None:
    """The rows×cols matrix that a vector is the stack of; None if that is not seen."""
    if node.op is VEC and same_shape(node.args[0].shape, (rows, cols)):
        cite("unvec(vec(X)) = X")
        return node.args[0]
    if node.op is ONES:
        return ones(rows, cols)
    if node.op is ZEROS:
        return zeros(rows, cols)
    if is_one(cols):
        return node
    if is_one(rows):
        return make("transpose", node)
    if node.op is KRON and node.ndim == 1 and same(node.args[1].shape[0], rows) and same(node.args[0].shape[0], cols):
        cite("vec(a bᵀ) = b ⊗ a")
        return make("matmul", node.args[1], make("transpose", node.args[0]))
    return None


__all__ = ["inner_product", "inverse_of_grid", "join_kronecker"]
