"""Distribution function of the standard normal, Φ."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries

normcdf = elementwise(
    "normcdf",
    lambda x, y: entries("normpdf", x),
    code="0.5 * (1.0 + erf({0} / 2.0**0.5))",
    explicit=lambda x: (1 + sympy.erf(x / sympy.sqrt(2))) / 2,
    notation=Notation(latex=r"\operatorname{normcdf}", unicode="normcdf"),
    analytic=False,
    code_overrides={"jax": "jax.scipy.special.ndtr({0})", "torch": "torch.special.ndtr({0})"},
    source="Φ′ = φ; Φ(x) = (1 + erf(x/√2))/2, DLMF 7.2.1",
    doc="the distribution function Φ of the standard normal, entry by entry",
)
