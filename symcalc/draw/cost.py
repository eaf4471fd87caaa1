"""How many arithmetic operations a graph costs: forward, backward, and if nothing were shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symcalc.draw.look import is_thin
from symcalc.errors import ArgumentError
from symcalc.graph.dimensions import representative
from symcalc.graph.node import Node
from symcalc.graph.transform import expanded
from symcalc.identities import simplify
from symcalc.operations.arithmetic import is_number
from symcalc.operations.leaves import placeholder

if TYPE_CHECKING:
    from symcalc.draw.graph import Graph, Vertex

Sizes = Mapping[Any, int]
#: Operations that move numbers and compute none.
_FREE = {"transpose", "recast", "diag", "diagonal", "vec", "basis", "ones", "zeros", "eye", "commutation", "block"}
#: From so many digits on a number is written with a power of ten.
_MOST_DIGITS = 15


@dataclass(frozen=True)
class Cost:
    """Arithmetic operations (additions, multiplications, function values) of a graph, as exact integers.

    forward, backward  the operations of each pass, every node computed once
    paths              how many ways lead from the variables to the output
    unshared           the operations of both passes if each use of a node computed it, and all below it, again
    sizes              the dimensions they were counted for
    rows               (operation, forward, backward) of every node
    """

    forward: int
    backward: int
    paths: int
    unshared: int
    sizes: Mapping[str, int]
    rows: tuple[tuple[str, int, int], ...]

    @property
    def ratio(self) -> float:
        """Backward over forward: a small number whatever the sizes are."""
        return self.backward / self.forward if self.forward else float("nan")

    def __str__(self) -> str:
        where = ", ".join(f"{name} = {size}" for name, size in self.sizes.items())
        both = self.forward + self.backward
        lines = [
            ("forward pass", _digits(self.forward), ""),
            ("backward pass", _digits(self.backward), f"{self.ratio:.2f} × forward" if self.forward else ""),
            ("both, shared", _digits(both), f"{len(self.rows)} nodes, each computed once"),
            (
                "without sharing",
                _digits(self.unshared),
                f"{_digits(self.paths)} path{'s' * (self.paths != 1)}{_times(self.unshared, both)}",
            ),
        ]
        widths = [max(len(line[k]) for line in lines) for k in range(2)]
        title = "operations" + (f" for {where}" if where else "")
        return "\n".join([title, *(f"  {a:<{widths[0]}}  {b:>{widths[1]}}  {c}".rstrip() for a, b, c in lines)])

    __repr__ = __str__


def _digits(value: int) -> str:
    """An exact integer in groups of three, or the beginning of one that is too long."""
    text = str(value)
    if len(text) <= _MOST_DIGITS:
        return f"{value:,}".replace(",", " ")
    return f"{text[0]}.{text[1:3]}·10^{len(text) - 1}"


def _times(large: int, small: int) -> str:
    factor = large // small if small else 0
    return f", {_digits(factor)} × as many" if factor > 1 else ""


def count(graph: Graph, given: Mapping[str, int]) -> Cost:
    """The cost of a graph for given sizes; `ArgumentError` names a size that is missing."""
    sizes = _sizes(graph, given)
    forward = {vertex: _value_cost(vertex.expression, sizes) for vertex in graph.nodes}
    backward = {vertex: _gradient_cost(graph, vertex, sizes) for vertex in graph.nodes}
    uses = _paths(graph)
    return Cost(
        forward=sum(forward.values()),
        backward=sum(backward.values()),
        paths=sum(uses[vertex] for vertex in graph.sources),
        unshared=sum((forward[vertex] + backward[vertex]) * uses[vertex] for vertex in graph.nodes),
        sizes={str(symbol): size for symbol, size in sizes.items()},
        rows=tuple((vertex.operation, forward[vertex], backward[vertex]) for vertex in graph.nodes),
    )


def _paths(graph: Graph) -> dict[Vertex, int]:
    """How many ways lead from each node to the output."""
    ways = dict.fromkeys(graph.nodes, 0)
    ways[graph.output] = 1
    for vertex in reversed(graph.nodes):
        for edge in vertex.inputs:
            ways[edge.tail] += ways[vertex]
    return ways


def _sizes(graph: Graph, given: Mapping[str, int]) -> dict[Any, int]:
    """A number for each dimension: those given, and those the values on the nodes show."""
    wanted: dict[str, Any] = {}
    shown: dict[str, int] = {}
    for vertex in graph.nodes:
        sizes = vertex.shape
        for symbol in [s for size in sizes for s in sorted(size.free_symbols, key=str)]:
            wanted.setdefault(str(symbol), symbol)
        if vertex.value is not None:
            shown.update({str(s): int(k) for s, k in zip(sizes, np.shape(vertex.value), strict=True) if s.is_Symbol})
    unknown = [name for name in given if name not in wanted]
    if unknown:
        raise ArgumentError(f"cost: there is no dimension {unknown[0]!r}; there are {', '.join(wanted) or 'none'}")
    lost = [name for name in wanted if name not in given and name not in shown]
    if lost:
        raise ArgumentError(f"cost: give a size for {', '.join(lost)}, as in cost({lost[0]}=100)")
    return {symbol: int(given.get(name, shown.get(name, 0))) for name, symbol in wanted.items()}


def _gradient_cost(graph: Graph, vertex: Vertex, sizes: Sizes) -> int:
    """What the local gradients towards the operands cost, and adding up what comes back along a branch."""
    if not graph.has_gradient(vertex):
        return 0
    total = max(0, len(vertex.uses) - 1) * _entries(vertex.expression, sizes)
    node = vertex.expression
    upstream = placeholder("(upstream)", node)
    known = {arg: placeholder(f"(operand {k})", arg) for k, arg in enumerate(node.args) if not _is_constant(arg)}
    here = node.op.make(tuple(known.get(arg, arg) for arg in node.args), node.data)
    for edge in vertex.inputs:
        if graph.has_gradient(edge.tail) and node.op.pullback is not None:
            sent = simplify(node.op.pullback(here, upstream, edge.place))
            done = {here, upstream, *known.values()}
            total += sum(_own_cost(part, sizes) for part in _below(sent, done))
    return total


def _is_constant(node: Node) -> bool:
    return not node.free_symbols


def _below(root: Node, done: set[Node]) -> list[Node]:
    """The nodes that `root` still has to compute when those in `done` are there; constants are there as well."""
    found: list[Node] = []
    stack, seen = [root], set(done)
    while stack:
        node = stack.pop()
        if node not in seen and not _is_constant(node):
            seen.add(node)
            found.append(node)
            stack.extend(node.args)
    return found


def _value_cost(node: Node, sizes: Sizes) -> int:
    """What a node costs when its operands are there; an operation that is defined by others costs what they do."""
    if node.op.expansion is None:
        return _own_cost(node, sizes)
    (written,) = expanded([node])
    return sum(_own_cost(part, sizes) for part in _below(written, set(node.args)))


# -- one operation ----------------------------------------------------------------------------------------


def _entries(node: Node, sizes: Sizes) -> int:
    return int(np.prod([_number(size, sizes) for size in node.shape], dtype=object))


def _number(size: Any, sizes: Sizes) -> int:
    return int(representative(size).subs(sizes))


def _own_cost(node: Node, sizes: Sizes) -> int:
    name = node.op.name
    if not node.args or name in _FREE or is_thin(node):
        return 0
    rule = _RULES.get(name)
    if rule is not None:
        return rule(node, sizes)
    # One function value an entry, of the result or of the operand that is reduced.
    return max(_entries(part, sizes) for part in (node, *node.args))


def _combined(node: Node, sizes: Sizes) -> int:
    """Sums and elementwise products of k operands: k − 1 operations an entry; changing the sign is none."""
    counted = [arg for arg in node.args if not (node.op.name == "times" and is_number(arg, -1))]
    return max(0, len(counted) - 1) * _entries(node, sizes)


def _product(node: Node, sizes: Sizes) -> int:
    """A chain of matrix products in the cheapest order: 2·rows·inner·columns each (minus the first addition)."""
    dims = [_number(node.args[0].shape[0], sizes), *(_number(arg.shape[1], sizes) for arg in node.args)]
    best = {(k, k): 0 for k in range(len(node.args))}
    for length in range(1, len(node.args)):
        for i in range(len(node.args) - length):
            j = i + length
            best[i, j] = min(
                best[i, k] + best[k + 1, j] + dims[i] * dims[j + 1] * (2 * dims[k + 1] - 1) for k in range(i, j)
            )
    return best[0, len(node.args) - 1]


def _reduction(node: Node, sizes: Sizes) -> int:
    return max(_entries(node.args[0], sizes) - 1, 0)


def _cubic(node: Node, sizes: Sizes) -> int:
    """Solving with, inverting, or the determinant of an n×n matrix: of the order of n³."""
    return 2 * _number(node.args[0].shape[0], sizes) ** 3


def _several(per_entry: int) -> Callable[[Node, Sizes], int]:
    return lambda node, sizes: per_entry * _entries(node.args[0], sizes)


_RULES: dict[str, Callable[[Node, Sizes], int]] = {
    "add": _combined,
    "times": _combined,
    "matmul": _product,
    "sum": _reduction,
    "tr": lambda node, sizes: max(_number(node.args[0].shape[0], sizes) - 1, 0),
    "inv": _cubic,
    "det": _cubic,
    "logdet": _cubic,
    "matpow": _cubic,
    "softmax": _several(3),
    "log_softmax": _several(4),
    "logsumexp": _several(2),
    "norm1": _several(2),
    "norm2": _several(2),
}
