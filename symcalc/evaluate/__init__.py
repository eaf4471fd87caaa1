"""Values: expressions as NumPy, JAX and PyTorch functions, and as SymPy matrices of entries."""

from symcalc.evaluate.explicit import as_explicit
from symcalc.evaluate.lambdify import Function, lambdify

__all__ = ["Function", "as_explicit", "lambdify"]
