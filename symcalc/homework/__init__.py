"""Homework: problems, verdicts on answers and derivation lines, and the name of what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symcalc.homework.problem import Problem
from symcalc.homework.verdict import LineVerdict, Verdict, WrongAnswer


def verify(
    problem: Problem | Mapping[str, Any],
    answer: str | Sequence[str],
    notation: Mapping[str, str] | None = None,
    syntax: str = "latex",
    reveal: bool = False,
) -> Verdict:
    """The verdict on a hand-worked answer: right, right in the other layout, or wrong and what went wrong.

    problem   a `Problem`, or the mapping that describes one
    answer    a text, or a list of texts: the lines of a derivation
    notation  what spellings in this answer stand for, over the problem's;  syntax: "latex", "matlab" or "python"
    reveal    should the verdict show the right answer?

    Values decide, at two settings of unequal sizes; what is not understood as a whole is "unreadable", never guessed.
    Raises `ArgumentError` for a problem or notation that is wrong itself.

    >>> problem = {"variables": {"A": ["n", "n"], "x": ["n"]}, "function": "x'*A*x", "wrt": "x"}
    >>> verify(problem, "(A + A^T) x").status
    'correct'
    >>> verify(problem, "2 A x").mistake
    'assumed_symmetric'
    """
    stated = problem if isinstance(problem, Problem) else Problem.from_dict(problem)
    return stated.verify(answer, notation, syntax, reveal)


__all__ = ["LineVerdict", "Problem", "Verdict", "WrongAnswer", "verify"]
