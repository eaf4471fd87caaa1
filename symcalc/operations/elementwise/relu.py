"""Rectified linear unit max(0, x); its slope is the step function, 0 at the kink by convention."""

import sympy

from symcalc.graph.operation import REGISTRY, Notation
from symcalc.operations.elementwise_base import elementwise

relu = elementwise(
    "relu",
    lambda x, y: REGISTRY["step"](x),
    code="np.maximum({0}, 0.0)",
    explicit=lambda x: sympy.Max(x, 0),
    notation=Notation(latex=r"\operatorname{relu}", unicode="relu"),
    smooth=False,
    kink="slope 0 at x = 0",
    kinks=lambda x: x,
    source="Nair & Hinton 2010; slope 1 for x > 0, 0 for x < 0",
    doc="max(0, x), entry by entry",
)
