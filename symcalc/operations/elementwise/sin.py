"""Sine."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries

sin = elementwise(
    "sin",
    lambda x, y: entries("cos", x),
    code="np.sin({0})",
    explicit=sympy.sin,
    notation=Notation(latex=r"\sin", unicode="sin", python="np.sin"),
    source="sin′ = cos",
    doc="sine, entry by entry",
)
