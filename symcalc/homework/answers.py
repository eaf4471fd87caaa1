"""An answer's text as an expression, read with the problem's notation and its own: nothing inferred or dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from symcalc.errors import ArgumentError, ParseError, ShapeError, SymcalcError
from symcalc.graph.node import Node
from symcalc.homework.plain import plain
from symcalc.homework.programs import Programs
from symcalc.read import Definition, Line, parse, read_definitions, read_lines
from symcalc.read.build import Builder
from symcalc.read.characters import check_text
from symcalc.read.latex_build import Formulas, notes_of
from symcalc.read.lifted import Index
from symcalc.read.names import Indexed, Scope, Variable
from symcalc.read.reader import Draft, drafted
from symcalc.read.shapes import declare
from symcalc.read.syntax import Head

_HOLE = re.compile(r"#([1-9])")
_TOKEN = re.compile(r"#[1-9]|\d+\.?\d*(?:[eE][+-]?\d+)?|\w+|[^\w\s]")


#: e to a power, which is neither transposed nor squared.
_EXPONENTIAL = re.compile(r"(?<![A-Za-z\\])e\s*\^\s*(?!\{?\s*(?:T|2|\\top|\\intercal|\\mathsf|\\mathrm)\b)")
_BY = "a derivative by "
_NOWHERE = "it is neither in the problem nor in the notation."


class Unreadable(Exception):
    """A text that is not understood as a whole: why, and where (0-based)."""

    def __init__(self, message: str, position: int | None = None):
        self.message, self.position = message, position
        super().__init__(message)


@dataclass
class Answer:
    """A text that was read: its draft, and its expression unless the shapes in it do not fit (then why not)."""

    text: str
    draft: Draft
    builder: type[Builder]
    #: Names in a program -> the declared fragments that they stand for.
    fragments: Mapping[str, str]
    node: Node | None = None
    error: ShapeError | None = None
    notes: tuple[str, ...] = ()
    #: Was a sign read as the product entry by entry though it means another product?
    is_read_kindly: bool = False

    def source(self, place: int) -> str:
        """The text of a part, as its author typed it."""
        found = self.draft.tree.source(place)
        for name, key in self.fragments.items():
            found = found.replace(f"{name}(", f"{key.partition('(')[0]}(") if "#" in key else found.replace(name, key)
        return found

    @property
    def holds_derivative(self) -> bool:
        """Is a derivative sign in it that is not worked out?"""
        return any(part.kind == "call" and part.value == Head("grad") for part in self.draft.tree.parts)

    @property
    def is_ambiguous(self) -> bool:
        """Is it written as on paper, where a product sign may stand for either product?"""
        return self.draft.spelling.notation


class Reader:
    """Reads answers to one problem.

    declared    the variables and definitions by name;  functions: what `grad` and the like mean
    known       unknown functions that the problem itself has
    """

    def __init__(
        self,
        declared: Mapping[str, Node],
        notation: Mapping[str, str],
        macros: Mapping[str, str],
        functions: Mapping[str, Callable[..., Any]],
        known: frozenset[str],
        like: tuple[Any, ...],
        wrt: Node | None,
    ):
        self.declared, self.functions, self.known = declared, functions, known
        self.notation, self.macros, self.like, self.wrt = notation, macros, like, wrt
        self.scope = Scope(declared, functions)
        #: What was defined beside the formulas that are read.
        self.notes: tuple[str, ...] = ()

    def read(self, text: str, notation: Mapping[str, str] | None, syntax: str) -> Answer:
        """The answer that a text gives.  Raises `Unreadable`, and `ArgumentError` for notation that is wrong itself."""
        if not isinstance(text, str):
            raise ArgumentError(f"an answer is a text or a list of texts, not {type(text).__name__}")
        try:
            return self._read(text, notation, syntax)
        except Unreadable:
            if syntax != "latex":
                raise
            found = self.explained(text, notation)
            if found is not None:
                return found.reader.read(found.formula, None, syntax)
            # `J = …`, `= …`: what stands before the equals sign is a name for what is meant.
            right = _right_hand_side(text)
            if right is None:
                raise
            return self._read(right, notation, syntax)

    def explained(self, text: str, notation: Mapping[str, str] | None = None) -> Explained | None:
        r"""A formula, and the reader for it that knows the symbols defined round it; None if there are none.

        Raises `Unreadable` if what is defined cannot be read.
        """
        try:
            found = read_definitions(text, self.macros, self._is_wanted) if "=" in text else None
        except SymcalcError:
            return None
        if found is None or not (found.definitions or found.aside):
            return None
        if any(one.whole == "e" for one in found.definitions) and _EXPONENTIAL.search(text):
            raise Unreadable("e is defined beside the formula, so I cannot tell what its powers are.")
        reader = self.with_definitions(found.definitions, notation)
        reader.notes += tuple(f"left aside: {one}" for one in found.aside)
        return Explained(found.formula, reader)

    def with_definitions(self, definitions: Sequence[Definition], notation: Mapping[str, str] | None = None) -> Reader:
        """The same reader with more symbols known, which may be defined in any order."""
        reader = Reader(
            self.declared, {**self.notation, **(notation or {})}, self.macros, self.functions, self.known, self.like,
            self.wrt,
        )  # fmt: skip
        waiting, notes = list(definitions), list(self.notes)
        try:
            while waiting:
                one, value = reader._first_readable(waiting)
                name = "defined".ljust(1 + max(map(len, reader.declared), default=0), "_")  # longer than every name
                reader = reader._with(name, value, reader._key(one))
                notes.append(f"read with {one.left} = {one.right}")
                waiting = [other for other in waiting if other is not one]
        except ArgumentError as error:
            raise Unreadable(f"I could not read what is defined beside the formula: {error}") from error
        reader.notes = tuple(notes)
        return reader

    def knows(self, one: Definition, notation: Mapping[str, str] | None) -> bool:
        """Has a symbol a meaning already?"""
        with suppress(Unreadable, ArgumentError):
            self._read(self._key(one), notation, "latex")
            return True
        return False

    def _first_readable(self, definitions: list[Definition]) -> tuple[Definition, Node]:
        """The first definition that can be read already."""
        failure: Unreadable | None = None
        for one in definitions:
            try:
                return one, self._defined(one)
            except Unreadable as error:
                failure = failure or error
        assert failure is not None
        raise failure

    def _is_component(self, one: Definition) -> bool:
        """Are the letters below a symbol indices that are free in what it is?"""
        letters = {letter for letter in one.letters if letter not in self.scope.sizes and letter not in self.declared}
        if not letters:
            return False
        try:
            meaning = self._read(with_letters(one.left, one.right), None, "latex").draft.meaning
        except Unreadable:
            return True
        return any(isinstance(what, Index) and what.owner < 0 and what.name in letters for what in meaning.of)

    def _key(self, one: Definition) -> str:
        return one.symbol if self._is_component(one) else one.whole

    def _defined(self, one: Definition) -> Node:
        """What a definition says; of a component, the array of all of them."""
        right = with_letters(one.left, one.right) if self._is_component(one) else one.right
        try:
            answer = self._read(right, None, "latex")
        except Unreadable as error:
            raise Unreadable(error.message) from error  # its place is one in the definition
        if answer.node is None:
            why = str(answer.error).split("\n", 1)[0]
            raise Unreadable(f"I could not read what {plain(one.left)} is: {why}")
        if answer.holds_derivative:
            raise Unreadable(f"What {plain(one.left)} is still holds a derivative sign: work it out.")
        known: Answer | None = None
        with suppress(Unreadable):
            known = self._read(self._key(one), None, "latex")
        if known is not None and known.node is not None and known.node.op.is_variable and known.node is not answer.node:
            raise Unreadable(f"{plain(one.left)} is given by the problem: it cannot be defined anew.")
        return answer.node

    def _with(self, name: str, value: Node, key: str) -> Reader:
        """The same reader with one more name declared, and its spelling."""
        return Reader(
            {**self.declared, name: value}, {**self.notation, key: name}, self.macros, self.functions, self.known,
            self.like, self.wrt,
        )  # fmt: skip

    def _read(self, text: str, notation: Mapping[str, str] | None, syntax: str) -> Answer:
        merged = {**self.notation, **notation} if notation else self.notation
        fragments: dict[str, str] = {}
        try:
            if syntax == "latex":
                draft = drafted(text, self.scope, syntax, merged, self.macros)
            else:
                code, scope, fragments = self._code(text, notation or {})
                draft = drafted(code, scope, syntax)
        except ArgumentError:
            raise
        except SymcalcError as error:
            raise _unreadable(error, text) from error
        self._check(draft)
        for note in draft.tree.notes:
            if note.startswith(_BY):
                self._check_variable(note[len(_BY) :].partition(", not")[0], merged)
        answer = Answer(text, draft, Programs if syntax == "matlab" else draft.spelling.builder, fragments)
        builder = answer.builder(draft.meaning, draft.scope.declared.__getitem__, frozenset())
        if isinstance(builder, Formulas):
            builder.like = self.like[:2]
        try:
            answer.node = builder.run()
            answer.is_read_kindly = isinstance(builder, Formulas) and builder.tensor == "hadamard"
        except ShapeError as error:
            answer.error = error
        except SymcalcError as error:
            raise _unreadable(error, text) from error
        answer.notes = (*notes_of(draft.tree, builder), *self.notes)
        return answer

    def _check(self, draft: Draft) -> None:
        """Every symbol must be declared: what it might be is never guessed."""
        meaning = draft.meaning
        if meaning.undeclared:
            name = meaning.undeclared[0]
            used = [k for k, what in enumerate(meaning.of) if getattr(what, "name", "") == name]
            shown = draft.tree.source(used[0]) if used else name
            place = draft.tree.parts[used[0]].place if used else None
            raise Unreadable(f"I do not know the symbol {plain(shown)}: {_NOWHERE}", place)
        for name in meaning.sizes:
            if name not in self.scope.sizes:
                raise Unreadable(f"I do not know the size {name}: {_NOWHERE}")
        for name in meaning.functions:
            if name not in self.known:
                raise Unreadable(f"I do not know the function {name}: {_NOWHERE}")

    def _check_variable(self, text: str, notation: Mapping[str, str]) -> None:
        """A derivative that is still to be taken must be one by the variable of the problem."""
        if not self._is_wrt(text, notation):
            raise Unreadable(f"a derivative by “{plain(text)}” is still to be taken, and that is not asked for.")

    def _is_wrt(self, text: str, notation: Mapping[str, str]) -> bool:
        """Is this a spelling of the variable of the problem, or of a part of it?"""
        try:
            draft = drafted(text, self.scope, "latex", notation, self.macros)
        except SymcalcError:
            return False
        names = [what.name for what in draft.meaning.of if isinstance(what, (Variable, Indexed))]
        return self.wrt is not None and [self.declared.get(name) for name in names] == [self.wrt]

    def _is_wanted(self, text: str) -> bool:
        return self._is_wrt(text, self.notation)

    # -- notation in code --------------------------------------------------------------------------
    def _code(self, text: str, own: Mapping[str, str]) -> tuple[str, Scope, dict[str, str]]:
        """A program text with declared fragments replaced by names, what those names mean, and what they stand for."""
        declared, functions, fragments = dict(self.declared), dict(self.functions), dict[str, str]()
        text, notation = check_text(text), {**self.notation, **own}
        keys = [key for key in notation if "\\" not in key and key.strip()]
        for count, key in enumerate(sorted(keys, key=len, reverse=True)):
            name, value = f"fragment_{count}", notation[key].strip()
            if value in declared and not _HOLE.search(key):
                name = value
            replaced = _replaced(text, _tokens(key), name)
            if replaced == text:
                continue
            try:
                if _HOLE.search(key):
                    functions[name] = _filled_in(key, value, self.declared)
                elif name != value:
                    declared[name] = _value(key, value, self.declared)
            except ArgumentError:
                if key in own:
                    raise
                continue  # LaTeX notation of the problem, of an entry under an index say: it is none of a program's
            text, fragments[name] = replaced, key
        if len(declared) == len(self.declared) and len(functions) == len(self.functions):
            return text, self.scope, fragments
        return text, Scope(declared, functions), fragments


@dataclass(frozen=True)
class Explained:
    """A formula without what is defined round it, and the reader that knows that."""

    formula: str
    reader: Reader


def chain_of(text: str) -> tuple[Line, ...]:
    """The expressions of a chain of equations; the zero at its end, where something is set to zero, is none."""
    lines = read_lines(text)
    is_set_to_zero = len(lines) > 1 and _ZERO.fullmatch(lines[-1].text.strip(" .,;")) is not None
    return lines[:-1] if is_set_to_zero else lines


def is_set_to_zero(text: str) -> bool:
    """Is a text one expression that is set to zero, without a derivative sign that it is said to be?"""
    try:
        lines = chain_of(text) if "=" in text else ()
        return len(lines) == 1 and not lines[0].left and len(read_lines(text)) == 2
    except SymcalcError:
        return False


_ZERO = re.compile(r"(\\(mathbf|boldsymbol|bm|vec|pmb|mathbb))?\s*\{?\s*0\s*\}?(_\{?\w+\}?)?")


def _right_hand_side(text: str) -> str | None:
    """The one expression of a text behind its left-hand side, if there is one; of a component the letters stay."""
    try:
        lines = chain_of(text) if "=" in text else ()
    except SymcalcError:
        return None
    if len(lines) != 1 or lines[0].text == text.strip():
        return None
    return with_letters(lines[0].left, lines[0].text) if "_" in lines[0].left else lines[0].text


def with_letters(left: str, right: str) -> str:
    r"""An expression behind a left-hand side whose letters it has; a plain name, `G_{ji}`, as `\nabla_{G_{ji}}`."""
    is_derivative = left.lstrip().startswith((r"\nabla", r"\partial", r"\frac", r"\dfrac"))
    return f"{left} = {right}" if is_derivative else rf"\nabla_{{{left}}} = {right}"


def _tokens(text: str) -> list[re.Match[str]]:
    return list(_TOKEN.finditer(text))


def _replaced(text: str, key: list[re.Match[str]], name: str) -> str:
    """The text with every occurrence of a fragment replaced by a name, or by a call of it with what its holes hold."""
    tokens, done, end, k = _tokens(text), list[str](), 0, 0
    signs = [token.group() for token in key]
    while k < len(tokens):
        is_member = k and tokens[k - 1].group() == "." and signs[0][0].isalpha()
        found = None if is_member else _match(tokens, k, signs)
        if found is None:
            k += 1
            continue
        stop, holes = found
        inside = [text[tokens[a].start() : tokens[b - 1].end()] for a, b in holes]
        done.append(text[end : tokens[k].start()] + (f"{name}({', '.join(inside)})" if holes else name))
        end, k = tokens[stop - 1].end(), stop
    return "".join([*done, text[end:]])


def _match(tokens: list[re.Match[str]], k: int, signs: list[str]) -> tuple[int, list[tuple[int, int]]] | None:
    """Where a fragment that starts at token k ends, and what its holes cover."""
    holes: list[tuple[int, int]] = []
    for place, sign in enumerate(signs):
        if k >= len(tokens):
            return None
        if not _HOLE.fullmatch(sign):
            if tokens[k].group() != sign:
                return None
            k += 1
            continue
        start, depth, following = k, 0, signs[place + 1] if place + 1 < len(signs) else ""
        while k < len(tokens) and (depth or tokens[k].group() != following):
            depth += (tokens[k].group() in "([{") - (tokens[k].group() in ")]}")
            if depth < 0:
                return None
            k += 1
        if k == start:
            return None
        holes.append((start, k))
    return k, holes


def _value(key: str, value: str, declared: Mapping[str, Node]) -> Node:
    try:
        return parse(value, shapes=declared)
    except SymcalcError as error:
        raise ArgumentError(f"the notation {key!r} stands for {value!r}, which cannot be read: {error}") from error


def _filled_in(key: str, value: str, declared: Mapping[str, Node]) -> Callable[..., Any]:
    """A fragment with holes as a function of what stands in them."""
    text, names = _HOLE.sub(r"hole_\1", value), [f"hole_{k}" for k in _HOLE.findall(key)]

    def function(*operands: Any) -> Node:
        holes = dict(zip(names, map(Node.hooks["convert"], operands), strict=True))
        return _value(key, text, {**declared, **{name: declare(name, node) for name, node in holes.items()}})

    return function


def _unreadable(error: SymcalcError, text: str) -> Unreadable:
    """The error of the reader as the reason why an answer is unreadable."""
    position = error.position if isinstance(error, ParseError) else getattr(error, "place", None)
    reason = error.reason if isinstance(error, ParseError) else str(error).split("\n", 1)[0]
    hint = f" ({error.hint})" if isinstance(error, ParseError) and error.hint else ""
    if position is None:
        return Unreadable(f"I could not read this: {reason}{hint}.")
    source = error.text if isinstance(error, ParseError) and error.text else text
    rest = source[position : position + 30]
    shown = f"“{rest}{'…' if len(source) > position + 30 else ''}”" if rest.strip() else "the end"
    # Where declared fragments were put in, the place is none of the author's text.
    known = position if source == text else None
    return Unreadable(f"I could not read from here: {shown} … {reason}{hint}.", known)
