"""Error function."""

import sympy

from symcalc.graph.operation import Notation
from symcalc.operations.elementwise_base import elementwise, entries
from symcalc.operations.leaves import constant

erf = elementwise(
    "erf",
    lambda x, y: 2 / entries("sqrt", constant("pi")) * entries("exp", -(x**2)),
    code="erf({0})",
    explicit=sympy.erf,
    notation=Notation(latex=r"\operatorname{erf}", unicode="erf"),
    analytic=False,
    code_overrides={"jax": "jax.scipy.special.erf({0})", "torch": "torch.erf({0})"},
    source="erf(x) = 2/√π ∫₀ˣ exp(−t²) dt; DLMF 7.2.1",
    doc="the error function, entry by entry",
)
