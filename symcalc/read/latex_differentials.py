r"""Differentials as people write them: `dW`, `\mathrm{d}(Xw - y)`, `d\log\det X`, and the colon of `G : dX`.

A reader that has a function `differential` reads them as calls of it; to any other one a d is a letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import NamedTuple

from symcalc.errors import ParseError
from symcalc.read.characters import check_text
from symcalc.read.latex_form import Former
from symcalc.read.latex_lines import read_lines
from symcalc.read.latex_names import Names, function_name
from symcalc.read.latex_pieces import Piece, Pieces, closing, matched_brackets, outside_brackets
from symcalc.read.latex_scan import lexemes, read_macros
from symcalc.read.latex_signs import BARS, CLOSING, OPENING

#: What the function is called that a reader of differentials has.
NAME = "differential"
#: Differentials and colons in one text.
MOST_SPANS = 200
_SCRIPTS = ("^{", "_{", "'")
_BRACKETS = ("(", "[", r"\{")
#: Signs that end a term.
_ENDS = ("+", "-", "=", ",", ":", r"\quad", r"\\")
#: What a d in front of goes as far as the term does.
_LONG = (r"\frac", r"\sqrt", r"\sum", r"\langle", *BARS)


class Sides(NamedTuple):
    r"""The sides of `dJ = (Xw - y)^T X dw` as they are written."""

    left: str
    right: str


class _Span(NamedTuple):
    """Pieces that brackets are put round, and those brackets."""

    start: int
    end: int
    opening: Pieces
    closing: Pieces


def sides_of(text: str, macros: Mapping[str, str] | None = None) -> Sides | None:
    """The sides of an equation between differentials, the left one empty where there is none; else None.

    Raises `ParseError` for what cannot be taken apart.
    """
    pieces = Former(text, lexemes(check_text(text), read_macros(macros))).run()
    matched_brackets(text, pieces)
    equals = outside_brackets(pieces, ("=",))
    if not equals:
        return Sides("", text)
    at = equals[0]
    if not at and len(equals) == 1:
        return Sides("", text[pieces[0].end :].strip())
    if len(equals) > 1 or at + 1 == len(pieces) or not starts_with_d(pieces[:at]):
        return None
    return Sides(text[: pieces[at].start].strip(), text[pieces[at].end :].strip())


def behind_d(left: str, macros: Mapping[str, str] | None = None) -> str:
    r"""What stands behind the d of a left-hand side: `J(w)` of `\mathrm{d}J(w)`."""
    first = Former(left, lexemes(left, read_macros(macros))).run()[0]
    return (first.value[1:] if first.tag == "word" else "") + left[first.end :]


def is_symbol(left: str, macros: Mapping[str, str] | None = None) -> bool:
    """Is a left-hand side a d and one symbol, with scripts and with what it is a function of?"""
    lines = read_lines(f"{left} = 0", macros)
    return len(lines) == 1 and bool(lines[0].left)


def starts_with_d(pieces: Pieces) -> bool:
    """Is the first sign a d in front of something else?"""
    if not pieces:
        return False
    is_word = pieces[0].tag == "word" and pieces[0].value[0] == "d" and len(pieces[0].value) in (2, 3)
    is_second = [piece.value for piece in pieces[:4]] == ["d", "^{", "2", "}"] and len(pieces) > 4
    return is_word or is_second or (len(pieces) > 1 and is_d(pieces[0]) and starts_operand(pieces[1]))


def differentials(pieces: Pieces) -> Iterator[int]:
    """Where a d stands in front of something else, subscripts and derivatives aside."""
    place = 0
    while place < len(pieces) - 1:
        piece = pieces[place]
        if piece.value == "_{" or (piece.value == r"\frac" and _is_quotient(pieces, place)):
            place = closing(pieces, place + (piece.value == r"\frac"))
        elif is_d(piece) and starts_operand(pieces[place + 1]):
            yield place
        place += 1


def with_differentials(text: str, pieces: Pieces, names: Names) -> Pieces:
    """The pieces with every d before an operand, and every colon between two arrays, written as a function."""
    pieces = _letters_apart(pieces, names.is_word)
    spans = list(islice(chain(_differentials(pieces, names), _colons(pieces)), MOST_SPANS + 1))
    if len(spans) > MOST_SPANS:
        raise ParseError(f"more than {MOST_SPANS} differentials", text, pieces[spans[-1].start].start)
    return _written(pieces, sorted(spans, key=lambda span: (span.start, -span.end)))


def _letters_apart(pieces: Pieces, is_known: Callable[[str], bool] = lambda word: False) -> Pieces:
    r"""`\mathrm{dW}`, one word to any other reader, as d and W."""
    found: Pieces = []
    for piece in pieces:
        is_word = piece.tag == "word" and piece.value[0] == "d" and len(piece.value) in (2, 3)
        if is_word and not is_known(piece.value):
            inner = piece.value[1:]
            found += [piece._replace(value="d", tag=""), piece._replace(value=inner, tag="word" if inner[1:] else "")]
        else:
            found.append(piece)
    return found


def _differentials(pieces: Pieces, names: Names) -> Iterator[_Span]:
    for place in differentials(pieces):
        end, piece = _operand_end(pieces, place + 1, names), pieces[place]
        last = pieces[end - 1]._replace(start=pieces[end - 1].end)
        opening = [piece._replace(value=NAME, tag="function"), _sign("(", piece)]
        yield _Span(place, end, opening, [_sign(")", last)])


def is_d(piece: Piece) -> bool:
    """Is this the letter d, upright or not?"""
    return piece.value == "d" and piece.tag in ("", "styled")


def starts_operand(piece: Piece) -> bool:
    """May something that has a differential start here?"""
    if piece.tag == "begin" or piece.value in (*_BRACKETS, *_LONG):
        return True
    return piece.tag in ("", "styled", "bold", "word", "function") and piece.value.lstrip("\\").isalpha() and (
        piece.value not in _NO_OPERANDS
    )  # fmt: skip


_NO_OPERANDS = {r"\cdot", r"\times", r"\odot", r"\circ", r"\otimes", r"\in", r"\quad", r"\leq", r"\geq", r"\neq",
                r"\dots", r"\rangle", r"\ast", r"\oslash", r"\div", r"\equiv", r"\implies", r"\Rightarrow"}  # fmt: skip


def _is_quotient(pieces: Pieces, place: int) -> bool:
    r"""`\frac{dJ}{dw}`: a derivative."""
    bottom = closing(pieces, place + 1) + 1
    return is_d(pieces[place + 2]) and bottom + 1 < len(pieces) and is_d(pieces[bottom + 1])


def _operand_end(pieces: Pieces, place: int, names: Names) -> int:
    """Where the operand of a d ends: one symbol, bracket or function with its scripts, or else the term."""
    piece = pieces[place]
    end = place
    if piece.value in _LONG:
        return _term_end(pieces, place)
    if piece.tag == "begin":
        end = _value_end(pieces, place)
    elif piece.value in _BRACKETS:
        end = closing(pieces, place) + 1
    elif piece.tag == "function" or (function_name(piece) is not None and names.at(pieces, place).declared is None):
        end = _scripts_end(pieces, place + 1)
        if end >= len(pieces) or pieces[end].value not in _BRACKETS:
            return _term_end(pieces, place)
        end = closing(pieces, end) + 1
    else:
        end = names.at(pieces, place).end
    return _scripts_end(pieces, end)


def _scripts_end(pieces: Pieces, place: int) -> int:
    while place < len(pieces) and pieces[place].value in _SCRIPTS:
        place = place + 1 if pieces[place].value == "'" else closing(pieces, place) + 1
    return place


def _value_end(pieces: Pieces, place: int) -> int:
    """Where a declared value ends, in whose arguments others may stand."""
    depth = 0
    for here in range(place, len(pieces)):
        depth += (pieces[here].tag == "begin") - (pieces[here].tag == "finish")
        if not depth:
            return here + 1
    return len(pieces)


def _term_end(pieces: Pieces, place: int) -> int:
    """Where the term ends that a place stands in: at a sign outside brackets and bars, or with the bracket round it."""
    depth, bars = 0, 0
    for here in range(place, len(pieces)):
        piece = pieces[here]
        depth += (piece.value in OPENING) - (piece.value in CLOSING)
        bars += piece.value in BARS
        if depth < 0 or (not depth and bars % 2 == 0 and piece.value in _ENDS):
            return here
    return len(pieces)


def _term_start(pieces: Pieces, place: int) -> int:
    """Where the term starts that ends before a place."""
    depth, bars = 0, 0
    for here in range(place - 1, -1, -1):
        piece = pieces[here]
        depth += (piece.value in CLOSING) - (piece.value in OPENING)
        bars += piece.value in BARS
        if depth < 0 or (not depth and bars % 2 == 0 and piece.value in _ENDS):
            return here + 1
    return 0


def _colons(pieces: Pieces) -> Iterator[_Span]:
    r"""`A : B`, the sum of the products of entries, as `\langle A, B \rangle`; factors beside each go with it."""
    for place in (place for place, piece in enumerate(pieces) if piece.value == ":" and not piece.tag):
        start, end = _term_start(pieces, place), _term_end(pieces, place + 1)
        beside = [piece.value for piece in (*pieces[max(0, start - 1) : start], *pieces[end : end + 1])]
        if start < place < end - 1 and ":" not in beside:
            yield _Span(start, end, [_sign(r"\langle", pieces[place])], [_sign(r"\rangle", pieces[place])])


def _written(pieces: Pieces, spans: list[_Span]) -> Pieces:
    done: Pieces = []
    opened: list[_Span] = []
    waiting = spans[::-1]
    for place, piece in enumerate(pieces):
        while opened and opened[-1].end <= place:
            done += opened.pop().closing
        is_replaced = False
        while waiting and waiting[-1].start == place:
            opened.append(waiting.pop())
            done += opened[-1].opening
            is_replaced = is_replaced or opened[-1].opening[0].tag == "function"
        is_colon = piece.value == ":" and opened and opened[-1].opening[0].value == r"\langle"
        if not is_replaced:
            done.append(piece._replace(value=",") if is_colon else piece)
    for span in reversed(opened):
        done += span.closing
    return done


def _sign(value: str, mark: Piece) -> Piece:
    return Piece(value, mark.start, mark.end)
