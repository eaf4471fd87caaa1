r"""What stands around a formula: remarks behind it (`, \quad \text{for } k = 1, …`), left-hand sides, lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symcalc.errors import ParseError, UnsupportedError
from symcalc.read.characters import check_text
from symcalc.read.latex_form import Pieces, closing
from symcalc.read.latex_scan import Lexeme, definitions_end, lexemes, read_macros
from symcalc.read.latex_signs import ACCENTS, CLOSING, FRACTIONS, LAYOUTS, OPENING, OPERATORS, STYLES
from symcalc.read.places import placed

_SEPARATORS = (",", ";", ".", r"\quad")
_CASES = ("if", "otherwise", "when", "else")
_REMARKS = ("for", "all", "each", "every", "as", "by", "since", "because", "from", "using", "elementwise", "in")
_DEFINITIONS = ("where", "with", "let", "and", "or", "so")
_CONTINUING = ("+", "-", r"\cdot", r"\times", r"\odot", r"\circ")
_SPACES = (r"\quad", r"\qquad", r"\,", r"\;", r"\ ", r"\!", r"\:", "~")
_EQUALS = ("=", r"\equiv", r"\coloneqq", r"\triangleq", r"\implies", r"\Rightarrow", r"\iff")


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


_BARS = (r"\|", "|", r"\lVert", r"\rVert", r"\lvert", r"\rvert", r"\Vert", r"\vert")


def _is_sum(pieces: Pieces) -> bool:
    r"""Has a sign that ends in a symbol, `\nabla J - w`, more behind it?  (`\nabla_w -w^Tx` is one of a sum.)"""
    depth, bars = 0, 0
    for place, piece in enumerate(pieces):
        depth += (piece.value in OPENING) - (piece.value in CLOSING)
        bars += piece.value in _BARS
        if piece.value in ("+", "-") and not depth and bars % 2 == 0:
            return pieces[0].value != r"\nabla" or pieces[place - 1].value not in ("}", r"\nabla")
    return False


def _is_derivative_sign(pieces: Pieces) -> bool:
    values = [piece.value for piece in pieces]
    return values[0] in (r"\nabla", r"\partial") or (values[:2] == [r"\frac", "{"] and values[2] in (r"\partial", "d"))


@dataclass(frozen=True, slots=True)
class Line:
    """One expression of a derivation: the text before its equals sign (or ""), its own text, and where that starts."""

    left: str
    text: str
    place: int


def read_lines(text: str, macros: Mapping[str, str] | None = None) -> tuple[Line, ...]:
    r"""The expressions of a chain `a = b = c` or of an `align` environment, each to be parsed on its own.

    What stands before the first equals sign is the left-hand side if it is a derivative sign or one symbol; else it is
    the first expression.  A line that starts with + or − goes on with the one before.
    """
    check_text(text)
    known = read_macros(macros)
    lexemes(text, known)
    found, start = definitions_end(text)
    prefix = text[:start].strip()
    lines: list[Line] = []
    for segments in _rows(found):
        _add_row(text, prefix, segments, lines)
    return tuple(lines)


def _rows(found: list[Lexeme]) -> list[list[list[Lexeme]]]:
    """Lexemes cut at line breaks, and each line at its equals signs."""
    rows: list[list[list[Lexeme]]] = [[[]]]
    depth = 0
    for piece in found:
        value = piece.value
        inner = value.startswith(r"\begin{") and not _is_layout(value)
        outer = value.startswith(r"\end{") and not _is_layout(value)
        depth += (value in ("(", "[", r"\{", "{") or inner) - (value in (")", "]", r"\}", "}") or outer)
        if value == r"\\" and depth <= 0:
            rows.append([[]])
            depth = 0
        elif value in _EQUALS and depth <= 0:
            rows[-1].append([])
        elif value in _SPACES and not rows[-1][-1]:
            continue
        elif not _is_layout(value) and value not in ("&", "$", r"\[", r"\]", r"\(", r"\)", r"\nonumber", r"\notag"):
            rows[-1][-1].append(piece)
    return rows


def _is_layout(value: str) -> bool:
    name = value[value.find("{") + 1 : -1].rstrip("*")
    return value.startswith((r"\begin{", r"\end{")) and name in LAYOUTS


def _add_row(text: str, prefix: str, segments: list[list[Lexeme]], lines: list[Line]) -> None:
    if len(segments) == 1:
        if segments[0]:
            _add_single(text, prefix, segments[0], lines)
        return
    left = ""
    for count, segment in enumerate(segments):
        if not segment:
            if count:
                place = segments[count - 1][-1].end if segments[count - 1] else 0
                raise ParseError("nothing stands behind this equals sign", text, place)
            continue
        source = text[segment[0].start : segment[-1].end]
        if count == 0 and lines and segment[0].value in _CONTINUING:
            _continue(text, prefix, segment, lines)
            continue
        if count == 0:
            _check_left_side(text, segment)
        if count == 0 and _is_left_side(segment):
            left = source
            continue
        lines.append(Line(left, _with(prefix, source), segment[0].start))
        left = ""


def _add_single(text: str, prefix: str, segment: list[Lexeme], lines: list[Line]) -> None:
    """A row without an equals sign: the next part of the one before if it starts with a sign."""
    source = text[segment[0].start : segment[-1].end]
    if lines and segment[0].value in _CONTINUING:
        _continue(text, prefix, segment, lines)
    else:
        lines.append(Line("", _with(prefix, source), segment[0].start))


def _continue(text: str, prefix: str, segment: list[Lexeme], lines: list[Line]) -> None:
    last = lines.pop()
    lines.append(Line(last.left, _with(prefix, text[last.place : segment[-1].end]), last.place))


def _with(prefix: str, source: str) -> str:
    return f"{prefix} {source}" if prefix else source


def _check_left_side(text: str, segment: list[Lexeme]) -> None:
    r"""`-\frac{\partial J}{\partial w} = …` and `\nabla J - w = …` do not say what the derivative itself is."""
    terms, depth, bars = list[list[str]]([[]]), 0, 0
    for piece in segment:
        bars += piece.value in _BARS
        depth += (piece.value in ("(", "[", r"\{", "{")) - (piece.value in (")", "]", r"\}", "}"))
        if piece.value in ("+", "-") and depth <= 0 and bars % 2 == 0:
            terms.append([])
        elif piece.value not in _SPACES:
            terms[-1].append(piece.value)
    bare = [_without_number(term) for term in terms if term]
    is_sole = len(terms) == 1 and bare == [terms[0]]
    if not is_sole and any(_is_one_derivative(term) for term in bare):
        message = "what stands on the left is not the derivative itself, but a multiple of it or a sum with it"
        raise ParseError(message, text, segment[0].start)


def _without_number(term: list[str]) -> list[str]:
    """A term without the number or the fraction of numbers in front of it."""
    end = next((k for k, value in enumerate(term) if not (value.isdecimal() or value in (".", "/"))), len(term))
    if term[end:] and term[end] in FRACTIONS:
        stop = _group_end(term, _group_end(term, end + 1))
        if all(value.isdecimal() or value in ("{", "}") for value in term[end + 1 : stop]):
            end = stop
    return term[end:]


def _is_one_derivative(term: list[str]) -> bool:
    r"""`\frac{\partial J}{\partial w}` or `\nabla_w J`, and nothing else."""
    if term[:1] and term[0] in FRACTIONS and len(term) > 2 and term[2] in (r"\partial", "d"):
        return _group_end(term, _group_end(term, 1)) == len(term)
    if term[:1] != [r"\nabla"]:
        return False
    place = _group_end(term, 2) if term[1:2] == ["_"] else 1
    return _symbol_end(term, place) == len(term)


def _is_left_side(segment: list[Lexeme]) -> bool:
    """A derivative sign, or one symbol: decorated, with scripts, with a d in front (`dW^{[2]}`), as J(w)."""
    values = _without_styles([piece.value for piece in segment if piece.value not in _SPACES])
    if any(value in (r"\partial", r"\nabla") for value in values) or values[:4] == ["g", "r", "a", "d"]:
        return True
    if values[0] in FRACTIONS and values[1:2] == ["{"] and values[2] in _DIFFERENTIALS:
        return True
    if "/" in values and values[0] == values[min(values.index("/") + 1, len(values) - 1)] in _DIFFERENTIALS:
        return True
    return any(_symbol_end(values, start) == len(values) for start in range(1 + (values[0] in _DIFFERENTIALS)))


def _without_styles(values: list[str]) -> list[str]:
    r"""Lexemes without style commands and the braces behind them: `\mathrm{d}` is d."""
    found: list[str] = []
    place = 0
    while place < len(values):
        if values[place] in STYLES and values[place + 1 : place + 2] == ["{"]:
            end = _group_end(values, place + 1)
            found += _without_styles(values[place + 2 : end - 1]) if end - place < _LONGEST_NAME else values[place:end]
            place = end
        else:
            found.append(values[place])
            place += 1
    return found or values


_LONGEST_NAME = 20


#: What may stand before a symbol: the d of names such as dW.
_DIFFERENTIALS = ("d", r"\Delta", r"\delta")


#: Signs of a transpose, behind which a bracket is a factor.
_TURNS = {"T", r"\top", r"\intercal"}


def _symbol_end(values: list[str], place: int) -> int:
    """Where the symbol that starts at a place ends, with what its scripts and its brackets hold."""
    if place >= len(values) or values[place] in OPERATORS:
        return -1
    while place < len(values) and (values[place] in ACCENTS or values[place] in STYLES):
        place += 1
    place = _group_end(values, place)
    while place < len(values) and values[place] in ("_", "^", "'"):
        place = place + 1 if values[place] == "'" else _group_end(values, place + 1)
    end = _group_end(values, place) if place < len(values) and values[place] == "(" else place
    is_application = not (_TURNS | set(OPERATORS)) & set(values[:end])
    return end if end == place or is_application else place


def _group_end(values: list[str], place: int) -> int:
    """The place behind one lexeme, or behind the bracket or brace that opens there."""
    depth = 0
    for here in range(place, len(values)):
        depth += (values[here] in ("{", "(")) - (values[here] in ("}", ")"))
        if depth <= 0:
            return here + 1
    return len(values) + 1
