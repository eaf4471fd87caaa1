"""Inverse tangent."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise

arctan = elementwise(
    "arctan",
    lambda x, y: 1 / (1 + x**2),
    code="np.arctan({0})",
    explicit=sympy.atan,
    notation=Notation(latex=r"\arctan", unicode="arctan", python="np.arctan"),
    aliases=("atan",),
    source="arctan′ = 1/(1 + x²)",
    doc="inverse tangent, entry by entry",
)
