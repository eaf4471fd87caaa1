"""tril and triu: the entries on and below, or on and above, the diagonal; the others become 0."""

from collections.abc import Callable
from typing import Any

import sympy

from symcalc.errors import ShapeError
from symcalc.graph.dimensions import Shape
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import Notation, Operation
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.leaves import BASIS, number
from symcalc.operations.products import matmul, transpose


def _shape(name: str) -> Callable[[tuple[Node, ...], Any], Shape]:
    def shape(args: tuple[Node, ...], data: Any) -> Shape:
        if args[0].ndim == 1:
            raise ShapeError(f"{name}({brief(args[0])}): needs a matrix, {has_shape(args[0])}")
        return args[0].shape

    return shape


def _declare(name: str, kept: Callable[[int, int], bool], where: str, words: str) -> Operation:
    def build(a: Any) -> Node:
        """The triangle of a matrix; a scalar is its own."""
        node = Node.hooks["convert"](a)
        return op.make((node,)) if node.ndim else node

    def rebuilt(node: Node, args: tuple[Node, ...], data: Any) -> Any:
        """The triangle of what was a matrix with more than one row and column: all of it, or its first entry alone."""
        (vector,) = args
        if vector.ndim != 1:
            return build(vector)
        is_column = is_one(vector.shape[1])
        if is_column == (name == "tril"):
            return vector
        first = BASIS.make((number(0),), vector.shape[0 if is_column else 1])
        return matmul(first, transpose(first), vector) if is_column else matmul(vector, first, transpose(first))

    op = Operation(
        name,
        shape=_shape(name),
        pullback=lambda node, g, i: build(g),
        code=lambda node, operands, backend: f"np.{name}({operands[0]})" if node.ndim else operands[0],
        explicit=lambda X: sympy.Matrix(X.rows, X.cols, lambda i, j: X[i, j] if kept(i, j) else 0),
        notation=Notation(latex=rf"\operatorname{{{name}}}", unicode=name, python=f"np.{name}"),
        constructor=build,
        rebuilt=rebuilt,
        source=f"a mask, 1 {where} the diagonal; it is its own adjoint",
        doc=f"{name}(X), the entries {words} the diagonal, 0 elsewhere",
    )
    return op


TRIL = _declare("tril", lambda i, j: i >= j, "on and below", "on and below")
TRIU = _declare("triu", lambda i, j: i <= j, "on and above", "on and above")
