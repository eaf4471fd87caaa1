"""Notation of programs, shared by the MATLAB and Python spellings: what the text reader reads back as the same tree.

Factors and terms stay in the order of the node, and nothing is rearranged: brackets show the tree.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar

from symcalc.graph.node import Node
from symcalc.notation.numerals import decimal, power_of_ten
from symcalc.notation.pieces import ATOM, CALL, HADAMARD, POWER, PRODUCT, QUOTIENT, SUM, Piece
from symcalc.notation.writer import Writer
from symcalc.operations.structure.einsum import subscripts

#: The rank of −(a b): behind a sign it needs brackets, for the sign alone would belong to a.
NEGATED = QUOTIENT
#: What the text language calls an operation, where that is not its own name.
TEXT_NAMES = {"diagonal": "diag"}


class Program(Writer):
    """Rules of program notation; the subclasses supply the operators."""

    rules: ClassVar[dict[str, str]] = {
        "variable": "variable", "recast": "recast", "number": "number", "constant": "constant",
        "dimension": "dimension", "ones": "filled", "zeros": "filled", "eye": "identity", "basis": "basis",
        "add": "add", "times": "times", "power": "power", "matmul": "matmul", "transpose": "transpose",
        "matpow": "matrix_power", "matpow_symbol": "matrix_power", "blocks": "block_matrix",
        "einsum": "index_form",
    }  # fmt: skip
    ellipsis = "..."
    #: The function that sums products with indices; its first operand says which.
    einsum: ClassVar[str] = 'einsum("{}", {})'
    constants: ClassVar[dict[str, str]] = {}
    product_sign: ClassVar[str]

    # -- leaves ----------------------------------------------------------------------------------
    def numeral(self, value: Fraction | int) -> Piece:
        if value < 0:
            return self.numeral(-value).flipped()
        if power_of_ten(value) is not None:
            return Piece(f"1e-{power_of_ten(value)}")
        text = decimal(value)
        if text is not None or value.denominator == 1:
            return Piece(text or str(value))
        return Piece(f"{value.numerator}/{value.denominator}", PRODUCT)

    def constant(self, node: Node) -> Piece:
        return Piece(self.constants[node.data], CALL)

    def dimension(self, node: Node) -> Piece:
        return Piece(self.size(node.data), ATOM if node.data.is_Atom else SUM)

    def size(self, size: Any) -> str:
        """A dimension, as text."""
        return str(size)

    def filled(self, node: Node) -> Piece:
        raise NotImplementedError

    def identity(self, node: Node) -> Piece:
        raise NotImplementedError

    def basis(self, node: Node) -> Piece:
        raise NotImplementedError

    def plain(self, piece: Piece) -> str:
        if piece.negative and piece.rank == NEGATED:
            return f"-({piece.text})"
        return super().plain(piece)

    def index_form(self, node: Node) -> Piece:
        """One call of einsum per term."""
        terms = []
        for number, places, out in node.data.terms:
            operands = ", ".join(self.plain(self.pieces[node.args[where]]) for where, _ in places)
            factor = (
                ""
                if abs(number) == 1
                else self._tight(self.numeral(abs(number))).text + self.operator(False, True, False)
            )
            labels = subscripts(places, out, self.shown_split(node))
            terms.append(("-" if number < 0 else "+", factor + self.einsum.format(labels, operands)))
        text = "".join(f" {sign} {term}" for sign, term in terms)
        negative = terms[0][0] == "-"
        rank = SUM if len(terms) > 1 else CALL if node.data.terms[0][0] == 1 else PRODUCT
        return Piece(text[3:], rank, negative)

    def shown_split(self, node: Node) -> int:
        """Where a comma divides the output's subscripts, so that the value's axes are told from the variable's."""
        return 0

    # -- sums --------------------------------------------------------------------------------------
    def add(self, node: Node) -> Piece:
        pieces = [self.term(node, term) for term in self.operands(node)]
        if len(pieces) == 1:
            return pieces[0]
        text = self.plain(pieces[0])
        for piece in pieces[1:]:
            inside = self.bracketed(piece._replace(negative=False)) if piece.rank == SUM else piece
            text += f" {'-' if piece.negative else '+'} {inside.text}"
        return Piece(text, SUM)

    def term(self, node: Node, term: Node) -> Piece:
        """One term of the sum `node`."""
        return self.pieces[term]

    # -- elementwise products -------------------------------------------------------------------------
    def times(self, node: Node) -> Piece:
        """Factors from left to right; the first may be a product itself, a reciprocal divides."""
        args = self.operands(node)
        if self.kind(args[0]) == "number" and args[0].data == -1 and len(args) > 1:
            piece = self._chain(args[1:])
            return piece._replace(negative=True, rank=NEGATED if self._is_whole(args) else piece.rank)
        return self._chain(args)

    def _is_whole(self, args: tuple[Node, ...]) -> bool:
        """Is a product negated as a whole?"""
        return len(args) == 2 and self.pieces[args[1]].rank in (HADAMARD, PRODUCT)

    def _chain(self, args: tuple[Node, ...]) -> Piece:
        if self.kind(args[0]) == "number" and args[0].data == 1 and len(args) > 1 and self.is_reciprocal(args[1]):
            args = args[1:]
        first = self.pieces[args[0]]
        if len(args) == 1:
            return self._tight(first)
        is_array, negative = args[0].ndim > 0, first.negative
        head = self._tight(first._replace(negative=False))
        divided = self.is_reciprocal(args[1]) and args[1].ndim == 0
        if self.is_matrix_product(args[0]) and not divided:
            head = self.bracketed(head)
        text = head.text
        for arg in args[1:]:
            divides = self.is_reciprocal(arg)
            operand = self.look(arg).args[0] if divides else arg
            text += self.operator(is_array, arg.ndim > 0, divides) + self.factor(operand).text
            is_array = is_array or arg.ndim > 0
        arrays = sum(arg.ndim > 0 for arg in args)
        return Piece(text, HADAMARD if arrays > 1 else PRODUCT, negative)

    def _tight(self, piece: Piece) -> Piece:
        return self.bracketed(piece) if piece.rank == SUM or piece.negative else piece

    def is_reciprocal(self, node: Node) -> bool:
        """Is the node base⁻¹?"""
        node = self.look(node)
        if self.kind(node) != "power" or node.ndim != node.args[0].ndim:
            return False
        return self.kind(node.args[1]) == "number" and node.args[1].data == -1

    def is_matrix_product(self, node: Node) -> bool:
        """Is the node printed with the sign of the matrix product?"""
        return self.kind(self.look(node)) == "matmul" and self.pieces[node].rank < POWER

    def factor(self, node: Node) -> Piece:
        """The node as a factor that is not the first."""
        return self.piece(node, POWER)

    def operator(self, left: bool, right: bool, divides: bool) -> str:
        """The sign between two factors, of which `left` and `right` tell whether they are arrays."""
        raise NotImplementedError

    # -- powers ------------------------------------------------------------------------------------------
    def power(self, node: Node) -> Piece:
        base, exponent = node.args
        if self.is_reciprocal(node):
            return Piece("1" + self.operator(False, node.ndim > 0, True) + self.factor(base).text, HADAMARD)
        return self._raised(self.power_sign(node.ndim > 0), base, exponent)

    def _raised(self, sign: str, base: Node, exponent: Node) -> Piece:
        return Piece(f"{self.piece(base, CALL).text}{sign}{self.piece(exponent, CALL).text}", POWER)

    def power_sign(self, is_array: bool) -> str:
        """The sign of the elementwise power."""
        raise NotImplementedError

    def matrix_power(self, node: Node) -> Piece:
        raise NotImplementedError

    # -- matrix products -----------------------------------------------------------------------------------
    def matmul(self, node: Node) -> Piece:
        pieces = self.indexed(node.args)
        return pieces[0] if len(pieces) == 1 else self.multiplied(pieces)

    def multiplied(self, pieces: list[Piece]) -> Piece:
        """The factors with the sign of the matrix product between them."""
        first = pieces[0]
        if first.rank in (SUM, NEGATED, HADAMARD):
            first = self.bracketed(first)
        words = [first.text] + [self._inside(piece).text for piece in pieces[1:]]
        return Piece(self.product_sign.join(words), PRODUCT, first.negative)

    def _inside(self, piece: Piece) -> Piece:
        return piece if piece.rank >= POWER and not piece.negative else self.bracketed(piece)

    def indexed(self, factors: tuple[Node, ...]) -> list[Piece]:
        """The factors' pieces, with unit vectors made into indices: `X(:,w)` for X e_w."""
        pieces: list[Piece] = []
        k = 0
        if len(factors) == 2 and self.kind(factors[0]) == "matmul" and self.row_index(factors[0].args[0]) is not None:
            factors = (*factors[0].args, factors[1])
        while k < len(factors):
            row = self.row_index(factors[k]) if k + 1 < len(factors) else None
            k += row is not None
            array = factors[k]
            column = self.column_index(factors[k + 1]) if k + 1 < len(factors) else None
            k += 1 + (column is not None)
            known = row is None and column is None
            pieces.append(self.pieces[array] if known else self.entry(array, row, column))
        return pieces

    def entry(self, array: Node, row: Node | None, column: Node | None) -> Piece:
        """An entry, row or column of an array."""
        raise NotImplementedError

    def transpose(self, node: Node) -> Piece:
        raise NotImplementedError

    def block_matrix(self, node: Node) -> Piece:
        """vstack(hstack(A, B), hstack(C, D))."""
        rows, cols = node.data
        words = [self.plain(self.pieces[cell]) for cell in node.args]
        lines = [words[k : k + cols] for k in range(0, len(words), cols)]
        texts = [f"hstack({', '.join(line)})" if cols > 1 else line[0] for line in lines]
        return Piece(f"vstack({', '.join(texts)})" if rows > 1 else texts[0], CALL)

    def function_name(self, node: Node) -> str:
        return TEXT_NAMES.get(node.op.name, node.op.name)
