"""Cross-entropy of a prediction p against a target y (probabilities or one-hot)."""

from typing import Any

from symcalc.errors import ShapeError
from symcalc.graph.dimensions import same_shape
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY, Macro
from symcalc.operations.arithmetic import neg, times
from symcalc.operations.describe import has_shape


def _cross_entropy(p: Any, y: Any) -> Node:
    convert = Node.hooks["convert"]
    p, y = convert(p), convert(y)
    if not same_shape(p.shape, y.shape):
        raise ShapeError(
            f"cross_entropy(p, y) needs a prediction and a target of one shape: {has_shape(p)} and {has_shape(y)}"
        )
    return neg(REGISTRY["sum"](times(y, REGISTRY["log"](p))))


cross_entropy = Macro(
    "cross_entropy",
    _cross_entropy,
    arity=(2, 2),
    domain=("unit", "simplex"),
    source="H(y, p) = −Σᵢ yᵢ log pᵢ; Goodfellow, Bengio & Courville, Deep Learning, 3.13",
    doc="cross_entropy(p, y) = −sum(y ∘ log p) of a prediction p and a target y",
)
