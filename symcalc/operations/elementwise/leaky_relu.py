"""Leaky rectifier: x above 0, a·x below; slope a at the kink by convention."""

from fractions import Fraction

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries

leaky_relu = elementwise(
    "leaky_relu",
    lambda x, a, y: a + (1 - a) * entries("step", x),
    lambda x, a, y: -entries("relu", -x),
    code="np.where({0} > 0, {0}, {1} * {0})",
    explicit=lambda x, a: sympy.Piecewise((x, x > 0), (a * x, True)),
    defaults=(Fraction(1, 100),),
    notation=Notation(latex=r"\operatorname{leaky\,relu}", unicode="leaky_relu"),
    smooth=False,
    kink="slope a at x = 0",
    kinks=lambda x, a: x,
    source="Maas, Hannun & Ng 2013; slope 1 for x > 0, a for x < 0",
    doc="leaky_relu(x[, a]) = x where x > 0, else a·x (a = 0.01 if left out)",
)
