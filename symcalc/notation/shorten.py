"""Long expressions: how long the text would be, and what to name or leave out so that it stays readable.

A shared graph of 60 nodes may stand for 2⁶⁰ terms, and a deep one for 10 000 brackets: the length is estimated
before anything is written.
"""

from __future__ import annotations

from collections.abc import Mapping

from symcalc.graph.node import Node
from symcalc.graph.walk import topological, uses

#: Longest text of `str()`, and of the functions one calls for a whole text.
BRIEF, LONG = 4_000, 100_000
_HUGE = 10**12
_MARKS = 8
_WORTH_NAMING = 24


def lengths(root: Node, names: Mapping[Node, str], cut: object = frozenset()) -> dict[Node, int]:
    """About how long each node's text is, with some nodes printed by name and those in `cut` left out."""
    found: dict[Node, int] = {}
    for node in topological(root):
        if node in names:
            found[node] = len(names[node])
        elif node in cut:  # type: ignore[operator]
            found[node] = 1
        else:
            found[node] = min(_HUGE, _own(node) + sum([found[arg] for arg in node.args]))
    return found


def _own(node: Node) -> int:
    if node.op.is_variable:
        return len(node.data.name)
    if not node.args:
        return 3
    return len(node.op.notation.unicode or node.op.name) + _MARKS if len(node.args) == 1 else 3 * len(node.args)


def shared_names(root: Node, names: Mapping[Node, str], most: int) -> dict[Node, str] | None:
    """Names t1, t2 … for what occurs more than once, or None if the text would still be longer than `most`."""
    order = uses(root)
    taken = {node.data.name for node in order if node.op.is_variable} | set(names.values())
    letter = next((letter for letter in "tcvw" if not any(name.startswith(letter) for name in taken)), "shared")
    given, length = dict(names), dict[Node, int]()
    total = 0
    for node, count in order.items():
        if node in given:
            length[node] = len(given[node])
            continue
        length[node] = min(_HUGE, _own(node) + sum([length[arg] for arg in node.args]))
        if count > 1 and length[node] > _WORTH_NAMING and node is not root:
            total += length[node]
            given[node] = f"{letter}{len(given) - len(names) + 1}"
            length[node] = len(given[node])
        if total > most:
            return None
    return given if total + length[root] <= most else None


def outermost(root: Node, names: Mapping[Node, str], most: int) -> set[Node]:
    """The nodes to leave out so that the outermost part of the text fits into `most` characters."""
    budget = most // 6
    while budget:
        cut = _beyond(root, names, budget)
        if lengths(root, names, cut)[root] <= most:
            return cut
        budget //= 2
    return {arg for arg in root.args if arg.args}


def _beyond(root: Node, names: Mapping[Node, str], budget: int) -> set[Node]:
    """Level by level, `budget` occurrences of nodes are kept; the others with operands are cut."""
    kept, level, cut = {root: None}, [root], set()
    while level:
        below: list[Node] = []
        for node in level:
            for arg in node.args if node not in names else ():
                budget -= 1
                if arg in kept or arg in names or not arg.args:
                    continue
                if budget > 0:
                    kept[arg] = None
                    below.append(arg)
                else:
                    cut.add(arg)
        level = below
    return cut
