"""The signs of the one form, and what is found out about a list of them: brackets, labels, transposes, words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from symcalc.errors import ParseError
from symcalc.read.latex_signs import CLOSING, OPEN, OPENING


class Piece(NamedTuple):
    """A sign of the one form.  `tag` says what its value does not: word, prose, bold, styled,
    number, open, close, auto, space, or one of those that notation writes."""

    value: str
    start: int
    end: int
    tag: str = ""
    item: object = None


Pieces = list[Piece]


class Script(NamedTuple):
    """A subscript or superscript: what it holds, and where it ends in the text."""

    pieces: Pieces
    end: int


@dataclass(slots=True)
class Item:
    """A sign with its scripts, before they are put in order."""

    base: Pieces
    kind: str
    start: int
    end: int
    subs: list[Script] = field(default_factory=list)
    sups: list[Script] = field(default_factory=list)
    primes: int = 0

    @property
    def has_scripts(self) -> bool:
        """Does it carry a subscript, a superscript or a prime?"""
        return bool(self.subs or self.sups or self.primes)

    def pieces(self) -> Pieces:
        """The sign and its scripts in the one order."""
        if not self.has_scripts:
            return self.base
        found = list(self.base)
        for sub in self.subs:
            found += self._script("_{", sub)
        found += [Piece("'", self.start, self.end)] * self.primes
        labels = [sup for sup in self.sups if is_label(sup.pieces)]
        powers = [sup for sup in self.sups if not is_label(sup.pieces)]
        for sup in labels + powers:
            found += self._script("^{", sup)
        return found

    def _script(self, opening: str, script: Script) -> Pieces:
        start = script.pieces[0].start if script.pieces else self.start
        return [Piece(opening, start, start), *script.pieces, Piece("}", script.end, script.end)]


def is_label(content: Pieces) -> bool:
    """Is a superscript one bracket, `(i)` or `[2]`, and so no power?"""
    if len(content) < 3 or content[0].value not in ("(", "[") or content[0].tag == "auto":
        return False
    return closing(content, 0) == len(content) - 1


def closing(pieces: Sequence[Piece], place: int) -> int:
    """Where the bracket or brace that opens at `place` is closed; -1 if it is not."""
    depth = 0
    for here in range(place, len(pieces)):
        value = pieces[here].value
        if value in _OPENERS:
            depth += 1
        elif value in _CLOSERS:
            depth -= 1
            if not depth:
                return here
    return -1


_OPENERS = {*OPEN, "{", "_{", "^{"}
_CLOSERS = {*OPEN.values(), "}"}


def flat(items: Sequence[Item]) -> Pieces:
    """The pieces of several items."""
    return [piece for item in items for piece in item.pieces()]


def bracketed(content: Pieces, start: int, end: int) -> Pieces:
    """Pieces in round brackets, unless they are already."""
    if content[0].value == "(" and closing(content, 0) == len(content) - 1:
        return content
    return [Piece("(", start, start + 1, "auto"), *content, Piece(")", end - 1, end, "auto")]


def is_transpose(content: Pieces) -> bool:
    """Is a superscript a transpose sign, with a minus for the transposed inverse?"""
    values = [piece.value for piece in content]
    return values in (["T"], [r"\top"], [r"\intercal"], ["-", "T"], ["-", r"\top"], ["-", r"\intercal"])


def is_inverse(content: Pieces) -> bool:
    """Is a superscript −1?"""
    return [piece.value for piece in content] == ["-", "1"]


def one_transpose(content: Pieces) -> Pieces:
    r"""A superscript with `\top` for every transpose sign."""
    if is_transpose(content):
        return [*content[:-1], content[-1]._replace(value=r"\top")]
    return content


def with_subscripts(pieces: Pieces) -> Iterator[tuple[Piece, bool]]:
    """Each sign, and whether it stands in a subscript (a brace stands where what it closes or opens does)."""
    opened: list[str] = []
    for piece in pieces:
        if piece.value in ("{", "_{", "^{"):
            opened.append(piece.value)
        elif piece.value == "}" and opened:
            opened.pop()
        yield piece, "_{" in opened


def outside_brackets(pieces: Pieces, signs: Collection[str]) -> list[int]:
    """Where signs stand outside all brackets, braces and scripts."""
    found, depth = [], 0
    for place, piece in enumerate(pieces):
        depth += (piece.value in OPENING) - (piece.value in CLOSING)
        if not depth and piece.value in signs:
            found.append(place)
    return found


def matched_brackets(text: str, pieces: Sequence[Piece]) -> None:
    """Round, square and curly brackets must close in order; half-open intervals belong to remarks only."""
    stack: list[Piece] = []
    for piece in pieces:
        if piece.value in _OPENERS or piece.value == "[{":
            stack.append(piece)
        elif piece.value in _CLOSERS:
            wanted = OPEN.get(stack[-1].value, "}") if stack else None
            if wanted != piece.value:
                where = f"{wanted!r} is missing before it" if stack else "no bracket is open"
                raise ParseError(f"unexpected {piece.value!r}: {where}", text, piece.start)
            stack.pop()
    if stack:
        raise ParseError("this bracket is never closed", text, stack[-1].start)


def merge_words(pieces: Pieces, words: Callable[[str], bool]) -> Pieces:
    """Letters typed side by side that spell a known word (`diag(x)`, `exp(x)`, a declared name) as one piece.

    At the end of a longer run of letters a word counts only where a bracket follows: `Xdiag(w)`.
    """
    found: Pieces = []
    place = 0
    while place < len(pieces):
        end = _run(pieces, place)
        begin = place
        while end - place > 1:
            word = "".join(piece.value for piece in pieces[place:end])
            is_applied = end < len(pieces) and pieces[end].value in ("(", "[", r"\{")
            if (place == begin or is_applied) and words(word):
                found.append(Piece(word, pieces[place].start, pieces[end - 1].end, "word"))
                place = end
                break
            found.append(pieces[place])
            place += 1
        else:
            found.append(pieces[place])
            place += 1
    return found


def _run(pieces: Pieces, place: int) -> int:
    """Where the run of letters typed side by side that starts here ends; at most 32 letters."""
    end = place
    while end < len(pieces) and end - place < 32 and _is_letter(pieces[end]):
        if end > place and pieces[end].start != pieces[end - 1].end:
            break
        end += 1
    return end


def _is_letter(piece: Piece) -> bool:
    return len(piece.value) == 1 and piece.value.isascii() and piece.value.isalpha() and not piece.tag
