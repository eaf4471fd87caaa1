"""An answer's text as an expression, read with the problem's notation and its own: nothing inferred or dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from symcalc.errors import ArgumentError, ParseError, ShapeError, SymcalcError
from symcalc.graph.node import Node
from symcalc.homework.plain import plain
from symcalc.homework.programs import Programs
from symcalc.read import Definition, parse, read_definitions, read_lines
from symcalc.read.build import Builder
from symcalc.read.characters import check_text
from symcalc.read.latex_build import Formulas, notes_of
from symcalc.read.names import Indexed, Scope, Variable
from symcalc.read.reader import Draft, drafted
from symcalc.read.shapes import declare
from symcalc.read.syntax import Head

_HOLE = re.compile(r"#([1-9])")
_TOKEN = re.compile(r"#[1-9]|\d+\.?\d*(?:[eE][+-]?\d+)?|\w+|[^\w\s]")


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

    def read(self, text: str, notation: Mapping[str, str] | None, syntax: str) -> Answer:
        """The answer that a text gives.  Raises `Unreadable`, and `ArgumentError` for notation that is wrong itself."""
        if not isinstance(text, str):
            raise ArgumentError(f"an answer is a text or a list of texts, not {type(text).__name__}")
        try:
            return self._read(text, notation, syntax)
        except Unreadable:
            formula, definitions = defined_behind(text, self.macros) if syntax == "latex" else (text, ())
            if definitions:
                return self._read_defined(formula, list(definitions), notation or {})
            # `J = …`, `= …`: what stands before the equals sign is a name for what is meant.
            right = _right_hand_side(text) if syntax == "latex" else None
            if right is None:
                raise
            return self._read(right, notation, syntax)

    def _read_defined(self, formula: str, definitions: list[Definition], notation: Mapping[str, str]) -> Answer:
        r"""A formula with `\text{where } E = …` behind it: what its author defines is what is meant."""
        declared, own = dict(self.declared), dict(notation)
        notes = tuple(f"read with {one.left} = {one.right}" for one in definitions)
        while definitions:
            reader = self._with(declared)
            one, value = reader._first_readable(definitions, own)
            name = "defined".ljust(1 + max(map(len, declared), default=0), "_")  # longer than every name there is
            declared[name], own[one.left] = value, name
            definitions = [other for other in definitions if other is not one]
        try:
            answer = self._with(declared).read(formula, own, "latex")
            answer.notes += notes
            return answer
        except ArgumentError as error:
            raise Unreadable(f"I could not read what is defined behind the formula: {error}") from error

    def _first_readable(self, definitions: list[Definition], own: Mapping[str, str]) -> tuple[Definition, Node]:
        """The first definition that can be read already; they may stand in any order."""
        failure: Unreadable | None = None
        for one in definitions:
            try:
                return one, self._defined(one, own)
            except Unreadable as error:
                failure = failure or error
        assert failure is not None
        raise failure

    def _defined(self, one: Definition, own: Mapping[str, str]) -> Node:
        """What a definition behind a formula says."""
        if not one.right:
            raise Unreadable(f"I could not read what {plain(one.left)} is: define the whole, not its components.")
        try:
            value = self._read(one.right, own, "latex")
        except Unreadable as error:
            raise Unreadable(error.message) from error  # its place is one in the definition
        if value.node is None:
            why = str(value.error).split("\n", 1)[0]
            raise Unreadable(f"I could not read what {plain(one.left)} is: {why}")
        if value.holds_derivative:
            raise Unreadable(f"What {plain(one.left)} is still holds a derivative sign: work it out.")
        known: Answer | None = None
        with suppress(Unreadable):
            known = self._read(one.left, own, "latex")
        if known is not None and known.node is not None and known.node.op.is_variable and known.node is not value.node:
            raise Unreadable(f"{plain(one.left)} is given by the problem: it cannot be defined anew.")
        return value.node

    def _with(self, declared: Mapping[str, Node]) -> Reader:
        """The same reader with more names declared."""
        return Reader(declared, self.notation, self.macros, self.functions, self.known, self.like, self.wrt)

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
        except ShapeError as error:
            answer.error = error
        except SymcalcError as error:
            raise _unreadable(error, text) from error
        answer.notes = notes_of(draft.tree, builder)
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
        for name in meaning.functions:
            if name not in self.known:
                raise Unreadable(f"I do not know the function {name}: {_NOWHERE}")

    def _check_variable(self, text: str, notation: Mapping[str, str]) -> None:
        """A derivative that is still to be taken must be one by the variable of the problem."""
        try:
            draft = drafted(text, self.scope, "latex", notation, self.macros)
        except SymcalcError:
            draft = None
        names = [what.name for what in draft.meaning.of if isinstance(what, (Variable, Indexed))] if draft else []
        if self.wrt is None or [self.declared.get(name) for name in names] != [self.wrt]:
            raise Unreadable(f"a derivative by “{plain(text)}” is still to be taken, and that is not asked for.")

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


def defined_behind(text: str, macros: Mapping[str, str] | None = None) -> tuple[str, tuple[Definition, ...]]:
    """A formula and what is defined behind it."""
    try:
        return read_definitions(text, macros) if "=" in text else (text, ())
    except SymcalcError:
        return text, ()


def _right_hand_side(text: str) -> str | None:
    """The one expression of a text behind its left-hand side, if there is one; of a component the letters stay."""
    try:
        lines = read_lines(text) if "=" in text else ()
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
