r"""Comparisons as numbers, 1 where they hold, 0 elsewhere: `\mathbb{1}[z > 0]`, `1_{z > 0}`, `[z > 0]` are step(z)."""

from __future__ import annotations

from symcalc.errors import ParseError
from symcalc.read.latex_names import Names, capital
from symcalc.read.latex_pieces import Piece, Pieces, closing, outside_brackets
from symcalc.read.latex_signs import CLOSING, COMPARISONS, OPENING

_MARKS = ("1", "I")
#: Brackets that hold a condition by themselves, and those behind a mark.
_ALONE = ("(", "[", r"\{")
_BRACKETS = (*_ALONE, "_{")


def with_comparisons(text: str, pieces: Pieces) -> tuple[Pieces, list[str]]:
    """The pieces with every comparison in brackets written as a step function, and notes that say so."""
    if not any(piece.value in COMPARISONS for piece in pieces):
        return pieces, []
    ends = _comparing(pieces)
    notes: list[str] = []
    done: Pieces = []
    place = 0
    while place < len(pieces):
        is_marked = pieces[place].value in _MARKS and place + 1 in ends
        opened = place + is_marked
        if opened not in ends or not (is_marked or pieces[opened].value in _ALONE):
            done.append(pieces[place])
            place += 1
            continue
        end = ends[opened] + 1
        done += _written(text, _bare(pieces[opened + 1 : end - 1]), pieces[place])
        source = text[pieces[place].start : max(piece.end for piece in pieces[place:end])]
        notes.append(f"{source.strip()} is read as 1 where it holds, and 0 elsewhere")
        place = end
    return done, notes


def with_choices(text: str, pieces: Pieces, names: Names) -> tuple[Pieces, list[str]]:
    """The pieces with `[y = k]` written as the entry y_k of a one-hot vector, `[y_i = k]` as one of one-hot rows."""
    notes: list[str] = []
    if not any(piece.value == "=" for piece in pieces):
        return pieces, notes
    done: Pieces = []
    place = 0
    while place < len(pieces):
        is_marked = pieces[place].value in _MARKS and place + 1 < len(pieces)
        opened = place + is_marked
        entry: Pieces = []
        if pieces[opened].value in (_BRACKETS if is_marked else ("[",)):
            end = closing(pieces, opened)
            if end - opened <= LONGEST_EQUALITY:
                entry = _chosen(_bare(pieces[opened + 1 : end]), names)
        if not entry:
            done.append(pieces[place])
            place += 1
            continue
        source = text[pieces[place].start : max(piece.end for piece in pieces[place : end + 1])].strip()
        notes.append(f"{source} is read as an entry of what is one-hot: 1 where it holds, and 0 elsewhere")
        done += entry
        place = end + 1
    return done, notes


#: Pieces between the brackets of `1\\{(i = j)\\}`.
LONGEST_EQUALITY = 10


def _chosen(inside: Pieces, names: Names) -> Pieces:
    """The entry that `y = k` or `y_i = k` picks; nothing where no one-hot array is called so."""
    equals = outside_brackets(inside, ("=",))
    sides = [inside[: equals[0]], inside[equals[0] + 1 :]] if len(equals) == 1 else []
    for one, other in (sides, sides[::-1]) if sides else ():
        is_letter = len(other) == 1 and len(other[0].value) == 1 and other[0].value.isalpha()
        if not is_letter or other[0].value in names.known or not one:
            continue
        mark, brackets = one[0], [piece.value for piece in one[1:2] + one[-1:]]
        if len(one) == 1 and names.holds(mark, "onehot"):
            return [mark, _sign("_{", mark), *other, _sign("}", mark)]
        if brackets == ["_{", "}"] and len(one) == 4 and names.holds(capital(mark) or mark, "onehotrows"):
            return [*one[:-1], _sign(",", mark), *other, one[-1]]
    return []


def _comparing(pieces: Pieces) -> dict[int, int]:
    """Brackets, and where they end, that hold a comparison and no bracket round it but one round the whole."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    comparing: set[int] = set()
    for place, piece in enumerate(pieces):
        if piece.value in OPENING:
            opened.append(place)
        elif piece.value in CLOSING and opened:
            start = opened.pop()
            is_bracket = pieces[start].value in _BRACKETS and pieces[start].tag != "begin"
            is_round = start + 1 in ends and ends[start + 1] == place - 1
            if is_bracket and (start in comparing or is_round):
                ends[start] = place
        elif piece.value in COMPARISONS and opened:
            comparing.add(opened[-1])
    return ends


def _bare(inside: Pieces) -> Pieces:
    while len(inside) > 2 and inside[0].value in _ALONE and closing(inside, 0) == len(inside) - 1:
        inside = inside[1:-1]
    return inside


def _written(text: str, inside: Pieces, mark: Piece) -> Pieces:
    """`a < b < c` as ((step(b - a)) ⊙ (step(c - b)))."""
    places = outside_brackets(inside, COMPARISONS)
    ends = [-1, *places, len(inside)]
    sides = [inside[a + 1 : b] for a, b in zip(ends, ends[1:], strict=False)]
    for side in sides:
        if not side:
            raise ParseError("one side of this comparison is missing", text, mark.start)
        if outside_brackets(side, ("=", ",")):
            raise ParseError("this condition is not understood", text, side[0].start)
    made: Pieces = []
    for place, left, right in zip(places, sides, sides[1:], strict=False):
        is_larger, is_equal_too = COMPARISONS[inside[place].value]
        large, small = (left, right) if is_larger else (right, left)
        made += [_sign(r"\odot", mark)] if made else []
        made += _not_step(small, large, mark) if is_equal_too else _step(large, small, mark)
    return [_sign("(", mark), *made, _sign(")", mark)]


def _step(large: Pieces, small: Pieces, mark: Piece) -> Pieces:
    """step(large - small); nothing is taken off where that is 0."""
    less = [] if [piece.value for piece in small] == ["0"] else [_sign("-", mark), *_bracket(small, mark)]
    return [_sign("step", mark, "word"), *_bracket([*_bracket(large, mark), *less], mark)]


def _not_step(small: Pieces, large: Pieces, mark: Piece) -> Pieces:
    """1 - step(small - large): large is at least as large."""
    return _bracket([_sign("1", mark, "number"), _sign("-", mark), *_step(small, large, mark)], mark)


def _bracket(pieces: Pieces, mark: Piece) -> Pieces:
    return [_sign("(", mark), *pieces, _sign(")", mark)]


def _sign(value: str, mark: Piece, tag: str = "") -> Piece:
    return Piece(value, mark.start, mark.end, tag)
