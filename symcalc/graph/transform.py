"""Substitution, search and (un)packing of graphs, all on the one walker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sympy.core.basic import Basic

from symcalc.errors import ArgumentError, ShapeError
from symcalc.graph.dimensions import dimension, same_shape, shape_text
from symcalc.graph.node import Node, intern
from symcalc.graph.walk import topological


def substitute(root: Node, rule: Mapping[Any, Any]) -> Any:
    """`root` with nodes, variables (also by name) and dimensions replaced; shapes are checked again."""
    convert = Node.hooks["convert"]
    new: dict[Node, Node] = {}
    sizes: dict[Basic, Any] = {}
    names: dict[str, Any] = {}
    for old, value in rule.items():
        if isinstance(old, Node) and old.op.name != "dimension":
            new[old] = _fitting(old, convert(value))
        elif isinstance(old, Node):
            sizes[old.data] = value
        elif isinstance(old, Basic):
            sizes[old] = value
        elif isinstance(old, str):
            names[old] = value
        else:
            raise ArgumentError(f"{old!r} cannot be replaced: give a node, a dimension or a variable's name")
    if sizes:
        sizes = {old: dimension(size.data if isinstance(size, Node) else size) for old, size in sizes.items()}
    for node in topological(root):
        if node in new:
            continue
        if node.op.is_variable and node.data.name in names:
            new[node] = _fitting(node, convert(names[node.data.name]))
            continue
        args = tuple([new[arg] for arg in node.args])
        data = _resized(node.data, sizes) if sizes else node.data
        if args == node.args and data == node.data:
            new[node] = node
        elif node.op.is_variable:
            new[node] = convert(intern(node.op, (), data, data.shape, data.ndim))
        elif node.op.name == "recast":
            new[node] = convert(args[0])
        elif not node.args:
            new[node] = _refilled(node, data)
        else:
            new[node] = _rebuilt(node, args, data)
    return new[root]


def _rebuilt(node: Node, args: tuple[Node, ...], data: Any) -> Any:
    """The operation on new operands; where a size became 1, what it is on that rank (det of a 1×1 is its entry)."""
    if any(a.ndim != b.ndim for a, b in zip(args, node.args, strict=True)):
        if node.op.rebuilt is not None:
            return node.op.rebuilt(node, args, data)
        if node.op.constructor is not None:
            return node.op(*args)
    return node.op.make(args, data)


def expanded(roots: Sequence[Node]) -> list[Node]:
    """The expressions with every operation that is defined by others written out in those."""
    roots = list(roots)
    while any(node.op.expansion is not None for node in topological(*roots)):
        new: dict[Node, Node] = {}
        for node in topological(*roots):
            args = tuple([new[arg] for arg in node.args])
            if node.op.expansion is not None:
                new[node] = node.op.expansion(args)
            else:
                new[node] = node if args == node.args else intern(node.op, args, node.data, node.shape, node.ndim)
        roots = [new[root] for root in roots]
    return roots


def _fitting(old: Node, value: Node) -> Node:
    if not same_shape(old.shape, value.shape):
        raise ShapeError(
            f"{old} is {shape_text(old.shape)} and cannot be replaced by {value}, {shape_text(value.shape)}"
        )
    return value


def _resized(data: Any, sizes: Mapping[Basic, Any]) -> Any:
    """Static data with the dimensions in it replaced."""

    def size(value: Any) -> Any:
        return value.xreplace(sizes) if isinstance(value, Basic) else value

    if hasattr(data, "resized"):
        return data.resized(size)
    if isinstance(data, tuple):
        return tuple(_resized(part, sizes) for part in data)
    return size(data)


def _refilled(node: Node, data: Any) -> Any:
    """A constant leaf of a new size; a 1×1 array of ones is the number 1, a dimension may become a number."""
    if node.op.name == "dimension":
        return Node.hooks["dimension_number"](data)
    rows, cols = data
    if rows == 1 and cols == 1:
        return Node.hooks["convert"](0 if node.op.name == "zeros" else 1)
    return node.op.make((), data)


def has(root: Node, patterns: tuple[Any, ...]) -> bool:
    """Does any pattern (a node, a dimension symbol, a SymPy class) occur in the graph?"""
    classes = tuple(p for p in patterns if isinstance(p, type))
    values = [p for p in patterns if not isinstance(p, type)]
    for node in topological(root):
        if isinstance(node, classes) or node in values:
            return True
        if any(isinstance(p, Basic) and any(p in size.free_symbols for size in node.shape) for p in values):
            return True
    return False


def flatten(root: Node) -> list[tuple]:
    """The graph as a flat list, operands by position: what pickles at any depth."""
    order = topological(root)
    place = {node: k for k, node in enumerate(order)}
    return [(n.op, tuple(place[a] for a in n.args), n.data, n.shape, n.ndim) for n in order]


def restore(items: list[tuple]) -> Node:
    """The graph that `flatten` packed; nodes are interned again, so equal still means identical."""
    made: list[Node] = []
    for op, places, data, shape, ndim in items:
        made.append(intern(op, tuple(made[p] for p in places), data, shape, ndim))
    return made[-1]


Node.hooks.update(substitute=substitute, has=has, flatten=flatten, restore=restore)
Node.hooks["topological"] = topological
