"""Derivations: each line against the truth and against the line before it; the first wrong line, and why."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from symcalc.errors import ArgumentError, CheckError, SymcalcError
from symcalc.graph.node import Node
from symcalc.homework.answers import Answer, Reader, Unreadable
from symcalc.homework.conditions import is_claim, kind_of_equation
from symcalc.homework.differentials import Claim, chained, sides
from symcalc.homework.equations import chain_of, is_zero, statements, with_letters
from symcalc.homework.outline import Outline
from symcalc.homework.target import TOO_LARGE, Target
from symcalc.homework.verdict import RIGHT, LineVerdict, Verdict, written
from symcalc.homework.wording import layout_sentence
from symcalc.read import defining_lines
from symcalc.read.latex_symbols import LEFT_OUT
from symcalc.read.syntax import Head

if TYPE_CHECKING:
    from symcalc.homework.judge import Judge

#: Lines of one derivation that are judged.
MOST_LINES = 200


@dataclass
class Step:
    """One expression of a derivation while it is judged."""

    number: int
    text: str
    answer: Answer | None = None
    kind: str = ""
    status: str = "unreadable"
    mistake: str | None = None
    message: str = ""
    follows: bool | None = None
    #: Of a line with differentials: the left-hand side, its own or that of the line which it goes on with.
    left: str = ""

    @property
    def node(self) -> Node | None:
        """The expression, if the line was read and its shapes fit."""
        return None if self.answer is None else self.answer.node


def judge_lines(
    judge: Judge, lines: list[str], notation: Mapping[str, str] | None, syntax: str, reader: Reader | None = None
) -> Verdict:
    """The verdict on the lines of a derivation, read by the problem's reader or by one that knows more symbols."""
    reader = reader or judge.reader
    if not lines:
        raise ArgumentError("a derivation has at least one line")
    if len(lines) > MOST_LINES:
        raise ArgumentError(f"{len(lines)} lines; at most {MOST_LINES} are judged")
    found, last = _judged(judge, lines, notation, syntax, reader)
    if syntax == "latex" and any(line.status == "unreadable" for line in found):
        wiser, defining = _knowing(reader, lines, notation)
        if defining:
            found, last = _judged(judge, lines, notation, syntax, wiser)
            found = [_as_definition(line) if line.number in defining else line for line in found]
    return _summary(judge, tuple(found), last, notation)


def _judged(
    judge: Judge, lines: list[str], notation: Mapping[str, str] | None, syntax: str, reader: Reader
) -> tuple[list[LineVerdict], Step]:
    """The verdicts on all lines, and the last expression."""
    found: list[LineVerdict] = []
    before: Step | None = None
    left = ""
    for number, text in enumerate(lines, 1):
        steps: list[Step] = []
        for statement in statements(text) if syntax == "latex" else [text]:
            if syntax == "latex" and before is not None and before.status in RIGHT and is_zero(statement):
                steps.append(Step(number, statement, before.answer, "condition", "correct"))
                continue
            own, parts = _parts(reader, statement, notation, syntax)
            made = [Step(number, part) for part in parts]
            for step in made:
                step.left = left
                _judge_step(judge, step, before, notation, syntax, own)
                left = step.left
                if step.node is not None:
                    before = None if step.kind == "differential" else step
            formula = parts[0] if len(parts) == 1 else statement
            _judge_equation(judge, formula, made, own, notation, syntax)
            steps += made
        worst = max(steps, key=lambda step: _SEVERITY[step.status])
        shown = worst if _SEVERITY[worst.status] else steps[-1]
        found.append(_line(judge, shown, text, steps[-1], notation))
    return found, steps[-1]


def _judge_equation(
    judge: Judge, text: str, steps: list[Step], reader: Reader, notation: Mapping[str, str] | None, syntax: str
) -> None:
    """An equation that is wrong as a form of the derivative may say where that is zero, or what a symbol is."""
    if syntax != "latex" or not all(step.status == "wrong" and step.kind != "differential" for step in steps):
        return
    reader = reader.with_definitions((), notation)
    nodes = [step.node for step in steps]
    kind = kind_of_equation(judge, text, nodes, reader)
    for step in steps if kind else ():
        step.kind, step.status, step.mistake, step.message, step.follows = kind, "correct", None, "", None
    if not kind and is_claim(judge, text, nodes, reader):
        steps[0].kind, steps[0].mistake, steps[0].message = "condition", None, "The derivative is not zero there."


def _knowing(reader: Reader, lines: list[str], notation: Mapping[str, str] | None) -> tuple[Reader, set[int]]:
    """The reader that knows the symbols which lines define for other lines, and the numbers of those lines."""
    numbers: set[int] = set()
    try:
        defining = defining_lines(lines, reader.macros)
    except SymcalcError:
        return reader, numbers
    for place, definition in defining.items():
        try:
            if not reader.knows(definition, notation):
                reader = reader.with_definitions([definition], notation)
                numbers.add(place + 1)
        except Unreadable:
            continue
    return reader, numbers


def _as_definition(line: LineVerdict) -> LineVerdict:
    """A line that says what a symbol is can be neither right nor wrong: the lines that use it are."""
    if line.is_right or line.status == "unreadable":
        return line
    return replace(line, kind="definition", status="correct", mistake=None, message="", follows=None)


_OPEN = {
    "unevaluated": "The last line is no answer yet: the derivative is still to be worked out.",
    "condition": "The last line says where the derivative is zero; the derivative itself is asked for.",
}
_OPEN["differential"] = "The last line is a differential; the derivative itself is still to be read off from it."
_OPEN["objective"] = _OPEN["unevaluated"]
_SEVERITY = {"correct": 0, "layout": 1, "charitable": 2, "unreadable": 3, "wrong": 4}


def expressions(text: str, reader: Reader) -> list[str]:
    """The expressions of a line of LaTeX, which may be a chain of equations; none if it cannot be taken apart."""
    try:
        lines = chain_of(text) if "=" in text or r"\\" in text else ()
    except SymcalcError:
        return []
    if equations := chained(text, reader):
        return equations
    parts = [line.text for line in lines] or [text]
    if len(parts) < 2 or "_" not in lines[0].left:
        return parts
    # The letters of a component, ∂W_{ji}, say which index counts rows, in every part of the chain.
    return [with_letters(lines[0].left, part) for part in parts]


def _parts(reader: Reader, text: str, notation: Mapping[str, str] | None, syntax: str) -> tuple[Reader, list[str]]:
    """The expressions of one line, and the reader that knows what is defined in it.

    A line that is one expression alone is kept as it is, with its left-hand side.
    """
    if syntax != "latex":
        return reader, [text]
    formula = text
    with suppress(Unreadable):
        found = reader.explained(text, notation)
        if found is not None:
            reader, formula = found.reader, found.formula
    parts = expressions(formula, reader)
    return reader, parts if len(parts) > 1 else [formula]


def _line(judge: Judge, step: Step, text: str, last: Step, notation: Mapping[str, str] | None) -> LineVerdict:
    node = last.node
    reading = "" if node is None else written(node, judge.spelling(notation))
    return LineVerdict(
        step.number, text, step.kind, step.status, step.mistake, step.message, reading, step.follows
    )  # fmt: skip


# -- one line --------------------------------------------------------------------------------------
def _judge_step(
    judge: Judge,
    step: Step,
    before: Step | None,
    notation: Mapping[str, str] | None,
    syntax: str,
    reader: Reader,
) -> None:
    left, step.left = step.left, ""
    try:
        answer = reader.read(step.text, notation, syntax)
    except Unreadable as error:
        if syntax != "latex" or not _judge_differential(judge, step, left, reader.with_definitions((), notation)):
            step.message = error.message
        return
    if judge.ground.is_too_large(answer.node):
        step.message = TOO_LARGE
        return
    step.answer = answer
    target = judge.ground.answer
    holds_derivative = step.answer.holds_derivative
    relation = judge.relation(step.answer, target)
    step.kind = "unevaluated" if holds_derivative else _kind(step.answer)
    if relation == "same" and step.answer.is_read_kindly:
        step.status, step.mistake, step.message = "charitable", "hadamard_as_matmul", judge.kindly
    elif relation:
        step.status = {"same": "correct", "transpose": "layout"}[relation]
        if relation == "transpose":
            step.mistake, step.message = layout_sentence(judge.problem, target.node, judge.symbols(notation))
    elif syntax == "latex" and _judge_differential(judge, step, left, reader.with_definitions((), notation)):
        return
    else:
        target = _target_of(judge, step, before, holds_derivative)
        if target is not judge.ground.answer:
            step.kind = "objective"
        if judge.relation(step.answer, target) == "same":
            step.status = "correct"
        elif _has_vector_derivative(step.answer):
            step.message = "the layout of a derivative of a vector inside a line is open, so I cannot judge it."
        else:
            _explain(judge, step, before, target)
    if before is not None and before.kind and (before.kind == "objective") == (step.kind == "objective"):
        step.follows = _follows(judge, step, before)


def _judge_differential(judge: Judge, step: Step, chain: str, reader: Reader) -> bool:
    """Judge a line between differentials, which may go on with one before it; False if it is none."""
    found = sides(step.text, reader)
    if found is None:
        return False
    left = found.left or chain
    try:
        claim = judge.directions.claim(found.right, left, reader)
        if claim is not None:
            _judge_claim(judge, step, claim)
    except (Unreadable, CheckError) as error:
        if left:
            step.kind, step.answer, step.message = "differential", None, str(error)
        claim = None
    is_one = claim is not None or step.kind == "differential"
    step.left = left if is_one else ""
    return is_one


def _judge_claim(judge: Judge, step: Step, claim: Claim) -> None:
    """A differential against what it should be; wrong only if the line says what it is the differential of."""
    if judge.ground.is_too_large(claim.answer.node):
        raise Unreadable(TOO_LARGE)
    for target in claim.targets:
        relation = judge.relation(claim.answer, target)
        if relation:
            step.answer, step.kind = claim.answer, "differential"
            step.status = {"same": "correct", "transpose": "layout"}[relation]
            if relation == "transpose":
                step.mistake, step.message = layout_sentence(judge.problem, target.node, {})
            return
    node = claim.answer.node
    if node is not None and not judge.directions.is_linear(node):
        raise Unreadable("This holds products of differentials, or none of them in some term, so I cannot judge it.")
    if not claim.is_told or not claim.targets:
        raise Unreadable("I do not know what this is the differential of, so I cannot judge it.")
    step.answer, step.kind = claim.answer, "differential"
    _explain(judge, step, None, claim.targets[0])


def _has_vector_derivative(answer: Answer) -> bool:
    """Is the derivative of something that is no scalar taken in it?"""
    values = Outline(answer, ()).values if answer.holds_derivative else []
    for place, part in enumerate(answer.draft.tree.parts):
        if part.kind == "call" and part.value == Head("grad") and values:
            value = values[part.children[0]]
            if not (isinstance(value, Node) and value.ndim == 0) or values[place] is None:
                return True
    return False


def _kind(answer: Answer) -> str:
    """What a line without a derivative in it is: something by cases, an equation or a value."""
    if r"cases}" in answer.text or any(note.startswith(LEFT_OUT) for note in answer.notes):
        return "cases"
    return "equation" if any(note.startswith("left-hand side") for note in answer.notes) else "value"


def _target_of(judge: Judge, step: Step, before: Step | None, holds_derivative: bool) -> Target:
    """What a line that is not the derivative should be: the derivative, or the function that the lines start from."""
    answer, function = judge.ground.answer, judge.ground.function
    if function is None or step.node is None or holds_derivative or step.kind == "equation" or step.node.ndim:
        return answer
    if judge.relation(step.answer, function) == "same":  # type: ignore[arg-type]
        return function
    if before is not None and before.kind == "objective":
        return function if answer.node.ndim or _is_nearer(judge, step, function) else answer
    if before is None and answer.node.ndim and _is_nearer(judge, step, function):
        return function
    return answer


def _is_nearer(judge: Judge, step: Step, function: Target) -> bool:
    """Does a smaller mistake lead from the function to this line than from the derivative?"""
    assert step.answer is not None
    outline = Outline(step.answer, function.node.shape)
    from_function = judge.explainer_for(function, [function.node]).explain(outline)
    from_answer = judge.explainer.explain(outline)
    return from_function is not None and (from_answer is None or from_function.cost < from_answer.cost)


def _explain(judge: Judge, step: Step, before: Step | None, target: Target) -> None:
    """What went wrong in a line; the line before it, if that is right, is a form of what this one should be."""
    assert step.answer is not None
    forms = [target.node]
    known = before.node if before is not None and before.status == "correct" and before.kind != "unevaluated" else None
    if known is not None and (before.kind == "objective") == (target is not judge.ground.answer):  # type: ignore[union-attr]
        forms.insert(0, known)
    is_usual = len(forms) == 1 and target is judge.ground.answer
    explainer = judge.explainer if is_usual else judge.explainer_for(target, forms)
    found = explainer.explain(Outline(step.answer, target.node.shape, judge.problem.function_node))
    verdict = judge.explained(step.answer, found, target)
    step.status, step.mistake, step.message = verdict.status, verdict.mistake, verdict.message


def _follows(judge: Judge, step: Step, before: Step) -> bool | None:
    """Has a line the values of the one before it?"""
    if step.node is None or before.node is None:
        return None
    return bool(judge.ground.target(before.node).relation(step.node))


# -- the derivation as a whole ----------------------------------------------------------------------
def _summary(judge: Judge, lines: tuple[LineVerdict, ...], last: Step, notation: Mapping[str, str] | None) -> Verdict:
    wrong = [line for line in lines if line.status == "wrong"]
    credit = sum(line.is_right for line in lines) / len(lines)
    final = lines[-1]
    is_open = final.kind in _OPEN and final.status in (*RIGHT, "charitable")
    mistakes = tuple(dict.fromkeys(line.mistake for line in wrong if line.mistake))
    verdict = Verdict(
        "unreadable" if is_open else final.status,
        wrong[0].mistake if wrong else final.mistake,
        " ".join([*_sentences(lines, wrong), *([_OPEN[final.kind]] if is_open else [])]),
        mistakes or ((final.mistake,) if final.mistake else ()),
        lines=lines,
        first_wrong_line=wrong[0].number if wrong else None,
        credit=credit,
        node=last.node,
        spelling=judge.spelling(notation),
    )
    return verdict if last.answer is None else replace(verdict, notes=last.answer.notes)


def _sentences(lines: tuple[LineVerdict, ...], wrong: list[LineVerdict]) -> list[str]:
    """What went wrong first, what is right after it, and what could not be read."""
    said: list[str] = []
    if wrong:
        first = wrong[0]
        is_step = first.follows is False and lines[first.number - 2].is_right
        what = f"does not follow from line {first.number - 1}" if is_step else "is wrong"
        said.append(f"Line {first.number} {what}: {first.message}")
        later = [line.number for line in wrong[1:]]
        if later:
            said.append(f"{_numbered(later)} {'is' if len(later) == 1 else 'are'} wrong as well.")
        elif first.number < len(lines) and all(line.is_right for line in lines[first.number :]):
            rest = list(range(first.number + 1, len(lines) + 1))
            said.append(f"{_numbered(rest)} {'is' if len(rest) == 1 else 'are'} right, and so is your result.")
    unread = [line for line in lines if line.status == "unreadable"]
    if unread:
        said.append(f"{_numbered([line.number for line in unread])} could not be read: {unread[0].message}")
    charitable = [line for line in lines if line.status == "charitable"]
    said += [f"Line {line.number}: {line.message}" for line in charitable[:1]]
    if not said:
        turned = [line for line in lines if line.status == "layout"]
        numbers = [line.number for line in turned]
        where = f"; {_numbered(numbers).lower()} in the other layout, transposed" if turned else ""
        said.append(f"Every line is right{where}.")
    return said


def _numbered(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"Line {numbers[0]}"
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"Lines {numbers[0]}–{numbers[-1]}" if len(numbers) > 2 else f"Lines {numbers[0]} and {numbers[1]}"
    return f"Lines {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
