r"""What stands around a formula: remarks behind it (`, \quad \text{for } k = 1, …`) and left-hand sides."""

from __future__ import annotations

from symcalc.errors import ParseError, UnsupportedError
from symcalc.read.latex_pieces import Pieces, closing
from symcalc.read.latex_signs import BARS, CLOSING, OPENING
from symcalc.read.places import placed

_SEPARATORS = (",", ";", ".", r"\quad")
_CASES = ("if", "otherwise", "when", "else")
_REMARKS = ("for", "all", "each", "every", "as", "by", "since", "because", "from", "using", "elementwise", "in")
_DEFINITIONS = ("where", "with", "let", "and", "or", "so")


def without_remark(text: str, pieces: Pieces) -> tuple[Pieces, Pieces, list[str]]:
    """The formula without a remark or closing punctuation, the sign of the derivative that it equals; and notes."""
    notes: list[str] = []
    pieces = _without_opening(text, pieces, notes)
    place, depth = 0, 0
    while place < len(pieces):
        piece = pieces[place]
        is_outside = not depth
        depth += (piece.value in OPENING) - (piece.value in CLOSING)
        if not depth and place and piece.value == r"\in" and _is_shape(pieces, place):
            while place > 1 and pieces[place - 1].value in _SEPARATORS:
                place -= 1
            notes.append(f"left aside: {text[pieces[place].start :].strip()}")
            pieces = pieces[:place]
            break
        if (
            is_outside
            and place
            and piece.value in _LAST
            and (_is_for_all(pieces, place) or _is_bracketed_range(pieces, place))
        ):
            notes.append(f"left aside: {text[piece.start :].strip()}")
            pieces = pieces[:place]
            break
        if not depth and (piece.value in _SEPARATORS or piece.tag == "prose"):
            rest = place
            while rest < len(pieces) and (pieces[rest].value in _SEPARATORS or pieces[rest].value == r"\\"):
                rest += 1
            if rest == len(pieces) or _is_remark(text, pieces, rest, rest > place):
                if rest < len(pieces):
                    notes.append(f"left aside: {text[pieces[rest].start :].strip()}")
                pieces = pieces[:place]
                break
        place += 1
    while pieces and pieces[-1].value == r"\\":
        pieces = pieces[:-1]
    left, right = _sides(text, pieces, notes)
    return right, left, notes


def _without_opening(text: str, pieces: Pieces, notes: list[str]) -> Pieces:
    r"""A formula without `\therefore`, arrows and words in front of it, unless the words say more: if, not, or."""
    start = 0
    while start < len(pieces) and (pieces[start].value in _ARROWS or pieces[start].tag in ("prose", "space")):
        if pieces[start].tag == "prose" and set(pieces[start].value.lower().split()) & _TELLING:
            return pieces
        start += 1
    if start in (0, len(pieces)):
        return pieces
    if said := text[pieces[0].start : pieces[start].start].strip():
        notes.append(f"left aside: {said}")
    return pieces[start:]


_ARROWS = (r"\therefore", r"\Rightarrow", r"\implies", r"\iff", r"\Leftrightarrow", r"\rightarrow", r"\to")
#: Words that make a formula mean something else.
_TELLING = {"if", "not", "or", "unless", "when", "no", "wrong", "let", "where", "with", "otherwise"}


#: Signs with which what an index runs over may begin, without a separator before it.
_LAST = ("(", r"\forall")


def _is_for_all(pieces: Pieces, place: int) -> bool:
    r"""`\forall i, j` to the end, with what the letters are in or run through."""
    if pieces[place].value != r"\forall":
        return False
    rest = pieces[place + 1 :]
    return all(
        piece.value in _INDEX_SIGNS or piece.tag in ("number", "space") or piece.value.lstrip("\\").isalpha()
        for piece in rest
    )


_INDEX_SIGNS = {
    "[",
    "]",
    ",",
    ".",
    r"\in",
    "=",
    r"\dots",
    r"\{",
    r"\}",
    "_{",
    "^{",
    "}",
    r"\leq",
    "<",
    r"\times",
    r"\neq",
}


def _is_bracketed_range(pieces: Pieces, place: int) -> bool:
    r"""`(j = 1, \dots, K)` from there to the end."""
    values = [piece.value for piece in pieces[place : place + 4]]
    if len(values) < 4 or values[0] != "(" or values[2] != "=" or len(values[1]) != 1:
        return False
    rest = [piece.value for piece in pieces[closing(pieces, place) + 1 :] if piece.value not in _SEPARATORS]
    return not rest and _is_range(pieces, place + 3)


def _is_shape(pieces: Pieces, place: int) -> bool:
    r"""`\in \mathbb{R}^{n \times m}` from there to the end."""
    if [piece.value for piece in pieces[place : place + 3]] != [r"\in", "R", "^{"]:
        return False
    values = [piece.value for piece in pieces[place:] if piece.value not in _SEPARATORS]
    return pieces[place + 1].tag == "styled" and values.index("}") == len(values) - 1


def _is_remark(text: str, pieces: Pieces, place: int, is_separated: bool) -> bool:
    piece = pieces[place]
    if piece.tag == "prose" or piece.tag == "word":
        first = piece.value.strip("( ").split(" ")[0].lower() if piece.value.strip("( ") else ""
        if first in _CASES:
            raise placed(UnsupportedError("a choice by cases is not read"), text, piece.start)
        if first in _DEFINITIONS:
            raise ParseError("definitions belong in the notation, not behind the formula", text, piece.start)
        is_last = all(other.value in _SEPARATORS or other.tag == "prose" for other in pieces[place:])
        if first in _REMARKS or (is_last and (is_separated or piece.value.startswith("("))):
            return True
        if piece.tag == "prose":
            raise ParseError(f"the words {piece.value!r} are no part of a formula", text, piece.start)
    if not is_separated:
        return False
    if _is_for_all(pieces, place) or _is_size(pieces[place : place + 12]):
        return True
    following = pieces[place + 1].value if place + 1 < len(pieces) else ""
    is_letter = len(piece.value) == 1 and piece.value.isalpha()
    return is_letter and (following == r"\in" or (following == "=" and _is_range(pieces, place + 2)))


def _is_size(pieces: Pieces) -> bool:
    r"""`(n \times m)` to the end: a shape in brackets."""
    values = [piece.value for piece in pieces if piece.value not in _SEPARATORS]
    return len(values) == 5 and values[0] in ("(", "[") and values[2] == r"\times" and values[1].isalnum()


def _is_range(pieces: Pieces, place: int) -> bool:
    """`k = 1, 2, …, K` and `k = 1 … K`."""
    return (
        place < len(pieces)
        and pieces[place].value in ("0", "1")
        and r"\dots" in [piece.value for piece in pieces[place:]]
    )


def _sides(text: str, pieces: Pieces, notes: list[str]) -> tuple[Pieces, Pieces]:
    r"""Behind `\frac{\partial J}{\partial v} =` or `\nabla_v J =` comes what is meant."""
    equals, depth = [], 0
    for place, piece in enumerate(pieces):
        depth += (piece.value in OPENING) - (piece.value in CLOSING)
        if not depth and piece.value == "=":
            equals.append(place)
    if len(equals) != 1 or equals[0] + 1 == len(pieces):
        return [], pieces
    left = pieces[: equals[0]]
    if not left or not _is_derivative_sign(left) or _is_sum(left):
        return [], pieces
    notes.append(f"left-hand side: {text[: pieces[equals[0]].start].strip()}")
    return left, pieces[equals[0] + 1 :]


def _is_sum(pieces: Pieces) -> bool:
    r"""Has a sign that ends in a symbol, `\nabla J - w`, more behind it?  (`\nabla_w -w^Tx` is one of a sum.)"""
    depth, bars = 0, 0
    for place, piece in enumerate(pieces):
        depth += (piece.value in OPENING) - (piece.value in CLOSING)
        bars += piece.value in BARS
        if piece.value in ("+", "-") and not depth and bars % 2 == 0:
            return pieces[0].value != r"\nabla" or pieces[place - 1].value not in ("}", r"\nabla")
    return False


def _is_derivative_sign(pieces: Pieces) -> bool:
    values = [piece.value for piece in pieces]
    return values[0] in (r"\nabla", r"\partial") or (values[:2] == [r"\frac", "{"] and values[2] in (r"\partial", "d"))
