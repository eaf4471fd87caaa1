"""Determinant, and log|det| computed without overflow."""

import sympy

from symcalc.graph.node import SCALAR, Node
from symcalc.graph.operation import REGISTRY, Notation, Operation, square_shape
from symcalc.operations.arithmetic import times
from symcalc.operations.linalg.inverse import inverse
from symcalc.operations.products import transpose


def _scalar_of_square(name):
    check = square_shape(name)

    def shape(args, data):
        check(args, data)
        return SCALAR

    return shape


def _of_scalar(name, value):
    """The operation on matrices; of a scalar, `value` of it."""

    def build(a):
        node = Node.hooks["convert"](a)
        return REGISTRY[name].make((node,)) if node.ndim else value(node)

    return build


def _inverse_transpose(node: Node) -> Node:
    return transpose(inverse(node.args[0]))


DET = Operation(
    "det",
    shape=_scalar_of_square("det"),
    pullback=lambda node, g, i: times(g, node, _inverse_transpose(node)),
    code="np.linalg.det({0})",
    explicit=lambda X: X.det(),
    notation=Notation(latex=r"\det", unicode="det"),
    domain=("invertible",),
    constructor=_of_scalar("det", lambda a: a),
    source="d det X = det(X) tr(X⁻¹ dX) (Jacobi); Matrix Cookbook eq. (49)",
)
LOGDET = Operation(
    "logdet",
    shape=_scalar_of_square("logdet"),
    pullback=lambda node, g, i: times(g, _inverse_transpose(node)),
    code="np.linalg.slogdet({0})[1]",
    explicit=lambda X: sympy.log(abs(X.det())),
    notation=Notation(latex=r"\log\left|\det {0}\right|", unicode="log|det {0}|"),
    domain=("invertible",),
    constructor=_of_scalar("logdet", lambda a: REGISTRY["log"](abs(a))),
    analytic=False,
    source="d log|det X| = tr(X⁻¹ dX); Matrix Cookbook eq. (57)",
)
