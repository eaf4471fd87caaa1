"""Simplification: every expression in the form a careful author would print."""

from symcalc.identities import blocks, elementwise, functions, matrix, stacked, sums  # noqa: F401  (each registers its forms)
from symcalc.identities.core import citations, simplify

__all__ = ["citations", "simplify"]
