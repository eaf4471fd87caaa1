"""Cosine."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries

cos = elementwise(
    "cos",
    lambda x, y: -entries("sin", x),
    code="np.cos({0})",
    explicit=sympy.cos,
    notation=Notation(latex=r"\cos", unicode="cos", python="np.cos"),
    source="cos′ = −sin",
    doc="cosine, entry by entry",
)
