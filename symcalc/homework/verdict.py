"""Verdicts as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from symcalc.graph.node import Node
from symcalc.homework.wording import symbols_of
from symcalc.identities import simplify
from symcalc.notation import Style, latex
from symcalc.operations.products import transpose

if TYPE_CHECKING:
    from symcalc.homework.problem import Problem

#: What a verdict can say, from the best on.
STATUSES = ("correct", "layout", "charitable", "wrong", "unreadable")
#: The statuses of an answer that is right, in whichever layout.
RIGHT = ("correct", "layout")


class WrongAnswer(AssertionError):
    """An answer that is not right; the message says what is wrong and never what would be right."""


@dataclass(frozen=True)
class LineVerdict:
    """One line of a derivation.

    number     counted from 1;  text: as it was given
    kind       "value", "unevaluated" (a derivative is still to be taken), "objective" (the function itself),
               "cases" (a choice by cases, or a sum over a condition), "equation", "condition" (where the derivative
               is zero), "differential" (dJ = … dw) or "definition" (of a symbol for other lines); "" for what could
               not be read
    status, mistake, message, reading    as of an answer
    follows    does the line follow from the one before it?  None for the first one, and where that cannot be said
    """

    number: int
    text: str
    kind: str
    status: str
    mistake: str | None = None
    message: str = ""
    reading: str = ""
    follows: bool | None = None

    @property
    def is_right(self) -> bool:
        """Is the line right, in whichever layout?"""
        return self.status in RIGHT

    def to_dict(self) -> dict[str, Any]:
        """The line as plain data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Verdict:
    """What `sc.verify` says of an answer.

    status     "correct"; "layout": right, in the other layout; "charitable": right if a sign is read as meant;
               "wrong"; "unreadable".  Of a derivation: what the last line is.
    mistake    a label of the taxonomy (docs/homework.md), or None
    mistakes   all labels, where several mistakes were made
    message    one plain sentence or two
    reading    LaTeX: how the answer was read;  notes: what was left aside or read in one of several ways
    counterexample   a point where the answer differs: sizes, values, the entry, and the two numbers there
    position   where the text could not be read (0-based), or None
    lines, first_wrong_line (counted from 1, or None)    of a derivation
    credit     the share of what was read that is right: of a derivation right lines over lines, else 1 or 0
    answer     the right answer in LaTeX, if it was asked for
    """

    status: str
    mistake: str | None = None
    message: str = ""
    mistakes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    counterexample: Mapping[str, Any] | None = None
    position: int | None = None
    lines: tuple[LineVerdict, ...] = ()
    first_wrong_line: int | None = None
    credit: float = 0.0
    answer: str | None = None
    node: Node | None = field(default=None, repr=False)
    spelling: Spelling | None = field(default=None, repr=False)

    @cached_property
    def reading(self) -> str:
        """LaTeX: how the answer was read; empty if it could not be."""
        return "" if self.node is None or self.spelling is None else written(self.node, self.spelling)

    @cached_property
    def is_proved(self) -> bool:
        """Is a right answer the same expression as the derived one in normal form, not by its values alone?"""
        if self.node is None or self.spelling is None or self.status not in RIGHT:
            return False
        right = simplify(self.spelling.problem.judge.ground.answer.node)
        return simplify(self.node if self.status == "correct" else transpose(self.node)) is right

    @property
    def is_right(self) -> bool:
        """Is the answer right in whichever layout, with every line of it?"""
        return self.status in RIGHT and all(line.is_right for line in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data, ready for JSON."""
        return {
            "status": self.status,
            "mistake": self.mistake,
            "mistakes": list(self.mistakes),
            "message": self.message,
            "reading": self.reading,
            "notes": list(self.notes),
            "counterexample": dict(self.counterexample) if self.counterexample is not None else None,
            "position": self.position,
            "lines": [line.to_dict() for line in self.lines],
            "first_wrong_line": self.first_wrong_line,
            "credit": self.credit,
            "answer": self.answer,
        }


@dataclass(frozen=True)
class Spelling:
    """How a problem and an answer write symbols."""

    problem: Problem
    notation: Mapping[str, str]


def written(node: Node, spelling: Spelling) -> str:
    """An expression in LaTeX, variables and definitions as the notation writes them."""
    problem = spelling.problem
    symbols = symbols_of({**problem.notation, **spelling.notation}, problem.declared)
    names = {found: name for name, found in problem.declared.items() if found.args and found.ndim}
    return latex(node, names=names, options=Style(symbols=symbols))
