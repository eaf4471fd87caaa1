"""Exponential linear unit: x above 0, a(eˣ − 1) below."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries


def _slope(x, a, y):
    """1 above 0, and a eˣ = y + a below: through the value, so that no exponential overflows."""
    above = entries("step", x)
    return above + (1 - above) * (y + a)


elu = elementwise(
    "elu",
    _slope,
    lambda x, a, y: entries("exp", -entries("relu", -x)) - 1,
    code="np.where({0} > 0, {0}, {1} * np.expm1(np.minimum({0}, 0.0)))",
    explicit=lambda x, a: sympy.Piecewise((x, x > 0), (a * (sympy.exp(x) - 1), True)),
    defaults=(1,),
    notation=Notation(latex=r"\operatorname{elu}", unicode="elu"),
    smooth=False,
    kink="slope a at x = 0, its value from the left (smooth if a = 1)",
    kinks=lambda x, a: x,
    source="Clevert, Unterthiner & Hochreiter 2016; slope 1 for x > 0, y + a for x < 0",
    doc="elu(x[, a]) = x where x > 0, else a(eˣ − 1) (a = 1 if left out)",
)
