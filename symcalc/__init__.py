"""symcalc: symbolic matrix calculus with textbook results, proven by numbers.

The names of this module are loaded when they are first used, so that `import symcalc` is instant and
pulls in neither SymPy nor NumPy.  The verbs are listed in `_HOMES`; every function of the operations
registry (`sc.tanh`, `sc.softmax`, `sc.tr`, …) is a name here as well.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from symcalc.errors import (
    ArgumentError,
    CheckError,
    MissingExtraError,
    ParseError,
    ShapeError,
    SymcalcError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from symcalc.calculus.gradient import gradient
    from symcalc.calculus.jacobian import hessian, jacobian
    from symcalc.calculus.layouts import convert_layout
    from symcalc.check import check_gradient, check_operation
    from symcalc.derivation import derive
    from symcalc.draw import Graph, plot_activation
    from symcalc.evaluate.lambdify import lambdify
    from symcalc.evaluate.node_class import node_class
    from symcalc.grading import grade
    from symcalc.graph.dimensions import dims
    from symcalc.homework import Problem, verify
    from symcalc.identities import simplify
    from symcalc.notation import latex, text, unicode
    from symcalc.operations.arithmetic import power
    from symcalc.operations.composed.recurrent import gru_cell, lstm_cell
    from symcalc.operations.leaves import eye, matrix, ones, scalar, vector, zeros
    from symcalc.operations.own import define
    from symcalc.operations.products import matmul, transpose
    from symcalc.operations.unknown import activation
    from symcalc.read import parse

__version__ = "0.1.0"
__all__ = [
    "ArgumentError",
    "CheckError",
    "Graph",
    "MissingExtraError",
    "ParseError",
    "Problem",
    "ShapeError",
    "SymcalcError",
    "UnsupportedError",
    "activation",
    "check_gradient",
    "check_operation",
    "convert_layout",
    "define",
    "derive",
    "differential",
    "dims",
    "eye",
    "grade",
    "gradient",
    "gru_cell",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "lambdify",
    "latex",
    "lstm_cell",
    "matmul",
    "matrix",
    "node_class",
    "ones",
    "parse",
    "plot_activation",
    "power",
    "scalar",
    "simplify",
    "text",
    "transpose",
    "unicode",
    "vec_form",
    "vector",
    "verify",
    "vjp",
    "zeros",
]

#: verb -> the module that defines it under the same name
_HOMES = {
    "Problem": "symcalc.homework",
    "Graph": "symcalc.draw",
    "activation": "symcalc.operations.unknown",
    "check_gradient": "symcalc.check",
    "check_operation": "symcalc.check",
    "convert_layout": "symcalc.calculus",
    "define": "symcalc.operations.own",
    "dims": "symcalc.graph.dimensions",
    "eye": "symcalc.operations.leaves",
    "derive": "symcalc.derivation",
    "differential": "symcalc.calculus",
    "grade": "symcalc.grading",
    "gradient": "symcalc.calculus",
    "gru_cell": "symcalc.operations.composed.recurrent",
    "hessian": "symcalc.calculus",
    "hvp": "symcalc.calculus",
    "jacobian": "symcalc.calculus",
    "jvp": "symcalc.calculus",
    "lambdify": "symcalc.evaluate",
    "latex": "symcalc.notation",
    "lstm_cell": "symcalc.operations.composed.recurrent",
    "matmul": "symcalc.operations.products",
    "matrix": "symcalc.operations.leaves",
    "ones": "symcalc.operations.leaves",
    "node_class": "symcalc.evaluate",
    "parse": "symcalc.read",
    "plot_activation": "symcalc.draw",
    "power": "symcalc.operations.arithmetic",
    "scalar": "symcalc.operations.leaves",
    "simplify": "symcalc.identities",
    "text": "symcalc.notation",
    "transpose": "symcalc.operations.products",
    "unicode": "symcalc.notation",
    "vec_form": "symcalc.calculus",
    "vector": "symcalc.operations.leaves",
    "verify": "symcalc.homework",
    "vjp": "symcalc.calculus",
    "zeros": "symcalc.operations.leaves",
}
#: Modules that give expressions their operators, print, `.diff` and `.as_explicit`: loaded before any verb.
_FOUNDATIONS = ("symcalc.operations", "symcalc.notation", "symcalc.calculus", "symcalc.evaluate")
#: Operations that are no functions of a user's text: leaves, and the raw forms behind the operators.
_INTERNAL = {"variable", "number", "constant", "dimension", "basis", "recast", "add", "times", "einsum"}


def _load() -> ModuleType:
    """The module of the operations registry, once everything that expressions rest on is there."""
    for module in _FOUNDATIONS:
        import_module(module)
    return import_module("symcalc.graph.operation")


def __getattr__(name: str) -> Any:
    if not name.startswith("_"):
        operation = _load()
        if name in _HOMES:
            verb = getattr(import_module(_HOMES[name]), name)
            globals()[name] = verb
            return verb
        found = operation.REGISTRY.get(name) or operation.MACROS.get(name)
        if found is not None and name not in _INTERNAL:
            return found
    raise AttributeError(f"module 'symcalc' has no attribute {name!r}")


def __dir__() -> list[str]:
    operation = _load()
    return sorted({*globals(), *_HOMES, *operation.REGISTRY, *operation.MACROS} - _INTERNAL)
