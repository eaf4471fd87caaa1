"""Hyperbolic sine."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries

sinh = elementwise(
    "sinh",
    lambda x, y: entries("cosh", x),
    code="np.sinh({0})",
    explicit=sympy.sinh,
    notation=Notation(latex=r"\sinh", unicode="sinh", python="np.sinh"),
    source="sinh′ = cosh",
    doc="hyperbolic sine, entry by entry",
)
