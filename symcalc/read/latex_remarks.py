r"""What stands around a formula: remarks behind it (`, \quad \text{for } k = 1, …`), left-hand sides, lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symcalc.errors import ParseError, UnsupportedError
from symcalc.read.characters import check_text
from symcalc.read.latex_form import Former, Piece, Pieces
from symcalc.read.latex_names import index_letters
from symcalc.read.latex_scan import Lexeme, definitions_end, lexemes, read_macros
from symcalc.read.latex_signs import LAYOUTS
from symcalc.read.places import placed

_OPENING, _CLOSING = ("(", "[", r"\{", "{", "_{", "^{", "[{", r"\langle"), (")", "]", r"\}", "}", r"\rangle")
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
    place, depth = 0, 0
    while place < len(pieces):
        piece = pieces[place]
        depth += (piece.value in _OPENING) - (piece.value in _CLOSING)
        if not depth and place and _is_shape(pieces, place):
            while place > 1 and pieces[place - 1].value in _SEPARATORS:
                place -= 1
            notes.append(f"left aside: {text[pieces[place].start :].strip()}")
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
    if piece.value == r"\forall":
        return True
    following = pieces[place + 1].value if place + 1 < len(pieces) else ""
    is_letter = len(piece.value) == 1 and piece.value.isalpha()
    return is_letter and (following == r"\in" or (following == "=" and _is_range(pieces, place + 2)))


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
        depth += (piece.value in _OPENING) - (piece.value in _CLOSING)
        if not depth and piece.value == "=":
            equals.append(place)
    if len(equals) != 1 or equals[0] + 1 == len(pieces):
        return [], pieces
    left = pieces[: equals[0]]
    if not left or not _is_derivative_sign(left):
        return [], pieces
    notes.append(f"left-hand side: {text[: pieces[equals[0]].start].strip()}")
    return left, pieces[equals[0] + 1 :]


def _is_derivative_sign(pieces: Pieces) -> bool:
    values = [piece.value for piece in pieces]
    return values[0] in (r"\nabla", r"\partial") or (values[:2] == [r"\frac", "{"] and values[2] in (r"\partial", "d"))


@dataclass(frozen=True, slots=True)
class Line:
    """One expression of a derivation: the text before its equals sign (or ""), its own text, and where that starts."""

    left: str
    text: str
    place: int


@dataclass(frozen=True, slots=True)
class Definition:
    r"""A symbol that is explained behind a formula, `\text{ where } E = R - UV^\top`: its spelling, and what it is.

    `right` is empty for a component, `E_{ij} = …`, which is no definition of a symbol.
    """

    left: str
    right: str


def read_definitions(text: str, macros: Mapping[str, str] | None = None) -> tuple[str, tuple[Definition, ...]]:
    """A formula, and the definitions of symbols that stand behind it (none, if something else stands there as well)."""
    pieces = Former(text, lexemes(check_text(text), read_macros(macros))).run()
    parts, depth, start = list[tuple[int, int]](), 0, 0
    for place, piece in enumerate(pieces):
        depth += (piece.value in _OPENING) - (piece.value in _CLOSING)
        if not depth and (piece.value in (",", ";", r"\quad", r"\\") or _is_word_between(piece)):
            parts.append((start, place))
            start = place + 1
    parts = [(start, end) for start, end in [*parts, (start, len(pieces))] if end > start]
    found = [_definition(text, pieces[start:end]) for start, end in parts[1:]]
    if None in found or not found:
        return text, ()
    return text[: pieces[parts[0][1] - 1].end], tuple(one for one in found if one is not None)


def _is_word_between(piece: Piece) -> bool:
    return piece.tag == "prose" or (piece.tag == "word" and piece.value.lower() in _DEFINITIONS)


def _definition(text: str, pieces: Pieces) -> Definition | None:
    """`E = R - UV^T`, if it is that: one symbol (no derivative), and an expression (no range)."""
    values = [piece.value for piece in pieces]
    if values.count("=") != 1 or values[-1] == "=" or r"\dots" in values:
        return None
    sign = values.index("=")
    left = pieces[:sign]
    is_symbol = bool(left) and not _is_derivative_sign(left) and not set(values[:sign]) & _NO_SYMBOL
    if not is_symbol:
        return None
    is_component = bool(set(index_letters(left)) & set(values[sign + 1 :]))
    right = "" if is_component else text[pieces[sign].end : pieces[-1].end].strip()
    return Definition(text[left[0].start : pieces[sign].start].strip(), right)


#: Signs that no symbol has in it.
_NO_SYMBOL = {"+", "-", "(", r"\sum", r"\frac", r"\cdot", r"\odot", r"\circ", r"\partial", r"\nabla", "/"}


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


def _is_left_side(segment: list[Lexeme]) -> bool:
    values = [piece.value for piece in segment]
    if any(value in (r"\partial", r"\nabla") for value in values) or values[:3] == [r"\frac", "{", "d"]:
        return True
    return not any(value in ("+", "-", r"\sum", r"\frac", r"\cdot", r"\odot", r"\circ") for value in values) and (
        len(values) < 4 or values[1] in ("_", "^", "{", "(")
    )
