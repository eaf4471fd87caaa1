"""Density of the standard normal, φ."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise

normpdf = elementwise(
    "normpdf",
    lambda x, y: -(x * y),
    code="np.exp(-0.5 * {0} * {0}) / (2.0 * np.pi) ** 0.5",
    explicit=lambda x: sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi),
    notation=Notation(latex=r"\operatorname{normpdf}", unicode="normpdf"),
    source="φ(x) = exp(−x²/2)/√(2π), φ′ = −x φ",
    doc="the density φ of the standard normal, entry by entry",
)
