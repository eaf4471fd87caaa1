r"""The LaTeX spelling, for KaTeX, MathJax and pdflatex with amsmath: `2 A^\top (A x - b)`."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import ClassVar

from symcalc.graph.node import Node
from symcalc.notation.display import Display
from symcalc.notation.numerals import decimal, power_of_ten
from symcalc.notation.pieces import CALL, POWER, Piece
from symcalc.notation.quotients import Factors
from symcalc.notation.symbols import escaped, latex_name

#: A fraction in front is taken out of a quotient whose top would be wider than this (in characters on paper).
WIDEST_TOP = 6


class Latex(Display):
    """Tokens of the LaTeX spelling; `Style` chooses among the usual ones."""

    ellipsis: ClassVar[str] = r"\dots"
    minus: ClassVar[str] = "-"
    dot: ClassVar[str] = r"\cdot"
    all_ones: ClassVar[str] = r"\mathbf{1}"
    delta: ClassVar[str] = r"\delta"
    sum_sign: ClassVar[str] = r"\sum"
    block_brackets: ClassVar[tuple[str, str]] = (r"\begin{bmatrix} ", r" \end{bmatrix}")
    cells: ClassVar[str] = " & "
    lines: ClassVar[str] = r" \\ "

    def grown(self, left: str, right: str) -> tuple[str, str]:
        return rf"\left{left.strip()} ", rf" \right{right.strip()}"

    def variable_name(self, name: str, ndim: int) -> str:
        return self.style.symbols.get(name) or latex_name(name, self.style.is_bold(ndim))

    def raw_name(self, name: str) -> str:
        return rf"\mathrm{{{escaped(name)}}}"

    def numeral(self, value: Fraction | int) -> Piece:
        if value < 0:
            return self.numeral(-value).flipped()
        tiny = power_of_ten(value)
        if tiny is not None:
            return Piece(f"10^{{-{tiny}}}", POWER)
        text = decimal(value)
        if text is not None or value.denominator == 1:
            return Piece(text or str(value))
        return self.fraction(Piece(str(value.numerator)), Piece(str(value.denominator)))

    def constant(self, node: Node) -> Piece:
        return Piece(r"\pi" if node.data == "pi" else node.data)

    def commutation_matrix(self, rows: str, cols: str) -> Piece:
        return Piece(self.lowered("K", f"{rows},{cols}"))

    def taken(self, base: str, places: str) -> str:
        return self.lowered(base, places)

    def hadamard_sign(self) -> str:
        return self.style.hadamard

    def divide_sign(self) -> str:
        return self.style.divide

    def transposed(self, base: Piece) -> Piece:
        return Piece(base.text + self.style.transpose, POWER, False, base.tall)

    def inverse_transposed(self, base: Piece) -> Piece:
        return Piece(base.text + self.style.inverse_transpose(), POWER, False, base.tall)

    def raised(self, base: str, exponent: Piece, entrywise: bool) -> str:
        text = (r"\circ " if entrywise else "") + self.plain(exponent)
        return f"{base}^{text}" if len(text) == 1 else f"{base}^{{{text}}}"

    def lowered(self, base: str, subscript: str) -> str:
        return f"{base}_{subscript}" if len(subscript) == 1 else f"{base}_{{{subscript}}}"

    def fraction(self, top: Piece, bottom: Piece) -> Piece:
        return Piece(rf"\frac{{{self.plain(top)}}}{{{self.plain(bottom)}}}", POWER, False, True)

    def root(self, inside: Piece) -> Piece:
        return Piece(rf"\sqrt{{{self.plain(inside)}}}", CALL, False, inside.tall)

    def coefficient(self, factors: Factors) -> tuple[Piece, Factors] | None:
        """Numbers and names over numbers and names go in front of something wide: 2/n Xᵀ(X w − y)."""
        wide = [arg for arg in factors.scalars if not self.is_plain(arg)]
        rest = Factors(Fraction(1), wide, factors.arrays, [], factors.under_arrays)
        number = self.numeral(factors.number)
        if not factors.under:
            rest.scalars = factors.scalars
            return number, rest
        if not all(self.is_plain(base) for base, _ in factors.under) or self._width(rest) <= WIDEST_TOP:
            return None
        names = [self.pieces[arg] for arg in factors.scalars if self.is_plain(arg)]
        top = self._side_by_side(self._front(factors) + names)
        return self.fraction(top, self.below_line(factors)), rest

    def _width(self, factors: Factors) -> int:
        nodes = [*factors.scalars, *factors.arrays]
        return sum(visible_width(self.pieces[node].text) for node in nodes) + (8 if factors.under_arrays else 0)

    def notation_of(self, node: Node) -> tuple[str, str]:
        notation = node.op.notation
        return notation.latex, notation.postfix[0] if notation.postfix else ""

    def function_name(self, node: Node) -> str:
        return node.op.notation.latex or rf"\operatorname{{{escaped(node.op.name)}}}"

    def fence_of(self, node: Node) -> tuple[str, str] | None:
        fence = node.op.notation.fence
        return fence[:2] if fence else None


def visible_width(text: str) -> int:
    """About how many characters the LaTeX text takes on paper."""
    text = re.sub(r"\\(operatorname|mathrm|mathbf|left|right)", "", text)
    return len(re.sub(r"[{}^_\s]", "", re.sub(r"\\[A-Za-z]+", "x", text)))
