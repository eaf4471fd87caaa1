"""Logistic sigmoid 1/(1 + e⁻ˣ)."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise

sigmoid = elementwise(
    "sigmoid",
    lambda x, y: y * (1 - y),
    # 1/(1 + e⁻ˣ) for x > 0 and eˣ/(1 + eˣ) for x < 0: no exponential ever overflows.
    code="np.exp(np.minimum({0}, 0.0)) / (1.0 + np.exp(np.minimum({0}, -{0})))",
    explicit=lambda x: 1 / (1 + sympy.exp(-x)),
    notation=Notation(latex=r"\sigma", unicode="σ"),
    code_overrides={"jax": "jax.nn.sigmoid({0})", "torch": "torch.sigmoid({0})"},
    source="σ′ = σ(1 − σ)",
    doc="σ(x) = 1/(1 + e⁻ˣ), entry by entry",
)
