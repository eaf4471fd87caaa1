"""The judge of one problem: reads an answer, decides by values, names the mistake."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from symcalc.calculus import jacobian
from symcalc.errors import ArgumentError, UnsupportedError
from symcalc.graph.node import Node
from symcalc.homework.answers import Answer, Reader, Unreadable
from symcalc.homework.conditions import is_condition
from symcalc.homework.differentials import Directions
from symcalc.homework.lines import MOST_LINES, expressions, judge_lines
from symcalc.homework.outline import Outline
from symcalc.homework.search import Explainer, Explanation
from symcalc.homework.target import TOO_LARGE, Ground, Target
from symcalc.homework.verdict import Spelling, Verdict, WrongAnswer, written
from symcalc.homework.wording import (
    counterexample,
    explained,
    layout_sentence,
    shapes_sentence,
    symbols_of,
    unexplained,
)
from symcalc.operations.unknown import unknown_functions

if TYPE_CHECKING:
    from symcalc.homework.problem import Problem

#: Numerals so small that what they multiply is lost in rounding: more digits decide then.
_TINY = re.compile(r"\^\s*\{?\s*[-−]\s*\d\d|[eE]-\d|\.000|\d{9}")


def _is_dropped(chain: Verdict) -> bool:
    """Is there a part of a chain that could not be read, and that is no derivative which is still to be taken?"""
    unread = [line.text for line in chain.lines if line.status == "unreadable"]
    return any(r"\partial" not in text and r"\nabla" not in text and "∂" not in text for text in unread)


def _lines(answer: Any) -> list[str]:
    """The lines of a derivation, each of them a text."""
    lines = list(answer) if isinstance(answer, Sequence) and not isinstance(answer, bytes) else [answer]
    for line in lines:
        if not isinstance(line, str):
            raise ArgumentError(f"an answer is a text or a list of texts, not {type(line).__name__}")
    return lines


class Judge:
    """Judges answers to one problem; what they are compared with is derived and evaluated once."""

    #: What is said of an answer that is right if a sign is read kindly.
    kindly = "Right if ⊗ is read as the product entry by entry (∘); it stands for another product."

    def __init__(self, problem: Problem):
        self.problem = problem
        self.ground = Ground(problem)
        self.ground.check()
        self._opaque = frozenset(node for name, node in problem.declared.items() if name not in problem.variables)

    @cached_property
    def reader(self) -> Reader:
        """Reads answers to this problem."""
        problem, target = self.problem, self.ground.answer
        known = frozenset(unknown_functions(target.node, *problem.declared.values()))
        functions = {"grad": self.derivative} if problem.wrt else {}
        return Reader(
            problem.declared, problem.notation, problem.macros, functions, known, target.node.shape, problem.wrt_node
        )

    @cached_property
    def directions(self) -> Directions:
        """What differentials in an answer are compared with."""
        return Directions(self.problem, self.ground)

    @cached_property
    def explainer(self) -> Explainer:
        """Explains answers that differ from what is asked for."""
        target = self.ground.answer
        forms = [node for node in (target.node, self.problem.expected_node) if node is not None]
        return self.explainer_for(target, forms)

    def explainer_for(self, target: Target, forms: list[Node]) -> Explainer:
        """Explains what differs from another target, of which some forms are known."""
        return Explainer(target, forms, self._opaque, self.problem.wrt_node)

    def derivative(self, node: Any) -> Any:
        """What `grad` and ∂/∂x mean in an answer: the derivative that is asked for, of any scalar."""
        if not isinstance(node, Node):
            raise UnsupportedError("a derivative under an index")
        found = self.ground.derivative(node) if not node.ndim else jacobian(node, self.problem.wrt_node)
        if len(found.shape) > 2:
            raise UnsupportedError("a derivative of rank 3 or more inside a line")
        return found

    # -- verdicts --------------------------------------------------------------------------------
    def verify(
        self, answer: str | Sequence[str], notation: Mapping[str, str] | None, syntax: str, reveal: bool
    ) -> Verdict:
        """The verdict on an answer or on the lines of a derivation."""
        with np.errstate(all="ignore"):
            if isinstance(answer, str):
                verdict = self.answer(answer, notation, syntax)
            else:
                verdict = judge_lines(self, _lines(answer), notation, syntax)
        if reveal:
            verdict = replace(verdict, answer=written(self.ground.answer.node, self.spelling(notation)))
        return verdict

    def check(self, answer: str | Sequence[str], notation: Mapping[str, str] | None, syntax: str) -> Verdict:
        """The verdict if it is right; else `WrongAnswer`."""
        verdict = self.verify(answer, notation, syntax, False)
        if not verdict.is_right:
            raise WrongAnswer(verdict.message)
        return verdict

    def answer(self, text: str, notation: Mapping[str, str] | None, syntax: str) -> Verdict:
        """The verdict on one answer."""
        try:
            read = self.reader.read(text, notation, syntax)
        except Unreadable as error:
            chain = self._chain(text, notation) if syntax == "latex" else None
            statement = self._statement(text, notation) if syntax == "latex" else None
            if statement is not None and (chain is None or statement.lines[0].kind == "condition"):
                return statement
            if chain is not None:
                if chain.first_wrong_line is None and not _is_dropped(chain):
                    return chain
                # What could not be read may be what the rest is about.
                is_read = all(line.status != "unreadable" for line in chain.lines)
                return replace(chain, status="wrong" if is_read else "unreadable", credit=0.0)
            return Verdict("unreadable", message=error.message, position=error.position)
        if self.ground.is_too_large(read.node):
            return Verdict("unreadable", message=TOO_LARGE)
        if read.holds_derivative:
            return Verdict("unreadable", message="This still holds a derivative sign: work it out.", notes=read.notes)
        verdict = self.judged(read, notation)
        is_wrong = verdict.status == "wrong" and syntax == "latex" and "=" in text
        return (self._statement(text, notation) if is_wrong else None) or verdict

    def _statement(self, text: str, notation: Mapping[str, str] | None) -> Verdict | None:
        """The verdict on an equation that is no answer: where the derivative is zero, or between differentials."""
        found = judge_lines(self, [text], notation, "latex")
        return found if found.lines[0].kind in ("condition", "differential") else None

    def _chain(self, text: str, notation: Mapping[str, str] | None) -> Verdict | None:
        """The verdict on a text that is a chain of equations, with or without definitions round it."""
        reader, formula = self.reader, text
        try:
            found = reader.explained(text, notation)
        except Unreadable:
            return None
        if found is not None:
            reader, formula = found.reader, found.formula
        parts = expressions(formula, reader)
        return judge_lines(self, parts, notation, "latex", reader) if 1 < len(parts) <= MOST_LINES else None

    def judged(self, answer: Answer, notation: Mapping[str, str] | None) -> Verdict:
        """The verdict on an answer that was read."""
        target = self.ground.answer
        relation = self.relation(answer, target)
        spelling = self.spelling(notation)
        if relation == "same" and answer.is_read_kindly:
            label = "hadamard_as_matmul"
            verdict = Verdict("charitable", label, self.kindly, (label,))
        elif relation == "same":
            return Verdict(
                "correct", None, "Right.", notes=answer.notes, credit=1.0, node=answer.node, spelling=spelling
            )
        elif relation == "transpose":
            label, says = layout_sentence(self.problem, target.node, self.symbols(notation))
            verdict = Verdict("layout", label, says, (label,), credit=1.0)
        else:
            found = self.explainer.explain(Outline(answer, target.node.shape, self.problem.function_node))
            verdict = self.explained(answer, found, target)
        return replace(verdict, notes=answer.notes, node=answer.node, spelling=spelling)

    def is_condition(self, equation: Node) -> bool:
        """Does an expression that is said to be zero say that the derivative is zero?"""
        if equation.ndim and self.ground.answer.is_multiple(equation):
            return True
        wrt = self.problem.wrt_node
        is_gradient = self.problem.derivative in ("", "gradient") and wrt is not None and wrt.op.is_variable
        return is_gradient and is_condition(self.ground, equation, wrt)  # type: ignore[arg-type]

    def relation(self, answer: Answer, target: Target) -> str:
        """ "same", "transpose" or "": what an answer is to a target."""
        return "" if answer.node is None else target.relation(answer.node, bool(_TINY.search(answer.text)))

    def explained(self, answer: Answer, found: Explanation | None, target: Target) -> Verdict:
        """The verdict on an answer that is not right as it stands."""
        node, error = answer.node, answer.error
        if found is None:
            if node is None:
                assert error is not None
                return Verdict("wrong", message=shapes_sentence(error))
            says = unexplained(node, target.node)
            return Verdict("wrong", None, says, counterexample=self._counterexample(node, target))
        labels = tuple(label for label in found.labels if label)
        is_charitable = (
            error is not None and found.is_exact and answer.is_ambiguous and all(edit.supplies for edit in found.edits)
        )
        says = explained(found, error)
        if is_charitable:
            return Verdict("charitable", found.label, f"{says} Read in that way it is right.", labels)
        example = None if node is None else self._counterexample(node, target)
        return Verdict("wrong", found.label, says, labels, counterexample=example)

    def _counterexample(self, node: Node, target: Target) -> dict[str, Any] | None:
        symbols = node.free_symbols | target.node.free_symbols
        names = [name for name in self.problem.variables if self.problem.declared[name] in symbols]
        return counterexample(node, target.node, target.batches[0], names)

    # -- notation ----------------------------------------------------------------------------------
    def symbols(self, notation: Mapping[str, str] | None) -> dict[str, str]:
        """How declared names are written in LaTeX."""
        return symbols_of({**self.problem.notation, **(notation or {})}, self.problem.declared)

    def spelling(self, notation: Mapping[str, str] | None) -> Spelling:
        """How expressions are written back: the names of definitions, and the notation."""
        return Spelling(self.problem, dict(notation or {}))
