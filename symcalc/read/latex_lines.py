r"""Texts of several expressions: chains of equations, `align` environments, statements that follow from each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symcalc.errors import ParseError
from symcalc.read.characters import check_text
from symcalc.read.latex_scan import Lexeme, definitions_end, lexemes, read_macros
from symcalc.read.latex_signs import ACCENTS, BARS, CLOSING, FRACTIONS, LAYOUTS, OPENING, OPERATORS, STYLES

_CONTINUING = ("+", "-", r"\cdot", r"\times", r"\odot", r"\circ")
_SPACES = (r"\quad", r"\qquad", r"\,", r"\;", r"\ ", r"\!", r"\:", "~")
_EQUALS = ("=", r"\equiv", r"\coloneqq", r"\triangleq")
#: Signs between two statements, or in front of one.
_IMPLIES = (r"\implies", r"\Rightarrow", r"\iff", r"\Leftrightarrow", r"\Longrightarrow", r"\therefore")


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
    for statement in _split_at(found, _IMPLIES):
        first = len(lines)
        for segments in _rows(statement):
            _add_row(text, prefix, segments, lines, first)
    return tuple(lines)


def implications(text: str) -> list[str]:
    r"""The statements of `a = 0 \Rightarrow b = c`, without the signs between them."""
    check_text(text)
    found, start = definitions_end(text)
    prefix = text[:start].strip()
    parts = [part for part in _split_at(found, _IMPLIES) if any(piece.value not in _SPACES for piece in part)]
    return [_with(prefix, text[part[0].start : part[-1].end]) for part in parts]


def _split_at(found: list[Lexeme], signs: tuple[str, ...]) -> list[list[Lexeme]]:
    """Lexemes cut at signs outside brackets."""
    parts: list[list[Lexeme]] = [[]]
    depth = 0
    for piece in found:
        depth += (piece.value in OPENING) - (piece.value in CLOSING)
        if piece.value in signs and depth <= 0:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


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


def _add_row(text: str, prefix: str, segments: list[list[Lexeme]], lines: list[Line], first: int) -> None:
    """The expressions of a row, which may go on with the one before it from the place `first` on."""
    if len(segments) == 1:
        if segments[0]:
            _add_single(text, prefix, segments[0], lines, first)
        return
    left = ""
    for count, segment in enumerate(segments):
        if not segment:
            if count:
                place = segments[count - 1][-1].end if segments[count - 1] else 0
                raise ParseError("nothing stands behind this equals sign", text, place)
            continue
        source = text[segment[0].start : segment[-1].end]
        if count == 0 and len(lines) > first and segment[0].value in _CONTINUING:
            _continue(text, prefix, segment, lines)
            continue
        if count == 0:
            _check_left_side(text, segment)
        if count == 0 and _is_left_side(segment):
            left = source
            continue
        lines.append(Line(left, _with(prefix, source), segment[0].start))
        left = ""


def _add_single(text: str, prefix: str, segment: list[Lexeme], lines: list[Line], first: int) -> None:
    """A row without an equals sign: the next part of the one before if it starts with a sign."""
    source = text[segment[0].start : segment[-1].end]
    if len(lines) > first and segment[0].value in _CONTINUING:
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
        bars += piece.value in BARS
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
_DIFFERENTIALS = ("d", r"\dd", r"\diff", r"\Delta", r"\delta")


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
