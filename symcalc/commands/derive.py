"""`symcalc derive`: gradients (or Jacobians) in textbook form, with shapes and a numeric check."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from symcalc.check import GradientCheck
from symcalc.commands.document import DOCUMENTS, write, write_document
from symcalc.commands.record import derivation_record
from symcalc.commands.request import Derivative, Request, read_request
from symcalc.commands.wording import layout_words, left_out_words, remark, shape_words
from symcalc.errors import ArgumentError, CheckError
from symcalc.graph.node import Node
from symcalc.graph.walk import topological
from symcalc.identities import simplify
from symcalc.notation import Definition, definitions, name_parts, text

WIDTH = 118
_MARGIN = 10
#: A result that is named (δ xᵀ) is also written out if that is not longer than this.
_LONGEST_SECOND_FORM = 48


@dataclass(frozen=True)
class Answer:
    """A request with its results, the names of the pieces in them, and the numeric check."""

    request: Request
    check: GradientCheck | None
    #: Why there is no check, if one was wanted.
    unchecked: str = ""

    @property
    def sentence(self) -> str:
        """What the check found, or why it could not be done."""
        return self.check.sentence() if self.check is not None else self.unchecked

    @cached_property
    def names(self) -> dict[Node, str]:
        """Names for the pieces that the results use, directly or through each other; a vector function has its own."""
        values = [derivative.value for derivative in self.request.derivatives]
        function = simplify(self.request.function)
        names = name_parts(values, function)
        if function.ndim and function.args and self.request.name not in names.values():
            names[function] = self.request.name
        used = set(topological(*values))
        return {node: name for node, name in names.items() if node in used}

    def let(self, spelling: str) -> list[Definition]:
        """The named pieces in the order of the forward pass; the function itself stands above them."""
        function = simplify(self.request.function)
        return [part for part in definitions(self.names, spelling) if part.node is not function]

    def forms(self, derivative: Derivative, spelling: str = "unicode") -> list[str]:
        """A derivative with the names, and written out if that is another text of bearable length."""
        named = text(derivative.value, spelling, self.names)
        full = text(derivative.value, spelling, limit=None)
        return [named, full] if full != named and len(full) <= _LONGEST_SECOND_FORM else [named]


def run(arguments: Namespace) -> int:
    """Derive, check and print (or write to a file); the exit status."""
    request = read_request(arguments)
    if arguments.format in DOCUMENTS and not arguments.json:
        write_document(request, arguments)
        return 0
    for option in ("style", "detail"):
        if getattr(arguments, option) is not None:
            formats = ", ".join(DOCUMENTS)
            raise ArgumentError(f"--{option} is for whole derivations: add --format {formats.replace(', ', ' or ')}")
    answer = Answer(request, None) if arguments.no_check else _checked(request)
    if arguments.json or arguments.format == "json":
        record = derivation_record(request, answer.check, answer.names, answer.let)
        if answer.unchecked:
            record["unchecked"] = answer.unchecked
        write(json.dumps(record, indent=2, ensure_ascii=False) + "\n", arguments.output)
    else:
        write(_FORMATS[arguments.format](answer) + "\n", arguments.output)
    return 0 if answer.check is None or answer.check.ok else 1


def _checked(request: Request) -> Answer:
    """The answer with its check.  A derivative is an answer also where no point for a check was found."""
    try:
        return Answer(request, request.check())
    except CheckError as error:
        return Answer(request, None, f"not by numbers: {error}")


# -- plain text -----------------------------------------------------------------------------------


def as_text(answer: Answer) -> str:
    """The reading with shapes, the named pieces, the results in columns, the check."""
    request = answer.request
    blocks = [_reading(request)]
    pieces = [f"{part.name} = {part.value}" for part in answer.let("unicode")]
    blocks += _wrapped("let", pieces)
    blocks += _wrapped("layout", [layout_words(request)]) if layout_words(request) else []
    blocks += _wrapped("left out", [left_out_words(request)]) if request.left_out else []
    blocks += ["", *_results(answer)]
    if answer.sentence:
        blocks += ["", *_wrapped("checked", [answer.sentence])]
    return "\n".join(blocks)


def _reading(request: Request) -> str:
    shapes = [f"{text(node)}: {shape_words(node)}" for node in request.variables]
    shapes.append(f"{request.name}: {shape_words(request.function)}")
    note = "      (shapes inferred)" if request.inferred else ""
    formula = f"{'reading':<{_MARGIN}}{request.name} = {text(request.function)}"
    line = f"{formula:<{_MARGIN + 27}}{'   '.join(shapes)}{note}"
    if len(formula) <= _MARGIN + 24 and len(line) <= WIDTH:
        return line
    return "\n".join([formula, *_wrapped("", shapes)]) + note


def _wrapped(label: str, pieces: list[str]) -> list[str]:
    """A label in the margin and pieces beside it, three blanks between, broken between pieces."""
    lines: list[str] = []
    for piece in pieces:
        if lines and len(lines[-1]) + 3 + len(piece) <= WIDTH:
            lines[-1] += f"   {piece}"
        else:
            lines.append(f"{'' if lines else label:<{_MARGIN}}{piece}")
    return lines


def _results(answer: Answer) -> list[str]:
    request = answer.request
    rows = []
    for derivative in request.derivatives:
        left = f"∂{request.name}/∂{text(derivative.variable)}"
        formula = " = ".join([left, *answer.forms(derivative)])
        rows.append((formula, shape_words(derivative.value), remark(request, derivative)))
    first = min(max(len(row[0]) for row in rows), 72) + 6
    second = max(len(row[1]) for row in rows) + 3
    return [f"{formula + '   ':<{first}}{shape:<{second}}{words}".rstrip() for formula, shape, words in rows]


# -- LaTeX and Markdown -----------------------------------------------------------------------------


def as_latex(answer: Answer) -> str:
    """One `aligned` block: the function, the named pieces, the results with their shapes."""
    request = answer.request
    lines = [f"{request.name} &= {text(request.function, 'latex')}"]
    lines += [f"{part.name} &= {part.value}" for part in answer.let("latex")]
    for derivative in request.derivatives:
        shape = _latex_shape(derivative.value)
        lines.append(f"{_latex_partial(request, derivative)} &= {answer.forms(derivative, 'latex')[0]} && {shape}")
    body = " \\\\\n".join(lines)
    notes = _notes(request)
    notes += [f"checked: {answer.sentence}"] if answer.sentence else []
    return "\n".join([f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}", *[f"% {note}" for note in notes]])


def as_markdown(answer: Answer) -> str:
    """Sentences and a table, mathematics between dollar signs."""
    request = answer.request
    sets = [rf"${text(node, 'latex')} \in {_latex_set(node)}$" for node in request.variables]
    lines = [f"${request.name} = {text(request.function, 'latex')}$ with {', '.join(sets)}"]
    let = [f"${part.name} = {part.value}$" for part in answer.let("latex")]
    lines += ["", f"where {', '.join(let)}"] if let else []
    lines += ["", *[f"{note}." for note in _notes(request)]] if _notes(request) else []
    lines += ["", "| derivative | shape | |", "|---|---|---|"]
    for derivative in request.derivatives:
        formula = f"{_latex_partial(request, derivative)} = {answer.forms(derivative, 'latex')[0]}"
        cells = (
            f"${formula}$".replace("|", r"\vert "),
            f"${_latex_shape(derivative.value)}$",
            remark(request, derivative),
        )
        lines.append(f"| {' | '.join(cells)} |")
    if answer.sentence:
        lines += ["", f"Checked: {answer.sentence.rstrip('.')}."]
    return "\n".join(lines)


def _notes(request: Request) -> list[str]:
    notes = [layout_words(request)] if layout_words(request) else []
    return [*notes, f"left out: {left_out_words(request)}"] if request.left_out else notes


def _latex_partial(request: Request, derivative: Derivative) -> str:
    return rf"\frac{{\partial {request.name}}}{{\partial {text(derivative.variable, 'latex')}}}"


def _latex_shape(node: Node) -> str:
    return "1" if node.ndim == 0 else r" \times ".join(map(str, node.shape))


def _latex_set(node: Node) -> str:
    rows, cols = node.shape
    if node.ndim == 0:
        return r"\mathbb{R}"
    power = f"{rows}" if node.ndim == 1 else rf"{rows} \times {cols}"
    return rf"\mathbb{{R}}^{{{power}}}"


_FORMATS: Mapping[str, Callable[[Answer], str]] = {"text": as_text, "latex": as_latex, "markdown": as_markdown}
