"""The MATLAB spelling of the text language: `2*A'*(A*x - b)`."""

from __future__ import annotations

from typing import Any, ClassVar

from symcalc.graph.node import Node, is_one
from symcalc.notation.pieces import CALL, POWER, Piece
from symcalc.notation.program import Program


class Matlab(Program):
    """Operators of the MATLAB spelling."""

    constants: ClassVar[dict[str, str]] = {"pi": "pi", "e": "exp(1)"}
    product_sign = "*"

    def size(self, size: Any) -> str:
        return str(size).replace("**", "^")

    def filled(self, node: Node) -> Piece:
        rows, cols = node.shape
        sizes = self.size(rows) if is_one(cols) else f"{self.size(rows)},{self.size(cols)}"
        return Piece(f"{node.op.name}({sizes})", CALL)

    def identity(self, node: Node) -> Piece:
        return Piece(f"eye({self.size(node.shape[0])})", CALL)

    def basis(self, node: Node) -> Piece:
        return Piece(f"eye({self.size(node.data)})(:,{self.index(node.args[0], 1).text})", CALL)

    def operator(self, left: bool, right: bool, divides: bool) -> str:
        if divides:
            return "./" if right else "/"
        return ".*" if left and right else "*"

    def power_sign(self, is_array: bool) -> str:
        return ".^" if is_array else "^"

    def matrix_power(self, node: Node) -> Piece:
        return self._raised("^", *node.args)

    def transpose(self, node: Node) -> Piece:
        return Piece(self.piece(node.args[0], CALL).text + "'", POWER)

    def shown_split(self, node: Node) -> int:
        """A matrix by a vector; other arrays of rank 3 are a vector by a matrix, and need no comma."""
        return 2 if len(node.data.axes) == 3 and node.data.split == 2 else 0

    def entry(self, array: Node, row: Node | None, column: Node | None) -> Piece:
        base = self.piece(array, CALL).text
        places = [":" if place is None else self.index(place, 1).text for place in (row, column)]
        if array.ndim == 1:
            places = [place for place in places if place != ":"]
        return Piece(f"{base}({','.join(places)})", CALL)
