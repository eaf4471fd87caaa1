"""Terms: the pieces of generated source.  A term is a template and its operands; equal terms are one term.

A template is Python source with `{0}`, `{1}`, … where the operands go.  Where an operand needs parentheses is
read off the template's own syntax tree, so an operation may bring any template and nothing is bracketed in vain.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_PLACE = re.compile(r"\{(\d+)\}")
_MARK = re.compile(r"_operand_(\d+)_")

# How tightly an expression binds; an operand that binds less than its place asks for gets parentheses.
ANY, COMPARE, SUM, PRODUCT, MATMUL, SIGN, POWER, ATOM = range(8)


class Term:
    """A piece of source with its operands (`args`) in place.

    rank    the rank of the array it makes (0 for a scalar)
    number  it is a Python number (a literal, a size, or arithmetic on them), no array
    view    it costs nothing to write again (a transpose, an index), so it never needs a name of its own
    hint    what a temporary that holds it may be called
    """

    __slots__ = ("args", "hint", "number", "rank", "template", "view")

    def __init__(self, template: str, args: tuple[Term, ...], rank: int, number: bool, view: bool, hint: str):
        self.template, self.args, self.rank = template, args, rank
        self.number, self.view, self.hint = number, view, hint

    @property
    def is_atom(self) -> bool:
        """A name or a literal: nothing is gained by storing it."""
        return not self.args

    def __repr__(self) -> str:
        return f"<term {self.template} of {len(self.args)}>"


class TermTable:
    """Makes terms, each once, and remembers them in the order they were made (operands come first)."""

    def __init__(self) -> None:
        self._made: dict[tuple, Term] = {}

    @property
    def order(self) -> list[Term]:
        """Every term so far, operands before the terms that use them."""
        return list(self._made.values())

    def make(
        self,
        template: str,
        *args: Term,
        rank: int,
        view: bool = False,
        hint: str = "t",
        number: bool = False,
    ) -> Term:
        """The one term with this template and these operands (those that the template does not use are dropped)."""
        key = (template, args)
        term = self._made.get(key)
        if term is None:
            used = sorted({k for k, _ in analyse(template).places})
            if len(used) < len(args):
                template = _PLACE.sub(lambda match: f"{{{used.index(int(match[1]))}}}", template)
                return self.make(template, *(args[k] for k in used), rank=rank, view=view, hint=hint, number=number)
            term = self._made[key] = Term(template, args, rank, number, view, hint)
        return term

    def find(self, template: str, *args: Term) -> Term | None:
        """The term with this template and these operands if it was made already."""
        return self._made.get((template, args))

    def transpose(self, term: Term) -> Term:
        """The transpose of a matrix; a vector is its own."""
        if term.rank < 2:
            return term
        if term.template == "{0}.T":
            return term.args[0]
        return self.make("{0}.T", term, rank=2, view=True)


@dataclass(frozen=True)
class Template:
    """What the syntax tree says of a template: how tightly it binds, what its places ask for, how long it is."""

    binds: int
    places: tuple[tuple[int, int], ...]  # (operand, how tightly it must bind), in the order of the text
    length: int
    product: bool  # a chain of * and /: a sign in front of it needs no parentheses


@lru_cache(maxsize=4096)
def analyse(template: str) -> Template:
    """The facts about a template (see `Template`)."""
    tree = ast.parse(marked(template), mode="eval").body
    stack: list[tuple[ast.AST, int]] = [(tree, ANY)]
    places: list[tuple[int, int, int]] = []
    while stack:
        node, required = stack.pop()
        match = _MARK.fullmatch(node.id) if isinstance(node, ast.Name) else None
        if match and isinstance(node, ast.Name):
            places.append((node.col_offset, int(match[1]), required))
        stack.extend(_children(node))
    places.sort()
    product = isinstance(tree, ast.BinOp) and _binding(tree) == PRODUCT
    length = len(_PLACE.sub("", template))
    return Template(_binding(tree), tuple((k, required) for _, k, required in places), length, product)


def marked(template: str) -> str:
    """A template as plain Python: every place is a name."""
    return _PLACE.sub(r"_operand_\1_", template)


def unmarked(source: str) -> str:
    """The template that `marked` made Python of."""
    return _MARK.sub(r"{\1}", source)


def _binding(node: ast.AST) -> int:
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.MatMult):
            return MATMUL  # the same as * to Python; kept apart because nobody reads `2 * A @ x` at a glance
        if isinstance(node.op, ast.Pow):
            return POWER
        return SUM if isinstance(node.op, (ast.Add, ast.Sub)) else PRODUCT
    if isinstance(node, ast.UnaryOp):
        return SIGN if not isinstance(node.op, ast.Not) else ANY
    if isinstance(node, ast.Compare):
        return COMPARE
    return ANY if isinstance(node, (ast.BoolOp, ast.IfExp, ast.Lambda)) else ATOM


def _children(node: ast.AST) -> list[tuple[ast.AST, int]]:
    """The parts of a syntax node and how tightly each must bind to stand there."""
    if isinstance(node, ast.BinOp):
        own = _binding(node)
        if own == POWER:
            return [(node.left, ATOM), (node.right, SIGN)]
        return [(node.left, own), (node.right, PRODUCT if own == SUM else SIGN)]
    if isinstance(node, ast.UnaryOp):
        return [(node.operand, SIGN)]
    if isinstance(node, ast.Compare):
        return [(part, SUM) for part in (node.left, *node.comparators)]
    if isinstance(node, ast.Subscript):
        return [(node.value, ATOM), (node.slice, ANY)]
    if isinstance(node, ast.Attribute):
        return [(node.value, ATOM)]
    inside = COMPARE if isinstance(node, (ast.BoolOp, ast.IfExp)) else ANY
    return [(part, inside) for part in ast.iter_child_nodes(node) if isinstance(part, (ast.expr, ast.keyword))]


def write(template: str, operands: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The template with its operands put in, in parentheses where the place asks for them; and the template that
    says how tightly the text binds.

    An operand is such a pair too; a name has the template `""`."""
    if template == "-{0}" and operands[0][1] and analyse(operands[0][1]).product:
        return f"-{operands[0][0]}", "-{0} * {1}"  # −(ab) = (−a)b, to the last bit
    required = iter(analyse(template).places)

    def put(match: re.Match) -> str:
        place, need = next(required)
        text, top = operands[place]
        if not top:
            return text
        binds = analyse(top).binds
        mixed = need == PRODUCT and binds == MATMUL and "*" in template
        return text if binds >= need and not mixed else f"({text})"

    return _PLACE.sub(put, template), template
