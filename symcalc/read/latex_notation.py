r"""Declared notation: LaTeX spellings that stand for text expressions, as in `{r"\hat{y}_w": "yhat(w)"}`.

Both sides are compared in the one form (latex_form), the longest key first.  What a key stands for is a text in the
matlab spelling; `#1` in it is the argument of a pattern such as `f(#1)`.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from symcalc.errors import ArgumentError, ParseError
from symcalc.read.characters import check_text
from symcalc.read.latex_form import Former
from symcalc.read.latex_names import Names, capital
from symcalc.read.latex_pieces import Piece, Pieces, matched_brackets, merge_words
from symcalc.read.latex_scan import Macro, lexemes
from symcalc.read.limits import LONGEST_NOTATION, MOST_LATEX_PIECES, MOST_NOTATION
from symcalc.read.matlab import matlab_tokens
from symcalc.read.tokens import Token

#: Tags of pieces that notation has written.
WRITTEN = frozenset({"value", "begin", "finish", "hole", "end", "function", "postfix", "prefix"})
_HOLE = re.compile(r"#([1-9])")
_HOLE_NAME = "HOLE"


@dataclass(frozen=True)
class Entry:
    """One spelling: its key in the one form, and what it stands for.

    kind   function (a name that is applied), postfix (a transpose sign), prefix (it has an argument that follows it,
           as `\\sum` for `sum(k, #1)`), nothing (a label that is left out), or expression
    """

    key: tuple[str, ...]
    kind: str
    value: str
    tokens: tuple[Token, ...] = ()

    @property
    def index(self) -> str:
        """The letter in a script of the key that indexes the value, if there is one alone: w in `u_w` for `U(:,w)`."""
        opened, found = list[str](), set[str]()
        for sign in self.key:
            if sign in ("{", "_{", "^{"):
                opened.append(sign)
            elif sign == "}" and opened:
                opened.pop()
            elif ("_{" in opened or "^{" in opened) and sign in self.letters:
                found.add(sign)
        return found.pop() if len(found) == 1 and self.kind == "expression" else ""

    @property
    def letters(self) -> frozenset[str]:
        """Single letters in the value: among them are the index letters."""
        return frozenset(
            str(token.value) for token in self.tokens if token.kind == "name" and len(str(token.value)) == 1
        )


@dataclass
class Notation:
    """All declared spellings, by the first sign of their keys, the longest first."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    letters: frozenset[str] = frozenset()
    _renamed: dict[frozenset[str], Notation] = field(default_factory=dict)

    @cached_property
    def lettered(self) -> list[tuple[str, list[str]]]:
        """The letters below spellings that are no index in what these stand for, with the names in that."""
        found = []
        for entry in (one for entries in self.entries.values() for one in entries):
            below = entry.key[entry.key.index("_{") + 1 :] if "_{" in entry.key else ()
            if below[1:2] == ("}",) and len(below[0]) == 1 and below[0] not in entry.letters:
                found.append((below[0], [str(token.value) for token in entry.tokens if token.kind == "name"]))
        return found

    def renamed(self, letters: frozenset[str], known: Collection[str]) -> Notation:
        """The same for texts whose sums bind these letters; worked out once for each choice of letters."""
        found = self._renamed.get(letters)
        if found is None:
            if len(self._renamed) > MOST_NOTATION:
                self._renamed.clear()
            found = self._renamed[letters] = self._with_letters(letters, known)
        return found

    def _with_letters(self, letters: frozenset[str], known: Collection[str]) -> Notation:
        """The same with the entries whose index letter other sums call otherwise: `u_j` where `u_w` is declared.

        Letters that are declared themselves, in a key or as names, keep their meaning.
        """
        listed = {entry.key for entries in self.entries.values() for entry in entries}
        entries = {sign: list(found) for sign, found in self.entries.items()}
        for found in self.entries.values():
            for entry in found:
                letter = entry.index
                for other in sorted(letters) if letter and letter not in known else ():
                    copy = _with_letter(entry, letter, other)
                    if other != letter and copy.key not in listed:
                        entries[copy.key[0]].append(copy)
        for sign in entries:
            entries[sign].sort(key=lambda entry: -len(entry.key))
        return Notation(entries, self.letters)

    def match(self, rest: Pieces) -> tuple[Entry, int, dict[str, Pieces]] | None:
        """The longest entry that fits what comes next (the last piece comes first), how long, and its arguments."""
        for entry in self.entries.get(rest[-1].value, ()):
            found = _fits(entry.key, rest)
            if found is not None:
                return entry, *found
        return None


def _with_letter(entry: Entry, letter: str, other: str) -> Entry:
    key = tuple(other if sign == letter else sign for sign in entry.key)
    tokens = tuple(
        token._replace(value=other) if token.kind == "name" and token.value == letter else token
        for token in entry.tokens
    )
    return Entry(key, entry.kind, entry.value, tokens)


def _fits(key: tuple[str, ...], rest: Pieces) -> tuple[int, dict[str, Pieces]] | None:
    here, holes = len(rest) - 1, dict[str, Pieces]()
    for position, sign in enumerate(key):
        if here < 0:
            return None
        if sign[0] == "#" and len(sign) == 2:
            following = key[position + 1] if position + 1 < len(key) else ""
            end = _hole_end(rest, here, following)
            if end is None:
                return None
            holes[sign] = rest[end + 1 : here + 1][::-1]
            here = end
        elif rest[here].value != sign or rest[here].tag in WRITTEN:
            return None
        else:
            here -= 1
    return len(rest) - 1 - here, holes


def _hole_end(rest: Pieces, here: int, following: str) -> int | None:
    """Where an argument ends: at the sign that follows it, outside brackets."""
    depth = 0
    while here >= 0:
        value = rest[here].value
        if not depth and value == following:
            return here
        depth += (value in ("(", "[", r"\{", "{", "_{", "^{")) - (value in (")", "]", r"\}", "}"))
        if depth < 0:
            return None
        here -= 1
    return None


def read_notation(given: Mapping[str, str] | None, macros: Mapping[str, Macro], names: Names) -> Notation:
    """The declared spellings from a mapping; where two keys are the same in the one form, the later one counts."""
    if not given:
        return Notation()
    if len(given) > MOST_NOTATION:
        raise ArgumentError(f"{len(given)} declared spellings; at most {MOST_NOTATION} are read")
    key = (tuple(given.items()), tuple(macros.items()), names.words)
    try:
        found = _compiled.get(key)
    except TypeError:
        raise ArgumentError("declared notation maps short LaTeX texts to short texts") from None
    if found is None:
        found = _compiled[key] = _read(given, macros, names)
        if len(_compiled) > _MOST_COMPILED:
            _compiled.popitem(last=False)
    return found


#: Notation that was read lately: a problem's is the same for every answer to it.
_compiled: OrderedDict[object, Notation] = OrderedDict()
_MOST_COMPILED = 64


def _read(given: Mapping[str, str], macros: Mapping[str, Macro], names: Names) -> Notation:
    entries: dict[tuple[str, ...], Entry] = {}
    for key, value in given.items():
        if not isinstance(key, str) or not isinstance(value, str) or max(len(key), len(value)) > LONGEST_NOTATION:
            raise ArgumentError("declared notation maps short LaTeX texts to short texts")
        form = key_form(key, macros, names.is_word)
        entries[form] = _entry(form, key, value, names.is_function)
    found = Notation(letters=frozenset().union(*(entry.letters for entry in entries.values())))
    for entry in sorted(entries.values(), key=lambda entry: -len(entry.key)):
        found.entries.setdefault(entry.key[0], []).append(entry)
    return found


def key_form(key: str, macros: Mapping[str, Macro], is_word: Callable[[str], bool]) -> tuple[str, ...]:
    """A key in the one form."""
    text = check_text(key)
    pieces = [piece for piece in Former(text, lexemes(text, macros), is_key=True).run() if piece.tag != "space"]
    form = tuple(piece.value for piece in merge_words(pieces, is_word))
    if not form or form[0][0] == "#":
        raise ArgumentError(f"the notation {key!r} has nothing to go by")
    return form


def _entry(form: tuple[str, ...], key: str, value: str, is_function: Callable[[str], bool]) -> Entry:
    text = value.strip()
    if text in ("'", ".'"):
        return Entry(form, "postfix", "'")
    if not text:
        if form[0] not in ("^{", "_{"):
            raise ArgumentError(f"the notation {key!r} stands for nothing; only a script can be left out")
        return Entry(form, "nothing", "")
    holes, taken = set(_HOLE.findall(text)), {sign[1] for sign in form if sign[0] == "#" and len(sign) == 2}
    if not holes and text.isidentifier() and is_function(text):
        return Entry(form, "function", text)
    if form[0] in ("^{", "_{"):
        raise ArgumentError(f"the notation {key!r} is a script: it can stand for a transpose (') or for nothing")
    try:
        tokens = tuple(matlab_tokens(check_text(_HOLE.sub(rf" {_HOLE_NAME}\1 ", text)))[:-1])
    except ParseError as error:
        raise ArgumentError(f"the notation {key!r} stands for {value!r}, which cannot be read: {error}") from error
    if holes - taken:
        if holes != {"1"} or taken:
            raise ArgumentError(f"the notation {key!r} has no place for #{min(holes - taken)}")
        return Entry(form, "prefix", text, tokens)
    return Entry(form, "expression", text, tokens)


def hole_of(token: Token) -> str | None:
    """The number of the hole that a token of a value stands for, as `#1`."""
    name = str(token.value)
    is_hole = token.kind == "name" and name[: len(_HOLE_NAME)] == _HOLE_NAME and name[len(_HOLE_NAME) :].isdecimal()
    return "#" + name[len(_HOLE_NAME) :] if is_hole else None


def _close(rest: Pieces, place: int) -> int:
    """Where the brace that opens at a place is closed (the last piece comes first)."""
    depth = 0
    for here in range(place, -1, -1):
        depth += (rest[here].value in ("{", "_{", "^{")) - (rest[here].value == "}")
        if not depth:
            return here
    return place


def _trials(symbol: Piece, script: Pieces, label: Pieces) -> Iterator[Pieces]:
    """A symbol, its subscript and its label (the last piece first) with indices put behind the label."""
    names = [symbol]
    large = capital(symbol)
    if large is not None and len([piece for piece in script if piece.value != ","]) == 4:
        names.append(large)
    for name in names:
        yield [*script, *label, name]
    comma = next((k for k in range(len(script) - 1, -1, -1) if script[k].value == ","), None)
    if comma is not None:
        close, *_, opening = script
        yield [close, *script[1:comma], opening, *label, close, *script[comma + 1 : -1], opening, symbol]


#: Pieces behind a symbol that a declared spelling of it is looked for in.
_LONGEST_KEY = 40


class Substitution:
    """One walk over the pieces of a text that puts in what declared spellings stand for.

    Values are written as pieces with tags: "begin" and "finish" around a value, "value" for its tokens, "hole" and
    "end" around an argument, which is LaTeX again.
    """

    def __init__(self, text: str, notation: Notation):
        self.text, self.notation = text, notation
        self.done: Pieces = []
        self.work = 0

    def run(self, pieces: Pieces) -> Pieces:
        """The pieces with values put in."""
        if not self.notation.entries:
            return pieces
        rest = pieces[::-1]
        while rest:
            self.work += 1
            piece = rest[-1]
            if self.work + len(rest) > MOST_LATEX_PIECES:
                raise ParseError("the declared notation expands to too long a text", self.text, piece.start)
            found = None
            if piece.tag not in WRITTEN:
                found = self.notation.match(rest)
                if found is None and len(rest) > 2 and rest[-2].value == "_{":
                    found = self._matched_with_entry(rest)
            if found is not None:
                entry, length, holes = found
                span = rest[len(rest) - length :][::-1]
                del rest[len(rest) - length :]
                self._put(entry, span, holes, rest)
            elif piece.value == "_{" or piece.value in _DECORATIONS:
                self._copy_group(rest)
            else:
                self.done.append(rest.pop())
        matched_brackets(self.text, [piece for piece in self.done if piece.tag != "value"])
        return self.done

    def _matched_with_entry(self, rest: Pieces) -> tuple[Entry, int, dict[str, Pieces]] | None:
        """A declared spelling that indices stand in: `W^{(1)}_{ij}`, `h_{t,i}`, or `x_{ij}` for the matrix X.

        The indices are put behind what is declared; the pieces that are left are changed for that.
        """
        symbol, close = rest[-1], _close(rest, len(rest) - 2)
        script = rest[close : len(rest) - 1]
        stop = _close(rest, close - 1) if close and rest[close - 1].value == "^{" else close
        label = rest[stop:close]
        below = rest[max(0, stop - _LONGEST_KEY) : stop]
        for tail in _trials(symbol, script, label):
            trial = [*below, *tail]
            found = self.notation.match(trial)
            if found is None or found[0].kind != "expression" or found[2] or len(trial) <= found[1]:
                continue
            if trial[len(trial) - found[1] - 1].value == "_{":
                rest[stop:] = tail
                return found
        return None

    def _copy_group(self, rest: Pieces) -> None:
        """A subscript, or a decorated letter, is a name as a whole."""
        depth = 0
        while rest:
            piece = rest.pop()
            self.done.append(piece)
            depth += (piece.value in ("{", "_{", "^{")) - (piece.value == "}")
            if not depth and piece.value == "}":
                return

    def _put(self, entry: Entry, span: Pieces, holes: dict[str, Pieces], rest: Pieces) -> None:
        start, end = span[0].start, max(piece.end for piece in span)
        if entry.kind != "expression":
            if entry.kind != "nothing":
                self.done.append(Piece(entry.value, start, end, entry.kind, entry))
            return
        made = [Piece("(", start, end, "begin")]
        for token in entry.tokens:
            hole = hole_of(token)
            if hole is None:
                made.append(Piece(str(token.value), start, end, "value", token))
            else:
                made += [Piece("(", start, end, "hole"), *holes[hole], Piece(")", start, end, "end")]
        made.append(Piece(")", start, end, "finish"))
        rest.extend(made[::-1])


_DECORATIONS = {r"\hat", r"\bar", r"\tilde", r"\dot", r"\ddot", r"\check", r"\breve"}
