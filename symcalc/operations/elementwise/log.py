"""Natural logarithm."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise

log = elementwise(
    "log",
    lambda x, y: 1 / x,
    code="np.log({0})",
    explicit=sympy.log,
    notation=Notation(latex=r"\log", unicode="log", python="np.log"),
    domain=("positive",),
    aliases=("ln",),
    source="(log x)′ = 1/x, x > 0",
    doc="the natural logarithm, entry by entry",
)
