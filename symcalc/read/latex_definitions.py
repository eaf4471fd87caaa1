r"""Statements beside each other: a formula, and what its symbols are, `\text{Let } z = Wx. \text{ Then } … = z x^T`.

A statement whose left-hand side stands in another one defines it; the one statement that no other needs is the formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from symcalc.read.characters import check_text
from symcalc.read.latex_differentials import differentials, starts_with_d
from symcalc.read.latex_form import Former
from symcalc.read.latex_names import index_letters
from symcalc.read.latex_pieces import Piece, Pieces, closing, matched_brackets, merge_words
from symcalc.read.latex_scan import lexemes, read_macros
from symcalc.read.latex_signs import CLOSING, OPENING

_SEPARATORS = (",", ";", ".", ":", r"\quad", r"\\", r"\implies", r"\Rightarrow")
#: Words between statements, as they are typed without a command round them.
_TYPED = {"let", "then", "where", "with", "and", "define", "denote", "hence", "thus", "therefore", "so", "here"}
#: Words that make a statement one of several, or none.
_CHOICES = {"if", "otherwise", "when", "else", "unless", "not", "or"}
#: Statements in one text.
MOST_STATEMENTS = 40
_DERIVATIVES = (r"\frac", r"\nabla", r"\partial")
#: Signs that no symbol has in it.
_NO_SYMBOL = {"+", "-", "(", r"\sum", r"\cdot", r"\odot", r"\circ", "/"}


@dataclass(frozen=True, slots=True)
class Definition:
    r"""A symbol that is explained beside a formula, `\text{ where } E = R - UV^\top`: its spelling, and what it is.

    whole    the symbol in the one form;  symbol: without the letters of a component, `e` of `e_{ij} = …`
    letters  the single letters in the subscripts of `left`: of a component if they are no sizes
    """

    left: str
    right: str
    whole: str
    symbol: str
    letters: tuple[str, ...]


class _Statement:
    """The pieces of one statement, and how many of them stand before its equals sign (0 if it has none)."""

    def __init__(self, pieces: Pieces):
        self.pieces, self.left = pieces, _equals_sign(pieces)
        self.head = [piece.value for piece in pieces[: self.left]]
        self._symbol = _joined(_symbol(pieces[: self.left])) if self.left else ""
        self._right = _joined(pieces[self.left :])

    @property
    def is_derivative(self) -> bool:
        r"""Does a derivative stand on the left, as `\frac{\partial L}{\partial W}` or dW?"""
        return self.head[0] in _DERIVATIVES or (self.head[0] == "d" and len(self.head) > 1)

    def is_differential(self, statements: Sequence[_Statement]) -> bool:
        """Is this `dJ = … dw`, where no statement says what `dw` is?"""
        if not self.left or not starts_with_d(self.pieces[: self.left]):
            return False
        named = {tuple(one.head[:2]) for one in statements if one.head[:1] == ["d"]}
        right = [piece.value for piece in self.pieces[self.left :]]
        return any(tuple(right[at : at + 2]) not in named for at in differentials(self.pieces[self.left :]))

    def needs(self, other: _Statement) -> bool:
        """Does the symbol that the other statement is about stand in this one?"""
        return bool(other._symbol) and other._symbol in self._right


def _joined(pieces: Pieces) -> str:
    return "\n".join(["", *(piece.value for piece in pieces), ""])


@dataclass(frozen=True, slots=True)
class Explanation:
    """A formula taken out of what stands round it: definitions of its symbols, derivatives that it does not need."""

    formula: str
    definitions: tuple[Definition, ...] = ()
    aside: tuple[str, ...] = ()


def read_definitions(
    text: str, macros: Mapping[str, str] | None = None, is_wanted: Callable[[str], bool] | None = None
) -> Explanation:
    """A formula, and the definitions of symbols round it; the whole text, if that is not understood as a whole.

    is_wanted  is the derivative by what this text spells the one that is asked for?  It tells the formula from others
    """
    statements = _statements(_pieces(text, macros))
    used = [one for one in statements if one.left and any(other.needs(one) for other in statements if other is not one)]
    roots = [one for one in statements if one not in used]
    if len(roots) > 1:
        # A symbol that nothing needs may be explained as well, beside the one formula.
        roots = [one for one in roots if not one.left or one.is_derivative]
    if len(roots) > 1 and any(one.is_differential(statements) for one in roots):
        return Explanation(text)
    aside: list[_Statement] = []
    if len(roots) > 1 and is_wanted is not None:
        aside = [one for one in roots if one.left and not is_wanted(_variable(text, one.pieces[: one.left]))]
        roots = [one for one in roots if one not in aside]
    others = [one for one in statements if one not in roots and one not in aside]
    if len(roots) != 1 or len(statements) < 2 or not all(_is_symbol(one) for one in others):
        return Explanation(text)
    definitions = tuple(_definition(text, one) for one in others)
    return Explanation(_source(text, roots[0].pieces), definitions, tuple(_source(text, one.pieces) for one in aside))


def _variable(text: str, left: Pieces) -> str:
    r"""What a derivative sign is by: W of `\frac{\partial s}{\partial W}` and of `\nabla_W s`."""
    values = [piece.value for piece in left]
    if values[0] == r"\frac" and r"\partial" in values[2:]:
        last = len(values) - 1 - values[::-1].index(r"\partial")
        return _source(text, left[last + 1 : closing(left, closing(left, 1) + 1)])
    if values[0] == "d":
        return _source(text, left[1:])
    return _source(text, left[2 : closing(left, 1)]) if values[1:2] == ["_{"] else ""


def defining_lines(lines: Sequence[str], macros: Mapping[str, str] | None = None) -> dict[int, Definition]:
    """Which lines of a derivation define a symbol that stands in others, by their places."""
    found = [_statements(_pieces(line, macros)) for line in lines]
    alone = {place: statements[0] for place, statements in enumerate(found) if len(statements) == 1}
    everything = [one for statements in found for one in statements]
    return {
        place: _definition(lines[place], one)
        for place, one in alone.items()
        if one.left and _is_symbol(one) and any(other.needs(one) for other in everything if other is not one)
    }


def _pieces(text: str, macros: Mapping[str, str] | None) -> Pieces:
    pieces = Former(text, lexemes(check_text(text), read_macros(macros))).run()
    matched_brackets(text, pieces)
    return merge_words(pieces, lambda word: word.lower() in _TYPED)


def _statements(pieces: Pieces) -> list[_Statement]:
    """The statements of a text; a part that starts with a sign goes on with the one before."""
    parts: list[Pieces] = [[]]
    depth = 0
    has_colons = any(piece.value == ":" for piece in pieces) and any(True for _ in differentials(pieces))
    for piece in pieces:
        depth += (piece.value in OPENING) - (piece.value in CLOSING)
        if depth or not _is_between(piece) or (has_colons and piece.value == ":"):
            parts[-1].append(piece)
        elif parts[-1]:
            parts.append([])
        if piece.tag in ("prose", "word") and _CHOICES & set(piece.value.lower().split()):
            return []
    found: list[Pieces] = []
    for part in parts:
        if found and part and (part[0].value in ("=", "+", "-")):
            found[-1] = [*found[-1], *part]
        elif part:
            found.append(part)
    return [_Statement(part) for part in found] if len(found) <= MOST_STATEMENTS else []


def _is_between(piece: Piece) -> bool:
    return piece.value in _SEPARATORS or piece.tag == "prose" or (piece.tag == "word" and piece.value.lower() in _TYPED)


def _equals_sign(pieces: Pieces, last: bool = False) -> int:
    """Where the first (or the last) equals sign outside brackets stands; 0 if there is none."""
    depth, found = 0, 0
    for place, piece in enumerate(pieces):
        depth += (piece.value in OPENING) - (piece.value in CLOSING)
        if piece.value == "=" and not depth:
            found = place
            if not last:
                break
    return found


def _symbol(left: Pieces) -> Pieces:
    """A symbol without its subscript, if that is one of letters only: what a component belongs to."""
    values = [piece.value for piece in left]
    if values.count("_{") != 1 or values[0] == r"\frac":
        return left
    opened = values.index("_{")
    stop = values.index("}", opened)
    is_index = all(value == "," or (len(value) == 1 and value.isalpha()) for value in values[opened + 1 : stop])
    return [*left[:opened], *left[stop + 1 :]] if is_index else left


def _is_symbol(statement: _Statement) -> bool:
    r"""Is this `symbol = expression`?  A derivative, `\frac{\partial L}{\partial z}`, is a symbol here."""
    head = statement.head
    is_derivative = head[:1] == [r"\frac"] and r"\partial" in head
    values = [piece.value for piece in statement.pieces]
    if not head or head[0] in ("_{", "^{", "'") or values[-1] == "=" or r"\dots" in values:
        return False
    return is_derivative or not _NO_SYMBOL & set(_outside_scripts(head))


def _outside_scripts(values: list[str]) -> Iterator[str]:
    depth = 0
    for value in values:
        depth += (value in ("{", "_{", "^{")) - (value == "}")
        if not depth:
            yield value


def _definition(text: str, statement: _Statement) -> Definition:
    left = statement.pieces[: statement.left]
    right = statement.pieces[_equals_sign(statement.pieces, last=True) + 1 :]
    letters = tuple(index_letters(left)) if left[0].value != r"\frac" else ()
    return Definition(_source(text, left), _source(text, right), _spelled(left), _spelled(_symbol(left)), letters)


def _spelled(pieces: Sequence[Piece]) -> str:
    """Pieces as LaTeX again."""
    return " ".join(rf"\mathrm{{{piece.value}}}" if piece.tag == "word" else piece.value for piece in pieces)


def _source(text: str, pieces: Sequence[Piece]) -> str:
    return text[pieces[0].start : max(piece.end for piece in pieces)].strip() if pieces else ""
