"""Sign: −1, 0 or 1."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise

sign = elementwise(
    "sign",
    lambda x, y: 0,
    code="np.sign({0})",
    explicit=sympy.sign,
    notation=Notation(latex=r"\operatorname{sign}", unicode="sign", python="np.sign"),
    analytic=False,
    smooth=False,
    kink="value 0 at x = 0; slope 0 everywhere, at the jump too: no gradient flows",
    kinks=lambda x: x,
    source="constant on either side of 0",
    doc="−1, 0 or 1, entry by entry",
)
