"""The Python spelling: NumPy as people write it, `2 * A.T @ (A @ x - b)`; vectors are 1-D."""

from __future__ import annotations

import re
from typing import ClassVar

from symcalc.graph.node import Node, is_one
from symcalc.notation.pieces import CALL, HADAMARD, Piece
from symcalc.notation.program import Program

#: The code of an operation that is one call of a NumPy function of its operands.
_NUMPY_CALL = re.compile(r"(np(?:\.linalg)?\.\w+)\(\{0\}(?:, \{\d\})*\)")


class Python(Program):
    """Operators of the Python spelling.  A column and a row of the same entries are the same 1-D array."""

    rules: ClassVar[dict[str, str]] = {**Program.rules, "submatrix": "rectangle", "kron": "kronecker"}
    constants: ClassVar[dict[str, str]] = {"pi": "np.pi", "e": "np.e"}
    product_sign = " @ "
    einsum = "np.einsum('{}', {})"

    def filled(self, node: Node) -> Piece:
        rows, cols = (self.size(size) for size in node.shape)
        sizes = f"({rows}, {cols})" if node.ndim == 2 else cols if is_one(node.shape[0]) else rows
        return Piece(f"np.{node.op.name}({sizes})", CALL)

    def identity(self, node: Node) -> Piece:
        return Piece(f"np.eye({self.size(node.shape[0])})", CALL)

    def basis(self, node: Node) -> Piece:
        return Piece(f"np.eye({self.size(node.data)})[{self.index(node.args[0], 0).text}]", CALL)

    def operator(self, left: bool, right: bool, divides: bool) -> str:
        return " / " if divides else " * "

    def power_sign(self, is_array: bool) -> str:
        return "**"

    def matrix_power(self, node: Node) -> Piece:
        return self.call("np.linalg.matrix_power", node)

    def term(self, node: Node, term: Node) -> Piece:
        """NumPy stretches numbers over arrays, so that `1 - h` needs no array of ones."""
        scalar = self._stretched(term)
        if scalar is None or all(self._stretched(other) is not None for other in node.args):
            return self.pieces[term]
        return scalar

    def _stretched(self, term: Node) -> Piece | None:
        """The scalar of which the term is an array, if it is one."""
        term = self.look(term)
        kind = self.kind(term)
        if kind == "ones":
            return self.numeral(1)
        if kind == "times" and self.kind(self.look(term.args[-1])) == "ones":
            scalars = term.args[:-1]
            if len(scalars) == 1 and scalars[0].ndim == 0:
                return self.pieces[scalars[0]]
        return None

    def matmul(self, node: Node) -> Piece:
        """Products are split where a column meets a row: there stands an outer product."""
        parts = self._split(node.args)
        products = [self._product(part) for part in parts]
        if len(parts) == 1:
            return products[0]
        scalars: list[Piece] = []
        arrays: list[Piece] = []
        for part, product in zip(parts, products, strict=True):
            is_array = not (is_one(part[0].shape[0]) and is_one(part[-1].shape[1]))
            (arrays if is_array else scalars).append(product)
        if len(arrays) == 2:
            outer = f"np.outer({self.plain(arrays[0])}, {self.plain(arrays[1])})"
            arrays = [Piece(outer, CALL)]
        words = [self._inside(piece).text for piece in [*scalars, *arrays]]
        return Piece(" * ".join(words), HADAMARD if len(words) > 1 else CALL)

    def _split(self, factors: tuple[Node, ...]) -> list[tuple[Node, ...]]:
        cuts = [k for k in range(1, len(factors)) if is_one(factors[k].shape[0])]
        return [factors[a:b] for a, b in zip([0, *cuts], [*cuts, len(factors)], strict=True)]

    def _product(self, factors: tuple[Node, ...]) -> Piece:
        pieces = self.indexed(factors)
        return pieces[0] if len(pieces) == 1 else self.multiplied(pieces)

    def is_matrix_product(self, node: Node) -> bool:
        return super().is_matrix_product(node) and " @ " in self.pieces[node].text

    def transpose(self, node: Node) -> Piece:
        if node.ndim < 2:
            return self.pieces[node.args[0]]
        return Piece(self.piece(node.args[0], CALL).text + ".T", CALL)

    def entry(self, array: Node, row: Node | None, column: Node | None) -> Piece:
        base = self.piece(array, CALL).text
        places = [":" if place is None else self.index(place, 0).text for place in (row, column)]
        if array.ndim == 1:
            places = [place for place in places if place != ":"]
        elif column is None:
            places = places[:1]
        return Piece(f"{base}[{', '.join(places)}]", CALL)

    def block_matrix(self, node: Node) -> Piece:
        """`np.hstack` joins 1-D arrays; vectors among matrices say which way they lie."""
        rows, cols = node.data
        if node.ndim == 1:
            return Piece(f"np.hstack(({', '.join([self.plain(self.pieces[cell]) for cell in node.args])}))", CALL)
        words = [self.block(cell) for cell in node.args]
        lines = [", ".join(words[k : k + cols]) for k in range(0, len(words), cols)]
        texts = [f"np.hstack(({line}))" if cols > 1 else line for line in lines]
        return Piece(f"np.vstack(({', '.join(texts)}))" if rows > 1 else texts[0], CALL)

    def rectangle(self, node: Node) -> Piece:
        """Of a row as of a column: both are 1-D."""
        words = [self.plain(self.pieces[arg]) for arg in node.args]
        if node.args[0].ndim == 1 and is_one(node.args[0].shape[0]):
            words = [words[0], words[2], words[1], words[4], words[3]]
        return Piece(f"submatrix({', '.join(words)})", CALL)

    def kronecker(self, node: Node) -> Piece:
        """To `np.kron`, a 1-D array beside a matrix lies: columns stand up."""
        if node.ndim < 2:
            return self.call("np.kron", node)
        words = [self.block(arg) if is_one(arg.shape[1]) else self.plain(self.pieces[arg]) for arg in node.args]
        return Piece(f"np.kron({', '.join(words)})", CALL)

    def block(self, cell: Node) -> str:
        """A vector with the axis that it lacks."""
        if cell.ndim != 1:
            return self.plain(self.pieces[cell])
        axes = "[None, :]" if is_one(cell.shape[0]) else "[:, None]"
        return self.piece(cell, CALL).text + axes

    def function_name(self, node: Node) -> str:
        """NumPy's name where it has the function, else the text language's."""
        if node.op.notation.python:
            return node.op.notation.python
        call = _NUMPY_CALL.fullmatch(node.op.code) if isinstance(node.op.code, str) else None
        return call[1] if call else super().function_name(node)
