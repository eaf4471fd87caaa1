"""Square root."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise

sqrt = elementwise(
    "sqrt",
    lambda x, y: 1 / (2 * y),
    code="np.sqrt({0})",
    explicit=sympy.sqrt,
    notation=Notation(latex=r"\sqrt", unicode="sqrt", python="np.sqrt", fence=(r"\sqrt{", "}", "√(", ")")),
    domain=("positive",),
    source="(√x)′ = 1/(2√x), x > 0",
    doc="the square root, entry by entry",
)
