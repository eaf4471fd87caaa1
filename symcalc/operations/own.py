"""A user's own operation: a forward pass and a local gradient, and from then on as if it had come with symcalc."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from symcalc.errors import ArgumentError, ShapeError
from symcalc.graph.dimensions import Shape, check_name, dimension, same_shape, shape_text
from symcalc.graph.node import SCALAR, Node
from symcalc.graph.operation import MACROS, REGISTRY, Notation, Operation
from symcalc.graph.walk import fold, topological
from symcalc.operations.arithmetic import ONE, Entries, add, power, times
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.elementwise_base import entrywise_pullback, entrywise_shape
from symcalc.operations.leaves import ONES, ZEROS, filled_like, scalar
from symcalc.operations.products import natural

_SUMS_AND_PRODUCTS = {"add": add, "times": times, "power": power}


@dataclass(eq=False, frozen=True)
class OwnOperation(Operation):
    """An operation that `define` made; defining the name again replaces it."""

    parameters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known = REGISTRY.get(self.name)
        if self.name in MACROS or (known is not None and not isinstance(known, OwnOperation)):
            raise ArgumentError(f"define({self.name!r}): symcalc has a function of this name; choose another")
        REGISTRY.pop(self.name, None)
        super().__post_init__()


def define(
    name: str,
    forward: Callable[..., Any] | str,
    backward: Callable[..., Any] | None = None,
    *,
    slope: Callable[..., Any] | Sequence[Callable[..., Any]] | None = None,
    elementwise: bool = False,
    shape: Callable[..., Any] | None = None,
    latex: str = "",
    domain: Sequence[str] = (),
    kinks: Callable[..., Any] | None = None,
    kink: str = "",
    analytic: bool = False,
    source: str = "",
    doc: str = "",
) -> OwnOperation:
    r"""A new operation from its forward pass and its local gradient; `sc.<name>` and `sc.parse` know it from then on.

    forward: a function of the operands that makes an expression (`lambda W, x: sc.tanh(W @ x)`), or NumPy code as text:
    an expression in the operands' names, or a whole `def`.  It is Python of yours, and is run.
    backward: `backward(*operands, y, g)` gives the gradient by each operand, a tuple if there are several: y is the
    value and g, shaped like y, the upstream gradient.  slope: for an elementwise function, `slope(*operands, y)` is
    ∂y/∂operand written as in scalar calculus, a list of them if there are several operands; forward is then scalar
    calculus too.  Where neither is given, an expression is differentiated by the chain rule (`elementwise=True` says
    that it is one entry by entry).  NumPy code that is not elementwise needs `shape(*operands)`: the sizes of the
    result as a tuple, `()` for a scalar, or the operand it is shaped like.
    latex: the name in formulas.  domain: per operand where it may be sampled ("positive").  kinks(*operands): an
    expression that is 0 where the slope jumps; kink: the convention there, in words.  analytic: NumPy code that also
    takes complex numbers.  source: where the formula comes from.

    Raises `ArgumentError` for a name that is taken and for parts that do not go together; a gradient of the wrong shape
    is a `ShapeError` when it is used.  `check_operation` proves the gradient by numbers.

    >>> import symcalc as sc
    >>> bilinear = define("bilinear", lambda x, A, y: x.T @ A @ y)
    >>> x, A, z = sc.vector("x", "n"), sc.matrix("A", "n", "m"), sc.vector("z", "m")
    >>> print(sc.gradient(bilinear(x, A, z), A))
    x zᵀ
    """
    check_name(name, "function")
    slopes = () if slope is None else tuple(slope) if isinstance(slope, Sequence) else (slope,)
    if (slopes or elementwise) and backward is not None:
        raise ArgumentError(f"define({name!r}): an elementwise function has a slope, others a backward pass, not both")
    parameters = _parameters(name, forward, backward, slopes)
    record: dict[str, Any] = {
        "notation": Notation(latex=latex, unicode=name),
        "arity": (len(parameters), len(parameters)),
        "domain": tuple(domain) or ("real",) * len(parameters),
        "kinks": kinks,
        "kink": kink,
        "smooth": kinks is None,
        "analytic": analytic or not isinstance(forward, str),
        "source": source or "defined by the user",
        "doc": doc or (inspect.getdoc(forward) or "" if callable(forward) else ""),
        "parameters": parameters,
    }
    if slopes or elementwise:
        return _elementwise(name, forward, slopes, record)
    if isinstance(forward, str):
        if backward is None or shape is None:
            lost = "a backward pass" if backward is None else "its shape rule, shape=lambda …: …"
            raise ArgumentError(f"define({name!r}): an operation in NumPy code needs {lost}")
        record |= {"code": _code(name, forward, parameters)}
        return OwnOperation(name, _shape_rule(name, shape), _pullback(name, parameters, backward), **record)
    if shape is not None:
        raise ArgumentError(f"define({name!r}): the expression has its shape; shape= is for NumPy code")
    expansion = _expansion(forward)
    pullback = _pullback(name, parameters, backward) if backward is not None else _chain_rule(expansion)
    return OwnOperation(name, lambda args, data: expansion(args).shape, pullback, expansion=expansion, **record)


# -- the parts of the record ---------------------------------------------------------------------------


def _expansion(forward: Callable[..., Any]) -> Callable[[tuple[Node, ...]], Node]:
    return lambda args: natural(Node.hooks["convert"](forward(*args)))


def _shape_rule(name: str, shape: Callable[..., Any]) -> Callable[[tuple[Node, ...], Any], Shape]:
    def rule(args: tuple[Node, ...], data: Any) -> Shape:
        found = shape(*args)
        if isinstance(found, Node):
            return found.shape
        sizes = tuple(found) if isinstance(found, (tuple, list)) else (found,)
        if len(sizes) > 2:
            raise ShapeError(f"{name}: the shape rule gives {len(sizes)} sizes; a matrix, which has 2, is the most")
        return (*map(dimension, sizes), *SCALAR[len(sizes) :])

    return rule


def _pullback(
    name: str, parameters: tuple[str, ...], backward: Callable[..., Any]
) -> Callable[[Node, Node, int], Node]:
    """The rule of the record: the part of the user's backward pass for one operand, which must be shaped like it."""

    def pullback(node: Node, g: Node, i: int) -> Node:
        found = backward(*node.args, node, g)
        parts = found if isinstance(found, (tuple, list)) else (found,)
        if len(parts) != len(parameters):
            raise ArgumentError(
                f"{name}: backward gives {len(parts)} gradient{'s' * (len(parts) != 1)}, "
                f"but there are {len(parameters)} operands: {', '.join(parameters)}"
            )
        part, operand = Node.hooks["convert"](parts[i]), node.args[i]
        if not same_shape(part.shape, operand.shape):
            raise ShapeError(
                f"{name}: the gradient by {parameters[i]} is shaped like {parameters[i]}: here {has_shape(operand)}, "
                f"but backward gives {brief(part)}, which is {shape_text(part.shape)}"
            )
        return part

    return pullback


def _chain_rule(expansion: Callable[[tuple[Node, ...]], Node]) -> Callable[[Node, Node, int], Node]:
    return lambda node, g, i: pulled_back(expansion(node.args), g, node.args[i])


def pulled_back(value: Node, g: Node, target: Node) -> Node:
    """What `target` receives when `g` arrives at `value`, by the rules of the operations between, unsimplified."""
    order = topological(value)
    active = {target}
    for node in order:
        if any(arg in active for arg in node.args):
            active.add(node)
    arriving: dict[Node, list[Node]] = {value: [g]}
    for node in reversed(order):
        if node is target or node not in active or node not in arriving:
            continue
        upstream = add(*arriving[node])
        for i, arg in enumerate(node.args):
            if arg in active:
                arriving.setdefault(arg, []).append(node.op.pullback(node, upstream, i))  # type: ignore[misc]
    return add(*arriving[target]) if target in arriving else filled_like(ZEROS, target)


# -- elementwise functions: scalar calculus, entry by entry --------------------------------------------


def _elementwise(
    name: str, forward: Callable[..., Any] | str, slopes: tuple[Callable[..., Any], ...], record: dict[str, Any]
) -> OwnOperation:
    parameters = record["parameters"]
    if slopes and len(slopes) != len(parameters):
        raise ArgumentError(
            f"define({name!r}): {len(slopes)} slopes for {len(parameters)} operands, which need one each"
        )
    letters = [scalar(parameter) for parameter in parameters]
    if isinstance(forward, str):
        record |= {"code": _code(name, forward, parameters)}
    else:
        value = Node.hooks["convert"](forward(*letters))
        _check_scalar(name, value)
        record |= {"expansion": lambda args: _shaped(_lifted(value, letters, args), args)}
    if slopes:
        y = scalar("_".join(["y", *parameters]))  # no operand has this name
        rules = [Node.hooks["convert"](one(*letters, y)) for one in slopes]
        for rule in rules:
            _check_scalar(name, rule)
        lifted = [lambda *entries, rule=rule: Entries(_lifted(rule, [*letters, y], entries)) for rule in rules]
    else:
        rules = [pulled_back(value, ONE, letter) for letter in letters]
        lifted = [lambda *entries, rule=rule: Entries(_lifted(rule, letters, entries[:-1])) for rule in rules]
    return OwnOperation(
        name, entrywise_shape(name), entrywise_pullback, slopes=tuple(lifted), elementwise=True, **record
    )


def _check_scalar(name: str, value: Node) -> None:
    for node in topological(value):
        if node.ndim:
            raise ArgumentError(
                f"define({name!r}): an elementwise function is written for one entry, but {brief(node)} is an array"
            )


def _lifted(value: Node, letters: Sequence[Node], operands: Sequence[Any]) -> Node:
    """A scalar expression in `letters` with arrays in their place: every operation in it works entry by entry."""
    given = {letter: Node.hooks["convert"](operand) for letter, operand in zip(letters, operands, strict=True)}

    def visit(node: Node, args: list[Node]) -> Node:
        if node in given:
            return given[node]
        if not args:
            return node
        make = _SUMS_AND_PRODUCTS.get(node.op.name)
        return make(*args) if make is not None else node.op.make(tuple(args), node.data)

    return fold([value], visit)[value]


def _shaped(value: Node, args: tuple[Node, ...]) -> Node:
    """A value that does not depend on the operands' entries, as an array all the same."""
    arrays = [arg for arg in args if arg.ndim]
    return times(value, filled_like(ONES, arrays[0])) if arrays and not value.ndim else value


# -- NumPy code ------------------------------------------------------------------------------------------


def _parameters(
    name: str,
    forward: Callable[..., Any] | str,
    backward: Callable[..., Any] | None,
    slopes: tuple[Callable[..., Any], ...],
) -> tuple[str, ...]:
    """The names of the operands: of the forward pass, or those that slope and backward pass have beside y and g."""
    if callable(forward):
        found = _names(name, forward)
    elif backward is not None:
        found = _names(name, backward)[:-2]
    elif slopes:
        found = _names(name, slopes[0])[:-1]
    else:
        raise ArgumentError(f"define({name!r}): NumPy code needs its local gradient, slope= or backward=")
    if not found:
        raise ArgumentError(f"define({name!r}): an operation has at least one operand")
    return found


def _names(name: str, function: Callable[..., Any]) -> tuple[str, ...]:
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is not parameter.POSITIONAL_OR_KEYWORD for parameter in parameters):
        raise ArgumentError(f"define({name!r}): operands are plain positional arguments, without * and /")
    return tuple(parameter.name for parameter in parameters)


def _code(name: str, text: str, parameters: tuple[str, ...]) -> str | Callable[..., str]:
    """The record's `code` from an expression in the operands' names, or from a `def`."""
    try:
        (statement,) = ast.parse(textwrap.dedent(text).strip()).body
    except (SyntaxError, ValueError) as error:
        raise ArgumentError(f"define({name!r}): the NumPy code is one expression or one def; {error}") from error
    if isinstance(statement, ast.FunctionDef):
        source = ast.unparse(statement) + "\n"
        return lambda node, operands, backend: backend.written(statement.name, source, *operands)
    if not isinstance(statement, ast.Expr):
        raise ArgumentError(f"define({name!r}): the NumPy code is one expression or one def")
    return ast.unparse(_Places(parameters).visit(statement)).replace("'{", "{").replace("}'", "}")


class _Places(ast.NodeTransformer):
    """The operands' names as places `{0}`, `{1}`, …, written as strings until the code is text again."""

    def __init__(self, parameters: tuple[str, ...]):
        self.places = {name: k for k, name in enumerate(parameters)}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Constant(f"{{{self.places[node.id]}}}") if node.id in self.places else node
