"""Proof by numbers: gradients against differences, expressions against each other."""

from symcalc.check.differences import check_derivatives, check_gradient, check_points
from symcalc.check.equivalence import Equivalence, equivalent
from symcalc.check.operation import OperationCheck, check_operation
from symcalc.check.result import GradientCheck, Row
from symcalc.check.sampling import Sampler

__all__ = [
    "Equivalence",
    "GradientCheck",
    "OperationCheck",
    "Row",
    "Sampler",
    "check_derivatives",
    "check_gradient",
    "check_operation",
    "check_points",
    "equivalent",
]
