"""Normal forms of block matrices, triangles, sums along diagonals, and the matrix exponential."""

from __future__ import annotations

from typing import Any

from symcalc.graph.dimensions import same
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY
from symcalc.identities.core import cite, keep, make, normal_form
from symcalc.identities.terms import pulled_scalars, with_scalars
from symcalc.operations.leaves import IDENTITY, NUMBER, ONES, ZEROS, dimension_number, eye, number, ones, zeros
from symcalc.operations.linalg.matrix_power import MATPOW, matrix_power
from symcalc.operations.products import MATMUL, TRANSPOSE
from symcalc.operations.structure.block import BLOCK, SUBMATRIX, offsets_of, place_of, submatrix
from symcalc.operations.structure.diagonal import DIAG


def _is_zero(node: Node) -> bool:
    return node.op is ZEROS or (node.op is NUMBER and node.data == 0)


# -- blocks ----------------------------------------------------------------------------------------------
@normal_form("blocks")
def blocks_form(args: tuple[Node, ...], data: Any) -> Node:
    """A grid of zeros is zero, a grid of ones is ones."""
    node = BLOCK.make(args, data)
    if all(map(_is_zero, args)):
        return zeros(*node.shape)
    if all(arg.op is ONES or arg is number(1) for arg in args):
        return ones(*node.shape)
    return keep(BLOCK, args, data)


@normal_form("submatrix")
def submatrix_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """A part of a block matrix is a block, a part of a product is made of parts of its ends."""
    whole, *place = args
    taken = submatrix(whole, *place)
    if taken.op is not SUBMATRIX:
        return taken
    if whole.op in (ZEROS, ONES):
        return (zeros if whole.op is ZEROS else ones)(*taken.shape)
    scalars, whole = pulled_scalars(whole)
    if scalars:
        return with_scalars(scalars, submatrix_form((whole, *place)))
    if whole.op is TRANSPOSE:
        top, left, rows, cols = place
        return make("transpose", submatrix_form((whole.args[0], left, top, cols, rows)))
    if whole.op is SUBMATRIX:
        top, left = (make("add", a, b) for a, b in zip(place[:2], whole.args[1:3], strict=True))
        if all(offset.op.name in ("number", "dimension") for offset in (top, left)):
            return submatrix_form((whole.args[0], top, left, *place[2:]))
    if whole.op is BLOCK:
        cell = _block_at(whole, taken)
        if cell is not None:
            return cell
    if whole.op is MATMUL:
        return _part_of_product(whole, taken)
    return keep(SUBMATRIX, (whole, *place))


def _block_at(whole: Node, taken: Node) -> Node | None:
    """The one block that a part of a block matrix is."""
    wanted = [side[0] for side in place_of(taken)]
    for k, cell in enumerate(whole.args):
        offsets = offsets_of(whole, k)
        if all(same(a, b) for a, b in zip((*offsets, *cell.shape), (*wanted, *taken.shape), strict=True)):
            return cell
    return None


def _part_of_product(whole: Node, taken: Node) -> Node:
    """Rows of the first factor and columns of the last, where those are vectors or block matrices."""
    top, left, rows, cols = taken.args[1:]
    first, *middle, last = whole.args
    zero = number(0)
    (_, _, below), (_, _, behind) = place_of(taken)
    partial_rows = not (_is_zero(top) and below == 0)
    partial_cols = not (_is_zero(left) and behind == 0)
    if partial_rows and _opens(first):
        first = submatrix_form((first, top, zero, rows, dimension_number(first.shape[1])))
        top, partial_rows = zero, False
    if partial_cols and _opens(last):
        last = submatrix_form((last, zero, left, dimension_number(last.shape[0]), cols))
        left, partial_cols = zero, False
    if (first, last) == (whole.args[0], whole.args[-1]):
        return keep(SUBMATRIX, (whole, *taken.args[1:]))
    product = make("matmul", first, *middle, last)
    return submatrix_form((product, top, left, rows, cols)) if partial_rows or partial_cols else product


def _opens(factor: Node) -> bool:
    inner = factor.args[0] if factor.op is TRANSPOSE else factor
    return factor.ndim == 1 or inner.op is BLOCK


# -- linear masks and sums ---------------------------------------------------------------------------------
def _linear(name: str) -> None:
    @normal_form(name)
    def form(args: tuple[Node, ...], data: Any = None) -> Node:
        """Scalars out of a linear operation; of zeros it is zero."""
        inner, *rest = args
        scalars, inner = pulled_scalars(inner)
        made = REGISTRY[name](inner, *rest)
        if made.op is not REGISTRY[name]:
            return with_scalars(scalars, make(made.op.name, *made.args, data=made.data) if made.args else made)
        if _is_zero(inner):
            return zeros(*made.shape) if made.ndim else number(0)
        special = _SPECIAL.get(name, lambda node: None)(inner)
        return with_scalars(scalars, keep(REGISTRY[name], (inner, *rest)) if special is None else special)


def _triangle(node: Node) -> Node | None:
    if node.op in (IDENTITY, DIAG):
        return node
    return None


def _turned_triangle(other: str) -> Any:
    def form(node: Node) -> Node | None:
        """The lower triangle of the upper one is the diagonal; a diagonal matrix is its own triangle."""
        if node.op is REGISTRY[other] and same(*node.shape):
            return make("diag", make("diagonal", node.args[0]))
        return _triangle(node)

    return form


def _of_outer(name: str, turned: bool) -> Any:
    """Sums along the diagonals of u vᵀ are a convolution of u and v."""

    def form(node: Node) -> Node | None:
        if node.op is not MATMUL or len(node.args) != 2 or node.args[0].shape[1] != 1:
            return None
        u, v = node.args[0], make("transpose", node.args[1])
        made = REGISTRY[name](v, u) if turned else REGISTRY[name](u, v)
        return make(made.op.name, *made.args, data=made.data)

    return form


_SPECIAL: dict[str, Any] = {
    "tril": _turned_triangle("triu"),
    "triu": _turned_triangle("tril"),
    "diagonal_sums": _of_outer("conv1d", True),
    "antidiagonal_sums": _of_outer("convolve", False),
}
for _name in ("tril", "triu", "toeplitz_sums", "conv_matrix", "hankel", "diagonal_sums", "antidiagonal_sums"):
    _linear(_name)


def _bilinear(name: str) -> None:
    @normal_form(name)
    def form(args: tuple[Node, ...], data: Any = None) -> Node:
        """Scalars out of both operands."""
        (left, a), (right, b) = map(pulled_scalars, args)
        node = REGISTRY[name](a, b)
        if node.op is not REGISTRY[name]:
            return with_scalars([*left, *right], make(node.op.name, *node.args, data=node.data))
        if _is_zero(a) or _is_zero(b):
            return zeros(*node.shape) if node.ndim else number(0)
        return with_scalars([*left, *right], keep(node.op, node.args))


for _name in ("conv1d", "convolve"):
    _bilinear(_name)


# -- functions of matrices -----------------------------------------------------------------------------------
@normal_form("expm")
def expm_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """exp of zero is I, of a diagonal matrix entry by entry; the transpose moves out."""
    (node,) = args
    if not node.ndim:
        return make("exp", node)
    if node.op is ZEROS:
        return eye(node.shape[0])
    if node.op is DIAG:
        return make("diag", make("exp", node.args[0]))
    scalars, array = pulled_scalars(node)
    if array.op is TRANSPOSE:
        return make("transpose", expm_form((with_scalars(scalars, array.args[0]),)))
    return keep(REGISTRY["expm"], (node,))


@normal_form("expm_frechet")
def expm_frechet_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """L(A, E) is linear in E; where E is a multiple of I or of A, which commutes with A, it is E exp(A)."""
    a, e = args
    scalars, e = pulled_scalars(e)
    if not a.ndim:
        return make("times", *scalars, e, make("exp", a))
    if e.op is ZEROS:
        return e
    if _commute(a, e):
        cite("derivative of exp along its own matrix")
        return with_scalars(scalars, make("matmul", e, expm_form((a,))))
    return with_scalars(scalars, keep(REGISTRY["expm_frechet"], (a, e)))


def _commute(a: Node, e: Node) -> bool:
    """Is E certainly a multiple of I, of A, or of a power of A?"""
    if e.op is IDENTITY:
        return True
    a = pulled_scalars(a)[1]
    for node in (a, e):
        if node.op is MATPOW:
            a, e = (other.args[0] if other is node else other for other in (a, e))
    return a is e


@normal_form("matpow_symbol")
def symbolic_power_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """Aᵏ: with a number for k the ordinary power; of a diagonal matrix entry by entry; the transpose moves out."""
    base, exponent = args
    if not base.ndim:
        return make("power", base, exponent)
    if exponent.op is NUMBER:
        made = matrix_power(base, exponent)
        return made if made.op is not MATPOW and made is base else make(made.op.name, *made.args, data=made.data)
    if base.op is IDENTITY:
        return base
    if base.op is DIAG:
        return make("diag", make("power", base.args[0], exponent))
    if base.op is TRANSPOSE:
        return make("transpose", symbolic_power_form((base.args[0], exponent)))
    return keep(REGISTRY["matpow_symbol"], args)


@normal_form("matpow_frechet")
def power_frechet_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """Σ Aʳ E Aᵏ⁻¹⁻ʳ is linear in E; where E commutes with A it is k E Aᵏ⁻¹."""
    a, e, k = args
    scalars, e = pulled_scalars(e)
    if e.op is ZEROS:
        return e
    if not a.ndim or _commute(a, e):
        power = make("power" if not a.ndim else "matpow_symbol", a, make("add", k, number(-1)))
        product = make("matmul", e, power) if a.ndim else make("times", e, power)
        return make("times", *scalars, k, product)
    return with_scalars(scalars, keep(REGISTRY["matpow_frechet"], (a, e, k)))
