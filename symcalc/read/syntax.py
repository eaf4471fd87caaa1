"""The syntax tree: a flat list of parts, operands before what uses them, so that walking it is a loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Head:
    """What is called: a name, how many primes it carries (`f''(z)`), and whether a module was named (`np.`)."""

    name: str
    primes: int = 0
    qualified: bool = False


@dataclass(frozen=True, slots=True)
class Bracketed:
    """The value of an index into brackets, `(A*x)(1)`, which looks like a product whose sign was forgotten."""


class Part(NamedTuple):
    """One piece of the tree.

    kind      number, name, constant, string, colon, tuple, group, prefix, binary, postfix, call, index, attribute,
              method or keyword
    value     the number, the name, the operator's meaning, or the `Head` of a call
    children  places of the operands in the tree's list
    start,end the text it covers;  place: where a caret points (the operator's sign)
    first     where its subtree begins in the list (a subtree is contiguous)
    """

    kind: str
    value: object
    children: tuple[int, ...]
    start: int
    end: int
    place: int
    first: int


@dataclass(frozen=True, slots=True)
class Tree:
    """The parts of one expression, the last one being the whole, and the text they come from.

    notes    what was left aside or understood in one of several ways
    indices  the index letters of a left-hand side in their order, which is that of the axes of what is meant
    """

    text: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()

    def source(self, index: int) -> str:
        """The text that a part covers."""
        part = self.parts[index]
        return " ".join(self.text[part.start : part.end].split())
