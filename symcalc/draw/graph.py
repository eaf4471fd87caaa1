"""The computational graph of an expression: what feeds what, values on the way there, gradients on the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from symcalc.calculus import Sweep, reverse_sweep
from symcalc.calculus.variables import by_name, variables
from symcalc.draw import paint
from symcalc.draw.cost import Cost, count
from symcalc.draw.effects import branch_effect, effect
from symcalc.draw.look import is_thin, seen_through, sizes_of
from symcalc.draw.picture import Picture
from symcalc.errors import ArgumentError, ShapeError, UnsupportedError
from symcalc.evaluate import Function, lambdify
from symcalc.graph.node import Node
from symcalc.graph.walk import depends_on, topological
from symcalc.notation.parts import names_in_use, names_of, roles_of
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.leaves import placeholder


@dataclass(eq=False)
class Vertex:
    """A source (a variable) or an operation of the graph.

    expression  what it computes, in the variables     name   z, h, s …: what it is called on paper, or ""
    inputs      the edges that come in, by operand     uses   the edges that go out; two or more are a branch
    value       its array after `forward`              gradient  ∂output/∂this after `backward`, shaped like the value
    effect      what the operation does to the gradient that arrives, in a sentence; branch: what happens to the
                gradients that come back along its uses
    """

    number: int
    expression: Node
    name: str
    inputs: list[Edge] = field(default_factory=list)
    uses: list[Edge] = field(default_factory=list)
    value: Any = None
    gradient: Any = None
    effect: str = ""
    branch: str = ""

    @property
    def is_source(self) -> bool:
        return not self.inputs

    @property
    def operation(self) -> str:
        """The operation's name; `variable` or the like for a source."""
        return self.expression.op.name

    @property
    def shape(self) -> tuple:
        """The sizes of its array, () for a scalar."""
        return sizes_of(self.expression)

    def __repr__(self) -> str:
        called = f"{self.name} = " if self.name and not self.is_source else ""
        return f"<{called}{brief(self.expression)}>"


@dataclass(eq=False)
class Edge:
    """`head` takes the value of `tail` as operand number `place`; the gradient is what comes back along it."""

    tail: Vertex
    head: Vertex
    place: int
    gradient: Any = None

    @property
    def value(self) -> Any:
        """What flows forward: the value of the tail."""
        return self.tail.value

    def __repr__(self) -> str:
        return f"<{self.tail!r} → {self.head!r}>"


class Graph:
    """The computational graph of an expression.

    expr: an expression of any rank; gradients are those of a scalar.  name: what the output is called (s if that is
    free).  Numbers are no nodes of the graph: `2 x` is an operation of x alone.  A vector and its transpose are one
    array, so that turning it is no operation either.

    nodes       sources and operations, operands first       edges   what feeds what, with the operand's place
    sources     the variables          operations   the others          output   the last one
    `graph["z"]` is a node by its name or by an expression.

    `forward(…)` puts values on the nodes, `backward()` gradients; `draw()` makes a picture of it as it is, `frames()`
    one of each step, `cost()` counts operations.

    >>> import symcalc as sc
    >>> x, y, z = sc.scalar("x"), sc.scalar("y"), sc.scalar("z")
    >>> graph = Graph((x + y) * sc.max(y, z))
    >>> float(graph.forward(x=1, y=2, z=0))
    6.0
    >>> {name: float(slope) for name, slope in graph.backward().items()}
    {'x': 2.0, 'y': 5.0, 'z': 0.0}
    """

    def __init__(self, expr: Any, *, name: str | None = None):
        self.expression: Node = Node.hooks["convert"](expr)
        by_name(self.expression)  # two variables of one name are an error
        self._fixed = {node.data.name for node in variables(self.expression) if "integer" in node.data.assume}
        self._root = _without_facts(self.expression)
        self.nodes: list[Vertex] = []
        self.edges: list[Edge] = []
        self._by_expression: dict[Node, Vertex] = {}
        self._given: dict[str, Any] = {}
        self._functions: Mapping[str, Any] | None = None
        self._build(_names(seen_through(self._root), name))

    def _build(self, names: Mapping[Node, str]) -> None:
        order = topological(self._root)
        varying = depends_on([self._root], [node for node in order if node.op.is_variable])
        last = seen_through(self._root)
        for node in order:
            if node is last or (node in varying and not is_thin(node)):
                self._add(node, names.get(node, ""), varying)
        for vertex in self.nodes:
            vertex.effect = effect(vertex.expression, [edge.place for edge in vertex.inputs], names)
            if len(vertex.uses) > 1:
                vertex.branch = branch_effect(vertex.name or brief(vertex.expression), len(vertex.uses))

    def _add(self, node: Node, name: str, varying: set[Node]) -> None:
        vertex = Vertex(len(self.nodes), node, node.data.name if node.op.is_variable else name)
        self.nodes.append(vertex)
        self._by_expression[node] = vertex
        for place, arg in enumerate(node.args):
            if arg in varying:
                edge = Edge(self._by_expression[seen_through(arg)], vertex, place)
                vertex.inputs.append(edge)
                edge.tail.uses.append(edge)
                self.edges.append(edge)

    # -- as data ------------------------------------------------------------------------------------
    @property
    def sources(self) -> list[Vertex]:
        """The variables (or the lone constant that the expression is)."""
        return [vertex for vertex in self.nodes if vertex.is_source]

    @property
    def operations(self) -> list[Vertex]:
        """The nodes that compute something, operands first."""
        return [vertex for vertex in self.nodes if not vertex.is_source]

    @property
    def output(self) -> Vertex:
        """The node whose value is the expression's."""
        return self._by_expression[seen_through(self._root)]

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, key: Any) -> Vertex:
        if isinstance(key, str):
            found = next((vertex for vertex in self.nodes if vertex.name == key), None)
        else:
            found = self._by_expression.get(seen_through(_without_facts(Node.hooks["convert"](key))))
        if found is None:
            known = ", ".join(vertex.name for vertex in self.nodes if vertex.name)
            raise ArgumentError(f"the graph has no node {key!s}; it has {known}, and nodes without a name")
        return found

    # -- forward and backward -------------------------------------------------------------------------
    def forward(
        self, values: Mapping[Any, Any] | None = None, /, functions: Mapping[str, Any] | None = None, **named: Any
    ) -> Any:
        """Compute every node from the values of the variables, keep the values on the nodes, and return the output's.

        values: arrays by name or variable, or as keywords; a size that no array shows is given by name.  functions:
        what stands in for unknown functions, `{"f": "tanh"}`.
        Raises `ArgumentError` for a missing array and `ShapeError` for a misshapen one, by its name.

        >>> import symcalc as sc
        >>> graph = Graph(sc.vector("u", "n").T @ sc.vector("x", "n"))
        >>> float(graph.forward(u=[1, 2], x=[3, 4]))
        11.0
        """
        given = {key.data.name if isinstance(key, Node) else str(key): array for key, array in (values or {}).items()}
        given |= named
        nodes = [vertex.expression for vertex in self.nodes]
        function = self._function("forward", nodes, functions)
        results = function(**given)
        self._given, self._functions = given, functions
        for vertex, result in zip(self.nodes, results, strict=True):
            vertex.value, vertex.gradient = np.asarray(result), None
        for edge in self.edges:
            edge.gradient = None
        return self.output.value

    def backward(self) -> dict[str, Any]:
        """Carry the gradient of the scalar output back to every node; the variables' gradients by name.

        Each edge gets what its operation sends back, upstream × local, and each node the sum over its uses.
        Raises `ShapeError` if the output is no scalar, `ArgumentError` before `forward`, `UnsupportedError` where an
        operation has no derivative.
        """
        if self.output.value is None:
            raise ArgumentError("backward() needs the values on the nodes: call forward(…) first")
        self._need_scalar("backward()")
        vertices = [vertex for vertex in self.nodes if vertex.expression in self._sweep.gradients]
        edges = [edge for edge in self.edges if (edge.head.expression, edge.place) in self._steps]
        wanted = [self._sweep.gradients[vertex.expression] for vertex in vertices]
        wanted += [self._steps[edge.head.expression, edge.place] for edge in edges]
        results = self._function("backward", wanted, self._functions)(**self._given)
        for vertex, result in zip(vertices, results, strict=False):
            vertex.gradient = np.reshape(result, np.shape(vertex.value))
        for edge, result in zip(edges, results[len(vertices) :], strict=True):
            edge.gradient = np.reshape(result, np.shape(edge.value))
        return {vertex.name: vertex.gradient for vertex in self.sources if vertex.gradient is not None}

    def _function(self, name: str, nodes: list[Node], functions: Mapping[str, Any] | None) -> Function:
        return lambdify(nodes, variables(self._root), functions=functions, name=name)

    def _need_scalar(self, what: str) -> None:
        if self.expression.ndim:
            raise ShapeError(
                f"{what} of {brief(self.expression)}: gradients are those of a scalar, but "
                f"{has_shape(self.expression)}. Make it a scalar first (sum, dot, norm2)"
            )

    @cached_property
    def _sweep(self) -> Sweep:
        """The engine's reverse sweep over this very graph."""
        wrt = [node for node in variables(self._root) if node.data.name not in self._fixed]
        return reverse_sweep(self._root, wrt)

    @cached_property
    def _steps(self) -> dict[tuple[Node, int], Node]:
        return {(step.node, step.place): step.result for step in self._sweep.steps}

    def has_gradient(self, vertex: Vertex) -> bool:
        """Does a gradient flow to this node when the output is differentiated by all variables?"""
        return vertex.expression in self._reached

    @cached_property
    def _reached(self) -> frozenset[Node]:
        """The nodes that a gradient comes back to; none where there is no gradient."""
        if self.expression.ndim:
            return frozenset()
        try:
            return frozenset(self._sweep.gradients)
        except UnsupportedError:
            return frozenset()  # a graph can be drawn whose backward() says what has no derivative

    # -- what comes of it -----------------------------------------------------------------------------
    def draw(self, *, effects: bool = True, width: float = 1150) -> Picture:
        """The graph as a picture: sources on the left, the output on the right.

        Above the line that leaves a node stands its name and value (before `forward`: its name or formula, and its
        shape), below it the gradient (after `forward` and `backward`; before that ∂s/∂… where one flows).  Where a
        value branches, each branch shows its share of the gradient.  effects: a word under each operation about what
        it does to the gradient.  width: longer graphs are continued in a next row.
        """
        return paint.draw(self, effects=effects, width=width)

    def frames(self, *, width: float = 1150) -> Iterator[paint.Frame]:
        """Each step of the forward pass and then of the backward pass as a picture with a sentence.

        Raises `ArgumentError` before `forward`; the backward steps are there after `backward`.
        """
        if self.output.value is None:
            raise ArgumentError("frames() show values: call forward(…) first, and backward() for the way back")
        return paint.frames(self, width=width)

    def cost(self, **sizes: int) -> Cost:
        """Arithmetic operations of the forward and the backward pass, and of computing without sharing.

        sizes: a number for each dimension (`n=100, m=50`); those of the arrays that `forward` got are known.
        """
        return count(self, sizes)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return self.draw()._repr_mimebundle_(include, exclude)

    def __repr__(self) -> str:
        return f"<graph of {brief(self.expression)}: {len(self.sources)} sources, {len(self.operations)} operations>"


def _without_facts(expr: Node) -> Node:
    """The expression without what is assumed of its variables: numbers need not keep it, and gradients are by
    independent entries."""
    free = {node: placeholder(node.data.name, node) for node in variables(expr) if node.data.assume}
    return expr.xreplace(free) if free else expr


def _names(root: Node, name: str | None) -> dict[Node, str]:
    """What the intermediate results are called: z, h, s …, as in a derivation."""
    order = topological(root)
    sources = [node for node in order if node.op.is_variable]
    roles = roles_of(root, order, depends_on([root], sources))
    taken = set(names_in_use(order))
    if root.op.is_variable:
        return {}
    if name is None:
        return names_of(roles, taken)
    if name in taken:
        raise ArgumentError(f"name={name!r}: the expression uses this name already")
    roles.pop(root)
    return {**names_of(roles, {*taken, name}), root: name}
