"""Derivatives: the reverse sweep for scalars, the Jacobian builder for vectors."""

import symcalc.notation  # noqa: F401  (whoever can derive can print: errors and results are text)
from symcalc.calculus.directions import differential, hvp, jvp, vjp
from symcalc.calculus.gradient import ZeroGradientWarning, gradient, sweep_for
from symcalc.calculus.jacobian import hessian, jacobian, local_jacobian
from symcalc.calculus.layouts import convert_layout
from symcalc.calculus.sweep import Step, Sweep, reverse_sweep
from symcalc.graph.node import Node
from symcalc.graph.operation import Macro, Operation, lookup
from symcalc.tensor.vec_form import vec_form


def operation(name: str) -> Operation | Macro:
    """The operation of this name; pickles refer to it, and so bring along all that expressions need."""
    return lookup(name)


Node.hooks.update(jacobian=jacobian, operation=operation)

__all__ = [
    "Step",
    "Sweep",
    "ZeroGradientWarning",
    "convert_layout",
    "differential",
    "gradient",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "local_jacobian",
    "reverse_sweep",
    "sweep_for",
    "vec_form",
    "vjp",
]
