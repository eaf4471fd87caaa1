"""A derivation as LaTeX, Markdown and Unicode text: three ways of writing the same steps."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcalc.derivation.algebra import statements
from symcalc.derivation.lines import FULL, LEVELS, Equal, Formula, Line, Size, Step, Words
from symcalc.derivation.rows import WIDTH, aligned, broken, width_of
from symcalc.derivation.statements import latex_statement
from symcalc.graph.node import Node, is_one
from symcalc.notation import Style, text

if TYPE_CHECKING:
    from symcalc.derivation.entry import Derivation

TIMES = r" \times "
#: A title whose mathematics is wider than this (in characters) leaves the function out.
LONGEST_TITLE = 50
#: A sentence in displayed mathematics is cut into rows of this many characters.
LONGEST_SENTENCE = 100
#: Rows of a block that may not be torn apart.
LONGEST_BLOCK = 8
_HIGH = dict(zip("nmkpdhj2345", "ⁿᵐᵏᵖᵈʰʲ²³⁴⁵", strict=True))


class Writer:
    """What the outputs share: expressions with the derivation's symbols, and lines cut into rows."""

    spelling = "latex"

    def __init__(self, derivation: Derivation, options: Style | None = None):
        self.derivation = derivation
        symbols = derivation.symbols
        chosen = options or Style()
        self.style = replace(chosen, symbols={**symbols.latex, **chosen.symbols})
        self.names = {**symbols.named, **symbols.unicode}
        self.everything = LEVELS[derivation.detail] >= FULL

    def math(self, node: Node, bare: tuple[Node, ...] = (), spelling: str = "") -> str:
        """An expression; those in `bare` are written out although they have a name."""
        names = {key: name for key, name in self.names.items() if key not in bare}
        return text(node, spelling or self.spelling, names, self.style)

    def sides(self, line: Line, spelling: str = "") -> list[str]:
        """The sides as text; neighbours that read alike are one."""
        bare = written_out(line)
        return [self.math(side, bare, spelling) for side in self.kept(line)]

    def kept(self, line: Line) -> list[Node]:
        """The sides that are shown: of neighbours that read alike the first, of those that differ in the order of their
        terms the last."""
        bare = written_out(line)
        kept: list[Node] = []
        seen: list[list[str]] = []
        for side in line.sides:
            words = self.math(side, bare, "unicode")
            terms = [self.math(arg, bare, "unicode") for arg in side.args] if side.op.name == "add" else [words]
            if not seen or sorted(terms) != sorted(seen[-1]):
                kept.append(side)
                seen.append(terms)
            elif len(kept) > 1 and terms != seen[-1]:
                kept[-1], seen[-1] = side, terms
        return kept

    def shown(self, words: Words) -> str:
        """The words in Unicode."""
        return "".join(part if isinstance(part, str) else self._shown(part) for part in words)

    def _shown(self, part: Any) -> str:
        if isinstance(part, Equal):
            return f"{self._shown(part.left)} = {self.math(part.right, (part.right,), 'unicode')}"
        return self.size(part.node, "×") if isinstance(part, Size) else self.math(part, (), "unicode")

    def reasons(self, line: Line) -> list[str]:
        return statements(line.why, self.everything)

    def lines(self, step: Step) -> list[Line]:
        """The lines of a step; an identity that several of them use is named at the first, unless all are asked for."""
        if self.everything:
            return list(step.lines)
        said: set[str] = set()
        found = []
        for line in step.lines:
            found.append(replace(line, why=tuple(name for name in line.why if name not in said)))
            said.update(line.why)
        return found

    def title_words(self, short: bool = False) -> Words:
        """∂s/∂W and ∂s/∂b for s = …; the function is left out if that is asked for."""
        derivation = self.derivation
        plan = derivation._plan
        names: list[Any] = []
        for k, symbol in enumerate(derivation.derivatives):
            if k:
                names.append(" and " if k == len(derivation.wrt) - 1 else ", ")
            names.append(symbol)
        return tuple(names) if short else (*names, " for ", Equal(plan.output, derivation.function))

    def size(self, node: Node, times: str) -> str:
        """n×m, with the sign for × of the spelling; of a Jacobian 1×nm."""
        meaning = self.derivation.symbols.meanings.get(node)
        if meaning is not None and meaning.wrt is not None and meaning.kind in ("local", "total"):
            return f"{_entries(meaning.of, times)}{times}{_entries(meaning.wrt, times)}"
        return times.join(map(_dimension, node.shape))


def written_out(line: Line) -> tuple[Node, ...]:
    """What is not printed by its name: a definition, also where it is the factor of an index form."""
    if not line.defines:
        return ()
    return (*line.sides, *[arg for side in line.sides if side.op.name == "einsum" for arg in side.args])


def _entries(node: Node, times: str) -> str:
    """The number of entries: nm of an n×m matrix."""
    sizes = [size for size in node.shape if not is_one(size)]
    words = [_dimension(size) if size.is_Atom or len(sizes) == 1 else f"({_dimension(size)})" for size in sizes]
    if len(words) == 2 and words[0] == words[1] and len(words[0]) == 1:
        return f"{words[0]}{'²' if times == '×' else '^2'}"
    sign = "·" if len(words) > 1 and all(word.isdigit() for word in words) else ""
    return sign.join(words) or "1"


def _dimension(size: Any) -> str:
    return str(size).replace("**", "^").replace("*", " ")


class Latex(Writer):
    """LaTeX for amsmath; KaTeX and MathJax read the mathematics."""

    spelling = "latex"

    def math(self, node: Node, bare: tuple[Node, ...] = (), spelling: str = "") -> str:
        return (
            _spaced(super().math(node, bare, spelling))
            if spelling in ("", "latex")
            else super().math(node, bare, spelling)
        )

    def document(self, proof: str = "") -> str:
        """A document that compiles as it is; `proof` is a sentence about the check."""
        end = [rf"\medskip\textit{{{_text(proof)}}}", ""] if proof else []
        return "\n".join(
            [
                r"\documentclass[fleqn]{article}",
                r"\usepackage{amsmath, amssymb}",
                r"\setlength{\textwidth}{16cm}\setlength{\oddsidemargin}{0cm}\setlength{\topmargin}{-1cm}",
                r"\setlength{\textheight}{23cm}\setlength{\parindent}{0pt}\setlength{\parskip}{4pt}",
                r"\setlength{\mathindent}{1.5em}",
                r"\allowdisplaybreaks",
                r"\begin{document}",
                self.fragment(),
                "",
                *end,
                r"\end{document}",
                "",
            ]
        )

    def fragment(self) -> str:
        """The body of an article."""
        title, function = self.opening()
        parts = [rf"\subsection*{{{self.sentence(title)}}}"]
        parts += [f"\\[\n{function}\n\\]"] if function else []
        for k, step in enumerate(self.derivation.steps):
            parts.append(self.step(k + 1, step))
        return "\n\n".join(parts)

    def opening(self) -> tuple[Words, str]:
        """The title, and the function as displayed mathematics if it is too long to stand in the title."""
        words = self.title_words()
        function = words[-1]
        assert isinstance(function, Equal)
        if sum(width_of(self.fragment_of(part)) for part in words if not self.is_text(part)) <= LONGEST_TITLE:
            return words, ""
        if len(self.derivation.steps[0].lines) == 1:
            return self.title_words(short=True), ""  # the first step shows the function and nothing else
        line = Line((function.left, function.right), defines=True)
        rows = self.rows(line)
        return self.title_words(short=True), aligned(rows) if len(rows) > 1 else rows[0].replace("&", "", 1)

    def displayed(self) -> str:
        """The whole derivation as one displayed formula, for notebooks that typeset mathematics and nothing else."""
        title, function = self.opening()
        rows = [*self._sentence_rows(title), *([function] if function else [])]
        for k, step in enumerate(self.derivation.steps):
            rows += [rf"\textbf{{{k + 1}. {step.heading}.}}", *self._sentence_rows(step.words)]
            display = self.display(step)
            rows += [rf"\quad\displaystyle {display}"] if display else []
        body = " \\\\[10pt]\n".join(rows)
        return f"$$\n\\begin{{array}}{{l}}\n{body}\n\\end{{array}}\n$$"

    def _sentence_rows(self, words: Words) -> list[str]:
        """A sentence in rows, for mathematics does not wrap."""
        rows: list[str] = []
        row, width = "", 0
        for part in words:
            is_words = isinstance(part, str) and self.is_text(part)
            for piece in re.findall(r"\S+\s*|\s+", part) if isinstance(part, str) and is_words else [part]:
                own = len(piece) if isinstance(piece, str) and is_words else width_of(self.fragment_of(piece))
                if width + own > LONGEST_SENTENCE:
                    rows.append(row)
                    row, width = "", 0
                row += rf"\text{{{piece}}}" if is_words else self.inline(piece)
                width += own
        # The words of a row are one text.
        return [row.replace(r"}\text{", "") for row in [*rows, row] if row]

    def step(self, number: int, step: Step) -> str:
        words = f" {self.sentence(step.words)}" if step.words else ""
        head = rf"\textbf{{{number}. {step.heading}.}}{words}"
        display = self.display(step)
        if display.startswith(r"\begin{aligned}") and display.count("\n") > LONGEST_BLOCK:
            # `aligned` never breaks over pages; `align*` does where `\allowdisplaybreaks` is set.
            inside = display.removeprefix(r"\begin{aligned}").removesuffix(r"\end{aligned}")
            return f"{head}\n\\begin{{align*}}{inside}\\end{{align*}}"
        return f"{head}\n\\[\n{display}\n\\]" if display else head

    def sentence(self, words: Words) -> str:
        return "".join(str(part) if self.is_text(part) else f"${self.inline(part)}$" for part in words)

    @staticmethod
    def is_text(part: Any) -> bool:
        """Words of a sentence, as against expressions and short formulas in it."""
        return isinstance(part, str) and not isinstance(part, Formula)

    def inline(self, part: Any) -> str:
        """Mathematics in a sentence: fractions with a slash."""
        found = self.fragment_of(part)
        for plain, tex in self.derivation.symbols.inline.items():
            found = found.replace(self.derivation.symbols.latex.get(plain, found + " "), tex)
        return found

    def fragment_of(self, part: Any) -> str:
        if isinstance(part, Equal):
            return f"{self.math(part.left)} = {self.math(part.right, (part.right,))}"
        if isinstance(part, Formula):
            return latex_statement(part)
        if isinstance(part, Size):
            return self.size(part.node, TIMES)
        return self.math(part)

    # -- displayed mathematics ------------------------------------------------------------------------
    def display(self, step: Step) -> str:
        """All lines of a step in one `aligned` block."""
        packed = self._packed(step)
        if packed:
            return packed
        lines = self.lines(step)
        rows = [row for line in lines for row in self.rows(line)]
        if any(line.boxed for line in lines):
            # Boxes begin at the margin, and so do the lines between them.
            rows = [row if row.startswith("&") else f"&{row.replace('&', '', 1)}" for row in rows]
        if not rows:
            return ""
        if len(rows) == 1:
            return rows[0].replace("&", "", 1)
        return aligned(rows)

    def _packed(self, step: Step) -> str:
        """Short definitions side by side."""
        if not step.lines or not all(line.defines and line.is_set for line in step.lines):
            return ""
        width = sum(len(" = ".join(self.sides(line, "unicode"))) + 8 for line in step.lines)
        if width > WIDTH:
            return ""
        return r",\quad ".join("".join(self.rows(line)).replace("&", "", 1) for line in step.lines)

    def rows(self, line: Line) -> list[str]:
        """The line, broken at signs of equality (and at sums that are longer than a row)."""
        rows, width = self._formula(line)
        if line.boxed:
            inside = rows[0].replace("&", "", 1) if len(rows) == 1 else aligned(rows)
            rows = [rf"&\boxed{{{inside}}}"]
        for part, own in self._tail(line):
            if width + own > WIDTH + 8:
                rows.append(r"&\qquad")
                width = 6
            rows[-1] += f" {part}"
            width += own
        return rows

    def _formula(self, line: Line) -> tuple[list[str], int]:
        """Rows of the equation, and about how wide the last one is."""
        sides = self.sides(line)
        # A box has a frame, and the shape of what is in it behind it.
        most = WIDTH - 16 if line.boxed else WIDTH
        rows, row, width = [], f"{sides[0]} &", width_of(sides[0])
        for k, side in enumerate(sides[1:]):
            if k and width + width_of(side) + 3 > most:
                rows.append(row)
                row, width = "&", 3
            first, *others = broken(side, max(most - width - 3, most // 2))
            row += f"= {first}" if row.endswith("&") else f" = {first}"
            for other in others:
                rows.append(row)
                row, width = rf"&\quad {other}", 3
            width += width_of((others or [first])[-1]) + 3
        return [*rows, row], width

    def _tail(self, line: Line) -> list[tuple[str, int]]:
        """Shape, words and identities behind a line, each with its width."""
        parts = []
        if line.shape is not None and line.is_set:
            parts.append((rf"\in {space_latex(line.shape)}", 5))
        elif line.shape is not None and line.shape.ndim:
            parts.append((rf"\quad ({self.size(line.shape, TIMES)})", 8))
        if line.note:
            parts.append((rf"\quad {self.note(line.note)}", len(self.shown(line.note)) + 3))
        for statement in self.reasons(line):
            parts.append((rf"\quad [{latex_statement(statement)}]", len(statement) + 3))
        return parts

    def note(self, words: Words) -> str:
        return "".join(rf"\text{{{part}}}" if self.is_text(part) else self.fragment_of(part) for part in words)


def _spaced(latex: str) -> str:
    """Thin spaces around differentials in a product: A dX B."""
    latex = re.sub(r"(?<=[\w})]) (?=\\mathrm\{d\})", r" \\, ", latex)
    return re.sub(r"(\\mathrm\{d\}\S+) (?=[A-Za-z(]|\\left|\\mathbf|\\operatorname|\\Delta|\\Sigma)", r"\1 \\, ", latex)


def _text(words: str) -> str:
    """Words for LaTeX's text mode."""
    return re.sub(r"[_&%#]", r"\\\g<0>", words)


def _length(vector: Node) -> Any:
    return vector.shape[0] if is_one(vector.shape[1]) else vector.shape[1]


def space_latex(node: Node) -> str:
    """ℝ, ℝⁿ, ℝⁿˣᵐ."""
    if node.ndim == 0:
        return r"\mathbb{R}"
    if node.ndim == 1:
        return rf"\mathbb{{R}}^{{{_dimension(_length(node))}}}"
    return rf"\mathbb{{R}}^{{{TIMES.join(map(_dimension, node.shape))}}}"


class Markdown(Latex):
    """Markdown with mathematics between dollar signs."""

    def page(self) -> str:
        """The whole derivation."""
        title, function = self.opening()
        parts = [f"**{self.sentence(title)}**", *([f"$$\n{function}\n$$"] if function else [])]
        for k, step in enumerate(self.derivation.steps):
            parts.append(self.step(k + 1, step))
        return "\n\n".join(parts)

    def step(self, number: int, step: Step) -> str:
        words = f" {self.sentence(step.words)}" if step.words else ""
        head = f"**{number}. {step.heading}.**{words}"
        display = self.display(step)
        return f"{head}\n\n$$\n{display}\n$$" if display else head


class Plain(Writer):
    """Unicode text for a terminal."""

    spelling = "unicode"

    def page(self) -> str:
        """The whole derivation."""
        blocks = [self.sentence(self.title_words())]
        for k, step in enumerate(self.derivation.steps):
            words = f" {self.sentence(step.words)}" if step.words else ""
            lines = [row for line in self.lines(step) for row in self.rows(line)]
            blocks.append("\n".join([f"{k + 1}. {step.heading}.{words}", *[f"     {row}" for row in lines]]))
        return "\n\n".join(blocks)

    def sentence(self, words: Words) -> str:
        return self.shown(words)

    def rows(self, line: Line) -> list[str]:
        sides = self.sides(line)
        indent = " " * (len(sides[0]) + 1)
        rows, row = [], sides[0]
        for side in sides[1:]:
            if len(row) + len(side) > WIDTH + 12 and row is not sides[0]:
                rows.append(row)
                row = indent[:-1]
            row += f" = {side}"
        tail = []
        if line.shape is not None and (line.shape.ndim or not line.is_set):
            tail.append(self._size(line))
        tail += [self.sentence(line.note)] if line.note else []
        tail += [f"[{statement}]" for statement in self.reasons(line)]
        words = "   ".join(part for part in tail if part)
        if words and len(row) + len(words) > WIDTH + 30:
            return [*rows, row, f"{indent}    {words}"]
        return [*rows, f"{row}    {words}" if words else row]

    def _size(self, line: Line) -> str:
        node = line.shape
        if node is None or not node.ndim:
            return ""
        if not line.is_set:
            return f"({self.size(node, '×')})"
        if node.ndim == 2:
            return f"∈ ℝ^({self.size(node, '×')})"
        length = _dimension(_length(node))
        return f"∈ ℝ{_HIGH[length]}" if length in _HIGH else f"∈ ℝ^{length}"


__all__ = ["Latex", "Markdown", "Plain"]
