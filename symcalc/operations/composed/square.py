"""The elementwise square."""

from symcalc.graph.operation import Macro
from symcalc.operations.arithmetic import power

square = Macro(
    "square",
    lambda x: power(x, 2),
    elementwise=True,
    source="x²",
    doc="x², entry by entry",
)
