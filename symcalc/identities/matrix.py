"""Transposes, inverses, powers, sums, diagonals, determinants and norms of matrices in normal form."""

from __future__ import annotations

from typing import Any

from symcalc.graph.dimensions import same
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import REGISTRY
from symcalc.identities.core import cite, keep, make, normal_form
from symcalc.identities.elementwise import times_form
from symcalc.identities.facts import is_orthogonal, is_symmetric, vector_fact
from symcalc.identities.neighbours import matrix_power_form
from symcalc.identities.products import matmul_form
from symcalc.identities.stacked import inverse_of_grid
from symcalc.identities.sums import reads_best_turned
from symcalc.identities.terms import pulled_scalars, with_scalars
from symcalc.identities.traces import is_outer
from symcalc.operations.arithmetic import ADD, POWER, TIMES
from symcalc.operations.leaves import BASIS, IDENTITY, NUMBER, ONES, ZEROS, dimension_number, eye, number, ones, zeros
from symcalc.operations.linalg.inverse import INVERSE
from symcalc.operations.linalg.matrix_power import LARGEST_EXPONENT, MATPOW
from symcalc.operations.products import MATMUL, TRANSPOSE, recast
from symcalc.operations.structure.diagonal import DIAG

#: Sums and products nested deeper than this are transposed as a whole, `(…)ᵀ`.
DEEPEST_TURN = 4


# -- transposes ------------------------------------------------------------------------------


@normal_form("transpose")
def transpose_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """The transpose, moved to where it reads best: onto the factors of a product, out of functions."""
    (node,) = args
    op = node.op
    if node.ndim == 0:
        return node
    if op is TRANSPOSE:
        cite("transpose of a transpose")
        return node.args[0]
    if op is MATMUL:
        cite("transpose of a product")
        return matmul_form(tuple([transpose_form((factor,)) for factor in reversed(node.args)]))
    if op is ONES and node.ndim == 1 and is_one(node.shape[1]):
        return keep(TRANSPOSE, (node,))
    if op in (ONES, ZEROS):
        return (ones if op is ONES else zeros)(node.shape[1], node.shape[0])
    if op.is_variable and "skew" in node.data.assume:
        cite("transpose of a skew matrix")
        return make("times", number(-1), node)
    if is_symmetric(node):
        cite("transpose of a symmetric matrix")
        return node
    if op is TIMES or op is ADD:
        return _transpose_entries(node)
    if op is POWER and node.args[0].op is TRANSPOSE and not node.args[1].ndim:
        return make("power", node.args[0].args[0], node.args[1])
    if op.name == "kron":
        cite("transpose of a Kronecker product")
        return make("kron", *[transpose_form((arg,)) for arg in node.args])
    return keep(TRANSPOSE, (node,))


@normal_form("ones")
def ones_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """A row of ones is the transpose of a column of them."""
    rows, cols = data
    return transpose_form((ones(cols),)) if is_one(rows) and not is_one(cols) else ones(rows, cols)


def _transpose_entries(node: Node) -> Node:
    """The transpose of a sum or an elementwise product: scalars out, onto the parts if most are transposes."""
    if node.op is TIMES:
        scalars = [part for part in node.args if not part.ndim]
        arrays = [part for part in node.args if part.ndim]
        if scalars:
            rest = arrays[0] if len(arrays) == 1 else keep(TIMES, tuple(arrays))
            return times_form((*scalars, transpose_form((rest,))))
    if _shallow(node, DEEPEST_TURN) and reads_best_turned(node):
        cite("transpose of a sum")
        return make(node.op.name, *[transpose_form((part,)) for part in node.args])
    return keep(TRANSPOSE, (node,))


def _shallow(node: Node, levels: int) -> bool:
    """Are sums and products nested at most this deep?"""
    if node.op not in (ADD, TIMES, MATMUL):
        return True
    return levels > 0 and all(_shallow(part, levels - 1) for part in node.args)


# -- inverse, power ------------------------------------------------------------------------------


@normal_form("inv")
def inverse_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """The inverse: of a product factor by factor, of a transpose as X⁻ᵀ."""
    (node,) = args
    op = node.op
    if op is INVERSE:
        cite("inverse of an inverse")
        return node.args[0]
    if op is IDENTITY:
        return node
    if op is TRANSPOSE:
        return transpose_form((inverse_form((node.args[0],)),))
    if op is DIAG:
        cite("inverse of a diagonal matrix")
        return make("diag", make("power", node.args[0], number(-1)))
    if is_orthogonal(node):
        cite("Q⁻¹ = Qᵀ")
        return transpose_form((node,))
    if op is MATPOW:
        return matrix_power_form(inverse_form((node.args[0],)), node.args[1].data)
    if op is MATMUL:
        squares = _square_parts(node.args)
        if len(squares) > 1:
            cite("inverse of a product")
            return matmul_form(tuple([inverse_form((matmul_form(part),)) for part in reversed(squares)]))
    if op is TIMES:
        scalars = [part for part in node.args if not part.ndim]
        arrays = [part for part in node.args if part.ndim]
        if scalars:
            cite("inverse of a multiple")
            rest = arrays[0] if len(arrays) == 1 else keep(TIMES, tuple(arrays))
            return times_form((*[make("power", s, number(-1)) for s in scalars], inverse_form((rest,))))
    grid = inverse_of_grid(node)
    return keep(INVERSE, (node,)) if grid is None else grid


def _square_parts(factors: tuple[Node, ...]) -> list[tuple[Node, ...]]:
    """A square product cut into as many square products as possible."""
    size = factors[0].shape[0]
    parts: list[tuple[Node, ...]] = []
    start = 0
    for k, factor in enumerate(factors):
        if factor.shape[1] == size:
            parts.append(factors[start : k + 1])
            start = k + 1
    return parts


@normal_form("matpow")
def matpow_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """X^k with one k."""
    base, exponent = args
    if exponent.op is not NUMBER:
        return keep(MATPOW, args)
    k = exponent.data
    if base.op is IDENTITY:
        return base
    if base.op is MATPOW and base.args[1].op is NUMBER and base.args[1].data * k <= LARGEST_EXPONENT:
        return matpow_form((base.args[0], number(base.args[1].data * k)))
    if base.op is DIAG:
        return make("diag", make("power", base.args[0], exponent))
    if base.op is TIMES and any(not part.ndim for part in base.args):
        scalars = [make("power", part, exponent) for part in base.args if not part.ndim]
        arrays = [part for part in base.args if part.ndim]
        rest = arrays[0] if len(arrays) == 1 else keep(TIMES, tuple(arrays))
        return times_form((*scalars, matpow_form((rest, exponent))))
    if base.op is MATMUL and not all(factor.shape[0] == factor.shape[1] for factor in base.args):
        return keep(MATPOW, args)
    return matrix_power_form(base, k)


# -- scalars of a matrix -------------------------------------------------------------------------


@normal_form("sum")
def sum_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """The sum of all entries."""
    (node,) = args
    if node.ndim == 0:
        return node
    scalars, node = pulled_scalars(node)
    return with_scalars(scalars, _sum(node))


def _sum(node: Node) -> Node:
    if node.op is ONES:
        rows, cols = node.shape
        return make("times", dimension_number(rows), dimension_number(cols))
    if node.op is ZEROS:
        return number(0)
    if node.op is IDENTITY:
        return dimension_number(node.shape[0])
    if node.op in (TRANSPOSE, DIAG):
        return sum_form((node.args[0],))
    if vector_fact(node, "sums_to_one"):
        cite("sum of a distribution")
        return number(1)
    if node.op.name == "softmax" and node.ndim == 1:
        cite("sum of a distribution")
        return number(1)
    if node.op.name == "diagonal":
        return make("tr", node.args[0])
    if node.op is MATMUL and node.ndim == 2 and any(is_one(factor.shape[1]) for factor in node.args[:-1]):
        cite("sum of an outer product")
        rows = make("transpose", ones(node.shape[0]))
        return matmul_form((rows, *node.args, ones(node.shape[1])))
    if node.op is TIMES and node.ndim == 1 and any(factor.op is BASIS for factor in node.args):
        cite("sum with a unit vector")
        k = next(k for k, factor in enumerate(node.args) if factor.op is BASIS)
        return make("matmul", make("transpose", node.args[k]), make("times", *node.args[:k], *node.args[k + 1 :]))
    if node.op is ADD and any(_has_known_sum(term) for term in node.args):
        cite("sum of a sum")
        return make("add", *[sum_form((term,)) for term in node.args])
    return keep(REGISTRY["sum"], (node,))


def _has_known_sum(term: Node) -> bool:
    """Is the sum of the term's entries a number, or does the term have a scalar that goes in front?"""
    scalars, array = pulled_scalars(term)
    known = array.op is ONES or array.op is IDENTITY or array.op.name == "softmax" or vector_fact(array, "sums_to_one")
    return known or any(scalar.op is not NUMBER for scalar in scalars)


@normal_form("diag")
def diag_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """diag(v), with scalars outside and diag(1) = I."""
    (node,) = args
    scalars, node = pulled_scalars(node)
    if node.op is ONES:
        matrix = eye(node.shape[0])
    elif node.op is ZEROS:
        matrix = zeros(node.shape[0], node.shape[0])
    else:
        matrix = keep(DIAG, (node,))
    return with_scalars(scalars, matrix)


@normal_form("diagonal")
def diagonal_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """The diagonal of a matrix, with scalars outside; the diagonal of diag(v) is v."""
    (node,) = args
    scalars, node = pulled_scalars(node)
    if node.op is DIAG:
        vector = node.args[0]
    elif node.op is IDENTITY or node.op is ONES:
        vector = ones(node.shape[0])
    elif node.op is ZEROS:
        vector = zeros(node.shape[0])
    elif node.op is TRANSPOSE:
        vector = diagonal_form((node.args[0],))
    elif node.op is MATMUL:
        vector = _diagonal_of_product(node.args)
    elif node.op is ADD and all(_has_plain_diagonal(pulled_scalars(term)[1]) for term in node.args):
        cite("diagonal of a sum")
        vector = make("add", *[diagonal_form((term,)) for term in node.args])
    else:
        vector = keep(REGISTRY["diagonal"], (node,))
    return with_scalars(scalars, vector)


def _has_plain_diagonal(node: Node) -> bool:
    """Is the diagonal of this matrix known without forming it?"""
    if node.op is MATMUL:
        return any(factor.op is DIAG for factor in node.args) or is_outer(node, 1)
    return node.op in (IDENTITY, ONES, DIAG)


def _diagonal_of_product(factors: tuple[Node, ...]) -> Node:
    """The diagonal of u vᵀ, of products with diagonal matrices, and of others with as few transposes as possible."""
    cut = next((k for k, factor in enumerate(factors[:-1]) if is_one(factor.shape[1])), None)
    if cut is not None:
        cite("diagonal of an outer product")
        left, right = make("matmul", *factors[: cut + 1]), make("matmul", *factors[cut + 1 :])
        return make("times", left, make("transpose", right))
    places = [k for k, factor in enumerate(factors) if factor.op is DIAG]
    if places:
        k = places[0]
        cite("diagonal of A diag(v) B")
        vector = factors[k].args[0]
        if k == 0 or k == len(factors) - 1:
            return make("times", vector, diagonal_form((make("matmul", *factors[:k], *factors[k + 1 :]),)))
        left, right = make("matmul", *factors[:k]), make("matmul", *factors[k + 1 :])
        return make("matmul", make("times", left, make("transpose", right)), vector)
    if 2 * sum(1 for factor in factors if factor.op is TRANSPOSE) > len(factors):
        cite("transpose of a product")
        flipped = matmul_form(tuple([make("transpose", factor) for factor in reversed(factors)]))
        scalars, product = pulled_scalars(flipped)  # of a skew factor a minus comes out
        return with_scalars(scalars, keep(REGISTRY["diagonal"], (product,)))
    return keep(REGISTRY["diagonal"], (keep(MATMUL, factors),))


@normal_form("det")
def det_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """The determinant of I, of a transpose, of a power; others are kept."""
    return _determinant("det", args[0], "power", number(1))


@normal_form("logdet")
def logdet_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """log|det|: 0 of I, a multiple of a power."""
    return _determinant("logdet", args[0], "times", number(0))


def _determinant(name: str, node: Node, repeated: str, of_identity: Node) -> Node:
    """`repeated` is what the function of a power does with the exponent: a power for det, a multiple for its log."""
    if node.op is IDENTITY:
        return of_identity
    node = node.args[0] if node.op is TRANSPOSE else node
    base, exponent = _matrix_power(node)
    if exponent is None and node.op.name == "kron" and all(same(*part.shape) for part in node.args):
        cite("determinant of A ⊗ B")
        sizes = [dimension_number(part.shape[0]) for part in reversed(node.args)]
        parts = [make(repeated, make(name, part), size) for part, size in zip(node.args, sizes, strict=True)]
        return make("times" if name == "det" else "add", *parts)
    if exponent is None:
        return keep(REGISTRY[name], (node,))
    cite("determinant of a power")
    return make(repeated, make(name, base), exponent)


def _matrix_power(node: Node) -> tuple[Node, Node | None]:
    """A matrix as base and exponent, None if it is no power; A⁻¹ is one."""
    if node.op is INVERSE:
        return node.args[0], number(-1)
    if node.op is MATPOW or node.op.name == "matpow_symbol":
        return node.args[0], node.args[1]
    return node, None


@normal_form("norm2")
def norm2_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """The norm: of a transpose, of a multiple."""
    (node,) = args
    if node.ndim == 0:
        return make("abs", node)
    scalars, node = pulled_scalars(node)
    while node.op is TRANSPOSE or node.op.name in ("vec", "unvec"):
        if node.op is not TRANSPOSE:
            cite("‖vec(X)‖ = ‖X‖")
        node = node.args[0]
    if node.op is ZEROS:
        return number(0)
    if node.op.name == "kron":
        cite("‖A ⊗ B‖ = ‖A‖ ‖B‖")
        return with_scalars([make("abs", s) for s in scalars], make("times", *[make("norm2", a) for a in node.args]))
    return with_scalars([make("abs", s) for s in scalars], keep(REGISTRY["norm2"], (node,)))


@normal_form("recast")
def recast_form(args: tuple[Node, ...], data: Any = None) -> Node:
    """A change of rank; going back and forth is nothing."""
    (node,) = args
    shape, ndim = data
    made = recast(node, shape, ndim)
    made._normal = True
    return made
