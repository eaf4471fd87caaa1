"""The Kronecker sum of two square matrices."""

from typing import Any

from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY, Macro, square_shape
from symcalc.operations.arithmetic import add
from symcalc.operations.leaves import eye

_square = square_shape("kronsum")


def _kronsum(a: Any, b: Any) -> Node:
    """A ⊕ B = A ⊗ I + I ⊗ B, with identities of the sizes of B and of A."""
    convert, kron = Node.hooks["convert"], REGISTRY["kron"]
    a, b = convert(a), convert(b)
    _square((a,), None)
    _square((b,), None)
    return add(kron(a, eye(b.shape[0])), kron(eye(a.shape[0]), b))


kronsum = Macro(
    "kronsum",
    _kronsum,
    arity=(2, 2),
    source="A ⊕ B = A ⊗ I + I ⊗ B, and exp(A ⊕ B) = exp(A) ⊗ exp(B); Higham, Functions of Matrices, B.13",
    doc="kronsum(A, B) = A ⊗ I + I ⊗ B of square matrices",
)
