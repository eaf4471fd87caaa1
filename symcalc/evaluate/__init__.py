"""Values: expressions as NumPy, JAX and PyTorch functions, and as SymPy matrices of entries."""

from symcalc.evaluate.explicit import as_explicit
from symcalc.evaluate.lambdify import Function, lambdify
from symcalc.evaluate.node_class import node_class

__all__ = ["Function", "as_explicit", "lambdify", "node_class"]
