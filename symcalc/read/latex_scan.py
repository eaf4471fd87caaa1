r"""LaTeX text as lexemes: commands and characters with their places, Unicode spelled as commands, macros expanded."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from symcalc.errors import ParseError
from symcalc.read.characters import GREEK, is_blank
from symcalc.read.limits import LONGEST_TEXT, MOST_LATEX_PIECES

_COMMANDS = {"lam": "lambda", "epsilon": "epsilon"}
#: Greek letters, signs and letters with accents as the commands they stand for.
_SIGNS: dict[str, str] = {
    **{char: "\\" + _COMMANDS.get(word, word) for char, word in GREEK.items()},
    "ϕ": r"\varphi", "ϵ": r"\varepsilon", "ϑ": r"\vartheta",
    "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∂": r"\partial", "∇": r"\nabla", "√": r"\sqrt", "‖": r"\|",
    "∥": r"\|", "∣": "|", "∈": r"\in", "∀": r"\forall", "≠": r"\neq", "≤": r"\leq", "≥": r"\geq", "∞": r"\infty",
    "≈": r"\approx", "≡": r"\equiv", "⊗": r"\otimes", "→": r"\to", "…": r"\dots", "⋯": r"\dots", "′": "'", "’": "'",
    "″": "''", "∘": r"\circ", "⊙": r"\odot", "⊘": r"\oslash", "·": r"\cdot", "⋅": r"\cdot", "×": r"\times",
    "−": "-", "–": "-", "÷": "/", "∗": "*", "⟙": r"^\top", "⊤": r"^\top",
}  # fmt: skip
_ACCENTS = {"\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar", "\u0305": r"\bar", "\u0307": r"\dot"}
_DEFINERS = (r"\newcommand", r"\renewcommand", r"\providecommand", r"\def", r"\DeclareMathOperator")


class Lexeme(NamedTuple):
    """A command (`\\frac`), an environment's end (`\\begin{align}`) or one character, and the text it comes from."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Macro:
    """A command that a user defined: how many arguments it takes, and what it stands for."""

    arguments: int
    body: tuple[Lexeme, ...]


class Lexer:
    """Cuts a text into lexemes; blanks and comments only separate."""

    def __init__(self, text: str):
        self.text, self.place, self.found = text, 0, list[Lexeme]()

    def run(self) -> list[Lexeme]:
        """All lexemes of the text; an equals sign with a remark over it (`\\overset{!}{=}`, `:=`) is one."""
        self._cut()
        return _plain_equals(self.found)

    def _cut(self) -> None:
        text, size = self.text, len(self.text)
        while self.place < size:
            char = text[self.place]
            if is_blank(char):
                self.place += 1
            elif char == "%":
                end = text.find("\n", self.place)
                self.place = size if end < 0 else end
            elif char == "\\":
                self._command()
            elif char == "#" and self.place + 1 < size and text[self.place + 1] in "123456789":
                self._add(text[self.place : self.place + 2], 2)
            elif char.isascii():
                self._add(char, 1)
            else:
                self._beyond_ascii(char)

    def _add(self, value: str, length: int) -> None:
        self.found.append(Lexeme(value, self.place, self.place + length))
        self.place += length

    def _command(self) -> None:
        text, end = self.text, self.place + 1
        while end < len(text) and text[end].isascii() and text[end].isalpha():
            end += 1
        if end == self.place + 1:
            if end == len(text):
                raise ParseError("a backslash alone at the end", text, self.place)
            self._add(text[self.place : end + 1], 2)
            return
        name = text[self.place : end]
        if name in (r"\begin", r"\end"):
            close = text.find("}", end)
            if text[end : end + 1] != "{" or close < 0 or close - end > 20:
                raise ParseError(f"the name of an environment is missing behind {name}", text, self.place)
            name, end = name + text[end : close + 1].replace(" ", ""), close + 1
        self._add(name, end - self.place)

    def _beyond_ascii(self, char: str) -> None:
        place = self.place
        if char in _SIGNS:
            self._spelled(_SIGNS[char], 1)
            return
        if char == "\U0001d7d9":
            self._spelled(r"\mathbf{1}", 1)
            return
        kind, _, code = unicodedata.decomposition(char).partition(" ")
        if kind in ("<sub>", "<super>"):
            self._script(kind)
            return
        if kind == "<font>":
            plain = chr(int(code, 16))
            self._spelled(_SIGNS.get(plain, plain), 1)
            return
        letters = unicodedata.normalize("NFD", char + self.text[place + 1 : place + 2])
        if len(letters) > 1 and letters[1] in _ACCENTS and letters[0].isascii() and letters[0].isalpha():
            self._spelled(f"{_ACCENTS[letters[1]]}{{{letters[0]}}}", 1 if len(letters) > 2 or _is_whole(char) else 2)
            return
        label = unicodedata.name(char, f"U+{ord(char):04X}")
        raise ParseError(f"unexpected character {char!r} ({label})", self.text, place)

    def _script(self, kind: str) -> None:
        """A run of small characters (`₁₂`, `⁻¹`, `ᵀ`) as one script."""
        text, end, inside = self.text, self.place, ""
        while end < len(text):
            found, _, code = unicodedata.decomposition(text[end]).partition(" ")
            if found != kind:
                break
            plain = "".join(chr(int(part, 16)) for part in code.split())
            inside += _SIGNS.get(plain, plain) + " "
            end += 1
        self._spelled(("_" if kind == "<sub>" else "^") + "{" + inside + "}", end - self.place)

    def _spelled(self, latex: str, length: int) -> None:
        """LaTeX that stands for characters of the text."""
        place = self.place
        if latex.isascii():
            self.found.extend(Lexeme(piece.value, place, place + length) for piece in Lexer(latex).run())
        else:
            raise ParseError(f"unexpected character {self.text[place]!r}", self.text, place)
        self.place = place + length


def _plain_equals(found: list[Lexeme]) -> list[Lexeme]:
    """Lexemes with `:=`, and equals signs that have something written over them, as plain equals signs."""
    signs = {piece.value for piece in found}
    if not signs & {":", *_STACKED}:
        return found
    done: list[Lexeme] = []
    place = 0
    while place < len(found):
        end = _equals_end(found, place)
        done.append(Lexeme("=", found[place].start, found[end - 1].end) if end else found[place])
        place = end or place + 1
    return done


#: Commands that write one thing over or under another, the second of which counts.
_STACKED = (r"\stackrel", r"\overset", r"\underset")


def _equals_end(found: list[Lexeme], place: int) -> int:
    """The place behind an equals sign in disguise that starts here; 0 if there is none."""
    if found[place].value == ":":
        return place + 2 if place + 1 < len(found) and found[place + 1].value == "=" else 0
    if found[place].value not in _STACKED or place + 1 >= len(found):
        return 0
    depth, end = 0, place + 1
    while end < len(found):
        depth += (found[end].value == "{") - (found[end].value == "}")
        end += 1
        if not depth:
            break
    signs = [piece.value for piece in found[end : end + 3]]
    return end + 3 if signs == ["{", "=", "}"] else end + 1 if signs[:1] == ["="] else 0


def _is_whole(char: str) -> bool:
    return len(unicodedata.normalize("NFD", char)) > 1


def lexemes(text: str, macros: Mapping[str, Macro] | None = None) -> list[Lexeme]:
    """The lexemes of a text, its own macro definitions and those in `macros` expanded."""
    found = Lexer(text).run()
    known = dict(macros or {})
    found = _definitions(text, found, known)
    return _Expander(text, known).run(found) if known else found


def definitions_end(text: str) -> tuple[list[Lexeme], int]:
    """The lexemes behind the macro definitions in front of a text, and where they start."""
    found = _definitions(text, Lexer(text).run(), {})
    return found, found[0].start if found else len(text)


def read_macros(definitions: Mapping[str, str] | None) -> dict[str, Macro]:
    r"""Macros from a mapping: `{r"\bU": r"\mathbf{U}", r"\T": r"\text{#1}"}`."""
    macros: dict[str, Macro] = {}
    for name, body in (definitions or {}).items():
        if not isinstance(body, str) or len(body) > LONGEST_TEXT:
            raise ParseError(f"the macro {name} must stand for a short text")
        inner = tuple(Lexer(body).run())
        holes = [piece.value for piece in inner if piece.value[:1] == "#" and len(piece.value) == 2]
        count = max((int(hole[1]) for hole in holes), default=0)
        macros[name if name.startswith("\\") else "\\" + name] = Macro(count, inner)
    return macros


def _definitions(text: str, found: list[Lexeme], macros: dict[str, Macro]) -> list[Lexeme]:
    r"""Take the definitions (`\newcommand{\bU}{\mathbf{U}}`) in front of a text out of it."""
    place = 0
    while place < len(found) and found[place].value in _DEFINERS:
        place = _definition(text, found, place, macros)
    for piece in found[place:]:
        if piece.value in _DEFINERS:
            raise ParseError("macros are defined in front of the expression", text, piece.start)
    return found[place:]


def _definition(text: str, found: list[Lexeme], place: int, macros: dict[str, Macro]) -> int:
    definer = found[place]
    place += 1
    if place < len(found) and found[place].value == "*":
        place += 1
    name, place = _argument(text, found, place, definer)
    if len(name) != 1 or not name[0].value.startswith("\\"):
        raise ParseError("the name of a new command is missing", text, definer.start)
    count = 0
    if place + 2 < len(found) and found[place].value == "[" and found[place + 2].value == "]":
        count, place = int(found[place + 1].value) if found[place + 1].value.isdecimal() else 10, place + 3
    while place < len(found) and found[place].value == f"#{count + 1}":
        count, place = count + 1, place + 1
    if count > 9:
        raise ParseError("a command takes at most 9 arguments", text, definer.start)
    body, place = _argument(text, found, place, definer)
    if definer.value == r"\DeclareMathOperator":
        at = definer.start
        body = [Lexeme(r"\operatorname", at, at), Lexeme("{", at, at), *body, Lexeme("}", at, at)]
    macros[name[0].value] = Macro(count, tuple(body))
    return place


def _argument(text: str, found: list[Lexeme], place: int, owner: Lexeme) -> tuple[list[Lexeme], int]:
    """One argument: a group in braces without them, or one lexeme; and the place behind it."""
    if place >= len(found):
        raise ParseError(f"an argument of {owner.value} is missing", text, owner.start)
    if found[place].value != "{":
        return [found[place]], place + 1
    depth, end = 0, place
    while end < len(found):
        depth += {"{": 1, "}": -1}.get(found[end].value, 0)
        if not depth:
            return found[place + 1 : end], end + 1
        end += 1
    raise ParseError("this brace is never closed", text, found[place].start)


class _Expander:
    """Replaces user macros by what they stand for; the number of pieces written is bounded."""

    def __init__(self, text: str, macros: Mapping[str, Macro]):
        self.text, self.macros, self.work = text, macros, 0

    def run(self, found: Iterable[Lexeme]) -> list[Lexeme]:
        """The lexemes without user macros."""
        done: list[Lexeme] = []
        rest = list(found)[::-1]
        while rest:
            piece = rest.pop()
            macro = self.macros.get(piece.value)
            self.work += 1
            if macro is None:
                done.append(piece)
            else:
                rest.extend(self._expanded(piece, macro, rest)[::-1])
            if self.work + len(rest) > MOST_LATEX_PIECES:
                raise ParseError("the macros expand to too long a text", self.text, piece.start)
        return done

    def _expanded(self, piece: Lexeme, macro: Macro, rest: list[Lexeme]) -> list[Lexeme]:
        arguments: list[list[Lexeme]] = []
        for _ in range(macro.arguments):
            arguments.append(self._next_argument(piece, rest))
            self.work += len(arguments[-1])
        body: list[Lexeme] = []
        for inner in macro.body:
            if inner.value[:1] == "#" and inner.value[1:].isdecimal():
                body.extend(arguments[int(inner.value[1:]) - 1] if int(inner.value[1:]) <= len(arguments) else [])
            else:
                body.append(Lexeme(inner.value, piece.start, piece.end))
        return body

    def _next_argument(self, owner: Lexeme, rest: list[Lexeme]) -> list[Lexeme]:
        """The next argument, taken off the pieces that are still to come (the next one is last)."""
        if not rest:
            raise ParseError(f"an argument of {owner.value} is missing", self.text, owner.start)
        first = rest.pop()
        if first.value != "{":
            return [first]
        inside: list[Lexeme] = []
        depth = 1
        while rest:
            piece = rest.pop()
            depth += {"{": 1, "}": -1}.get(piece.value, 0)
            if not depth:
                return inside
            inside.append(piece)
        raise ParseError("this brace is never closed", self.text, first.start)
