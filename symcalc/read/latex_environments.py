r"""Environments that mean something: choices by cases, and arrays in brackets.

What stands in a cell is put into the one form by `form`; the environment becomes pieces that mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symcalc.errors import ParseError, UnsupportedError
from symcalc.read.latex_pieces import Piece, Pieces
from symcalc.read.latex_scan import Lexeme
from symcalc.read.latex_signs import CASES, COMPARISONS, MATRICES
from symcalc.read.places import placed

#: Words in front of a condition, or instead of one.
_CASE_WORDS = ("if", "when", "for", "otherwise", "else")
_UNREAD = "a choice by cases is read where its conditions are i = j or comparisons: give one formula"


@dataclass(frozen=True, slots=True)
class Environment:
    """The lexemes between its two ends, where it starts and ends in the text, and what puts lexemes into the form."""

    name: str
    text: str
    start: int
    end: int
    inside: list[Lexeme]
    form: Callable[[list[Lexeme]], Pieces]

    def pieces(self) -> Pieces:
        """What it means."""
        if self.name in MATRICES:
            return self._matrix()
        if self.name in CASES:
            return self._cases()
        what = f"the environment {self.name!r} is not read: give one formula"
        raise placed(UnsupportedError(what), self.text, self.start)

    def _sign(self, value: str, tag: str = "") -> Piece:
        return Piece(value, self.start, self.end, tag)

    # -- arrays in brackets ----------------------------------------------------------------------
    def _matrix(self) -> Pieces:
        r"""`\begin{bmatrix} a & b \\ c & d \end{bmatrix}` is vstack(hstack(a, b), hstack(c, d))."""
        rows = [_cut(row, "&") for row in _cut(self.inside, r"\\")]
        if len(rows) > 1 and rows[-1] == [[]]:
            rows.pop()
        cells = [[[one for one in self.form(cell) if one.tag != "space"] for cell in row] for row in rows]
        if not all(all(row) and len(row) == len(cells[0]) for row in cells):
            message = "every row of this matrix needs as many entries, and none is empty"
            raise ParseError(message, self.text, self.start)
        return self._stacked("vstack", [self._stacked("hstack", row) for row in cells])

    def _stacked(self, head: str, parts: list[Pieces]) -> Pieces:
        if len(parts) == 1:
            return [self._sign("("), *parts[0], self._sign(")")]
        inside = [one for part in parts for one in (self._sign(","), *part)][1:]
        return [self._sign(head, "function"), self._sign("("), *inside, self._sign(")")]

    # -- choices ---------------------------------------------------------------------------------
    def _cases(self) -> Pieces:
        r"""`\begin{cases} a & i = j \\ b & i \neq j \end{cases}` is 1_{i=j} a + (1 - 1_{i=j}) b."""
        sign = self._sign
        rows = [_split(row, "&") for row in _split(self.inside, r"\\")]
        if len(rows) < 2 or any(len(row) != 2 for row in rows[:-1]) or len(rows[-1]) > 2:
            raise placed(UnsupportedError(_UNREAD), self.text, self.start)
        *parts, (value, last_condition) = [[self._part(part) for part in (*row, [])[:2]] for row in rows]
        if not _are_choices([condition for _, condition in parts], last_condition):
            raise placed(UnsupportedError(_UNREAD), self.text, self.start)
        for first, condition in reversed(parts):
            holds = _condition(condition, sign)
            if r"\neq" in [one.value for one in condition]:
                first, value = value, first
            differ = [sign("("), sign("1", "number"), sign("-"), *holds, sign(")")]
            value = [*holds, sign(r"\odot"), sign("("), *first, sign(")"), sign("+"),
                     *differ, sign(r"\odot"), sign("("), *value, sign(")")]  # fmt: skip
        return [sign("("), *value, sign(")")]

    def _part(self, found: list[Lexeme]) -> Pieces:
        """A cell of a choice by cases, without the words and the punctuation round a condition."""
        pieces = self.form(found)
        while pieces and (pieces[-1].value in (",", ".", ";") or pieces[-1].tag == "space"):
            pieces.pop()
        return [one for one in pieces if one.value.strip(" ,.:").lower() not in _CASE_WORDS and one.tag != "space"]


def _split(found: Sequence[Lexeme], sign: str) -> list[list[Lexeme]]:
    """Lexemes cut at a sign outside braces; what is empty is left out."""
    return [part for part in _cut(found, sign) if part]


def _cut(found: Sequence[Lexeme], sign: str) -> list[list[Lexeme]]:
    """Lexemes cut at a sign outside braces and other environments."""
    parts: list[list[Lexeme]] = [[]]
    depth = 0
    for lexeme in found:
        value = lexeme.value
        depth += (value == "{" or value.startswith(r"\begin{")) - (value == "}" or value.startswith(r"\end{"))
        if value == sign and not depth:
            parts.append([])
        else:
            parts[-1].append(lexeme)
    return parts


def _condition(condition: Pieces, sign: Callable[..., Piece]) -> Pieces:
    """1 where a condition holds: `1_{i = j}`, also for `i ≠ j`, or a comparison in brackets."""
    values = [piece.value for piece in condition]
    if "=" in values or r"\neq" in values:
        equal = [piece._replace(value="=") if piece.value == r"\neq" else piece for piece in condition]
        return [sign("1", "number"), sign("_{"), *equal, sign("}")]
    return [sign("["), *condition, sign("]")]


def _are_choices(conditions: Sequence[Pieces], last: Pieces) -> bool:
    """Are these conditions that are understood, and is the last one, if it is stated, what the others leave?"""
    if not all(_is_equality(one) or _is_comparison(one) for one in conditions):
        return False
    if not last:
        return True
    if len(conditions) > 1:
        return False
    (first,) = conditions
    values, beside = [piece.value for piece in first], [piece.value for piece in last]
    if _is_equality(first) and _is_equality(last):
        return values[1] != beside[1] and {values[0], values[2]} == {beside[0], beside[2]}
    return _is_comparison(first) and _is_comparison(last) and _are_opposite(values, beside)


def _is_equality(condition: Pieces) -> bool:
    """`i = j` or `i ≠ j`?"""
    values = [piece.value for piece in condition]
    return len(values) == 3 and values[1] in ("=", r"\neq") and all(len(v) == 1 and v.isalpha() for v in values[::2])


def _is_comparison(condition: Pieces) -> bool:
    values = [piece.value for piece in condition]
    is_simple = not {"=", ",", r"\neq", r"\in"} & set(values) and not any(one.tag == "prose" for one in condition)
    return is_simple and any(value in COMPARISONS for value in values)


def _are_opposite(first: list[str], second: list[str]) -> bool:
    """Does one of two comparisons hold where the other does not (where both sides are equal aside)?"""
    places = [k for k, value in enumerate(first) if value in COMPARISONS]
    if len(places) != 1 or len(second) != len(first) or second[places[0]] not in COMPARISONS:
        return False
    at = places[0]
    is_turned = COMPARISONS[first[at]][0] != COMPARISONS[second[at]][0]
    return is_turned and [*first[:at], *first[at + 1 :]] == [*second[:at], *second[at + 1 :]]
