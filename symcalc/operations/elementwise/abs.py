"""Absolute value; its slope is the sign, 0 at the kink by convention."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries

abs_ = elementwise(
    "abs",
    lambda x, y: entries("sign", x),
    code="np.abs({0})",
    explicit=sympy.Abs,
    notation=Notation(fence=(r"\lvert ", r" \rvert", "|", "|"), unicode="abs", python="np.abs"),
    analytic=False,
    smooth=False,
    kink="slope 0 at x = 0 (sign convention)",
    kinks=lambda x: x,
    source="|x|′ = sign(x), x ≠ 0",
    doc="the absolute value, entry by entry",
)
