"""Norms with a parameter, distances and inner products, written out in operations that exist."""

from fractions import Fraction
from typing import Any

from symcalc.errors import ArgumentError, ShapeError, UnsupportedError
from symcalc.graph.dimensions import same, same_shape
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY, Macro
from symcalc.operations.arithmetic import inner, power, reciprocal, sub, times
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.linalg.inverse import inverse
from symcalc.operations.products import column, matmul, transpose


def _norm(x: Any, p: Any = 2) -> Node:
    """The p-norm of a vector (p = 2 if left out); of a matrix the Frobenius norm."""
    node = Node.hooks["convert"](x)
    if isinstance(p, str):
        if p != "fro":
            raise ArgumentError(f"norm(x, {p!r}): p is a number of at least 1, or 'fro' for the Frobenius norm")
        return REGISTRY["norm2"](node)
    if isinstance(p, float) and p == float("inf"):
        raise UnsupportedError("norm(x, inf): the largest entry has no gradient at ties; logsumexp is smooth")
    p = Node.hooks["convert"](p)
    fixed = Fraction(p.data) if p.op.name == "number" else None
    if node.ndim == 2 and fixed != 2:
        raise UnsupportedError(
            f"norm({brief(node)}, {brief(p)}): of a matrix the Frobenius norm is read; for the entries norm(vec(X), p)"
        )
    if p.ndim or (fixed is not None and fixed < 1):
        raise ArgumentError(f"norm(x, {brief(p)}): p is a number of at least 1")
    if fixed in (1, 2):
        return REGISTRY[f"norm{fixed}"](node)
    even = fixed is not None and fixed.denominator == 1 and fixed % 2 == 0
    size = node if even else REGISTRY["abs"](node)
    return power(REGISTRY["sum"](power(size, p)), reciprocal(p) if fixed is None else 1 / fixed)


def _pair(name: str, x: Any, y: Any) -> tuple[Node, Node]:
    convert = Node.hooks["convert"]
    x, y = column(convert(x)), column(convert(y))
    if not same_shape(x.shape, y.shape):
        raise ShapeError(f"{name} needs two vectors of one length: {has_shape(x)} and {has_shape(y)}")
    return x, y


def _mahalanobis(x: Any, mu: Any, covariance: Any) -> Node:
    """√((x − μ)ᵀ S⁻¹ (x − μ)); S is the covariance matrix, not its inverse."""
    x, mu = _pair("mahalanobis", x, mu)
    matrix = Node.hooks["convert"](covariance)
    if not all(same(size, x.shape[0]) for size in matrix.shape):
        raise ShapeError(f"mahalanobis: the covariance is square, as long as x: {has_shape(x)}, {has_shape(matrix)}")
    apart = sub(x, mu)
    return REGISTRY["sqrt"](matmul(transpose(apart), inverse(matrix), apart))


def _cosine_similarity(x: Any, y: Any) -> Node:
    x, y = _pair("cosine_similarity", x, y)
    norm2 = REGISTRY["norm2"]
    return times(inner(x, y), reciprocal(times(norm2(x), norm2(y))))


def _frobenius(a: Any, b: Any) -> Node:
    convert = Node.hooks["convert"]
    a, b = convert(a), convert(b)
    if not same_shape(a.shape, b.shape):
        raise ShapeError(f"frobenius needs two arrays of one shape: {has_shape(a)} and {has_shape(b)}")
    return inner(a, b)


norm = Macro(
    "norm",
    _norm,
    arity=(1, 2),
    domain=("real", "positive"),
    source="‖x‖ₚ = (Σ|xᵢ|ᵖ)^(1/p); Boyd & Vandenberghe, Convex Optimization, A.1.2",
    doc="norm(x) is norm2(x); norm(x, p) the p-norm of a vector, p ≥ 1",
)
mahalanobis = Macro(
    "mahalanobis",
    _mahalanobis,
    arity=(3, 3),
    domain=("real", "real", "invertible"),
    source="√((x − μ)ᵀ S⁻¹ (x − μ)); Bishop, Pattern Recognition and Machine Learning, 2.3",
    doc="mahalanobis(x, mu, S), the distance √((x − μ)ᵀ S⁻¹ (x − μ)) for a covariance matrix S",
)
cosine_similarity = Macro(
    "cosine_similarity",
    _cosine_similarity,
    arity=(2, 2),
    source="xᵀy/(‖x‖ ‖y‖)",
    doc="cosine_similarity(x, y) = xᵀy/(‖x‖ ‖y‖), the cosine of the angle between two vectors",
)
frobenius = Macro(
    "frobenius",
    _frobenius,
    arity=(2, 2),
    source="⟨A, B⟩ = Σ Aᵢⱼ Bᵢⱼ = tr(AᵀB)",
    doc="frobenius(A, B) = tr(AᵀB), the inner product of two arrays of one shape",
)
