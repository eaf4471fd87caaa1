"""`lambdify`: an expression as a function of arrays, with source one can read and copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sympy import Symbol
from sympy.core.basic import Basic

from symcalc.errors import ArgumentError, ShapeError
from symcalc.evaluate.backends import BACKENDS, backend_named
from symcalc.evaluate.binding import Sizes, array_of, declared_shapes, plain_name
from symcalc.evaluate.builder import Builder
from symcalc.evaluate.emit import Parameter, axes_of, function_source, parameter_names
from symcalc.evaluate.lower import lower
from symcalc.evaluate.standins import with_standins
from symcalc.graph.dimensions import check_name, representative, shape_text
from symcalc.graph.node import Node
from symcalc.graph.transform import expanded
from symcalc.graph.walk import topological


class Function:
    """A compiled expression: `f(W=…, x=…)` or `f(W, x)`.

    source   the Python source that runs, a complete function with its imports
    args     the names of its arguments, in order
    backend  "numpy", "jax" or "torch"
    """

    def __init__(self, name: str, backend: str, source: str, variables: tuple[Node, ...], dims: tuple, result: str):
        self.__name__ = name
        self.backend = backend
        self.source = source
        self.args = tuple(variable.data.name for variable in variables)
        self._variables = variables
        self._dims = dims
        self._result = result
        self._setup()

    def _setup(self) -> None:
        self._backend = BACKENDS[self.backend]()
        self._position = {plain_name(name): k for k, name in enumerate(self.args)}
        self._symbols = _dimension_symbols(self._variables, self._dims)
        # Symbols by name, for speed; anything else (numbers, sums of symbols) is left to the thorough check.
        self._axes = [
            tuple(axis.name if isinstance(axis, Symbol) else axis for axis in axes_of(variable))
            for variable in self._variables
        ]
        namespace: dict[str, Any] = {"__name__": f"symcalc.generated.{self.__name__}"}
        exec(compile(self.source, f"<symcalc {self.__name__}>", "exec"), namespace)
        self._run: Callable[..., Any] = namespace[self.__name__]

    @property
    def dims(self) -> tuple:
        """The dimensions that the source uses as numbers."""
        return self._dims

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key not in ("_backend", "_run")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._setup()

    def __call__(self, *arrays: Any, **named: Any) -> Any:
        """The value at the given arrays.  Raises `ArgumentError` and `ShapeError` by the name of the array."""
        values, surplus = self._by_name(arrays, named)
        given = [array_of(name, value, self._backend) for name, value in zip(self.args, values, strict=True)]
        if surplus or self._dims or not self._fit(given):
            given += self._sizes(given, surplus)
        result = self._run(*given)
        fix = self._backend.result
        return [fix(one) for one in result] if isinstance(result, list) else fix(result)

    def _fit(self, given: Sequence[Any]) -> bool:
        """Do the shapes fit together?  The quick way; `_sizes` finds out what is wrong."""
        known: dict[Any, int] = {}
        for array, axes in zip(given, self._axes, strict=True):
            shape = array.shape
            if len(shape) != len(axes):
                return False
            for axis, size in zip(axes, shape, strict=True):
                if known.setdefault(axis, size) != size or axis.__class__ is not str:
                    return False
        return True

    def _sizes(self, given: Sequence[Any], surplus: Mapping[str, Any]) -> list[int]:
        """The dimensions that are passed to the source, once all shapes are found to fit."""
        sizes = Sizes()
        for name, symbol in self._symbols.items():
            if name in surplus:
                sizes.give(symbol, surplus[name])
        for name, variable, array in zip(self.args, self._variables, given, strict=True):
            sizes.read(name, variable, tuple(array.shape))
        sizes.finish()
        return [self._size(symbol, sizes, surplus) for symbol in self._dims]

    def _by_name(self, arrays: Sequence[Any], named: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The value of each argument in order, and the keyword arguments that are none."""
        if len(arrays) > len(self.args):
            raise ArgumentError(f"{self._signature()} takes {len(self.args)} arrays, but {len(arrays)} were given")
        missing = object()
        values = [*arrays, *[missing] * (len(self.args) - len(arrays))]
        surplus: dict[str, Any] = {}
        for name, value in named.items():
            k = self._position.get(name if name.isascii() else plain_name(name))
            if k is None:
                surplus[name] = value
            elif values[k] is not missing:
                raise ArgumentError(f"{name} was given twice, by position and by name")
            else:
                values[k] = value
        lost = [name for name, value in zip(self.args, values, strict=True) if value is missing]
        if lost:
            what = "array" if len(lost) == 1 else "arrays"
            raise ArgumentError(f"{self._signature()} needs the {what} {', '.join(lost)}")
        return values, surplus

    def _size(self, symbol: Symbol, sizes: Sizes, surplus: Mapping[str, Any]) -> int:
        """A dimension that no argument shows as an axis of its own."""
        if symbol not in sizes.known:
            self._read_surplus(sizes, surplus)
        if symbol not in sizes.known:
            raise ArgumentError(
                f"the size {symbol} cannot be read from the arrays: give it by name, {self.__name__}(…, {symbol}=3)"
            )
        return sizes.known[symbol]

    def _read_surplus(self, sizes: Sizes, surplus: Mapping[str, Any]) -> None:
        """Arrays the function does not need show dimensions too, by the shape their variables were declared with."""
        for name, value in surplus.items():
            shape = tuple(getattr(value, "shape", ()))
            nodes = [node for node in declared_shapes(plain_name(name)) if node.ndim == len(shape) and shape]
            if len({node.shape for node in nodes}) == 1:
                sizes.read(name, nodes[0], shape)
        sizes.finish()

    def _signature(self) -> str:
        return f"{self.__name__}({', '.join([*self.args, *map(str, self._dims)])})"

    def __repr__(self) -> str:
        return f"<{self._signature()} → {self._result}, {self.backend}; .source shows the code>"


def lambdify(
    expr: Any,
    args: Iterable[Any] | None = None,
    backend: str = "numpy",
    *,
    functions: Mapping[str, Any] | None = None,
    name: str = "f",
) -> Function:
    """An expression, or a list of expressions that share their work, as a function of arrays.

    Vectors (rows too) are 1-D arrays, scalars 0-D, matrices 2-D.  Dimensions are read from the arrays; one that no
    array shows is given by name (`n=3`).  `args` fixes the order of the positional arguments (variables or their
    names); by default it is the order in which they appear.  `functions={"f": "tanh"}` says what stands in for an
    unknown function.  `name` names the function in the source.

    Raises `ArgumentError`, `ShapeError` (by the array's name), `UnsupportedError` for what has no code, and
    `MissingExtraError` if the backend is not installed.

    >>> from symcalc.operations.leaves import matrix, vector
    >>> f = lambdify(matrix("W", "n", "m") @ vector("x", "m"))
    >>> f([[1, 2], [3, 4]], [1, 1]).tolist()
    [3.0, 7.0]
    """
    chosen = backend_named(backend)
    chosen.load()
    check_name(name, "function")
    many = isinstance(expr, (list, tuple))
    roots = [_as_node(one) for one in (expr if many else [expr])]
    roots = with_standins(expanded(roots), functions or {})
    variables = _arguments(roots, args)
    builder = Builder(chosen)
    written = {node.op.name for node in topological(*roots) if node.args}
    reserved = frozenset({name, "erf", *chosen.reserved, *written})
    names = parameter_names([variable.data.name for variable in variables], reserved)
    parameters = [
        Parameter(variable.data.name, variable, builder.table.make(text, rank=variable.ndim))
        for text, variable in zip(names, variables, strict=True)
    ]
    outputs = lower(roots, {parameter.node: parameter.term for parameter in parameters}, builder)
    source, dims = function_source(name, parameters, builder, outputs, many=many)
    result = f"{len(roots)} arrays" if many else shape_text(roots[0].shape)
    return Function(name, backend, source, tuple(variables), tuple(dims), result)


def _as_node(value: Any) -> Node:
    return value if isinstance(value, Node) else Node.hooks["convert"](value)


def _arguments(roots: Sequence[Node], args: Iterable[Any] | None) -> list[Node]:
    """The variables in the order of the arguments."""
    found = [node for node in topological(*roots) if node.op.is_variable]
    by_name: dict[str, Node] = {}
    for node in found:
        name = plain_name(node.data.name)
        if by_name.setdefault(name, node) is not node:
            both = f"{_described(by_name[name])} and {_described(node)}"
            raise ArgumentError(f"two different variables are called {node.data.name}: {both}")
    if args is None:
        return found
    chosen: list[Node] = []
    for item in [args] if isinstance(args, (str, Basic)) else args:
        chosen += _argument(item, by_name)
    absent = [node.data.name for node in found if node not in chosen]
    if absent:
        raise ArgumentError(f"args lacks {', '.join(absent)}, which the expression depends on")
    if len(set(chosen)) < len(chosen):
        raise ArgumentError("args names a variable twice")
    return chosen


def _argument(item: Any, by_name: Mapping[str, Node]) -> list[Node]:
    """The variables one entry of `args` means: a variable, or one or several names."""
    if isinstance(item, str):
        names = item.replace(",", " ").split()
        unknown = [name for name in names if plain_name(name) not in by_name]
        if unknown:
            raise ArgumentError(
                f"args: the expression has no variable {unknown[0]!r} (it has {', '.join(by_name) or 'none'}); "
                "pass the variable itself if the function should take it anyway"
            )
        return [by_name[plain_name(name)] for name in names]
    node = _as_node(item)
    while node.op.name == "recast":
        (node,) = node.args
    if not node.op.is_variable:
        raise ArgumentError(f"args: {node} is not a variable")
    same_name = by_name.get(plain_name(node.data.name), node)
    if same_name is not node:
        raise ShapeError(
            f"args: {node.data.name} is {_described(node)}, but in the expression it is {_described(same_name)}"
        )
    return [node]


def _described(node: Node) -> str:
    facts = ", ".join(sorted(node.data.assume))
    return shape_text(node.shape) + (f" ({facts})" if facts else "")


def _dimension_symbols(variables: Iterable[Node], dims: Iterable[Symbol]) -> dict[str, Symbol]:
    """The dimensions that may be given by name."""
    names = {variable.data.name for variable in variables}
    symbols: dict[str, Symbol] = {}
    for variable in variables:
        for size in variable.shape:
            symbols.update({symbol.name: representative(symbol) for symbol in size.free_symbols})
    symbols.update({symbol.name: symbol for symbol in dims})
    return {name: symbol for name, symbol in symbols.items() if name not in names}
