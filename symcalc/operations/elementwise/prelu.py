"""Parametric rectifier: a leaky relu whose slope a is learned, one for all entries or one each."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries

prelu = elementwise(
    "prelu",
    lambda x, a, y: a + (1 - a) * entries("step", x),
    lambda x, a, y: -entries("relu", -x),
    code="np.where({0} > 0, {0}, {1} * {0})",
    explicit=lambda x, a: sympy.Piecewise((x, x > 0), (a * x, True)),
    notation=Notation(latex=r"\operatorname{prelu}", unicode="prelu"),
    smooth=False,
    kink="slope a at x = 0",
    kinks=lambda x, a: x,
    source="He et al. 2015; ∂y/∂x = 1 or a, ∂y/∂a = min(0, x)",
    doc="prelu(x, a) = x where x > 0, else a·x; a is a scalar or shaped like x",
)
