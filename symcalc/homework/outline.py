"""The parts of an answer that its author typed: which there are, what role each plays, and how to change one.

A change is applied while the answer is built again: other operands, or another value, at one part of its syntax tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from symcalc.errors import ShapeError, SymcalcError
from symcalc.graph.node import Node
from symcalc.graph.walk import topological
from symcalc.homework.answers import Answer
from symcalc.read.arrays import Array, Arrays
from symcalc.read.build import Builder
from symcalc.read.latex_build import Formulas
from symcalc.read.names import BoundSum, Function, Indexed, Meaning, Size, Unknown, Variable
from symcalc.read.syntax import Part

#: Signs of products: those that are matrix products (or multiples), and those entry by entry.
PRODUCTS = (" ", "*", "star", "@")
ENTRYWISE = (".*",)
SUMS = ("+", "-")
_SIZED = ("ones", "zeros", "eye", "onehot")

Apply = Callable[[Builder, int, Any], Any]


class Unfit(SymcalcError):
    """A change that makes no sense for the value it meets."""


@dataclass(frozen=True)
class Change:
    """What is different at one part: the part itself (other operands, another sign), or what becomes of its value.

    `raw` gets the value as the builder keeps it, where a chain of factors is not settled yet.
    """

    part: Part | None = None
    apply: Apply | None = None
    raw: Apply | None = None


@dataclass
class ChangedMeaning(Meaning):
    """The meaning of a tree, with changes by place."""

    changes: Mapping[int, Change] = field(default_factory=dict)


class _Changing:
    """Builds a tree with the changes put in."""

    meaning: Any
    values: list[Any]

    def part(self, place: int, part: Part) -> Any:
        change = self.meaning.changes.get(place)
        if change is None:
            return super().part(place, part)  # type: ignore[misc]
        value = super().part(place, change.part or part)  # type: ignore[misc]
        if change.raw is not None:
            value = change.raw(self, place, value)  # type: ignore[arg-type]
        if change.apply is None:
            return value
        self.values[place] = value
        return change.apply(self, place, self.node_of(place))  # type: ignore[arg-type,attr-defined]


_changing: dict[type[Builder], type[Builder]] = {}


def changing(builder: type[Builder]) -> type[Builder]:
    """The builder of a spelling, with changes."""
    found = _changing.get(builder)
    if found is None:
        found = _changing[builder] = type(f"Changing{builder.__name__}", (_Changing, builder), {})
    return found


def _exponents(function: Node) -> frozenset[Any]:
    powers = [node for node in topological(function) if node.op.name == "power"]
    return frozenset(node.args[1].data for node in powers if node.args[1].op.name == "number")


class Outline:
    """What an author typed, part by part."""

    def __init__(self, answer: Answer, like: tuple[Any, ...], function: Node | None = None):
        self.answer, self.like = answer, like
        #: The exponents in the function that is differentiated: what an exponent that was not reduced still is.
        self.exponents = _exponents(function) if function is not None else frozenset()
        self.draft = answer.draft
        self.tree, self.of = self.draft.tree, self.draft.meaning.of
        self.parts = self.tree.parts
        self.root = len(self.parts) - 1
        self.is_python = issubclass(answer.builder, Arrays)
        self.parent = [-1] * len(self.parts)
        for place, part in enumerate(self.parts):
            for child in part.children:
                self.parent[child] = place

    def built(self, changes: Mapping[int, Change]) -> Node:
        """The expression with changes put in.  Raises a `SymcalcError` if it makes no sense."""
        meaning = self.draft.meaning
        changed = ChangedMeaning(
            meaning.tree, meaning.of, meaning.skipped, meaning.undeclared, meaning.functions, meaning.sizes, changes
        )
        builder = changing(self.answer.builder)(changed, self.draft.scope.declared.__getitem__, frozenset())
        if isinstance(builder, Formulas):
            builder.like = self.like[:2]
        return builder.run()

    @cached_property
    def typed(self) -> list[int]:
        """The parts that were typed as they are: not inside a declared spelling, an index, a size or a bound,
        and none that only the reader wrote."""
        hidden: set[int] = set()
        inside: set[int] = set()
        for place in range(self.root, -1, -1):
            part, above = self.parts[place], self.parent[place]
            if above < 0:
                continue
            if above in hidden or part.start >= part.end or self._is_no_operand(part, self.parts[above], above):
                hidden.add(place)
            elif (part.start, part.end) == (self.parts[above].start, self.parts[above].end):
                inside.add(place)
        hidden |= inside | self.draft.meaning.skipped
        return [place for place in range(len(self.parts)) if place not in hidden and self.parts[place].kind != "colon"]

    def _is_no_operand(self, part: Part, above: Part, place: int) -> bool:
        """Is the part an index, a size or the bound of a sum?"""
        meaning = self.of[place]
        if isinstance(meaning, Indexed) or (above.kind == "call" and getattr(above.value, "name", "") in _SIZED):
            return True
        return isinstance(meaning, BoundSum) and self.parts[above.children[-1]] is not part

    @cached_property
    def _spans(self) -> dict[tuple[Any, ...], list[int]]:
        found: dict[tuple[Any, ...], list[int]] = {}
        for place in self.typed:
            part = self.parts[place]
            found.setdefault((part.start, part.end, part.kind), []).append(place)
        return found

    def everywhere(self, changes: Mapping[int, Change]) -> dict[int, Change]:
        """The changes at all parts that one piece of text became (a spelling may use its argument twice)."""
        found = dict(changes)
        for place, change in changes.items():
            part = self.parts[place]
            if change.part is None:
                twins = self._spans.get((part.start, part.end, part.kind), ())
                found.update((twin, change) for twin in twins if twin not in found)
        return found

    @cached_property
    def values(self) -> list[Any]:
        """The values of the parts as the answer was typed; None where shapes stop before."""
        meaning = self.draft.meaning
        builder = self.answer.builder(meaning, self.draft.scope.declared.__getitem__, frozenset())
        if isinstance(builder, Formulas):
            builder.like = self.like[:2]
        with suppress(ShapeError):
            builder.run()
        return builder.values

    def value(self, place: int) -> Any:
        """The value of a part, as a node or a value under an index."""
        value = self.values[place]
        return value.node if isinstance(value, Array) else value

    def source(self, place: int) -> str:
        """The text of a part, as it was typed."""
        return self.answer.source(place)

    def inner(self, place: int) -> int:
        """What stands inside brackets."""
        while self.parts[place].kind == "group":
            place = self.parts[place].children[0]
        return place

    def is_addend(self, place: int) -> bool:
        """Is the part a term of a sum?"""
        above = self.above(place)
        return above >= 0 and self.parts[above].kind == "binary" and self.parts[above].value in SUMS

    def above(self, place: int) -> int:
        """The part that uses this one, brackets aside; -1 if it is the whole."""
        above = self.parent[place]
        while above >= 0 and self.parts[above].kind == "group":
            above = self.parent[above]
        return above

    def is_argument(self, place: int) -> bool:
        """Is the part what an elementwise function is applied to, or an exponent?"""
        above = self.above(place)
        if above < 0:
            return False
        part, meaning = self.parts[above], self.of[above]
        if part.kind == "binary" and part.value in ("^", ".^", "**"):
            return self.inner(part.children[1]) == self.inner(place)
        is_function = isinstance(meaning, Function) and getattr(meaning.call, "elementwise", False)
        return part.kind == "call" and (is_function or isinstance(meaning, Unknown))

    def is_leaf(self, place: int) -> bool:
        """Is the part one symbol: a variable, an entry, or a declared spelling?"""
        part = self.parts[place]
        if part.kind == "name":
            return isinstance(self.of[place], (Variable, Size))
        if part.kind == "call":
            return isinstance(self.of[place], Indexed)
        child = self.parts[part.children[0]] if part.children else part
        return part.kind == "group" and (child.start, child.end) == (part.start, part.end)

    def is_number(self, place: int) -> bool:
        """Is the part a numeral?"""
        return self.parts[self.inner(place)].kind == "number"

    def number(self, place: int) -> Any:
        """The value of a numeral."""
        return self.parts[self.inner(place)].value

    def with_sign(self, place: int, sign: str) -> Change:
        """The same operands with another sign between them."""
        return Change(part=self.parts[place]._replace(value=sign))

    def swapped(self, place: int) -> Change:
        """The same operator with its operands in the other order."""
        part = self.parts[place]
        return Change(part=part._replace(children=part.children[::-1]))
