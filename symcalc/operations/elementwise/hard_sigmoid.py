"""Hard sigmoid: the line x/6 + 1/2 cut off at 0 and 1."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.arithmetic import sub
from symcalc.operations.elementwise_base import elementwise, entries

hard_sigmoid = elementwise(
    "hard_sigmoid",
    lambda x, y: entries("step", 3 + x) * entries("step", 3 - x) / 6,
    code="np.clip({0} / 6.0 + 0.5, 0.0, 1.0)",
    explicit=lambda x: sympy.Min(sympy.Max(x / 6 + sympy.Rational(1, 2), 0), 1),
    notation=Notation(latex=r"\operatorname{hard\,sigmoid}", unicode="hard_sigmoid"),
    smooth=False,
    kink="slope 0 at x = −3 and x = 3",
    kinks=lambda x: sub(entries("abs", x), 3),
    source="clip(x/6 + 1/2, 0, 1), as in PyTorch; slope 1/6 for −3 < x < 3, else 0",
    doc="x/6 + 1/2 cut off at 0 and 1, entry by entry",
)
