"""An answer's text as an expression, read with the problem's notation and its own: nothing inferred or dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from symcalc.errors import ArgumentError, ParseError, ShapeError, SymcalcError
from symcalc.graph.node import Node
from symcalc.homework.equations import right_hand_side, with_letters
from symcalc.homework.fragments import in_code
from symcalc.homework.plain import plain
from symcalc.homework.programs import Programs
from symcalc.read import Definition, read_definitions
from symcalc.read.build import Builder
from symcalc.read.latex_build import Formulas, notes_of
from symcalc.read.latex_names import bare_letter
from symcalc.read.lifted import Index
from symcalc.read.names import Indexed, Scope, Variable
from symcalc.read.reader import Draft, drafted
from symcalc.read.syntax import Head

#: e to a power, which is neither transposed nor squared.
_EXPONENTIAL = re.compile(r"(?<![A-Za-z\\])e\s*\^\s*(?!\{?\s*(?:T|2|\\top|\\intercal|\\mathsf|\\mathrm)\b)")
#: Blocks of a matrix side by side, `[a \; b]`.
_SIDE_BY_SIDE = re.compile(r"\[[^\[\]]*(?:\\[;: ]|\\q?quad|~)[^\[\]]*\]")
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
        try:
            return self._read(text, notation, syntax)
        except Unreadable:
            if syntax != "latex":
                raise
            found = self.explained(text, notation)
            if found is not None:
                return found.reader.read(found.formula, None, syntax)
            # `J = …`, `= …`: what stands before the equals sign is a name for what is meant.
            right = right_hand_side(text)
            if right is None:
                raise
            return self._read(right, notation, syntax)

    def explained(self, text: str, notation: Mapping[str, str] | None = None) -> Explained | None:
        r"""A formula, and the reader for it that knows the symbols defined round it; None if there are none.

        Raises `Unreadable` if what is defined cannot be read.
        """
        try:
            found = read_definitions(text, self.macros, self.is_wrt) if "=" in text else None
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

    def with_function(self, name: str, call: Callable[..., Any]) -> Reader:
        """The same reader, for expressions of any shape, with one more function known."""
        functions = {**self.functions, name: call}
        reader = Reader(self.declared, self.notation, self.macros, functions, self.known, (), self.wrt)
        reader.notes = self.notes
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
                code, scope, fragments = in_code(text, self.scope, self.notation, notation or {})
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
            builder.like = self.like[:2] or None
        try:
            answer.node = builder.run()
            answer.is_read_kindly = isinstance(builder, Formulas) and builder.tensor == "hadamard"
        except ShapeError as error:
            if syntax == "latex" and _SIDE_BY_SIDE.search(text):
                why = (
                    r"What stands side by side in square brackets is no product: write \begin{bmatrix} … \end{bmatrix}."
                )
                raise Unreadable(why) from error
            answer.error = error
        except SymcalcError as error:
            raise _unreadable(error, text) from error
        answer.notes = (*notes_of(draft.tree, builder), *self.notes)
        return answer

    def decorates_wrt(self, text: str) -> bool:
        r"""Is a symbol the variable of the problem with decorations, labels and stars: `\hat{w}`, `w^*`, `w_{ML}`?"""
        letters = bare_letter(text)
        spelled = [key for key, value in self.notation.items() if self.declared.get(value.strip()) is self.wrt]
        return self.names_wrt(letters) or letters in map(bare_letter, spelled)

    def is_wrt(self, text: str) -> bool:
        """Is this a spelling of the variable of the problem, or of a part of it?"""
        return self._is_wrt(text, self.notation)

    def names_wrt(self, text: str) -> bool:
        """Is this the name of the variable of the problem, without a sign that changes it?"""
        try:
            draft = drafted(text, self.scope, "latex", self.notation, self.macros)
        except SymcalcError:
            return False
        is_plain = not any(part.kind in ("binary", "prefix", "postfix") for part in draft.tree.parts)
        return is_plain and self.is_wrt(text)

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


@dataclass(frozen=True)
class Explained:
    """A formula without what is defined round it, and the reader that knows that."""

    formula: str
    reader: Reader


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
