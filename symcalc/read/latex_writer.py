"""Tokens as LaTeX is read: what is open, what ends where, and where a product sign is understood."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from fractions import Fraction

from symcalc.errors import ParseError, UnsupportedError
from symcalc.read.latex_names import Names
from symcalc.read.latex_pieces import Piece, Pieces
from symcalc.read.limits import MOST_TOKENS
from symcalc.read.places import placed
from symcalc.read.tokens import Token

After = list[tuple[str, object]]


@dataclass(slots=True)
class Closer:
    """Something open without a bracket: a sum (to the next + or −), a function (to the next sign), or to the end."""

    kind: str
    after: After
    name: str = ""
    is_short: bool = False


@dataclass(slots=True)
class Level:
    """A bracket that is open, how it is closed, and what waits inside it."""

    close: str
    kind: str
    place: int
    after: After = field(default_factory=list)
    closers: list[Closer] = field(default_factory=list)
    head: int = 0
    resume: int = -1


class Writer:
    """The tokens written so far, the brackets that are open, and the place in the pieces."""

    def __init__(self, text: str, pieces: Pieces, names: Names, functions: Collection[str]):
        self.text, self.pieces, self.names, self.functions = text, pieces, names, functions
        self.tokens: list[Token] = []
        self.levels = [Level("", "whole", 0)]
        self.place = 0
        self.operand = False
        self.bound: dict[str, int] = {}
        self.notes: list[str] = []

    def error(self, message: str, place: int) -> ParseError:
        """A `ParseError` at a place of the text."""
        return ParseError(message, self.text, place)

    def unsupported(self, message: str, place: int) -> Exception:
        """An `UnsupportedError` at a place of the text."""
        return placed(UnsupportedError(message), self.text, place)

    def emit(self, kind: str, value: object, start: int, end: int = -1) -> None:
        """One token."""
        if len(self.tokens) >= MOST_TOKENS:
            raise self.error(f"the expression has more than {MOST_TOKENS} tokens", start)
        self.tokens.append(Token(kind, value, start, max(start, end)))

    def sign(self, value: str, start: int, end: int = -1) -> None:
        """One operator or bracket."""
        self.emit("operator", value, start, end)

    def _all(self, items: After, place: int) -> None:
        for kind, value in items:
            self.emit(kind, value, place, place)

    def ahead(self, offset: int = 1) -> str:
        """The value of a piece further on, or ""."""
        place = self.place + offset
        return self.pieces[place].value if place < len(self.pieces) else ""

    def begin(self, piece: Piece, is_new_factor: bool = False) -> None:
        """An operand starts: behind another one, that is a product."""
        if self.operand:
            closers = self.levels[-1].closers
            while is_new_factor and closers and closers[-1].kind == "function" and closers[-1].is_short:
                self._end(closers.pop(), piece.start)
            self.sign(" ", piece.start)
        self.operand = False

    def operator(self, value: str, piece: Piece) -> None:
        """A sign between operands; functions without brackets end here, sums at + and −."""
        closers = self.levels[-1].closers
        while self.operand and closers and (
            closers[-1].kind == "function" or (closers[-1].kind == "sum" and value in ("+", "-"))
        ):  # fmt: skip
            self._end(closers.pop(), piece.start)
        self.sign(value, piece.start, piece.end)
        self.operand = False
        self.place += 1

    def _end(self, closer: Closer, place: int) -> None:
        self._all(closer.after, place)
        if closer.name:
            self.bound[closer.name] -= 1

    def flush(self, place: int) -> None:
        """Everything open without a bracket ends here."""
        closers = self.levels[-1].closers
        while closers:
            self._end(closers.pop(), place)

    def open(self, close: str, kind: str, place: int, after: After | None = None) -> Level:
        """Go one bracket deeper."""
        level = Level(close, kind, place, after if after is not None else [("operator", ")")])
        self.levels.append(level)
        self.operand = False
        return level

    def close_bracket(self, piece: Piece) -> None:
        """The innermost bracket ends here."""
        level = self.levels[-1]
        if len(self.levels) == 1 or level.close != piece.value:
            raise self.error(f"unexpected {piece.value!r}", piece.start)
        self.flush(piece.start)
        self.levels.pop()
        for kind, value in level.after:
            self.emit(kind, value, piece.start, piece.end)
        self.operand = True
        self.place = level.resume if level.resume >= 0 else self.place + 1

    def indices(self, content: Pieces, piece: Piece) -> None:
        """The tokens of index letters and numbers."""
        for count, one in enumerate([one for one in content if one.value != ","]):
            if count:
                self.sign(",", one.start)
            name = self.names.word(one)
            if one.tag == "number":
                self.emit("number", numeral(one.value), one.start, one.end)
            elif one.value in (":", r"\cdot", "*", r"\bullet"):
                self.sign(":", one.start, one.end)
            elif name and (self.bound.get(name[0]) or self.names.may_index(name[0])):
                self.emit("name", name[0], one.start, one.end)
            else:
                what = self.text[piece.start : max(inner.end for inner in content)].strip()
                raise self.error(f"the subscript {what} is not declared in the notation", piece.start)


def numeral(digits: str) -> object:
    """The number that digits stand for."""
    value = Fraction(digits)
    return value.numerator if value.denominator == 1 else value
