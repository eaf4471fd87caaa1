"""Indicator of x > 0: 1 there, 0 elsewhere (at 0 too)."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise

step = elementwise(
    "step",
    lambda x, y: 0,
    code="np.heaviside({0}, 0.0)",
    explicit=lambda x: sympy.Piecewise((1, x > 0), (0, True)),
    notation=Notation(latex=r"\operatorname{step}", unicode="step"),
    analytic=False,
    smooth=False,
    kink="value 0 at x = 0; slope 0 everywhere, at the jump too: no gradient flows",
    kinks=lambda x: x,
    source="constant on either side of 0",
    doc="1 where x > 0, else 0, entry by entry",
)
