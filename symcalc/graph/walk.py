"""The one walker: iterative, each node once, operands before the nodes that use them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from symcalc.graph.node import Node

T = TypeVar("T")


def topological(*roots: Node) -> list[Node]:
    """Every node below `roots`, each once, operands first; the order depends on the graph alone."""
    order: list[Node] = []
    done: set[Node] = set()
    stack: list[Node] = list(reversed(roots))
    while stack:
        node = stack[-1]
        if node in done:
            stack.pop()
            continue
        waiting = [arg for arg in node._args if arg not in done]
        if waiting:
            waiting.reverse()
            stack.extend(waiting)
        else:
            stack.pop()
            done.add(node)
            order.append(node)
    return order


def fold(roots: Iterable[Node], visit: Callable[[Node, list[T]], T]) -> dict[Node, T]:
    """`visit(node, results of its operands)` for every node, bottom-up; the table of all results."""
    results: dict[Node, T] = {}
    for node in topological(*roots):
        results[node] = visit(node, [results[arg] for arg in node.args])
    return results


def uses(*roots: Node) -> dict[Node, int]:
    """How many operand places each node fills below `roots` (a root counts one more)."""
    counts = dict.fromkeys(topological(*roots), 0)
    for node in counts:
        for arg in node.args:
            counts[arg] += 1
    for root in roots:
        counts[root] += 1
    return counts


def depends_on(roots: Iterable[Node], variables: Iterable[Node]) -> set[Node]:
    """The nodes below `roots` through which a change of any of `variables` reaches a root."""
    touched = set(variables)
    for node in topological(*roots):
        if node not in touched and any(arg in touched for arg in node.args):
            touched.add(node)
    return touched


@contextmanager
def no_collection() -> Iterator[None]:
    """Pauses Python's search for reference cycles while a large graph is built.

    Nodes refer to their operands only, so there are no cycles to find; looking for them again and again
    costs a quarter of the time of a deep sweep.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
