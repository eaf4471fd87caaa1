"""Gaussian error linear unit x Φ(x), exact (with erf)."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries

gelu = elementwise(
    "gelu",
    lambda x, y: entries("normcdf", x) + x * entries("normpdf", x),
    code="0.5 * {0} * (1.0 + erf({0} / 2.0**0.5))",
    explicit=lambda x: x * (1 + sympy.erf(x / sympy.sqrt(2))) / 2,
    notation=Notation(latex=r"\operatorname{gelu}", unicode="gelu"),
    analytic=False,
    code_overrides={
        "jax": "jax.nn.gelu({0}, approximate=False)",
        "torch": "torch.nn.functional.gelu({0})",
    },
    source="Hendrycks & Gimpel 2016; product rule on x Φ(x)",
    doc="x Φ(x), entry by entry",
)
