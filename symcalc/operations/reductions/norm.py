"""Norms: the 1-norm (sum of absolute values) and the 2-norm (Frobenius on a matrix)."""

import sympy

from symcalc.graph.node import SCALAR
from symcalc.graph.operation import REGISTRY, Notation, Operation
from symcalc.operations.arithmetic import reciprocal, times
from symcalc.operations.explicit import entries_of

NORM2: Operation = Operation(
    "norm2",
    shape=lambda args, data: SCALAR,
    pullback=lambda node, g, i: times(g, reciprocal(node), node.args[0]),
    code="np.sqrt(np.sum({0} * {0}))",
    explicit=lambda X: sympy.sqrt(sum(x**2 for x in entries_of(X))),
    notation=Notation(fence=(r"\lVert ", r" \rVert", "‖", "‖"), python="np.linalg.norm"),
    smooth=False,
    kink="no gradient where the norm is 0 (x/‖x‖ has no limit)",
    kinks=lambda x: NORM2(x),
    source="d‖x‖ = xᵀdx/‖x‖; Matrix Cookbook eq. (129)",
)
NORM1 = Operation(
    "norm1",
    shape=lambda args, data: SCALAR,
    pullback=lambda node, g, i: times(g, REGISTRY["sign"](node.args[0])),
    code="np.sum(np.abs({0}))",
    explicit=lambda X: sum(abs(x) for x in entries_of(X)),
    notation=Notation(fence=(r"\lVert ", r" \rVert_1", "‖", "‖₁")),
    smooth=False,
    analytic=False,
    kink="slope 0 where an entry is 0 (sign convention)",
    kinks=lambda x: x,
    source="‖x‖₁ = Σ|xᵢ|, slope sign(xᵢ)",
)
