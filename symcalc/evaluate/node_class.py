"""An expression as a class with `forward` and `backward`, as deep-learning frameworks write their layers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symcalc.calculus import gradient
from symcalc.calculus.variables import by_name, free_variable, fresh_name
from symcalc.calculus.variables import variables as variables_of
from symcalc.errors import ArgumentError, UnsupportedError
from symcalc.evaluate.emit import axes_of
from symcalc.evaluate.lambdify import Function, lambdify
from symcalc.graph.dimensions import check_name
from symcalc.graph.node import Node
from symcalc.graph.transform import expanded
from symcalc.graph.walk import topological
from symcalc.identities import simplify
from symcalc.notation import name_parts, text
from symcalc.operations.arithmetic import inner
from symcalc.operations.leaves import placeholder


def node_class(expr: Any, name: str | None = None, *, backend: str = "numpy") -> type:
    """A class that computes an expression and its gradients, for reading and for use: `layer.source` is its text.

    expr: an expression of any rank, such as `sc.tanh(W @ x + b)`, or an operation of yours on variables.  name: of the
    class, by default that of the outermost operation.  `forward(W, x, b)` takes the arrays in the order in which the
    variables appear, stores what `backward` needs, and returns the value.  `backward(g)` takes the gradient that
    arrives from above, shaped like the value, and returns the gradients by the variables, a tuple if there are several.
    Both come from the rules that `sc.gradient` uses.

    Raises `ArgumentError` for a name that is no identifier, `UnsupportedError` for what has no code.

    >>> import numpy as np
    >>> import symcalc as sc
    >>> Square = node_class(sc.vector("x", "n").T @ sc.vector("x", "n"), "Square")
    >>> node = Square()
    >>> float(node.forward(np.array([1.0, 2.0])))
    5.0
    >>> node.backward(1.0).tolist()
    [2.0, 4.0]
    """
    original = Node.hooks["convert"](expr)
    inputs = variables_of(original)
    if not inputs:
        raise ArgumentError(f"node_class({text(original)}): there is no variable to take a value or a gradient for")
    title = check_name(name or _class_name(original), "class")
    (written,) = expanded([original])
    value = simplify(written.xreplace({variable: free_variable(variable) for variable in inputs}))
    upstream = placeholder(fresh_name("g", set(by_name(value))), value)
    own = [free_variable(variable) for variable in inputs]
    gradients = gradient(inner(upstream, value), own)
    symbols = _stored(value, gradients, own)
    back = _with_sizes([node.xreplace(symbols) for node in gradients], list(symbols.values()), own, upstream, backend)
    outputs = list(dict.fromkeys([value, *(node for node, symbol in symbols.items() if node is not symbol)]))
    forth = lambdify(outputs, own, backend, name="forward")
    for function in (forth, back):
        if function.dims:
            raise UnsupportedError(
                f"node_class({text(original)}): the size {function.dims[0]} cannot be read from the arrays; put "
                f"a number in, as with .subs({{'{function.dims[0]}': 3}})"
            )
    places = {symbol.data.name: outputs.index(node) for node, symbol in symbols.items() if node is not symbol}
    source = _source(title, original, forth, back, places, bool(value.ndim))
    namespace: dict[str, Any] = {"__name__": f"symcalc.generated.{title}"}
    exec(compile(source, f"<symcalc {title}>", "exec"), namespace)
    made: type = namespace[title]
    made.source = source  # type: ignore[attr-defined]
    return made


def _class_name(node: Node) -> str:
    words = re.findall(r"[A-Za-z0-9]+", node.op.name)
    return "".join(word[0].upper() + word[1:] for word in words) or "Layer"


def _stored(value: Node, gradients: Sequence[Node], inputs: Sequence[Node]) -> dict[Node, Node]:
    """What of the forward pass the gradients hold, each with the variable that stands for it in the backward pass."""
    ahead = {node for node in topological(value) if node.free_symbols}
    found: dict[Node, None] = {}
    stack = list(reversed(gradients))
    seen: set[Node] = set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in ahead and node.op.name != "transpose":
            found[node] = None
        else:
            stack.extend(reversed(node.args))
    names = name_parts([*gradients], value)
    taken = set(by_name(value, *gradients))
    symbols: dict[Node, Node] = {}
    for node in sorted(found, key=[*inputs, *topological(value)].index):
        if node.op.is_variable:
            symbols[node] = node
            continue
        name = fresh_name("y" if node is value else names.get(node, "t"), taken)
        taken.add(name)
        symbols[node] = placeholder(name, node)
    return symbols


def _with_sizes(
    gradients: list[Node], stored: list[Node], inputs: Iterable[Node], upstream: Node, backend: str
) -> Function:
    """The backward pass as a function; an array that shows a size which nothing else does is stored as well."""
    function = lambdify(gradients, [*stored, upstream], backend, name="backward")
    for variable in inputs:
        missing = [size for size in axes_of(variable) if size in function.dims]
        if missing:
            stored.append(variable)
            function = lambdify(gradients, [*stored, upstream], backend, name="backward")
    return function


# -- the source ------------------------------------------------------------------------------------------


def _source(
    title: str, expr: Node, forth: Function, back: Function, places: Mapping[str, int], needs_upstream: bool
) -> str:
    """The text of the class; `places` says which of the values of the forward pass each stored result is."""
    imports, helpers, forward = _taken_apart(forth.source)
    more, others, backward = _taken_apart(back.source)
    values = [ast.unparse(value) for value in _returned(forward)]
    *kept, upstream = [argument.arg for argument in backward.args.args]
    head = "\n".join(dict.fromkeys([*imports, *more]))
    functions = "".join(f"{function}\n\n\n" for function in dict.fromkeys([*helpers, *others]))
    first = _statements(forward)
    whole = next((argument for argument, place in places.items() if place == 0), None)
    if whole is not None and whole != values[0]:  # the value itself is stored: computed once
        first.append(f"{whole} = {values[0]}")
        values[0] = whole
    for argument, stored in zip(kept, back.args, strict=False):
        first.append(f"self.{argument} = {values[places[stored]] if stored in places else argument}")
    second = [f"{', '.join(kept)} = {', '.join(f'self.{argument}' for argument in kept)}"] if kept else []
    second += _statements(backward)
    lines = [
        f"class {title}:",
        f'    """{text(expr, limit=200)}: forward stores what backward needs."""',
        "",
        f"    def forward(self, {', '.join(argument.arg for argument in forward.args.args)}):",
        *[f"        {line}" for line in [*first, f"return {values[0]}"]],
        "",
        f"    def backward(self, {upstream}{'' if needs_upstream else '=1.0'}):",
        *[f"        {line}" for line in [*second, f"return {', '.join(map(ast.unparse, _returned(backward)))}"]],
    ]
    return f"{head}\n\n\n{functions}" + "\n".join(lines) + "\n"


def _taken_apart(source: str) -> tuple[list[str], list[str], ast.FunctionDef]:
    """The imports, the helper functions, and the function itself."""
    body = ast.parse(source).body
    imports = [ast.unparse(part) for part in body if isinstance(part, (ast.Import, ast.ImportFrom))]
    *helpers, function = [part for part in body if not isinstance(part, (ast.Import, ast.ImportFrom))]
    assert isinstance(function, ast.FunctionDef)
    return imports, [ast.unparse(helper) for helper in helpers], function


def _statements(function: ast.FunctionDef) -> list[str]:
    """The lines between docstring and return."""
    inside = function.body[:-1]
    if inside and isinstance(inside[0], ast.Expr) and isinstance(inside[0].value, ast.Constant):
        inside = inside[1:]
    return [line for part in inside for line in ast.unparse(part).splitlines()]


def _returned(function: ast.FunctionDef) -> list[ast.expr]:
    last = function.body[-1]
    assert isinstance(last, ast.Return) and isinstance(last.value, ast.List)
    return last.value.elts
