r"""LaTeX in one form: what looks the same on paper is the same list of pieces.

Blanks, style (`\mathbf`), sizes (`\left`, `\big`) and redundant braces go; scripts stand in one order (subscripts,
primes, labels in brackets, powers), each in braces; every transpose sign is `\top`.  Both sides of declared notation
and what people type are compared in this form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from symcalc.errors import ParseError, UnsupportedError
from symcalc.read.latex_scan import Lexeme
from symcalc.read.latex_signs import (
    ACCENTS,
    APPLIED,
    BIG,
    BOLD,
    COMPARISONS,
    DIRECTED,
    DROPPED,
    LABELLED,
    LAYOUTS,
    NOTHING,
    OPEN,
    SAME,
    SIZES,
    STYLES,
    TEXTS,
    WIDE,
    WORDS,
)
from symcalc.read.limits import DEEPEST_BRACES, MOST_DIGITS
from symcalc.read.places import placed


class Piece(NamedTuple):
    """A sign of the one form.  `tag` says what its value does not: word, prose, bold, styled,
    number, open, close, auto, space, or one of those that notation writes."""

    value: str
    start: int
    end: int
    tag: str = ""
    item: object = None


Pieces = list[Piece]


class Script(NamedTuple):
    """A subscript or superscript: what it holds, and where it ends in the text."""

    pieces: Pieces
    end: int


@dataclass(slots=True)
class Item:
    """A sign with its scripts, before they are put in order."""

    base: Pieces
    kind: str
    start: int
    end: int
    subs: list[Script] = field(default_factory=list)
    sups: list[Script] = field(default_factory=list)
    primes: int = 0

    @property
    def has_scripts(self) -> bool:
        """Does it carry a subscript, a superscript or a prime?"""
        return bool(self.subs or self.sups or self.primes)

    def pieces(self) -> Pieces:
        """The sign and its scripts in the one order."""
        if not self.has_scripts:
            return self.base
        found = list(self.base)
        for sub in self.subs:
            found += self._script("_{", sub)
        found += [Piece("'", self.start, self.end)] * self.primes
        labels = [sup for sup in self.sups if is_label(sup.pieces)]
        powers = [sup for sup in self.sups if not is_label(sup.pieces)]
        for sup in labels + powers:
            found += self._script("^{", sup)
        return found

    def _script(self, opening: str, script: Script) -> Pieces:
        start = script.pieces[0].start if script.pieces else self.start
        return [Piece(opening, start, start), *script.pieces, Piece("}", script.end, script.end)]


def is_label(content: Pieces) -> bool:
    """Is a superscript one bracket, `(i)` or `[2]`, and so no power?"""
    if len(content) < 3 or content[0].value not in ("(", "[") or content[0].tag == "auto":
        return False
    return closing(content, 0) == len(content) - 1


def closing(pieces: Sequence[Piece], place: int) -> int:
    """Where the bracket or brace that opens at `place` is closed; -1 if it is not."""
    depth = 0
    for here in range(place, len(pieces)):
        value = pieces[here].value
        if value in _OPENERS:
            depth += 1
        elif value in _CLOSERS:
            depth -= 1
            if not depth:
                return here
    return -1


_OPENERS = {*OPEN, "{", "_{", "^{"}
_CLOSERS = {*OPEN.values(), "}"}


def flat(items: Sequence[Item]) -> Pieces:
    """The pieces of several items."""
    return [piece for item in items for piece in item.pieces()]


class Former:
    """Puts lexemes into the one form.  Recursion goes as deep as braces do, which is bounded."""

    def __init__(self, text: str, found: list[Lexeme], is_key: bool = False):
        self.text, self.found, self.is_key = text, found, is_key
        self.place = 0
        self.depth = 0
        self.direction = ""

    def run(self) -> Pieces:
        """The whole text in the one form."""
        items = self._items("")
        return flat(items)

    def _error(self, message: str, at: Lexeme | None = None) -> ParseError:
        place = at.start if at else max(0, len(self.text.rstrip()) - 1)
        return ParseError(message, self.text, place)

    # -- lists of items ------------------------------------------------------------------------
    def _items(self, stop: str) -> list[Item]:
        """Items up to `stop` (which is taken), or to the end of the text if it is empty."""
        opener = self.found[self.place - 1] if stop else None
        self.depth += 1
        if self.depth > DEEPEST_BRACES:
            raise self._error(f"braces are nested deeper than {DEEPEST_BRACES}", opener)
        items: list[Item] = []
        while self.place < len(self.found):
            piece = self.found[self.place]
            if piece.value == stop:
                self.place += 1
                self.depth -= 1
                return items
            if piece.value == "}":
                raise self._error("this brace was never opened", piece)
            self._step(piece, items)
        if stop:
            raise self._error(
                f"this {'brace' if stop == '}' else 'bracket'} is never closed ({stop!r} is missing)", opener
            )
        self.depth -= 1
        return items

    def _step(self, piece: Lexeme, items: list[Item]) -> None:
        if piece.value in ("_", "^", "'") or SAME.get(piece.value) in ("_", "^", "'"):
            self._script(piece, items)
            return
        item = self._item(items)
        if item is not None:
            items.append(item)

    def _item(self, before: Sequence[Item] = ()) -> Item | None:
        """The next item without its scripts; None for what has no meaning (blanks, sizes)."""
        piece = self.found[self.place]
        self.place += 1
        value = piece.value
        if value in SIZES:
            self._size(value)
            return None
        if value in NOTHING:
            return None
        handler = self._handler(value)
        if handler is not None:
            return handler(piece)
        if value == "{":
            return self._group(piece, before)
        if value.isdecimal() or (value == "." and self._is_digit_next()):
            return self._number(piece)
        return self._sign(piece)

    def _handler(self, value: str) -> Callable[[Lexeme], Item | None] | None:
        if value in STYLES:
            return self._style
        if value in ACCENTS:
            return self._accent
        if value in DROPPED:
            return self._drop
        if value in WIDE:
            return lambda piece: Item(
                [Piece(r"\quad", piece.start, piece.end, "space")], "space", piece.start, piece.end
            )
        if SAME.get(value, value) == r"\frac":
            return self._fraction
        if value in (r"\sqrt", r"\textcolor"):
            return self._root if value == r"\sqrt" else self._colour
        if value in LABELLED:
            return self._braced
        if value.startswith((r"\begin{", r"\end{")):
            return self._environment
        return None

    def _sign(self, piece: Lexeme) -> Item:
        value = SAME.get(piece.value, piece.value)
        tag = DIRECTED.get(piece.value, self.direction)
        self.direction = ""
        if value in ("|", r"\|") or value in OPEN or value in OPEN.values():
            return Item([Piece(value, piece.start, piece.end, tag)], "sign", piece.start, piece.end)
        return Item([Piece(value, piece.start, piece.end)], "sign", piece.start, piece.end)

    def _size(self, value: str) -> None:
        self.direction = {r"\left": "open", r"\right": "close"}.get(value, "")
        if value[-1] == "l" and value[1] in "bB":
            self.direction = "open"
        if value[-1] == "r" and value[1] in "bB":
            self.direction = "close"
        if self.place < len(self.found) and self.found[self.place].value == "." and value in (r"\left", r"\right"):
            self.place += 1
            self.direction = ""

    # -- scripts -------------------------------------------------------------------------------
    def _script(self, piece: Lexeme, items: list[Item]) -> None:
        """A subscript, superscript or prime: it belongs to the item before it."""
        self.place += 1
        sign = SAME.get(piece.value, piece.value)
        while items and items[-1].kind == "space":
            items.pop()
        if not items:
            if not self.is_key and sign != "'":
                raise self._error(f"{piece.value!r} has nothing before it that it could belong to", piece)
            items.append(Item([], "empty", piece.start, piece.start))
        owner = items[-1]
        if sign == "'":
            owner.primes += 1
            return
        content = self._argument(piece)
        end = self.found[self.place - 1].end
        if sign == "_":
            owner.subs.append(Script(content, end))
            return
        for part in self._superscripts(owner, content):
            if part and all(inner.value == "'" for inner in part):
                owner.primes += len(part)
            elif part:
                owner.sups.append(Script(part, end))
        if not content:
            raise self._error("an empty superscript", piece)

    def _superscripts(self, owner: Item, content: Pieces) -> list[Pieces]:
        """A superscript taken apart: `(i)T` and `(i)^T` are a label and a transpose."""
        if owner.base and owner.base[0].value in BIG:
            return [content]
        parts: list[Pieces] = []
        if content and content[0].value in ("(", "["):
            end = closing(content, 0)
            rest = content[end + 1 :] if end > 0 else []
            if rest and rest[0].value == "^{" and rest[-1].value == "}" and closing(rest, 0) == len(rest) - 1:
                rest = rest[1:-1]
            is_power = len(rest) == 1 and rest[0].tag == "number" and is_label(content[: end + 1])
            if rest and (is_transpose(rest) or is_inverse(rest) or is_power):
                parts.append(content[: end + 1])
                content = rest
        return [*parts, _one_transpose(content)]

    def _argument(self, owner: Lexeme) -> Pieces:
        """What a command or a script sign applies to: a group, or one item."""
        while self.place < len(self.found):
            piece = self.found[self.place]
            if piece.value == "}":
                break
            if piece.value == "{":
                self.place += 1
                return flat(self._items("}"))
            if piece.value in ("'", r"\prime"):
                self.place += 1
                return [Piece("'", piece.start, piece.end)]
            if piece.value in ("^", "_"):
                break
            if piece.value.isdecimal():
                self.place += 1
                return [Piece(piece.value, piece.start, piece.end, "number")]
            self.depth += 1
            if self.depth > DEEPEST_BRACES:
                raise self._error(f"braces are nested deeper than {DEEPEST_BRACES}", piece)
            item = self._item()
            self.depth -= 1
            if item is not None and item.kind != "space":
                return item.pieces()
        raise self._error(f"an argument of {owner.value} is missing", owner)

    # -- groups and commands ---------------------------------------------------------------------
    def _group(self, piece: Lexeme, before: Sequence[Item]) -> Item:
        """A group in braces: invisible, unless a function or a script needs to know where it ends."""
        items = [item for item in self._items("}") if item.kind != "space"]
        end = self.found[self.place - 1].end
        if len(items) == 1:
            return items[0]
        content = flat(items)
        if not content:
            return Item([], "empty", piece.start, end)
        is_argument = bool(before) and before[-1].kind == "sign" and before[-1].base[0].value in APPLIED
        return Item(_bracketed(content, piece.start, end) if is_argument or self._script_follows() else content,
                    "group", piece.start, end)  # fmt: skip

    def _script_follows(self) -> bool:
        return self.place < len(self.found) and self.found[self.place].value in ("_", "^", "'")

    def _style(self, piece: Lexeme) -> Item | None:
        value = piece.value
        if value in WORDS:
            word = self._word(piece)
            if word is not None:
                return word
        content = self._argument(piece)
        if not content:
            return None
        end = self.found[self.place - 1].end
        if len(content) > 1:
            return Item(content, "group", piece.start, end)
        is_bold = value in BOLD and content[0].value in ("0", "1")
        tag = "bold" if is_bold else content[0].tag or "styled"
        return Item([content[0]._replace(tag=tag, start=piece.start, end=end)], "sign", piece.start, end)

    def _word(self, piece: Lexeme) -> Item | None:
        r"""`\mathrm{softmax}`, `\operatorname{log\,softmax}`, `\text{ for }`: letters that belong together."""
        if self.place >= len(self.found) or self.found[self.place].value != "{":
            return None
        end = self.place + 1
        letters: list[Lexeme] = []
        while end < len(self.found) and self.found[end].value not in ("}", "{"):
            letters.append(self.found[end])
            end += 1
        if end >= len(self.found) or self.found[end].value != "}" or not letters:
            return None
        close = self.found[end]
        raw = self.text[self.found[self.place].end : close.start]
        if piece.value in TEXTS and (raw != raw.strip() or not raw.isalnum()) and len(letters) > 1:
            self.place = end + 1
            return Item([Piece(raw.strip(), piece.start, close.end, "prose")], "space", piece.start, close.end)
        if any(one.value in ("_", "^", "'") for one in letters):
            return None
        spelled = "".join("_" if one.value in (r"\,", r"\_", "-", r"\;", r"\ ") else one.value for one in letters)
        if len(spelled) < 2 or not spelled.isidentifier():
            return None
        self.place = end + 1
        return Item([Piece(spelled, piece.start, close.end, "word")], "sign", piece.start, close.end)

    def _accent(self, piece: Lexeme) -> Item | None:
        """A decoration stays; scripts inside it belong to the whole: `\\hat{y_w}` is `\\hat{y}_w`."""
        sign = Piece(ACCENTS[piece.value], piece.start, piece.end)
        while self.place < len(self.found) and self.found[self.place].value in NOTHING:
            self.place += 1
        subs: list[Script] = []
        sups: list[Script] = []
        primes = 0
        if self.place < len(self.found) and self.found[self.place].value == "{":
            self.place += 1
            items = self._items("}")
            if len(items) == 1:
                subs, sups, primes = items[0].subs, items[0].sups, items[0].primes
                content = items[0].base
            else:
                content = flat(items)
        else:
            content = self._argument(piece)
        if not content:
            raise self._error(f"an argument of {piece.value} is missing", piece)
        end = self.found[self.place - 1].end
        base = [sign, Piece("{", piece.end, piece.end), *content, Piece("}", end, end)]
        return Item(base, "sign", piece.start, end, subs, sups, primes)

    def _fraction(self, piece: Lexeme) -> Item:
        base = [Piece(r"\frac", piece.start, piece.end)]
        for _ in range(2):
            part = self._argument(piece)
            end = self.found[self.place - 1].end
            if not part:
                raise self._error("a part of this fraction is empty", piece)
            base += [Piece("{", part[0].start, part[0].start), *part, Piece("}", end, end)]
        return Item(base, "group", piece.start, end)

    def _root(self, piece: Lexeme) -> Item:
        base = [Piece(r"\sqrt", piece.start, piece.end)]
        if self.place < len(self.found) and self.found[self.place].value == "[":
            self.place += 1
            degree = flat(self._items("]"))
            if not degree:
                raise self._error("the degree of this root is empty", piece)
            base += [Piece("[{", degree[0].start, degree[0].start), *degree, Piece("}", degree[-1].end, degree[-1].end)]
        content = self._argument(piece)
        if not content:
            raise self._error("there is nothing under this root", piece)
        end = self.found[self.place - 1].end
        base += [Piece("{", content[0].start, content[0].start), *content, Piece("}", end, end)]
        return Item(base, "group", piece.start, end)

    def _drop(self, piece: Lexeme) -> Item | None:
        if self.place < len(self.found) and self.found[self.place].value == "*":
            self.place += 1
        self._skip_group(piece)
        return None

    def _colour(self, piece: Lexeme) -> Item | None:
        self._skip_group(piece)
        content = self._argument(piece)
        return Item(content, "group", piece.start, content[-1].end) if content else None

    def _braced(self, piece: Lexeme) -> Item | None:
        """`\\underbrace{…}_{…}`: the label under the brace is a remark."""
        content = self._argument(piece)
        if self.place < len(self.found) and self.found[self.place].value == LABELLED[piece.value]:
            self.place += 1
            self._argument(piece)
        return Item(content, "group", piece.start, content[-1].end) if content else None

    def _skip_group(self, piece: Lexeme) -> None:
        """An argument that is layout only (a colour, a label's name)."""
        if self.place >= len(self.found) or self.found[self.place].value != "{":
            raise self._error(f"an argument of {piece.value} is missing", piece)
        depth = 0
        while self.place < len(self.found):
            depth += {"{": 1, "}": -1}.get(self.found[self.place].value, 0)
            self.place += 1
            if not depth:
                return
        raise self._error("this brace is never closed", piece)

    def _environment(self, piece: Lexeme) -> Item | None:
        name = piece.value[piece.value.index("{") + 1 : -1].rstrip("*")
        if name in LAYOUTS:
            return None
        if name not in ("cases", "dcases", "rcases"):
            what = f"the environment {name!r} is not read: give one formula"
            raise placed(UnsupportedError(what), self.text, piece.start)
        return self._cases(piece, name)

    def _cases(self, piece: Lexeme, name: str) -> Item:
        r"""`\begin{cases} a & i = j \\ b & i \neq j \end{cases}` is 1_{i=j} a + (1 - 1_{i=j}) b."""
        values = [lexeme.value for lexeme in self.found[self.place :]]
        unread = "a choice by cases is read where its conditions are i = j or comparisons: give one formula"
        if rf"\end{{{name}}}" not in values:
            raise self._error(rf"\end{{{name}}} is missing", piece)
        stop = self.place + values.index(rf"\end{{{name}}}")
        rows = [_split(row, "&") for row in _split(self.found[self.place : stop], r"\\")]
        last = self.found[stop].end
        if len(rows) < 2 or any(len(row) != 2 for row in rows[:-1]) or len(rows[-1]) > 2:
            raise placed(UnsupportedError(unread), self.text, piece.start)
        self.place = stop + 1
        *parts, (value, last_condition) = [[self._part(part) for part in (*row, [])[:2]] for row in rows]
        conditions = [condition for _, condition in parts]
        if not _are_choices(conditions, last_condition):
            raise placed(UnsupportedError(unread), self.text, piece.start)

        def sign(value: str, tag: str = "") -> Piece:
            return Piece(value, piece.start, last, tag)

        for first, condition in reversed(parts):
            holds = _condition(condition, sign)
            if r"\neq" in [one.value for one in condition]:
                first, value = value, first
            differ = [sign("("), sign("1", "number"), sign("-"), *holds, sign(")")]
            value = [*holds, sign(r"\odot"), sign("("), *first, sign(")"), sign("+"),
                     *differ, sign(r"\odot"), sign("("), *value, sign(")")]  # fmt: skip
        return Item([sign("("), *value, sign(")")], "group", piece.start, last)

    def _part(self, found: list[Lexeme]) -> Pieces:
        """A cell of a choice by cases, without the words and the punctuation round a condition."""
        former = Former(self.text, found)
        former.depth = self.depth
        pieces = former.run()
        while pieces and (pieces[-1].value in (",", ".", ";") or pieces[-1].tag == "space"):
            pieces.pop()
        return [one for one in pieces if one.value.strip(" ,.:").lower() not in _CASE_WORDS and one.tag != "space"]

    def _is_digit_next(self) -> bool:
        return self.place < len(self.found) and self.found[self.place].value.isdecimal()

    def _number(self, piece: Lexeme) -> Item:
        """Digits side by side are one number."""
        digits, end = piece.value, piece.end
        while self.place < len(self.found) and self.found[self.place].start == end:
            following = self.found[self.place].value
            is_point = following == "." and "." not in digits and self._digit_at(self.place + 1)
            if not following.isdecimal() and not is_point:
                break
            digits, end = digits + following, self.found[self.place].end
            self.place += 1
        if len(digits) > MOST_DIGITS:
            raise self._error(f"a numeral of more than {MOST_DIGITS} digits", piece)
        return Item([Piece(digits, piece.start, end, "number")], "sign", piece.start, end)

    def _digit_at(self, place: int) -> bool:
        return place < len(self.found) and self.found[place].value.isdecimal()


#: Words in front of a condition, or instead of one.
_CASE_WORDS = ("if", "when", "for", "otherwise", "else")


def _split(found: Sequence[Lexeme], sign: str) -> list[list[Lexeme]]:
    """Lexemes cut at a sign outside braces; what is empty is left out."""
    parts: list[list[Lexeme]] = [[]]
    depth = 0
    for lexeme in found:
        depth += (lexeme.value == "{") - (lexeme.value == "}")
        if lexeme.value == sign and not depth:
            parts.append([])
        else:
            parts[-1].append(lexeme)
    return [part for part in parts if part]


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


def _bracketed(content: Pieces, start: int, end: int) -> Pieces:
    if content[0].value == "(" and closing(content, 0) == len(content) - 1:
        return content
    return [Piece("(", start, start + 1, "auto"), *content, Piece(")", end - 1, end, "auto")]


def is_transpose(content: Pieces) -> bool:
    """Is a superscript a transpose sign, with a minus for the transposed inverse?"""
    values = [piece.value for piece in content]
    return values in (["T"], [r"\top"], [r"\intercal"], ["-", "T"], ["-", r"\top"], ["-", r"\intercal"])


def is_inverse(content: Pieces) -> bool:
    """Is a superscript −1?"""
    return [piece.value for piece in content] == ["-", "1"]


def _one_transpose(content: Pieces) -> Pieces:
    if is_transpose(content):
        return [*content[:-1], content[-1]._replace(value=r"\top")]
    return content


def matched_brackets(text: str, pieces: Sequence[Piece]) -> None:
    """Round, square and curly brackets must close in order; half-open intervals belong to remarks only."""
    stack: list[Piece] = []
    for piece in pieces:
        if piece.value in _OPENERS or piece.value == "[{":
            stack.append(piece)
        elif piece.value in _CLOSERS:
            wanted = OPEN.get(stack[-1].value, "}") if stack else None
            if wanted != piece.value:
                where = f"{wanted!r} is missing before it" if stack else "no bracket is open"
                raise ParseError(f"unexpected {piece.value!r}: {where}", text, piece.start)
            stack.pop()
    if stack:
        raise ParseError("this bracket is never closed", text, stack[-1].start)


def merge_words(pieces: Pieces, words: Callable[[str], bool]) -> Pieces:
    """Letters typed side by side that spell a known word (`diag(x)`, `exp(x)`, a declared name) as one piece.

    At the end of a longer run of letters a word counts only where a bracket follows: `Xdiag(w)`.
    """
    found: Pieces = []
    place = 0
    while place < len(pieces):
        end = _run(pieces, place)
        begin = place
        while end - place > 1:
            word = "".join(piece.value for piece in pieces[place:end])
            is_applied = end < len(pieces) and pieces[end].value in ("(", "[", r"\{")
            if (place == begin or is_applied) and words(word):
                found.append(Piece(word, pieces[place].start, pieces[end - 1].end, "word"))
                place = end
                break
            found.append(pieces[place])
            place += 1
        else:
            found.append(pieces[place])
            place += 1
    return found


def _run(pieces: Pieces, place: int) -> int:
    """Where the run of letters typed side by side that starts here ends; at most 32 letters."""
    end = place
    while end < len(pieces) and end - place < 32 and _is_letter(pieces[end]):
        if end > place and pieces[end].start != pieces[end - 1].end:
            break
        end += 1
    return end


def _is_letter(piece: Piece) -> bool:
    return len(piece.value) == 1 and piece.value.isascii() and piece.value.isalpha() and not piece.tag
