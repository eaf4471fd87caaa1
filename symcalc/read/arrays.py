"""NumPy's meaning: arrays of rank 0, 1 and 2, `*` entry by entry with broadcasting, `@` the matrix product.

A 1-D array is kept as a column or as a row of the graph, whichever is at hand: to NumPy they are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

from symcalc.errors import ParseError, ShapeError, UnsupportedError
from symcalc.graph.dimensions import same, same_shape
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import REGISTRY, Macro, Operation, check_arity
from symcalc.operations.arithmetic import TIMES, add, power, times
from symcalc.operations.leaves import constant, dimension_number, ones
from symcalc.operations.products import MATMUL, column, matmul, transpose
from symcalc.read import lifted
from symcalc.read.build import Builder, check_exponent, is_lifted, negative, quotient
from symcalc.read.columns import entry_of, is_varying
from symcalc.read.lifted import Axis, Index, Lifted, Value
from symcalc.read.messages import short, turned
from symcalc.read.names import BoundSum, Constant, Function, Unknown
from symcalc.read.syntax import Part

_FLAT = 32


@dataclass(frozen=True, slots=True)
class Array:
    """A value with its NumPy rank; of rank 1 the node is a column or a row, of rank 2 it has the array's shape."""

    node: Any
    rank: int

    @property
    def sizes(self) -> tuple[Any, ...]:
        """The shape as NumPy has it."""
        if self.rank == 0:
            return ()
        if self.rank > 2:
            return self.node.shape
        rows, cols = self.node.shape
        return (rows, cols) if self.rank == 2 else (rows if is_one(cols) else cols,)


@dataclass(frozen=True, slots=True)
class Sizes:
    """The shape of an array, as `X.shape` gives it."""

    sizes: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class SignAndLog:
    """What slogdet gives: the sign, and log|det|."""

    matrix: Node


def array(node: Any, rank: int) -> Array:
    """A node as an array; one entry alone is a scalar, whatever its rank."""
    if isinstance(node, Lifted):
        return Array(node, {"scalar": 0, "matrix": 2}.get(node.kind, 1))
    return Array(node, rank if node.ndim == 1 else node.ndim)


def upright(value: Array) -> Any:
    """A 1-D array as a column; anything else as it is."""
    if value.rank != 1:
        return value.node
    if isinstance(value.node, Lifted):
        return value.node if value.node.kind == "column" else lifted.flip(value.node)
    return column(value.node)


def lying(value: Array) -> Any:
    """A 1-D array as a row; anything else as it is."""
    if value.rank != 1:
        return value.node
    if isinstance(value.node, Lifted):
        return value.node if value.node.kind == "row" else lifted.flip(value.node)
    return _row_of(value.node)


def _row_of(node: Node) -> Node:
    """A vector as a row.  `1/2 * x @ A @ x` has no transpose to keep: it is ½ xᵀ A x, not (½ x)ᵀ A x."""
    if is_one(node.shape[0]):
        return node
    if node.op is TIMES and not any(arg.ndim for arg in node.args[:-1]):
        return TIMES.make((*node.args[:-1], _row_of(node.args[-1])))
    return transpose(node)


class Arrays(Builder):
    """Builds the graph of a python text."""

    style = "python"

    def wrap(self, node: Node) -> Any:
        """A variable with the rank it was declared with; other nodes with the rank of their shape."""
        shown = Node.hooks["convert"](node)
        if node.op.is_variable:
            return array(shown, node.data.ndim)
        return array(shown, 2 if shown.ndim == 1 and is_one(shown.shape[0]) else 1)

    def finish(self, value: Any) -> Node:
        """The node of the whole; a 1-D array is a column."""
        if not isinstance(value, Array) or is_lifted(value.node):
            raise self.error(len(self.values) - 1, "this is no expression")
        return upright(value)

    def array_of(self, index: int) -> Array:
        """The array that a part stands for."""
        value = self.node_of(index)
        if not isinstance(value, Array):
            raise self.error(index, f"{self.tree.source(index)!r} is no array")
        return value

    def on_constant(self, place: int, part: Part) -> Any:
        """`np.pi`, `np.e` and `np.newaxis`."""
        if part.value in ("pi", "e"):
            return array(constant(str(part.value)), 0)
        if part.value == "newaxis":
            return Constant(None)
        raise self.error(place, f"there is no constant {part.value!r} here")

    def on_name(self, place: int, part: Part) -> Any:
        """A name; None, True and False are kept as they are."""
        meaning = self.meaning.of[place]
        if isinstance(meaning, Constant) and meaning.value != "pi":
            return meaning
        return super().on_name(place, part)

    def on_string(self, place: int, part: Part) -> Any:
        """A text in quotes, for the functions that take one."""
        return part.value

    def on_tuple(self, place: int, part: Part) -> Any:
        """Sizes in brackets: `(n, m)`."""
        return part.children

    def on_keyword(self, place: int, part: Part) -> Any:
        """The value of a keyword argument."""
        return self.values[part.children[0]]

    # -- operators -----------------------------------------------------------------------------
    def on_prefix(self, place: int, part: Part) -> Any:
        """A sign."""
        value = self.array_of(part.children[0])
        if part.value == "+":
            return value
        return Array(lifted.negate(value.node) if is_lifted(value.node) else negative(value.node), value.rank)

    def on_binary(self, place: int, part: Part) -> Any:
        """A sum, product, quotient or power."""
        left, right = part.children
        a, b = self.array_of(left).node, self.array_of(right).node
        if part.value == "@":
            return self.matmul(place, left, right)
        if part.value == "**" and not is_lifted(b):
            check_exponent(b)
        if part.value == "*" and not is_lifted(a, b):
            self.oddness += 2 * self.is_odd_factor(left, right, b)
        return self.entrywise(_ENTRYWISE[str(part.value)], place, left, right)

    def entrywise(self, function: Callable[..., Any], place: int, *children: int) -> Array:
        """A function entry by entry with NumPy's broadcasting."""
        arrays = [self.array_of(child) for child in children]
        if is_lifted(*(value.node for value in arrays)):
            return self._lifted_entrywise(function, arrays)
        for child, value in zip(children, arrays, strict=True):
            stretched = value.rank == 0 and function in (add, _minus) and any(other.rank for other in arrays)
            self.oddness += 2 * (stretched and is_varying(value.node) and self.tree.parts[child].value != "eps")
        sizes: tuple[Any, ...] = ()
        for child, value in zip(children, arrays, strict=True):
            sizes = self._broadcast(place, children[0], child, sizes, value.sizes)
        nodes = [_spread(value, sizes) for value in arrays]
        return array(Node.hooks["convert"](function(*nodes)), len(sizes))

    def _lifted_entrywise(self, function: Callable[..., Any], arrays: list[Array]) -> Array:
        values = [upright(value) for value in arrays]
        known = _LIFTED.get(function)
        result = known(*values) if known else lifted.elementwise(function, *values)
        return array(result, 1)

    def _broadcast(self, place: int, left: int, right: int, a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
        """The common shape of two arrays: sizes agree from the last axis on, or one of them is 1."""
        longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
        sizes = list(longer)
        for back in range(1, len(shorter) + 1):
            p, q = longer[-back], shorter[-back]
            if is_one(p):
                sizes[-back] = q
            elif not is_one(q) and not same(p, q):
                raise self._no_broadcast(place, left, right, a, b)
        return tuple(sizes)

    def _no_broadcast(self, place: int, left: int, right: int, a: tuple[Any, ...], b: tuple[Any, ...]) -> ShapeError:
        source = self.tree.source
        what = f"{short(source(place))}: {_described(source(left), a)} and {_described(source(right), b)}"
        if len(a) == len(b) == 2 and same_shape(a, (b[1], b[0])):  # type: ignore[arg-type]
            return ShapeError(f"{what}. Did you mean {turned(source(right), '.T')}?")
        for one, other, name in ((a, b, right), (b, a, left)):
            if len(one) == 2 and len(other) == 1 and same(one[0], other[0]):
                return ShapeError(f"{what}; NumPy lines up the last axes. Did you mean {short(source(name))}[:, None]?")
        return ShapeError(f"{what}; they cannot be combined entry by entry")

    def matmul(self, place: int, left: int, right: int) -> Array:
        """The matrix product; a vector on the left is a row, on the right a column."""
        a, b = self.array_of(left), self.array_of(right)
        if a.rank == 0 or b.rank == 0:
            which = left if a.rank == 0 else right
            raise ShapeError(f"{short(self.tree.source(which))} is a scalar; '@' multiplies arrays, write * instead")
        first, second = lying(a), upright(b)
        rank = a.rank + b.rank - 2
        if is_lifted(first, second):
            return array(lifted.product(first, second), rank)
        if not same(first.shape[1], second.shape[0]):
            raise self._no_product(place, left, right)
        if first.op is MATMUL and len(first.args) < _FLAT:
            return array(matmul(*first.args, second), rank)
        return array(matmul(first, second), rank)

    def _no_product(self, place: int, left: int, right: int) -> ShapeError:
        a, b = self.array_of(left).sizes, self.array_of(right).sizes
        source = self.tree.source
        p, q = short(source(left)), short(source(right))
        cures = []
        if len(a) == 2 and same(a[0], b[0]):
            cures.append(f"{p}.T @ {q}")
        if len(b) == 2 and same(a[-1], b[1]):
            cures.append(f"{p} @ {q}.T")
        if len(a) == len(b) == 1:
            cures.append(f"np.outer({p}, {q})")
        elif not cures and len(a) == 2:
            cures.append(f"{p}.T @ {q} (needs {b[0]} = {a[0]})")
        cures.append(f"dims {a[-1]} = {b[0]}")
        what = f"{short(source(place))}: {_described(source(left), a)} and {_described(source(right), b)}"
        return ShapeError(f"{what}. Did you mean {', or '.join(cures)}?")

    # -- calls, attributes, indices ------------------------------------------------------------
    def on_call(self, place: int, part: Part) -> Any:
        """A function."""
        meaning = self.meaning.of[place]
        if isinstance(meaning, Unknown):
            if len(part.children) != 1:
                raise ParseError(f"{meaning.name} takes one argument")
            return self.entrywise(self.unknown(meaning), place, part.children[0])
        if isinstance(meaning, Function):
            return self._function(place, part, meaning)
        return meaning(self, place, part)

    def _function(self, place: int, part: Part, meaning: Function) -> Any:
        """A function of the text language: 1-D arrays are its columns, and its columns 1-D arrays."""
        function = meaning.call
        for child in part.children:
            if self.tree.parts[child].kind == "keyword":
                raise self.error(child, f"{meaning.name} takes no keyword {self.tree.parts[child].value!r}")
        if isinstance(function, (Operation, Macro)):
            check_arity(meaning.name, function.arity, len(part.children))
        if getattr(function, "elementwise", False):
            return self.entrywise(function, place, *part.children)
        arrays = [self.array_of(child) for child in part.children]
        values = [upright(value) for value in arrays]
        if is_lifted(*values):
            return array(lifted.apply(meaning.name, function, False, values), 1)
        if all(value.rank == 0 for value in arrays):
            self.oddness += 3 * any(self.is_guess(child) for child in part.children)
        result = Node.hooks["convert"](function(*values))
        flat = any(value.rank == 2 and same_shape(value.node.shape, result.shape) for value in arrays)
        return array(result, 2 if flat else 1)

    def on_attribute(self, place: int, part: Part) -> Any:
        """`.T`, `.shape`, `.size`."""
        value = self.values[part.children[0]]
        name = str(part.value)
        if isinstance(value, SignAndLog) and name == "logabsdet":
            return array(REGISTRY["logdet"](value.matrix), 0)
        if name not in ("T", "mT", "H", "shape", "size"):
            raise self.error(place, f"the attribute {name!r} is not known; there are .T, .shape and .size")
        value = self.array_of(part.children[0])
        if name in ("shape", "size"):
            return self._measure(value, name)
        self.oddness += 2 * self.is_guess(part.children[0])
        return Array(lifted.turn(value.node), 2) if value.rank >= 2 else value

    def _measure(self, value: Array, name: str) -> Any:
        if is_lifted(value.node):
            raise UnsupportedError("the size of something that depends on a summation index")
        if name == "shape":
            return Sizes(value.sizes)
        return array(dimension_number(prod(value.node.shape)), 0)

    def on_method(self, place: int, part: Part) -> Any:
        """`X.sum(axis=0)`, `x.dot(y)`: the function of that name with the array in front."""
        name = str(part.value)
        form = self.METHODS.get(name)
        if form is not None:
            return form(self, place, part)
        function = REGISTRY.get(name)
        if isinstance(function, Operation) and function.elementwise and len(part.children) == 1:
            return self.entrywise(function, place, *part.children)
        raise self.error(place, f"the method .{name}() is not known")

    METHODS: dict[str, Any] = {}

    def on_index(self, place: int, part: Part) -> Any:
        """`x[i]`, `X[i, :]`, `X[:, j]`, `x[:, None]`, `X.shape[0]`, `np.linalg.slogdet(X)[1]`."""
        base, *children = part.children
        value, keys = self.values[base], [self._key(child) for child in children]
        if isinstance(value, Sizes):
            return self._one_size(value, keys)
        if isinstance(value, SignAndLog):
            if keys != [1]:
                raise UnsupportedError("only the second part of slogdet, [1] = log|det|, is read")
            return array(REGISTRY["logdet"](value.matrix), 0)
        return self._entry(self.array_of(base), keys, self.tree.source(base))

    def _one_size(self, value: Sizes, keys: list[Any]) -> Array:
        if len(keys) != 1 or not isinstance(keys[0], int) or not -len(value.sizes) <= keys[0] < len(value.sizes):
            raise ParseError(f"this shape has {len(value.sizes)} sizes; give one index")
        return array(dimension_number(value.sizes[keys[0]]), 0)

    def _key(self, child: int) -> Any:
        """An index: a whole number (0-based), a scalar, a bound index, `:` or None."""
        value = self.values[child]
        if isinstance(value, (Index, slice)):
            return value
        if isinstance(value, Constant) and value.value is None:
            return None
        value = self.array_of(child)
        if is_lifted(value.node):
            raise self.unsupported(child, "an index can only be bound as it is, without arithmetic")
        node = value.node
        if node.ndim or (node.op.name == "number" and not isinstance(node.data, int)):
            raise self.error(child, f"an index must be a whole number or a scalar; {self.tree.source(child)!r} is not")
        if node.op.is_variable:
            self.indices.add(node.data.name)
        return node.data if node.op.name == "number" else node

    def _entry(self, base: Array, keys: list[Any], name: str) -> Array:
        if None in keys:
            return self._new_axis(base, keys, name)
        if is_lifted(base.node):
            return self._entry_of_lifted(base, keys, name)
        if base.rank == 0 or len(keys) > base.rank:
            have = "is a scalar and has no entries" if base.rank == 0 else f"has {base.rank} axes, not {len(keys)}"
            raise ShapeError(f"{short(name)} {have}")
        keys = keys + [slice(None)] * (base.rank - len(keys))
        if base.rank == 1:
            return array(self._picked(column(base.node), keys[0], 0, name), 1)
        node = self._picked(base.node, keys[0], keys[1], name)
        return array(node, 2 if all(isinstance(key, slice) for key in keys) else 1)

    def _picked(self, node: Node, row: Any, col: Any, name: str) -> Value:
        rows, cols = node.shape
        for key, size in ((row, rows), (col, cols)):
            if isinstance(key, int) and size.is_Integer and not -int(size) <= key < int(size):
                raise ShapeError(f"{short(name)} has size {size} there, indices 0 to {int(size) - 1}")
        return entry_of(self, node, row, col, name)

    def _entry_of_lifted(self, base: Array, keys: list[Any], name: str) -> Array:
        value = upright(base)
        if base.rank != 1 or len(keys) != 1 or isinstance(keys[0], slice):
            raise UnsupportedError(f"{name} depends on a summation index: only one entry of a vector can be taken")
        key = keys[0]
        size = value.node.shape[1]
        from_index: Any = self.axis(key, size) if isinstance(key, Index) else unit_vector(key, size)
        return array(lifted.take_entry(value, from_index), 0)

    def _new_axis(self, base: Array, keys: list[Any], name: str) -> Array:
        if len(keys) != 2 or base.rank != 1 or not any(isinstance(key, slice) for key in keys) or is_lifted(base.node):
            raise UnsupportedError(f"{short(name)}: only x[:, None] and x[None, :] of a vector make a new axis")
        return Array(column(base.node) if keys[1] is None else lying(base), 2)

    # -- sums over a bound index ---------------------------------------------------------------
    def on_generator(self, place: int, part: Part) -> Any:
        """`sum(EXPR for i in range(n))`."""
        meaning = self.meaning.of[place]
        assert isinstance(meaning, BoundSum)
        body = self.array_of(part.children[0])
        limit = self.tree.parts[part.children[2]].children[0]
        last = self.size_of(limit)
        axis = self.axes.setdefault(place, Axis(place, meaning.name, last))
        if not same(axis.size, last):
            raise ShapeError(f"the index {meaning.name} runs over {last}, but what it indexes has size {axis.size}")
        return array(lifted.total(axis, body.node), body.rank)


def unit_vector(key: Any, size: Any) -> Node:
    """The unit vector at a 0-based key, counted from the end if it is negative."""
    return Node.hooks["basis"](size + key if isinstance(key, int) and key < 0 else key, size)


def _described(source: str, sizes: tuple[Any, ...]) -> str:
    name = short(source)
    if len(sizes) > 1:
        return f"{name} is {'×'.join(map(str, sizes))}"
    return f"{name} has length {sizes[0]}" if sizes else f"{name} is a scalar"


def _spread(value: Array, sizes: tuple[Any, ...]) -> Node:
    """A node stretched to a broadcast shape; scalars are stretched by every operation on its own."""
    if value.rank == 0:
        return value.node
    if len(sizes) == 1:
        return column(value.node)
    if len(sizes) > 2:
        if value.rank == len(sizes) and all(map(same, value.node.shape, sizes)):
            return value.node
        raise UnsupportedError("an array of rank 3 or 4 is combined with arrays of its own shape, and with scalars")
    rows, cols = sizes
    node = lying(value)
    if is_one(node.shape[0]) and not is_one(rows):
        node = matmul(ones(rows), node)
    if is_one(node.shape[1]) and not is_one(cols):
        node = matmul(node, transpose(ones(cols)))
    return node


def _minus(a: Node, b: Node) -> Any:
    return add(a, negative(b))


def _lifted_minus(a: Value, b: Value) -> Value:
    return lifted.plus(a, lifted.negate(b) if isinstance(b, Lifted) else negative(b))


_ENTRYWISE: dict[str, Callable[..., Any]] = {"+": add, "-": _minus, "*": times, "/": quotient, "**": power}
_LIFTED: dict[Callable[..., Any], Callable[..., Any]] = {
    add: lifted.plus, _minus: _lifted_minus, times: lifted.hadamard, quotient: lifted.over,
}  # fmt: skip
