"""Simplification: every expression in the form a careful author would print."""

from symcalc.identities import (  # noqa: F401  (each registers its forms)
    blocks,
    elementwise,
    functions,
    matrix,
    stacked,
    sums,
    traces,
)
from symcalc.identities.core import citations, simplify

__all__ = ["citations", "simplify"]
