"""Hyperbolic cosine."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries

cosh = elementwise(
    "cosh",
    lambda x, y: entries("sinh", x),
    code="np.cosh({0})",
    explicit=sympy.cosh,
    notation=Notation(latex=r"\cosh", unicode="cosh", python="np.cosh"),
    source="cosh′ = sinh",
    doc="hyperbolic cosine, entry by entry",
)
