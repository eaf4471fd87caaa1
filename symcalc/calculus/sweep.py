"""The reverse sweep: one walk back over the graph, upstream × local = downstream, summed at branches.

No array of rank above 2 is formed: each operation knows how it pulls a gradient back to an operand
(`∂/∂W` of `W x` is `δ xᵀ`).  Each pull is recorded as a `Step`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from symcalc.errors import UnsupportedError
from symcalc.graph.node import Node
from symcalc.graph.walk import no_collection, topological
from symcalc.identities import citations, simplify
from symcalc.operations.arithmetic import ADD, ONE
from symcalc.operations.describe import brief


class Step(NamedTuple):
    """One pull: the gradient `upstream` at `node` carried back to operand number `place`.

    `product` is upstream × local as the rule writes it, `result` the same simplified (shaped like the
    operand); `identities` are those of the sheet that were used, if the sweep was asked to note them.
    """

    node: Node
    place: int
    upstream: Node
    product: Node
    result: Node
    identities: tuple[str, ...] = ()

    @property
    def operand(self) -> Node:
        """The operand the gradient flows to."""
        return self.node.args[self.place]

    @property
    def rule(self) -> str:
        """Name of the operation whose rule was used."""
        return self.node.op.name

    @property
    def source(self) -> str:
        """Where the rule comes from."""
        return self.node.op.source

    @property
    def shape(self) -> tuple:
        """Shape of the result."""
        return self.result.shape


@dataclass(slots=True)
class Sweep:
    """A finished reverse sweep: the gradient at every node on the way, and the steps in order."""

    output: Node
    order: list[Node]
    gradients: dict[Node, Node] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)


def reverse_sweep(output: Node, wrt: Iterable[Node], seed: Node = ONE, *, note_identities: bool = False) -> Sweep:
    """Carry `seed` (the gradient at `output`, shaped like it) back to every node of `wrt`.

    `output` must be in normal form; the gradients of all nodes between are kept.  A branch sums what
    comes back along its uses.  Raises `UnsupportedError` where an operation has no derivative.
    """
    with no_collection():
        return _sweep(output, set(wrt), seed, note_identities)


def _sweep(output: Node, targets: set[Node], seed: Node, note_identities: bool) -> Sweep:
    order = topological(output)
    active = _active(order, targets)
    sweep = Sweep(output, order)
    arriving: dict[Node, list[Node]] = {output: [seed]} if output in active else {}
    for node in reversed(order):
        if node not in arriving:
            continue
        parts = arriving.pop(node)
        gradient = parts[0] if len(parts) == 1 else simplify(ADD.make(tuple(parts)))
        sweep.gradients[node] = gradient
        if node in targets:
            continue
        for index, operand in enumerate(node._args):
            if operand in active:
                step = _pull(node, index, gradient, note_identities)
                sweep.steps.append(step)
                arriving.setdefault(operand, []).append(step.result)
    return sweep


def _active(order: list[Node], targets: set[Node]) -> set[Node]:
    """The nodes that depend on a target."""
    active: set[Node] = set()
    for node in order:
        if node in targets or not active.isdisjoint(node._args):
            active.add(node)
    return active


def _pull(node: Node, index: int, upstream: Node, note_identities: bool) -> Step:
    rule = node.op.pullback
    if rule is None:
        raise UnsupportedError(f"{brief(node)}: {node.op.name} has no derivative")
    product = rule(node, upstream, index)
    if not note_identities:
        return Step(node, index, upstream, product, simplify(product))
    with citations() as cited:
        result = simplify(product)
    return Step(node, index, upstream, product, result, tuple(cited))
