r"""Lines with differentials, `dJ = (Xw - y)^T X dw`: what they say, against the derivative along directions dw."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from symcalc.calculus import jvp
from symcalc.check import Sampler
from symcalc.errors import SymcalcError, UnsupportedError
from symcalc.graph.assumptions import STRUCTURES
from symcalc.graph.node import Node
from symcalc.homework.answers import Answer, Reader, Unreadable
from symcalc.homework.batches import Batch
from symcalc.homework.points import SEED
from symcalc.homework.target import REAL, Ground, Target, difference
from symcalc.operations.arithmetic import add, inner
from symcalc.operations.leaves import placeholder
from symcalc.read import read_lines
from symcalc.read.latex_differentials import NAME, Sides, behind_d, is_symbol, sides_of
from symcalc.read.syntax import Head

if TYPE_CHECKING:
    from symcalc.homework.problem import Problem

#: Directions at every point.
DIRECTIONS = 3
#: What the function of a problem is called where nothing says so, with what it depends on.
_FUNCTION = re.compile(
    r"\s*(?:\\(?:mathcal|mathscr|mathrm|text|operatorname)\s*)?\{?\s*"
    r"(?:J|L|E|C|f|F|\\ell|\\mathcal\s+L|[Ll]oss|[Cc]ost)\s*\}?\s*(?:\([^()]*\)|\\left\([^()]*\\right\))?\s*"
)


class Claim(NamedTuple):
    """The right-hand side of a line, read, and what it should be.

    targets    the values it may have;  is_told: does the line say what it is the differential of?
    """

    answer: Answer
    targets: list[Target]
    is_told: bool


def sides(text: str, reader: Reader) -> Sides | None:
    r"""`dJ = …` taken apart; None for what is none, and for `dW = …`, the derivative by W as programs name it."""
    if "d" not in text:
        return None
    try:
        found = sides_of(text, reader.macros)
    except SymcalcError:
        return None
    if found is None or not found.left or not is_symbol(found.left, reader.macros):
        return found
    return None if reader.names_wrt(behind_d(found.left, reader.macros)) else found


def chained(text: str, reader: Reader) -> list[str]:
    """The equations of a chain `dJ = a = b`, each with its left-hand side; none if the text is no such chain."""
    try:
        lines = read_lines(text) if "d" in text and "=" in text else ()
    except SymcalcError:
        return []
    if not lines:
        return []
    left, rest = lines[0].left, lines
    if not left and len(lines) > 1 and not lines[0].place:
        left, rest = lines[0].text, lines[1:]
    parts: list[str] = []
    for line in rest:
        left = line.left or left
        one = sides(f"{left} = x", reader) if left else None
        parts.append(f"{left} = {line.text}" if one is not None and one.left else line.text)
    return parts if parts[0] != rest[0].text else []


class Directions:
    """What lines with differentials are compared with: derivatives along one direction for each variable."""

    def __init__(self, problem: Problem, ground: Ground):
        self.problem, self.ground = problem, ground
        taken = set(problem.declared)
        self.by_variable: dict[Node, Node] = {}
        for variable in ground.variables:
            name = f"d{variable.data.name}"
            while name in taken:
                name += "_"
            taken.add(name)
            facts = variable.data.assume & set(STRUCTURES)
            self.by_variable[variable] = placeholder(name, variable, frozenset(facts))

    @cached_property
    def batches(self) -> list[Batch]:
        """The points of the problem with directions at each.  Raises `CheckError` if there is no direction."""
        found = []
        for batch in self.ground.batches:
            sampler = Sampler(list(self.by_variable.values()), sizes=batch.sizes)
            directions = sampler.points(DIRECTIONS * batch.count, SEED)
            points = [{**batch.points[k % batch.count], **one} for k, one in enumerate(directions)]
            found.append(Batch(batch.sizes, points, batch.stand_in))
        return found

    def target(self, node: Node) -> Target:
        """A differential to compare with."""
        return self.ground.target(node, self.batches, list(self.by_variable.values()))

    def is_linear(self, node: Node) -> bool:
        """Does an expression double with the directions?  Products of differentials do not."""
        names = {direction.data.name for direction in self.by_variable.values()}
        for batch in self.batches:
            twice = [{name: value * (1 + (name in names)) for name, value in one.items()} for one in batch.points]
            value = Batch(batch.sizes, twice, batch.stand_in).value(node)
            if not difference(value, 2 * batch.value(node)) <= REAL:
                return False
        return True

    def claim(self, text: str, left: str, reader: Reader) -> Claim | None:
        """What the right-hand side of a line says, and what it should say; None if no differential is in it.

        Raises `Unreadable` if it is not understood.

        left  the left-hand side, the line's own or that of the one it goes on with; empty where the function is meant
        """
        right, varied = self._read(text, reader, set())
        if not any(part.kind == "call" and part.value == Head(NAME) for part in right.draft.tree.parts):
            return None
        varied = varied or {self._wrt()}
        wanted = self._stated(left, reader, varied) if left else []
        is_named = bool(left) and is_symbol(left, reader.macros)
        nodes = [self._of_function(varied)] if not wanted and (is_named or not left) else wanted
        is_told = bool(wanted) or (is_named and _FUNCTION.fullmatch(behind_d(left, reader.macros)) is not None)
        return Claim(right, [self.target(node) for node in nodes], is_told)

    def _wrt(self) -> Node:
        if self.problem.wrt_node not in self.by_variable:
            raise Unreadable("This is a differential, and there is no variable here whose differential it could hold.")
        return self.problem.wrt_node

    def _read(self, text: str, reader: Reader, varied: set[Node]) -> tuple[Answer, set[Node]]:
        """A text with its differentials worked out, and the variables whose differentials it holds besides."""
        held = set(varied)
        answer = self._along(text, reader, held)
        if held - varied:
            answer = self._along(text, reader, held)
        return answer, held

    def _along(self, text: str, reader: Reader, held: set[Node]) -> Answer:
        def differential(node: Any) -> Any:
            if not isinstance(node, Node):
                raise UnsupportedError("a differential under an index")
            bare = node.args[0] if node.op.name == "transpose" else node
            if bare in self.by_variable:
                held.add(bare)
            return self.differential(node, held or {self._wrt()})

        return reader.with_function(NAME, differential).read(text, None, "latex")

    def differential(self, node: Node, varied: set[Node]) -> Node:
        """The differential of an expression while some variables vary."""
        moving = [variable for variable in self.by_variable if variable in varied & node.free_symbols]
        if not moving:
            raise UnsupportedError(f"the differential of {node}, which is held fixed here,")
        parts = [jvp(node, variable, self.by_variable[variable]) for variable in moving]
        return parts[0] if len(parts) == 1 else add(*parts)

    def _of_function(self, varied: set[Node]) -> Node:
        function, expected = self.problem.function_node, self.problem.expected_node
        try:
            if function is not None:
                return self.differential(function, varied)
            wrt = self._wrt()
            if expected is not None and varied == {wrt} and expected.shape == wrt.shape:
                return inner(expected, self.by_variable[wrt])
        except SymcalcError as error:
            raise Unreadable(f"I cannot judge this differential: {error}.") from error
        raise Unreadable("I cannot judge this differential: the problem states no function.")

    def _stated(self, left: str, reader: Reader, varied: set[Node]) -> list[Node]:
        """What the left-hand side stands for, if that is known: d of what is next to it, or of all behind it."""
        found: list[Node] = []
        for text in (left, f"d({behind_d(left, reader.macros)})"):
            with suppress(Unreadable):
                answer, held = self._read(text, reader, varied)
                if answer.node is not None and held == varied and answer.node not in found:
                    found.append(answer.node)
        given = [one for variable, one in self.by_variable.items() if variable is not self.problem.wrt_node]
        if any(node in given for node in found):
            raise Unreadable("I cannot judge the differential of what the problem gives.")
        return found
