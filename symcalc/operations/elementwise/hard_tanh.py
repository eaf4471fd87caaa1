"""Hard tanh: x cut off at −1 and 1."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.arithmetic import sub
from symcalc.operations.elementwise_base import elementwise, entries

hard_tanh = elementwise(
    "hard_tanh",
    lambda x, y: entries("step", 1 + x) * entries("step", 1 - x),
    code="np.clip({0}, -1.0, 1.0)",
    explicit=lambda x: sympy.Min(sympy.Max(x, -1), 1),
    notation=Notation(latex=r"\operatorname{hard\,tanh}", unicode="hard_tanh"),
    smooth=False,
    kink="slope 0 at x = −1 and x = 1",
    kinks=lambda x: sub(entries("abs", x), 1),
    source="Collobert 2004; slope 1 for −1 < x < 1, else 0",
    doc="x cut off at −1 and 1, entry by entry",
)
