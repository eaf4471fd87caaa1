"""Softplus log(1 + eˣ), a smooth relu."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries

softplus = elementwise(
    "softplus",
    lambda x, y: entries("sigmoid", x),
    # max(x, 0) + log(1 + e^(−|x|)): exact on both sides, without overflow.
    code="np.maximum({0}, 0.0) + np.log1p(np.exp(np.minimum({0}, -{0})))",
    explicit=lambda x: sympy.log(1 + sympy.exp(x)),
    notation=Notation(latex=r"\operatorname{softplus}", unicode="softplus"),
    code_overrides={"jax": "jax.nn.softplus({0})"},
    source="Dugas et al. 2001; softplus′ = σ",
    doc="log(1 + eˣ), entry by entry",
)
