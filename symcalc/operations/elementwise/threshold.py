"""Threshold unit: 1 above θ, else 0; it passes no gradient back."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.arithmetic import sub
from symcalc.operations.elementwise_base import elementwise

threshold = elementwise(
    "threshold",
    lambda x, theta, y: 0,
    lambda x, theta, y: 0,
    code="np.heaviside({0} - {1}, 0.0)",
    explicit=lambda x, theta: sympy.Piecewise((1, x > theta), (0, True)),
    defaults=(0,),
    notation=Notation(latex=r"\operatorname{threshold}", unicode="threshold"),
    analytic=False,
    smooth=False,
    kink="value 0 at x = θ; slope 0 everywhere, at the jump too: no gradient flows",
    kinks=lambda x, theta: sub(x, theta),
    source="McCulloch & Pitts 1943; constant on either side of θ",
    doc="threshold(x[, θ]) = 1 where x > θ (θ = 0 if left out), else 0",
)
