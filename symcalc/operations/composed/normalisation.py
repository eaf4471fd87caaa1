"""Layer and batch normalisation: subtract the mean, divide by the standard deviation, scale and shift."""

from fractions import Fraction
from typing import Any

from symcalc.errors import ShapeError
from symcalc.graph.dimensions import same
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import REGISTRY, Macro
from symcalc.operations.arithmetic import add, power, reciprocal, sub, times
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.leaves import ONES, dimension_number, filled_like, ones
from symcalc.operations.products import column, matmul, transpose

#: Added to the variance, as in PyTorch.
EPS = Fraction(1, 100_000)


def _layer_norm(x: Any, gamma: Any = 1, beta: Any = 0, eps: Any = EPS) -> Node:
    """Over the whole vector, or over each row of a matrix."""
    x, gamma, beta, eps = map(Node.hooks["convert"], (x, gamma, beta, eps))
    _check_scalar("layer_norm", eps)
    if x.ndim == 2:
        return _scaled("layer_norm", _rows(x, eps), gamma, beta)
    return _scaled("layer_norm", _vector("layer_norm", x, eps), gamma, beta)


def _batch_norm(x: Any, gamma: Any = 1, beta: Any = 0, eps: Any = EPS) -> Node:
    """Over the whole vector (one feature), or over each column of a matrix (a feature; its rows are the batch)."""
    x, gamma, beta, eps = map(Node.hooks["convert"], (x, gamma, beta, eps))
    _check_scalar("batch_norm", eps)
    if x.ndim == 2:
        return _scaled("batch_norm", _columns(x, eps), gamma, beta)
    return _scaled("batch_norm", _vector("batch_norm", x, eps), gamma, beta)


def _vector(name: str, x: Node, eps: Node) -> Node:
    if x.ndim == 0:
        raise ShapeError(f"{name}({brief(x)}): needs a vector or a matrix, {has_shape(x)}")
    one_over = reciprocal(dimension_number(x.shape[0] * x.shape[1]))
    total = REGISTRY["sum"]
    centred = sub(x, times(one_over, total(x), filled_like(ONES, x)))
    variance = times(one_over, total(power(centred, 2)))
    return times(_one_over_deviation(variance, eps), centred)


def _rows(x: Node, eps: Node) -> Node:
    length = x.shape[1]
    one_over, each, across = reciprocal(dimension_number(length)), ones(length), transpose(ones(length))
    centred = sub(x, matmul(times(one_over, matmul(x, each)), across))
    variance = times(one_over, matmul(power(centred, 2), each))
    return times(centred, matmul(_one_over_deviation(variance, eps), across))


def _columns(x: Node, eps: Node) -> Node:
    length = x.shape[0]
    one_over, each, across = reciprocal(dimension_number(length)), ones(length), transpose(ones(length))
    centred = sub(x, matmul(each, times(one_over, matmul(across, x))))
    variance = times(one_over, matmul(across, power(centred, 2)))
    return times(centred, matmul(each, _one_over_deviation(variance, eps)))


def _one_over_deviation(variance: Node, eps: Node) -> Node:
    return reciprocal(REGISTRY["sqrt"](add(variance, eps)))


def _scaled(name: str, x: Node, gamma: Node, beta: Node) -> Node:
    """γ ∘ x + β; γ and β are scalars, or vectors with an entry per feature (column)."""
    if not (gamma.op.name == "number" and gamma.data == 1):
        x = times(_per_feature(name, "gamma", gamma, x), x)
    if not (beta.op.name == "number" and beta.data == 0):
        x = add(x, _per_feature(name, "beta", beta, x))
    return x


def _per_feature(name: str, what: str, value: Node, x: Node) -> Node:
    if value.ndim == 0:
        return value
    features = x.shape[1] if x.ndim == 2 or is_one(x.shape[0]) else x.shape[0]
    vector = column(value) if value.ndim == 1 else value
    if vector.ndim != 1 or not same(vector.shape[0], features):
        raise ShapeError(f"{name}: {what} needs an entry per feature, length {features}, but {has_shape(value)}")
    if x.ndim == 2:
        return matmul(ones(x.shape[0]), transpose(vector))
    return transpose(vector) if is_one(x.shape[0]) else vector


def _check_scalar(name: str, eps: Node) -> None:
    if eps.ndim:
        raise ShapeError(f"{name}: eps is a scalar, but {has_shape(eps)}")


layer_norm = Macro(
    "layer_norm",
    _layer_norm,
    arity=(1, 4),
    domain=("real", "real", "real", "positive"),
    source="Ba, Kiros & Hinton 2016: (x − mean)/√(variance + ε), variance with 1/n",
    doc="layer_norm(x[, γ, β, ε]): a vector, or each row of a matrix, normalised (ε = 10⁻⁵ if left out)",
)
batch_norm = Macro(
    "batch_norm",
    _batch_norm,
    arity=(1, 4),
    domain=("real", "real", "real", "positive"),
    source="Ioffe & Szegedy 2015: (x − mean)/√(variance + ε) per feature, variance with 1/n",
    doc="batch_norm(X[, γ, β, ε]): each column of a matrix normalised over its rows (ε = 10⁻⁵ if left out)",
)
