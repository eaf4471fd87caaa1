r"""LaTeX in one form: what looks the same on paper is the same list of pieces.

Blanks, style (`\mathbf`), sizes (`\left`, `\big`) and redundant braces go; scripts stand in one order (subscripts,
primes, labels in brackets, powers), each in braces; every transpose sign is `\top`.  Both sides of declared notation
and what people type are compared in this form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symcalc.errors import ParseError
from symcalc.read.latex_environments import Environment
from symcalc.read.latex_pieces import (
    Item,
    Piece,
    Pieces,
    Script,
    bracketed,
    closing,
    flat,
    is_inverse,
    is_label,
    is_transpose,
    one_transpose,
)
from symcalc.read.latex_scan import Lexeme
from symcalc.read.latex_signs import (
    ACCENTS,
    APPLIED,
    BIG,
    BOLD,
    CASES,
    DIRECTED,
    DROPPED,
    LABELLED,
    LAYOUTS,
    MATRICES,
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
        return [*parts, one_transpose(content)]

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
        return Item(bracketed(content, piece.start, end) if is_argument or self._script_follows() else content,
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
        """A decoration stays; scripts inside it belong to the whole: `\\hat{y_w}` is `\\hat{y}_w`.

        Under `\\overline` they do not: the mean of all x_i is no entry of the mean.
        """
        sign = Piece(ACCENTS[piece.value], piece.start, piece.end)
        while self.place < len(self.found) and self.found[self.place].value in NOTHING:
            self.place += 1
        subs: list[Script] = []
        sups: list[Script] = []
        primes = 0
        if self.place < len(self.found) and self.found[self.place].value == "{":
            self.place += 1
            items = self._items("}")
            if len(items) == 1 and piece.value != r"\overline":
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
        values = [lexeme.value for lexeme in self.found[self.place :]]
        if name in (*CASES, *MATRICES) and rf"\end{{{name}}}" not in values:
            raise self._error(rf"\end{{{name}}} is missing", piece)
        stop = self.place + (values.index(rf"\end{{{name}}}") if rf"\end{{{name}}}" in values else 0)
        inside, end = self.found[self.place : stop], self.found[stop].end if stop < len(self.found) else piece.end
        pieces = Environment(name, self.text, piece.start, end, inside, self._formed).pieces()
        self.place = stop + 1
        return Item(pieces, "group", piece.start, end)

    def _formed(self, found: list[Lexeme]) -> Pieces:
        """The lexemes of a cell in the one form."""
        former = Former(self.text, found)
        former.depth = self.depth + 1
        return former.run()

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
