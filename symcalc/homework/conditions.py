"""Equations that say where a derivative is zero: normal equations in any form, and what is solved from them.

Judged by numbers: the data of a point stay, the variable of the problem moves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from symcalc.errors import CheckError, SymcalcError
from symcalc.graph.node import Node
from symcalc.homework.answers import Reader, Unreadable
from symcalc.homework.batches import Batch
from symcalc.homework.differentials import sides
from symcalc.homework.equations import is_set_to_zero, left_of
from symcalc.homework.points import SEED
from symcalc.operations.arithmetic import add
from symcalc.read.build import negative

if TYPE_CHECKING:
    from symcalc.homework.judge import Judge
    from symcalc.homework.target import Ground

#: Entries of the variable and of both sides of an equation together, beyond which it is not tried.
MOST_UNKNOWNS = 200
#: Sets of data at each setting of sizes.
DATA = 2
#: How far the variable moves, relative to its entries.
STEP = 0.3
#: Relative differences that are rounding here, where equations are solved on the way; and the worst conditioned ones.
SOLVED, WORST = 1e-7, 1e7
#: Steps of Newton's method, and how far aside a slope is taken.
MOST_STEPS, SLOPE = 40, 1e-7
#: Where it starts: at the point itself, and nearer to zero.
STARTS = (1.0, 0.1)


@dataclass(frozen=True)
class _Moving:
    """An equation and the derivative, with their values at some values of the variable, of which one is the start."""

    node: Node
    start: Any
    equation: Any
    derivative: Any
    data: dict[str, Any]
    batch: Batch

    def moved(self, wrt: Node, places: list[Any]) -> Batch:
        """The same data with other values of the variable."""
        return _moved(self.batch, self.data, wrt, places)


def _moved(batch: Batch, data: dict[str, Any], wrt: Node, places: list[Any]) -> Batch:
    return Batch(batch.sizes, [{**data, wrt.data.name: one} for one in places], batch.stand_in)


def is_condition(ground: Ground, equation: Node, wrt: Node) -> bool:
    """Is an expression zero just where the derivative is, or only at a place where the derivative is zero as well?"""
    shape = ground.answer.node.shape
    if equation.shape not in (shape, shape[::-1]):
        return False
    try:
        return all(_is_multiple(one) or _is_solution(ground, one, wrt) for one in _movements(ground, equation, wrt))
    except (CheckError, _Unfit):
        return False


class _Unfit(SymcalcError):
    """Too large, or without a value."""


def _movements(ground: Ground, equation: Node, wrt: Node) -> Iterator[_Moving]:
    derivative = ground.answer.node
    for batch in ground.batches_for(equation):
        unknowns = prod(batch.shape(wrt))
        count = unknowns + prod(batch.shape(equation)) + prod(batch.shape(derivative)) + 3
        if count > MOST_UNKNOWNS:
            raise _Unfit("too many unknowns")
        draw = np.random.default_rng(SEED)
        for point in batch.points[:DATA]:
            start = np.asarray(point[wrt.data.name], dtype=float).reshape(batch.shape(wrt))
            size = np.abs(start).max()
            places = [start + STEP * size * draw.standard_normal(start.shape) for _ in range(count)]
            moved = _moved(batch, point, wrt, places)
            values = _rows(moved, equation), _rows(moved, derivative)
            yield _Moving(equation, start, *values, point, batch)


def _rows(batch: Batch, node: Node) -> Any:
    value = batch.value(node)
    if not np.isfinite(value).all():
        raise _Unfit("no value")
    return np.broadcast_to(value, (batch.count, *value.shape[1:])).reshape(batch.count, -1)


def _is_multiple(one: _Moving) -> bool:
    """Is the equation the derivative times an invertible matrix that does not depend on the variable?

    Then, and only then, both have the same span over the places.
    """
    parts = (one.derivative, one.equation, np.hstack([_scaled(one.derivative), _scaled(one.equation)]))
    derivative, equation, both = (np.linalg.matrix_rank(_scaled(part), tol=SOLVED) for part in parts)
    moves = np.ptp(one.derivative, axis=0).max() > SOLVED * np.abs(one.derivative).max()
    return bool(moves) and derivative == equation == both


def _scaled(rows: Any) -> Any:
    return rows / max(np.abs(rows).max(), np.finfo(float).tiny) / np.sqrt(len(rows))


def _is_solution(ground: Ground, one: _Moving, wrt: Node) -> bool:
    """Does Newton's method find a zero of the equation, and is the derivative zero there?"""
    if one.equation.shape[1] != one.start.size:
        return False
    found = (_zero(one, wrt, scale * one.start) for scale in STARTS)
    place = next((place for place in found if place is not None), None)
    if place is None:
        return False
    value = _rows(one.moved(wrt, [place]), ground.answer.node)
    return bool(np.abs(value).max() <= SOLVED * np.abs(one.derivative).max())


def _zero(one: _Moving, wrt: Node, place: Any) -> Any:
    """A zero of the equation, found by Newton's method; None if it comes to none."""
    for _ in range(MOST_STEPS):
        aside = SLOPE * max(np.abs(place).max(), SLOPE)
        around = [place, *(place + aside * part.reshape(place.shape) for part in np.eye(place.size))]
        values = _rows(one.moved(wrt, around), one.node)
        slope = (values[1:] - values[0]).T / aside
        if not np.linalg.cond(slope) <= WORST:
            return None
        step = np.linalg.solve(slope, values[0]).reshape(place.shape)
        place = place - step
        if np.abs(step).max() <= SOLVED * np.abs(place).max():
            return place
    return None


# -- equations ---------------------------------------------------------------------------------------
def kind_of_equation(judge: Judge, text: str, nodes: Sequence[Node | None], reader: Reader) -> str:
    """ "condition" for an equation that says where the derivative is zero, "definition" for z = Wx + b as stated."""
    if _is_condition(judge, text, nodes, reader):
        return "condition"
    return "definition" if len(nodes) == 1 and _restates(judge, text, nodes[0], reader) else ""


def is_claim(judge: Judge, text: str, nodes: Sequence[Node | None], reader: Reader) -> bool:
    """Does a line say what the variable of the problem is, in terms of others?"""
    node = nodes[0] if len(nodes) == 1 else None
    return node is not None and judge.problem.wrt_node not in node.free_symbols and reader.names_wrt(left_of(text))


def _restates(judge: Judge, text: str, node: Node | None, reader: Reader) -> bool:
    """Does a line say what a symbol is that the problem defines, and as the problem does: z = Wx + b?"""
    left = left_of(text)
    given = _node_of(reader, left) if left and node is not None else None
    if given is None or node is None or given.op.is_variable:
        return False
    return judge.ground.target(given).relation(node) == "same"


def _node_of(reader: Reader, text: str) -> Node | None:
    try:
        return reader.read(text, None, "latex").node
    except (SymcalcError, Unreadable):
        return None


_DERIVATIVE = re.compile(r"\\nabla|\\partial|\\[dt]?frac|[∂∇]")


def _is_condition(judge: Judge, text: str, nodes: Sequence[Node | None], reader: Reader) -> bool:
    """Does left = right, or left = 0, say that the derivative is zero, as normal equations do, or `w = …`?"""
    both = [node for node in nodes if node is not None]
    if not both or len(both) != len(nodes):
        return False
    if not is_set_to_zero(text) and left_of(text):
        return all(_are_equal(judge, [*_left_side(judge, text, node, reader), node]) for node in both)
    return _are_equal(judge, both) if len(both) > 1 else is_set_to_zero(text) and judge.is_condition(both[0])


def _are_equal(judge: Judge, both: list[Node]) -> bool:
    """Does it say that the derivative is zero if two expressions are said to be equal?"""
    if len(both) != 2 or both[0].shape != both[1].shape:
        return False
    return judge.is_condition(add(both[0], negative(both[1])))


def _left_side(judge: Judge, text: str, right: Node, reader: Reader) -> list[Node]:
    r"""What stands on the left of `w = …`; the variable of the problem for a solution with a name of its own, `w^*`."""
    left, wrt = left_of(text), judge.problem.wrt_node
    if not left or _DERIVATIVE.search(left) or sides(f"{left} = 0", reader) is not None:
        return []
    given = _node_of(reader, left)
    if given is None and wrt is not None and wrt not in right.free_symbols and reader.decorates_wrt(left):
        given = wrt
    return [] if given is None else [given]
