"""Tokens, and the scanner that the lexers share: blanks, numerals, names and superscripts."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from symcalc.errors import ParseError
from symcalc.read.characters import GREEK, SUPERSCRIPTS, is_blank, is_name_part, is_name_start, plain_name
from symcalc.read.limits import LARGEST_DECIMAL_EXPONENT, LONGEST_NAME, LONGEST_QUOTE, MOST_DIGITS, MOST_TOKENS


class Token(NamedTuple):
    """A piece of the text: `kind` is number, name, string, operator or end; `value` its meaning."""

    kind: str
    value: object
    start: int
    end: int


class Scanner:
    """A position in the text, the tokens so far, and the pieces every spelling has in common."""

    def __init__(self, text: str):
        self.text, self.place, self.tokens = text, 0, list[Token]()

    def skip_blanks(self) -> bool:
        """Go to the next character that means something; False at the end of the text."""
        text, size = self.text, len(self.text)
        while self.place < size and is_blank(text[self.place]):
            self.place += 1
        return self.place < size

    def add(self, kind: str, value: object, length: int) -> None:
        """A token of `length` characters from here; the scanner moves behind it."""
        if len(self.tokens) >= MOST_TOKENS:
            raise ParseError(f"the expression has more than {MOST_TOKENS} tokens", self.text, self.place)
        self.tokens.append(Token(kind, value, self.place, self.place + length))
        self.place += length

    def finish(self) -> list[Token]:
        """All tokens, closed by an end token."""
        self.tokens.append(Token("end", "", len(self.text), len(self.text)))
        return self.tokens

    @property
    def char(self) -> str:
        """The character here."""
        return self.text[self.place]

    def ahead(self, offset: int = 1) -> str:
        """The character `offset` places on, or "" behind the end."""
        place = self.place + offset
        return self.text[place] if place < len(self.text) else ""

    def after_operand(self) -> bool:
        """Does the last token end an operand, so that a quote here is a transpose?"""
        if not self.tokens:
            return False
        last = self.tokens[-1]
        return last.kind in ("number", "name") or last.value in (")", "]", "'")

    # -- pieces ------------------------------------------------------------------------------
    def name(self) -> bool:
        """Read a name if one starts here."""
        if not is_name_start(self.char):
            return False
        end = self.place + 1
        if self.char in GREEK and not self.ahead().isascii() and self.ahead() in GREEK:
            raise ParseError("two Greek letters in a row: put an operator between them", self.text, end)
        while end < len(self.text) and is_name_part(self.text[end]):
            end += 1
        raw = self.text[self.place : end]
        if len(raw) > LONGEST_NAME:
            raise ParseError(f"a name of {len(raw)} characters; at most {LONGEST_NAME} are read", self.text, self.place)
        self.add("name", plain_name(raw), end - self.place)
        return True

    def string(self, quotes: str, unclosed: str = "this quote is never closed") -> bool:
        """Read a short text in quotes (the subscripts of einsum, the kind of a norm) if one starts here."""
        text, start = self.text, self.place
        if self.char not in quotes:
            return False
        end = text.find(self.char, start + 1)
        if end < 0 or end - start > LONGEST_QUOTE or "\\" in text[start:end]:
            raise ParseError(unclosed, text, start)
        self.add("string", text[start + 1 : end], end + 1 - start)
        return True

    def number(self, stop_before: str = "") -> bool:
        """Read a numeral if one starts here; a dot before a character of `stop_before` is not part of it."""
        if not (self.char.isascii() and self.char.isdigit()) and not (self.char == "." and _is_digit(self.ahead())):
            return False
        text, size, end = self.text, len(self.text), self.place
        end = _digits(text, end)
        if end < size and text[end] == "." and not (end + 1 < size and text[end + 1] in stop_before):
            end = _digits(text, end + 1)
        if end < size and text[end] in "eE":
            sign = end + 1 + (end + 1 < size and text[end + 1] in "+-")
            if sign < size and _is_digit(text[sign]):
                end = _digits(text, sign)
        self.add("number", self._value(text[self.place : end]), end - self.place)
        return True

    def _value(self, raw: str) -> int | Fraction:
        mantissa, _, exponent = raw.lower().partition("e")
        if sum(char.isdigit() for char in raw) > MOST_DIGITS:
            raise ParseError(f"a numeral of more than {MOST_DIGITS} digits", self.text, self.place)
        if exponent and abs(int(exponent)) > LARGEST_DECIMAL_EXPONENT:
            raise ParseError(
                f"the number {raw} is out of range: decimal exponents go up to {LARGEST_DECIMAL_EXPONENT}",
                self.text, self.place,
            )  # fmt: skip
        value = Fraction(mantissa.rstrip(".") or "0") * Fraction(10) ** int(exponent or 0)
        return value.numerator if value.denominator == 1 else value

    def superscript(self, power: str, minus: str = "-") -> bool:
        """Read a superscript (², ⁻¹) if one starts here, as the tokens of a power."""
        negative = self.char == "⁻"
        end = self.place + negative
        while end < len(self.text) and self.text[end] in SUPERSCRIPTS:
            end += 1
        digits = "".join(SUPERSCRIPTS[char] for char in self.text[self.place + negative : end])
        if not digits:
            return False
        if len(digits) > MOST_DIGITS:
            raise ParseError(f"a numeral of more than {MOST_DIGITS} digits", self.text, self.place)
        start = self.place
        self.add("operator", power, 0)
        if negative:
            self.add("operator", minus, 0)
        self.add("number", int(digits), end - start)
        return True


def _is_digit(char: str) -> bool:
    return char.isascii() and char.isdigit()


def _digits(text: str, end: int) -> int:
    while end < len(text) and _is_digit(text[end]):
        end += 1
    return end
