"""Exponential function."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise

exp = elementwise(
    "exp",
    lambda x, y: y,
    code="np.exp({0})",
    explicit=sympy.exp,
    notation=Notation(latex=r"\exp", unicode="exp", python="np.exp"),
    source="(eˣ)′ = eˣ",
    doc="eˣ, entry by entry",
)
