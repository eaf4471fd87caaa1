"""The Unicode spelling: `2 Aᵀ (A x − b)`, what `str()` of an expression gives."""

from __future__ import annotations

from fractions import Fraction

from symcalc.graph.node import Node
from symcalc.notation.display import Display
from symcalc.notation.numerals import decimal, power_of_ten, vulgar
from symcalc.notation.pieces import ATOM, POWER, PRODUCT, QUOTIENT, Piece
from symcalc.notation.quotients import Factors
from symcalc.notation.symbols import unicode_name, unicode_subscript, unicode_superscript


class Unicode(Display):
    """Tokens of the Unicode spelling."""

    def variable_name(self, name: str, ndim: int) -> str:
        return unicode_name(name)

    def numeral(self, value: Fraction | int) -> Piece:
        if value < 0:
            return self.numeral(-value).flipped()
        tiny = power_of_ten(value)
        if tiny is not None:
            return Piece(f"10{unicode_superscript(f'-{tiny}')}", POWER)
        text = decimal(value)
        if text is not None or value.denominator == 1:
            return Piece(text or str(value))
        text = vulgar(value)
        return Piece(text, POWER) if text else Piece(str(value), QUOTIENT)

    def exponent_numeral(self, value: Fraction | int) -> Piece:
        return self.numeral(value) if value.denominator == 1 else Piece(str(value), QUOTIENT)

    def hadamard_sign(self) -> str:
        return "∘"

    def divide_sign(self) -> str:
        return "⊘"

    def transposed(self, base: Piece) -> Piece:
        return Piece(base.text + "ᵀ", POWER)

    def inverse_transposed(self, base: Piece) -> Piece:
        return Piece(base.text + "⁻ᵀ", POWER)

    def raised(self, base: str, exponent: Piece, entrywise: bool) -> str:
        mark = "∘" if entrywise else ""
        high = unicode_superscript(self.plain(exponent).replace("−", "-"))
        if high is not None:
            return f"{base}{mark}{high}"
        inside = exponent if exponent.rank == ATOM and not exponent.negative else self.bracketed(exponent)
        return f"{base}^{mark}{inside.text}"

    def lowered(self, base: str, subscript: str) -> str:
        return base + unicode_subscript(subscript.replace("−", "-").replace(" ", ""))

    def fraction(self, top: Piece, bottom: Piece) -> Piece:
        return Piece(f"{self.at_least(top, PRODUCT).text}/{self.at_least(bottom, POWER).text}", QUOTIENT)

    def root(self, inside: Piece) -> Piece:
        return Piece("√" + self.at_least(inside, ATOM).text, POWER)

    def coefficient(self, factors: Factors) -> tuple[Piece, Factors] | None:
        """½ and its like in front; any other number divides at the end."""
        number = self.numeral(factors.number)
        if factors.under or number.rank == QUOTIENT or self._is_short(factors):
            return None
        return number, Factors(Fraction(1), factors.scalars, factors.arrays, [], factors.under_arrays)

    def _is_short(self, factors: Factors) -> bool:
        """An inverse, a part of which reads best as a quotient: X⁻¹/3."""
        alone = [*factors.scalars, *factors.arrays]
        if factors.number.numerator != 1 or len(alone) != 1 or factors.under_arrays:
            return False
        return self.kind(self.look(alone[0])) in ("inv", "matpow") and self.pieces[alone[0]].rank == POWER

    def notation_of(self, node: Node) -> tuple[str, str]:
        notation = node.op.notation
        return notation.unicode, notation.postfix[1] if notation.postfix else ""

    def fence_of(self, node: Node) -> tuple[str, str] | None:
        fence = node.op.notation.fence
        return fence[2:] if fence else None
