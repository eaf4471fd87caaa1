"""`symcalc draw`: the computational graph as a picture, with values and gradients where arrays are given."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import numpy as np

from symcalc.calculus.variables import variables
from symcalc.commands.record import header
from symcalc.commands.request import Request
from symcalc.commands.values import read_values
from symcalc.commands.wording import shape_list
from symcalc.draw import Graph, Vertex
from symcalc.draw.labels import plain
from symcalc.errors import ArgumentError
from symcalc.notation import text
from symcalc.operations.unknown import DEFAULT_STAND_IN
from symcalc.read import Reading, read, read_assumptions, read_shapes

_HEADER = ("node", "computed from", "shape", "value", "gradient", "what happens to the gradient on the way back")


def run(arguments: Namespace) -> int:
    """Draw, or print the graph as a table; the exit status."""
    values = read_values(arguments.values) if arguments.values is not None else {}
    reading, inferred = _read(arguments, values)
    request = Request(reading, (), inferred)
    graph = Graph(reading.node, name=request.name)
    if {node.data.name for node in request.variables} & set(values):
        graph.forward(values, functions=dict.fromkeys(reading.functions, DEFAULT_STAND_IN))
        if reading.node.ndim == 0:
            graph.backward()
    picture = graph.draw() if arguments.output else None
    if picture is not None:
        try:
            picture.save(arguments.output)
        except OSError as error:
            raise ArgumentError(f"{arguments.output} cannot be written: {error.strerror}") from error
    cost = graph.cost(**_sizes(graph, values)) if arguments.cost else None
    if arguments.json:
        record = {**header(request, "draw"), **_record(graph), "file": arguments.output}
        record["cost"] = None if cost is None else {
            "forward": cost.forward, "backward": cost.backward, "paths": cost.paths, "unshared": cost.unshared
        }  # fmt: skip
        print(json.dumps(record, indent=2, ensure_ascii=False))
        return 0
    notes = [
        f"{name} is unknown: {DEFAULT_STAND_IN} stands in for it"
        for name in reading.functions
        if graph.output.value is not None
    ]
    body = [f"{arguments.output}: {picture.alt}"] if picture is not None else _table(graph)
    print("\n".join([*body, *notes, *(["", str(cost)] if cost is not None else [])]))
    return 0


def _read(arguments: Namespace, values: Mapping[str, Any]) -> tuple[Reading, tuple[str, ...]]:
    """The expression, and the variables whose shape was worked out; what is given as a number is a scalar."""
    shapes, facts = read_shapes(arguments.shape), read_assumptions(arguments.assume)
    expression = arguments.expression.strip()
    reading = read(expression, shapes, facts, arguments.syntax)
    undeclared = [node for node in variables(reading.node) if node.data.name not in shapes]
    scalars = [n.data.name for n in undeclared if n.ndim and isinstance(values.get(n.data.name), (int, float))]
    if scalars:
        reading = read(expression, {**shapes, **dict.fromkeys(scalars, ())}, facts, arguments.syntax)
    return reading, tuple(node.data.name for node in undeclared if node.data.name not in scalars)


def _sizes(graph: Graph, values: dict[str, Any]) -> dict[str, int]:
    """Sizes among the values: whole numbers for names that are dimensions."""
    names = {str(symbol) for vertex in graph.nodes for size in vertex.shape for symbol in size.free_symbols}
    return {name: value for name, value in values.items() if name in names and isinstance(value, int)}


def _table(graph: Graph) -> list[str]:
    rows = [_HEADER, *(_row(vertex) for vertex in graph.nodes)]
    kept = [k for k in range(len(_HEADER)) if any(row[k] for row in rows[1:])]
    widths = {k: max(len(row[k]) for row in rows) for k in kept}
    return ["   ".join(row[k].ljust(widths[k]) for k in kept).rstrip() for row in rows]


def _row(vertex: Vertex) -> tuple[str, ...]:
    written = text(vertex.expression, limit=60)
    return (
        vertex.name or f"({vertex.number + 1})",
        "" if vertex.is_source else written,
        "×".join(map(str, vertex.shape)) or "scalar",
        "" if vertex.value is None else plain(vertex.value),
        "" if vertex.gradient is None else plain(vertex.gradient),
        "; ".join(part for part in (vertex.effect, vertex.branch) if part),
    )


def _record(graph: Graph) -> dict[str, Any]:
    return {
        "nodes": [
            {
                "id": vertex.number,
                "name": vertex.name,
                "operation": vertex.operation,
                "text": text(vertex.expression, "matlab", limit=None),
                "shape": shape_list(vertex.expression),
                "inputs": [edge.tail.number for edge in vertex.inputs],
                "value": _numbers(vertex.value),
                "gradient": _numbers(vertex.gradient),
                "effect": vertex.effect,
                "branch": vertex.branch,
            }
            for vertex in graph.nodes
        ],
        "output": graph.output.number,
    }


def _numbers(value: Any) -> Any:
    """An array as nested lists; JSON has no infinity, so what is no finite number is a string."""
    if value is None:
        return None
    array = np.asarray(value)
    if np.all(np.isfinite(array)):
        return array.tolist()
    return np.where(np.isfinite(array), array.astype(object), array.astype(str).astype(object)).tolist()
