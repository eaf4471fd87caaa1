"""Sigmoid linear unit (swish) x σ(x)."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries


def _slope(x, y):
    """σ + y(1 − σ), by the product rule and σ′ = σ(1 − σ)."""
    share = entries("sigmoid", x)
    return share + y * (1 - share)


silu = elementwise(
    "silu",
    _slope,
    code="{0} * np.exp(np.minimum({0}, 0.0)) / (1.0 + np.exp(np.minimum({0}, -{0})))",
    explicit=lambda x: x / (1 + sympy.exp(-x)),
    notation=Notation(latex=r"\operatorname{silu}", unicode="silu"),
    aliases=("swish",),
    code_overrides={"jax": "jax.nn.silu({0})", "torch": "torch.nn.functional.silu({0})"},
    source="Elfwing, Uchibe & Doya 2018; product rule on x σ(x)",
    doc="x σ(x), entry by entry",
)
