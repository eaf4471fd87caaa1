r"""What stands under and over a `\sum`: the index, and how far it runs.

The range of a sum follows from what its index indexes.  A bound that is a declared size counts where nothing is
indexed; any other bound only names that range, which is noted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from symcalc.errors import ParseError, UnsupportedError
from symcalc.read.latex_names import Names, index_letters
from symcalc.read.latex_pieces import Piece, Pieces, closing, with_subscripts
from symcalc.read.places import placed
from symcalc.read.tokens import Token

_CONDITIONS = {"<", ">", r"\not", r"\setminus", "|", ":", r"\notin", r"\backslash", r"\mid", r"\wedge"}

#: Where a sum may start; what comes before is left out.
_STARTS = ("0", "1", "2", "3", "4")
#: Signs in a bound that is worked out.
_WORKED_OUT = {"+", "-", "/", r"\frac", r"\cdot", r"\times", "*"}

#: Sets that people call all there is so: a vocabulary, a data set.
_WHOLE = {"V", "D"}


@dataclass(slots=True)
class Bounds:
    """The indices of a sum, the tokens of its upper bound where that is known, and where the scripts end."""

    indices: list[str]
    end: int
    limit: list[Token] = field(default_factory=list)
    #: What an index must differ from: pairs of index and letter or number.
    excluded: list[tuple[str, Piece]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_bounds(text: str, pieces: Pieces, place: int, names: Names) -> Bounds:
    """The bounds of the sum whose sign stands at `place`."""
    sign = pieces[place]
    below, end = _script(pieces, place + 1, "_{")
    above, end = _script(pieces, end, "^{")
    if not below:
        cure = r'this sum has no index: declare it, as in {"\\sum": "sum(k, #1)"}'
        raise ParseError(cure, text, sign.start)
    reader = _Reader(text, names, sign, [*pieces[:place], *pieces[end:]])
    below, excluded = reader.without_inequalities(below)
    indices, limit, starts_at_zero = reader.below(below)
    if above:
        limit = reader.limit(above, starts_at_zero)
    bounds = Bounds(indices, end, limit, [*excluded, *reader.skipped])
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


def without_primed_indices(pieces: Pieces, known: Collection[str]) -> Pieces:
    r"""Indices with primes, `\sum_{w'} u_{w'}`, as letters that stand nowhere else."""
    if not any(piece.value == "'" for piece in pieces):
        return pieces
    heads = [place + 2 for place, piece in enumerate(pieces) if piece.value == r"\sum"]
    primed = {pieces[head].value for head in heads if head + 1 < len(pieces) and pieces[head + 1].value == "'"}
    primed = {value for value in primed if len(value) == 1 and value.isalpha()}
    if not primed:
        return pieces
    taken = {piece.value for piece in pieces} | set(known)
    free = (letter for letter in _SPARE if letter not in taken)
    fresh = dict(zip(sorted(primed), free, strict=False))
    done: Pieces = []
    for piece, is_subscript in with_subscripts(pieces):
        if piece.value == "'" and is_subscript and done[-1].value in fresh:
            done[-1] = done[-1]._replace(value=fresh[done[-1].value])
        else:
            done.append(piece)
    return done


_SPARE = "pqrstuvwxyzabcdghjklmno"


def _script(pieces: Pieces, place: int, opening: str) -> tuple[Pieces, int]:
    if place < len(pieces) and pieces[place].value == opening:
        close = closing(pieces, place)
        return pieces[place + 1 : close], close + 1
    return [], place


def _parts(pieces: Pieces) -> list[Pieces]:
    """What stands under a sum, cut at commas and colons."""
    parts: list[Pieces] = [[]]
    for piece in pieces:
        if piece.value in (",", ":", "|", ";"):
            parts.append([])
        else:
            parts[-1].append(piece)
    return [part for part in parts if part]


def _comma_before(count: int, part: Pieces) -> Pieces:
    return [part[0]._replace(value=",", tag="")] if count else []


class _Reader:
    """Reads bounds, beside which other pieces stand; `skipped` are the first values that are left out."""

    def __init__(self, text: str, names: Names, sign: Piece, beside: Pieces):
        self.text, self.names, self.sign, self.beside = text, names, sign, beside
        self.skipped: list[tuple[str, Piece]] = []

    def _unsupported(self, piece: Piece) -> Exception:
        message = "a sum over a condition; only sums over all values of an index are read"
        return placed(UnsupportedError(message), self.text, piece.start)

    def without_inequalities(self, pieces: Pieces) -> tuple[Pieces, list[tuple[str, Piece]]]:
        """What stands under a sum without `j \\neq i`, and which index differs from what there."""
        excluded: list[tuple[str, Piece]] = []
        kept: list[Pieces] = []
        for part in _parts(pieces):
            values = [piece.value for piece in part]
            if r"\neq" not in values:
                kept.append(part)
                continue
            if len(part) != 3 or values[1] != r"\neq" or not self.names.word(part[0]):
                raise self._unsupported(part[values.index(r"\neq")])
            excluded.append((self.names.word(part[0])[0], part[2]))
        known = {piece.value for part in kept for piece in part}
        for piece in (part[0] for part in _parts(pieces) if len(part) == 3 and part[1].value == r"\neq"):
            if piece.value not in known:
                kept.append([piece])
        return [piece for count, part in enumerate(kept) for piece in (*_comma_before(count, part), *part)], excluded

    def below(self, pieces: Pieces) -> tuple[list[str], list[Token], bool]:
        """The indices, an upper bound if one stands here, and whether they start at 0."""
        values = [piece.value for piece in pieces]
        for piece in pieces:
            if piece.value in _CONDITIONS:
                raise self._unsupported(piece)
        if r"\in" in values:
            place = values.index(r"\in")
            self._check_set(pieces[place + 1 :], pieces[place])
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

    def _check_set(self, pieces: Pieces, sign: Piece) -> None:
        r"""The set behind `\in` must be all values: a size, a vocabulary or a data set, a word, `\{1, \dots, n\}`."""
        values = [piece.value for piece in pieces]
        is_range = values[:1] in (["["], [r"\{"]) and (r"\dots" in values or len(values) == 3)
        letters = "".join(value for value in values if value.isalpha())
        is_word = len(letters) > 1 and all(value.isalpha() or value[:1] == "\\" for value in values)
        is_whole = is_word or (len(values) == 1 and (values[0] in _WHOLE or values[0] in self.names.scope.sizes))
        if not is_whole and not is_range:
            shown = self.text[(pieces or [sign])[0].start : max(piece.end for piece in (pieces or [sign]))]
            message = f"a sum over the set {shown}, of which is not said that it is all values of the index"
            raise placed(UnsupportedError(message), self.text, sign.start)
        if is_range and r"\dots" in values:
            self._check_name(pieces[values.index(r"\dots") + 1 : -1])

    def _check_name(self, pieces: Pieces) -> None:
        """A bound that is worked out, as n − 1, or that is an index is no name for all values there are."""
        depth, values = 0, []
        for piece in pieces:
            if not depth and piece.value != ",":
                values.append("#" if piece.tag == "number" else piece.value)
            depth += (piece.value in ("{", "_{", "^{")) - (piece.value == "}")
        is_letter = len(values) == 1 and len(values[0]) == 1 and values[0] not in self.names.known
        is_index = is_letter and values[0] in index_letters(self.beside)
        is_number = "#" in values and len(values) > 1
        if is_index or is_number or set(values) & _WORKED_OUT:
            message = "a sum over a part of the values; only sums over all values of an index are read"
            raise placed(UnsupportedError(message), self.text, pieces[0].start)

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
                if not rest or rest[0].value not in _STARTS or (len(rest) > 1 and rest[1].value != ","):
                    raise self._unsupported(rest[0] if rest else self.sign)
                first = [rest[0]._replace(value=str(count)) for count in range(1, int(rest[0].value))]
                self.skipped += [(indices[-1], number) for number in first]
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
        is_last = len(pieces) > 2 and [piece.value for piece in pieces[-2:]] == ["-", "1"]
        if starts_at_zero and is_last:
            pieces = pieces[:-2]
        if pieces[0].tag == "begin" and pieces[-1].tag == "finish" and not any(piece.tag == "hole" for piece in pieces):
            tokens = [piece.item for piece in pieces[1:-1] if isinstance(piece.item, Token)]
            inner = [_token(token.kind, _product(token), pieces[0]) for token in tokens]
            return [_token("operator", "(", pieces[0]), *inner, _token("operator", ")", pieces[0])]
        if len(pieces) == 1 and pieces[0].tag == "number" and pieces[0].value.isdecimal():
            return [_token("number", int(pieces[0].value), pieces[0])]
        found = self.names.at(pieces, 0)
        if found.declared is not None and found.end == len(pieces) and not found.rest:
            if starts_at_zero and not is_last and found.declared in self.names.scope.sizes:
                raise self._unsupported(pieces[0])
            return [_token("name", found.declared, pieces[0])]
        self._check_name(pieces)
        return []


def _product(token: Token) -> object:
    is_product = token.kind == "operator" and token.value in ("*", "/", "\\", ".*", "./")
    return f"m{token.value}" if is_product else token.value


def _token(kind: str, value: object, piece: Piece) -> Token:
    return Token(kind, value, piece.start, piece.end)
