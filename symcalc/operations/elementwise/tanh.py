"""Hyperbolic tangent: a logistic function stretched by two and moved down by one, tanh z = 2σ(2z) − 1."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise

tanh = elementwise(
    "tanh",
    lambda x, y: 1 - y**2,
    code="np.tanh({0})",
    explicit=sympy.tanh,
    notation=Notation(latex=r"\tanh", unicode="tanh"),
    source="d tanh = sech² = 1 − tanh²",
    doc="hyperbolic tangent, entry by entry",
)
