"""Tangent."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries

tan = elementwise(
    "tan",
    lambda x, y: 1 + y**2,
    code="np.tan({0})",
    explicit=sympy.tan,
    notation=Notation(latex=r"\tan", unicode="tan", python="np.tan"),
    kinks=lambda x: entries("cos", x),
    source="tan′ = 1 + tan²",
    doc="tangent, entry by entry",
)
