"""Sums of products with indices, of any rank: what is left when matrix notation has no form for a derivative.

The operands are the expressions that occur; `Contraction` says which indices they carry in each term.  An operand
with two indices counts as a matrix, with one as a vector: a size of 1 that is put in later changes its rank, not that.
"""

from __future__ import annotations

import itertools
from typing import Any

import sympy

from symcalc.errors import ShapeError
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import Operation
from symcalc.operations.leaves import ZEROS, eye, filled_like, ones
from symcalc.operations.products import transpose

LETTERS = "ijklabcdefghmnopqrstuvwxyz"


class Contraction(tuple):
    """(terms, axes, split): each term is (number, ((operand position, indices), …), output indices).

    `axes` are the dimensions of the output; of a derivative, the first `split` are the value's, the others
    the variable's.  Only an array of rank 3 leaves it open (a vector by a matrix, or a matrix by a vector): of rank 4
    it is 2, and below rank 3 nobody asks.
    """

    __slots__ = ()

    def __new__(cls, terms: tuple, axes: tuple, split: int = 0) -> Contraction:
        return super().__new__(cls, (terms, axes, (split or 1) if len(axes) == 3 else 2 * (len(axes) == 4)))

    terms = property(lambda self: self[0])
    axes = property(lambda self: self[1])
    split = property(lambda self: self[2])

    def __getnewargs__(self) -> tuple:
        return self.terms, self.axes, self.split

    def resized(self, size: Any) -> Contraction:
        """The same terms with `size` applied to the axes."""
        return Contraction(self.terms, tuple(size(axis) for axis in self.axes), self.split)


def subscripts(places: tuple, out: tuple, split: int = 0) -> str:
    """`ik,lj->ijkl` for einsum, with a comma behind the first `split` of the output."""
    inputs = ",".join("".join(LETTERS[i] for i in indices) for _, indices in places)
    output = "".join(LETTERS[i] for i in out)
    return f"{inputs}->{output[:split]},{output[split:]}" if split else f"{inputs}->{output}"


def _shape(args: tuple[Node, ...], data: Contraction) -> tuple:
    axes = data.axes
    if len(axes) == 2:
        return axes
    if len(axes) < 2:
        return (*axes, sympy.Integer(1), sympy.Integer(1))[:2]
    if any(len(arg.shape) > 2 for arg in args):
        raise ShapeError("einsum takes scalars, vectors and matrices")
    return axes


def operand_axes(node: Node, count: int) -> list[Any]:
    """The dimensions of an operand that carries so many indices: two as a matrix, also where a size of 1 was put in."""
    rows, cols = node.shape[:2]
    return [rows, cols] if count == 2 else [cols if is_one(rows) else rows][:count]


def _pullback(node: Node, g: Node, i: int) -> Node:
    """Each occurrence of the operand in turn: the other factors, times g on the output's indices."""
    operand, args = node.args[i], [*node.args, g]
    parts, count = [], 0
    for number, places, out in node.data.terms:
        for k, (where, indices) in enumerate(places):
            if where == i:
                count = len(indices)
                others = [*places[:k], *places[k + 1 :], (len(node.args), out)]
                parts.append((number, *_with_output(others, indices, operand_axes(operand, len(indices)), args)))
    if not parts:
        return filled_like(ZEROS, operand)
    result = _of_used(args, tuple(parts), tuple(operand_axes(operand, count)))
    return transpose(result) if count == 1 and is_one(operand.shape[0]) else result


def _of_used(args: list[Node], terms: tuple, axes: tuple) -> Node:
    """The einsum node on those operands that occur in a term."""
    used = sorted({where for _, places, _ in terms for where, _ in places})
    new = {where: k for k, where in enumerate(used)}
    renumbered = tuple(
        (number, tuple((new[where], indices) for where, indices in places), out) for number, places, out in terms
    )
    return EINSUM.make(tuple(args[where] for where in used), Contraction(renumbered, axes))


def _with_output(places: list, indices: tuple, axes: list, args: list[Node]) -> tuple[tuple, tuple]:
    """Places that carry every one of `indices`, told apart: einsum makes no axis from nothing, and none twice."""

    def place(operand: Node) -> int:
        if operand not in args:
            args.append(operand)
        return args.index(operand)

    fresh = 1 + max(itertools.chain(indices, *(carried for _, carried in places)), default=0)
    out: list[int] = []
    for index, size in zip(indices, axes, strict=True):
        if index in out:
            places.append((place(eye(size)), (index, fresh)))
            index, fresh = fresh, fresh + 1
        elif not any(index in carried for _, carried in places):
            places.append((place(ones(size)), (index,)))
        out.append(index)
    return tuple(places), tuple(out)


def _code(node: Node, operands: list[str], backend: Any) -> str:
    parts = []
    for number, places, out in node.data.terms:
        # Three and more at once would take a loop over all indices together.
        ordered = ", optimize=True" if len(places) > 2 and backend.name != "torch" else ""
        call = f'np.einsum("{subscripts(places, out)}", {", ".join(operands[where] for where, _ in places)}{ordered})'
        sign = "-" if number < 0 else "+"
        factor = abs(number)
        scale = "" if factor == 1 else f"{factor} * " if isinstance(factor, int) else f"({factor}) * "
        parts.append(f"{sign} {scale}{call}")
    text = " ".join(parts)
    return text[2:] if text.startswith("+ ") else f"-{text[2:]}"


EINSUM = Operation(
    "einsum",
    shape=_shape,
    pullback=_pullback,
    code=_code,
    arity=(1, None),
    source="Laue, Mitterreiter & Giesen, Computing Higher Order Derivatives of Matrix and Tensor Expressions, 2018",
)
