"""Mish x tanh(softplus(x))."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries


def _slope(x, y):
    """t + x (1 − t²) σ(x) with t = tanh(softplus(x))."""
    t = entries("tanh", entries("softplus", x))
    return t + x * (1 - t**2) * entries("sigmoid", x)


mish = elementwise(
    "mish",
    _slope,
    code="{0} * np.tanh(np.maximum({0}, 0.0) + np.log1p(np.exp(np.minimum({0}, -{0}))))",
    explicit=lambda x: x * sympy.tanh(sympy.log(1 + sympy.exp(x))),
    notation=Notation(latex=r"\operatorname{mish}", unicode="mish"),
    code_overrides={"jax": "jax.nn.mish({0})", "torch": "torch.nn.functional.mish({0})"},
    source="Misra 2020; product and chain rule",
    doc="x tanh(softplus(x)), entry by entry",
)
