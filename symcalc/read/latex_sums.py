r"""What stands under and over a `\sum`: the index, and how far it runs.

The range of a sum follows from what its index indexes.  A bound that is a declared size counts where nothing is
indexed; any other bound only names that range, which is noted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from symcalc.errors import ParseError, UnsupportedError
from symcalc.read.latex_form import Piece, Pieces, closing
from symcalc.read.latex_names import Names
from symcalc.read.places import placed
from symcalc.read.tokens import Token

_CONDITIONS = {r"\neq", "<", ">", r"\not", r"\setminus", "|", ":", r"\notin", r"\backslash", r"\mid", r"\wedge"}


@dataclass(slots=True)
class Bounds:
    """The indices of a sum, the tokens of its upper bound where that is known, and where the scripts end."""

    indices: list[str]
    end: int
    limit: list[Token] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_bounds(text: str, pieces: Pieces, place: int, names: Names) -> Bounds:
    """The bounds of the sum whose sign stands at `place`."""
    sign = pieces[place]
    below, end = _script(pieces, place + 1, "_{")
    above, end = _script(pieces, end, "^{")
    if not below:
        cure = r'this sum has no index: declare it, as in {"\\sum": "sum(k, #1)"}'
        raise ParseError(cure, text, sign.start)
    reader = _Reader(text, names, sign)
    indices, limit, starts_at_zero = reader.below(below)
    if above:
        limit = reader.limit(above, starts_at_zero)
    bounds = Bounds(indices, end, limit)
    if not limit and (above or any(piece.value == r"\in" for piece in below)):
        bound = above or below
        source = text[bound[0].start : max(piece.end for piece in bound)]
        bounds.notes.append(f"{indices[0]} runs over all values of the index; the bound {source} is its name")
    if len(indices) > 1:
        bounds.limit = []
    return bounds


def summed_letters(pieces: Pieces) -> frozenset[str]:
    """Single letters right under a sum sign: the indices that sums bind."""
    places = [place for place, piece in enumerate(pieces) if piece.value == r"\sum"]
    heads = [pieces[place + 2].value for place in places if place + 2 < len(pieces)]
    return frozenset(head for head in heads if len(head) == 1 and head.isalpha())


def _script(pieces: Pieces, place: int, opening: str) -> tuple[Pieces, int]:
    if place < len(pieces) and pieces[place].value == opening:
        close = closing(pieces, place)
        return pieces[place + 1 : close], close + 1
    return [], place


class _Reader:
    def __init__(self, text: str, names: Names, sign: Piece):
        self.text, self.names, self.sign = text, names, sign

    def _unsupported(self, piece: Piece) -> Exception:
        message = "a sum over a condition; only sums over all values of an index are read"
        return placed(UnsupportedError(message), self.text, piece.start)

    def below(self, pieces: Pieces) -> tuple[list[str], list[Token], bool]:
        """The indices, an upper bound if one stands here, and whether they start at 0."""
        values = [piece.value for piece in pieces]
        for piece in pieces:
            if piece.value in _CONDITIONS:
                raise self._unsupported(piece)
        if r"\in" in values:
            place = values.index(r"\in")
            size = self.names.word(pieces[place + 1]) if len(pieces) == place + 2 else []
            known = [name for name in size if name in self.names.scope.sizes]
            limit = [_token("name", known[0], pieces[place + 1])] if known else []
            return self._letters(pieces[:place]), limit, False
        if r"\leq" in values:
            if len(pieces) < 5 or values[1] != r"\leq" or values[3] != r"\leq" or values[0] not in ("0", "1"):
                raise self._unsupported(pieces[0])
            return self._letters(pieces[2:3]), self.limit(pieces[4:], values[0] == "0"), values[0] == "0"
        indices, zero = self._assigned(pieces)
        return indices, [], zero

    def _assigned(self, pieces: Pieces) -> tuple[list[str], bool]:
        """`i`, `i,j`, `i=1`, `i=1,j=1`."""
        indices: list[str] = []
        zero, rest = False, pieces
        while rest:
            values = [piece.value for piece in rest]
            stop = values.index("=") if "=" in values else len(rest)
            indices += self._letters(rest[:stop])
            rest = rest[stop + 1 :]
            if stop < len(values):
                if not rest or rest[0].value not in ("0", "1") or (len(rest) > 1 and rest[1].value != ","):
                    raise self._unsupported(rest[0] if rest else self.sign)
                zero = zero or rest[0].value == "0"
                rest = rest[2:]
        return indices, zero

    def _letters(self, pieces: Pieces) -> list[str]:
        found = []
        for piece in pieces:
            if piece.value == ",":
                continue
            names = self.names.word(piece)
            if not names or piece.tag == "word":
                raise ParseError("the index of this sum is not understood", self.text, piece.start)
            found.append(names[0])
        if not found or len(set(found)) != len(found):
            raise ParseError("the index of this sum is not understood", self.text, self.sign.start)
        return found

    def limit(self, pieces: Pieces, starts_at_zero: bool) -> list[Token]:
        """The tokens of an upper bound that is a number, a declared name or a declared spelling; else none."""
        if starts_at_zero and len(pieces) > 2 and [piece.value for piece in pieces[-2:]] == ["-", "1"]:
            pieces = pieces[:-2]
        if pieces[0].tag == "begin" and pieces[-1].tag == "finish" and not any(piece.tag == "hole" for piece in pieces):
            tokens = [piece.item for piece in pieces[1:-1] if isinstance(piece.item, Token)]
            inner = [_token(token.kind, _product(token), pieces[0]) for token in tokens]
            return [_token("operator", "(", pieces[0]), *inner, _token("operator", ")", pieces[0])]
        if len(pieces) == 1 and pieces[0].tag == "number" and pieces[0].value.isdecimal():
            return [_token("number", int(pieces[0].value), pieces[0])]
        found = self.names.at(pieces, 0)
        if found.declared is not None and found.end == len(pieces) and not found.rest:
            return [_token("name", found.declared, pieces[0])]
        return []


def _product(token: Token) -> object:
    is_product = token.kind == "operator" and token.value in ("*", "/", "\\", ".*", "./")
    return f"m{token.value}" if is_product else token.value


def _token(kind: str, value: object, piece: Piece) -> Token:
    return Token(kind, value, piece.start, piece.end)
