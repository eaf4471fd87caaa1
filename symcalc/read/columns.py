"""Matrix notation: vectors are columns, `*` is the matrix product, a 1×1 product is a scalar.

The meaning of matlab texts, and of every spelling that writes mathematics as on paper.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symcalc.errors import ParseError, ShapeError, UnsupportedError
from symcalc.graph.dimensions import same, same_shape
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import MACROS, REGISTRY, Macro, Operation, check_arity
from symcalc.operations.arithmetic import add, power, reciprocal, times
from symcalc.operations.leaves import basis, dimension_number, eye, number, ones, zeros
from symcalc.operations.linalg.inverse import inverse
from symcalc.operations.linalg.matrix_power import is_whole
from symcalc.operations.products import MATMUL, matmul, transpose
from symcalc.read import lifted
from symcalc.read.build import Builder, check_exponent, dimension_of, is_lifted, negative, quotient
from symcalc.read.einsum import einsum
from symcalc.read.lifted import Axis, Index, Lifted, Value
from symcalc.read.limits import LARGEST_MATRIX_EXPONENT
from symcalc.read.messages import entrywise_error, has_shape, product_error
from symcalc.read.names import BoundSum, Constant, Function, Indexed, Unknown
from symcalc.read.syntax import Bracketed, Part

#: Products of more factors than this are nested, so that a long chain costs no more per factor than a short one.
_FLAT = 32
#: Functions that nobody applies to a scalar, which tells against guessing that the operand is one.
_OF_ARRAYS = {"sum", "mean", "norm1", "norm2", "norm", "tr", "trace", "det", "logdet", "inv", "diag", "softmax",
              "log_softmax", "logsumexp", "vec", "dot", "outer", "kron", "cross_entropy", "layer_norm"}  # fmt: skip
_DOT_POWER = "write .^ for powers entry by entry"
#: Scalars that people do add to every entry.
_ADDED_TO_ALL = {"eps", "epsilon", "tol"}


class Columns(Builder):
    """Builds the graph of a text in matrix notation."""

    def finish(self, value: Any) -> Node:
        """The node of the whole: nothing in it may still depend on a bound index."""
        if not isinstance(value, Node):
            raise self.error(len(self.values) - 1, "this is no expression")
        return value

    def on_string(self, place: int, part: Part) -> Any:
        """A text in quotes, for einsum."""
        return part.value

    # -- operators -----------------------------------------------------------------------------
    def on_prefix(self, place: int, part: Part) -> Any:
        """A sign."""
        value = self.node_of(part.children[0])
        if part.value == "+":
            return value
        return lifted.negate(value) if is_lifted(value) else negative(value)

    def on_postfix(self, place: int, part: Part) -> Any:
        """The transpose."""
        value = self.node_of(part.children[0])
        self.oddness += 2 * self.is_guess(part.children[0])
        return lifted.turn(value)

    def on_binary(self, place: int, part: Part) -> Any:
        """A sum, product, quotient or power."""
        left, right = part.children
        return self.OPERATORS[str(part.value)](self, place, left, right)  # type: ignore[operator]

    def _add(self, place: int, left: int, right: int) -> Any:
        return self._sum(place, left, right, self.node_of(right))

    def _sub(self, place: int, left: int, right: int) -> Any:
        value = self.node_of(right)
        return self._sum(place, left, right, lifted.negate(value) if isinstance(value, Lifted) else negative(value))

    def _sum(self, place: int, left: int, right: int, b: Value) -> Any:
        a = self.node_of(left)
        if is_lifted(a, b):
            return lifted.plus(a, b)
        self._check_entrywise(place, left, right)
        self.oddness += 2 * (self._is_stretched(left, a, b) + self._is_stretched(right, b, a))
        return add(a, b)

    def _is_stretched(self, index: int, term: Any, other: Any) -> bool:
        """Is a scalar that is no constant added to every entry of an array?  People seldom mean that."""
        if term.ndim or not other.ndim or not is_varying(term):
            return False
        return self.tree.parts[index].value not in _ADDED_TO_ALL

    def _check_entrywise(self, place: int, left: int, right: int) -> None:
        a, b = self.node_of(left), self.node_of(right)
        if a.ndim and b.ndim and not same_shape(a.shape, b.shape):
            source = self.tree.source
            raise entrywise_error(self.style, source(place), source(left), a.shape, source(right), b.shape)

    def _product(self, place: int, left: int, right: int) -> Any:
        a, b = self.node_of(left), self.node_of(right)
        if is_lifted(a, b):
            return lifted.product(a, b)
        if a.ndim and b.ndim and not same(a.shape[1], b.shape[0]):
            source = self.tree.source
            raise product_error(self.style, source(place), source(left), a.shape, source(right), b.shape)
        self.oddness += 2 * self.is_odd_factor(left, right, b)
        if a.op is MATMUL and a.ndim and b.ndim and len(a.args) < _FLAT:
            return matmul(*a.args, b)
        return matmul(a, b)

    def _hadamard(self, place: int, left: int, right: int) -> Any:
        a, b = self.node_of(left), self.node_of(right)
        if is_lifted(a, b):
            return lifted.hadamard(a, b)
        self._check_entrywise(place, left, right)
        self.oddness += (self.is_guess(left) and a.ndim == 0) + (self.is_guess(right) and b.ndim == 0)
        return times(a, b)

    def _over(self, place: int, left: int, right: int) -> Any:
        a, b = self.node_of(left), self.node_of(right)
        if lifted.kind_of(b) != "scalar":
            source = self.tree.source(right)
            shape = has_shape(source, b.shape) if isinstance(b, Node) else f"{source} is no scalar"
            cure = "write ./ for the quotient entry by entry"
            if isinstance(b, Node) and b.ndim == 2:
                cure = f"write {self.tree.source(left)}*inv({source}), or ./ for the quotient entry by entry"
            raise ShapeError(f"{self.tree.source(place)}: {shape}; only a scalar can stand under '/'. Instead {cure}")
        return lifted.over(a, b) if is_lifted(a, b) else quotient(a, b)

    def _divide(self, place: int, left: int, right: int) -> Any:
        a, b = self.node_of(left), self.node_of(right)
        if is_lifted(a, b):
            return lifted.over(a, b)
        self._check_entrywise(place, left, right)
        return quotient(a, b)

    def _solve(self, place: int, left: int, right: int) -> Any:
        a, b = self.node_of(left), self.node_of(right)
        if is_lifted(a):
            raise UnsupportedError("a system of equations that depends on a summation index")
        return lifted.product(inverse(a), b) if is_lifted(b) else matmul(inverse(a), b)

    def _power(self, place: int, left: int, right: int) -> Any:
        base, exponent = self.node_of(left), self.node_of(right)
        self._check_base(left, right)
        kind, above = lifted.kind_of(base), lifted.kind_of(exponent)
        if above != "scalar":
            raise ShapeError(f"{self.tree.source(place)}: the exponent is no scalar; {_DOT_POWER}")
        if kind == "scalar":
            return self._entrywise_power(base, exponent)
        if kind != "matrix":
            raise ShapeError(
                f"{self.tree.source(place)}: {self.tree.source(left)} is a vector and has no matrix power; {_DOT_POWER}"
            )
        return self._matrix_power(place, left, base, exponent)

    def _check_base(self, left: int, right: int) -> None:
        """`e^x` and `X^T`, where e and T are not declared, mean something else than a power of a variable."""
        if self.is_undeclared(right, "T"):
            raise self.error(right, f"T is not declared; write {self.tree.source(left)}' for the transpose")
        if self.is_undeclared(left, "e"):
            raise self.error(left, "e is not declared; write exp(…) for powers of e")

    def is_undeclared(self, index: int, name: str) -> bool:
        """Is this part the bare, undeclared name?"""
        part = self.tree.parts[index]
        return part.kind == "name" and part.value == name and name in self.meaning.undeclared

    def _matrix_power(self, place: int, left: int, base: Value, exponent: Value) -> Any:
        k = exponent.data if isinstance(exponent, Node) and exponent.op.name == "number" else None
        if not isinstance(k, int):
            if isinstance(base, Node) and isinstance(exponent, Node) and is_whole(exponent) and same(*base.shape):
                return REGISTRY["matpow"](base, exponent)
            raise UnsupportedError(
                f"{self.tree.source(place)}: a matrix power needs an integer exponent (or a scalar that is assumed to "
                f"be one); {_DOT_POWER}"
            )
        if abs(k) > LARGEST_MATRIX_EXPONENT:
            what = self.tree.source(place)
            raise UnsupportedError(f"{what}: exponents of a matrix go up to {LARGEST_MATRIX_EXPONENT}")
        if isinstance(base, Lifted):
            if k < 1:
                raise UnsupportedError("an inverse that depends on a summation index")
            return lifted.square_power(base, k)
        if not same(*base.shape):
            raise ShapeError(f"{self.tree.source(place)}: {has_shape(self.tree.source(left), base.shape)}, not square")
        return REGISTRY["matpow"](base, exponent)

    def _entrywise_power(self, base: Value, exponent: Value) -> Any:
        if is_lifted(base, exponent):
            return lifted.raise_to(base, exponent)
        check_exponent(exponent)  # type: ignore[arg-type]
        return power(base, exponent)

    def _dot_power(self, place: int, left: int, right: int) -> Any:
        base, exponent = self.node_of(left), self.node_of(right)
        self._check_base(left, right)
        if not is_lifted(base, exponent):
            self._check_entrywise(place, left, right)
        return self._entrywise_power(base, exponent)

    OPERATORS = {
        "+": _add, "-": _sub, "*": _product, "/": _over, "\\": _solve, ".*": _hadamard, "./": _divide,
        "^": _power, ".^": _dot_power,
    }  # fmt: skip

    # -- calls ---------------------------------------------------------------------------------
    def on_call(self, place: int, part: Part) -> Any:
        """A function, an index, or a sum over a bound index."""
        meaning = self.meaning.of[place]
        if isinstance(meaning, Indexed):
            return self._index(part, meaning.name)
        if isinstance(meaning, BoundSum):
            return self._bound_sum(place, part, meaning.name)
        if isinstance(meaning, Unknown):
            if len(part.children) != 1:
                raise ParseError(f"{meaning.name}{chr(39) * meaning.primes} takes one argument")
            operand = self.node_of(part.children[0])
            function = self.unknown(meaning)
            return lifted.elementwise(function, operand) if is_lifted(operand) else function(operand)
        if isinstance(meaning, Function):
            return self._function(place, part, meaning)
        return meaning(self, place, part)

    def _function(self, place: int, part: Part, meaning: Function) -> Any:
        name, function, children = meaning.name, meaning.call, part.children
        if name in ("sum", "mean") and len(children) == 2:
            return self._along(part, name)
        if name == "norm" and len(children) == 2:
            return self._norm(part)
        if isinstance(function, (Operation, Macro)):
            check_arity(name, function.arity, len(children))
        values = [self.node_of(child) for child in children]
        if name in _OF_ARRAYS and any(isinstance(value, Node) and value.ndim == 0 for value in values):
            self.oddness += 3 * any(self.is_guess(child) for child in children)
        elif name == "diag" and isinstance(values[0], Node):
            self.oddness += values[0].ndim == 0
        if is_lifted(*values):
            whole = isinstance(function, Operation) and function.elementwise
            return lifted.apply(name, function, whole, values)
        if isinstance(function, Operation) and function.elementwise:
            self._check_same(place, children)
        return Node.hooks["convert"](function(*values))

    def _check_same(self, place: int, children: tuple[int, ...]) -> None:
        arrays = [child for child in children if self.node_of(child).ndim]
        for child in arrays[1:]:
            self._check_entrywise(place, arrays[0], child)

    def _along(self, part: Part, name: str) -> Any:
        """`sum(X, 1)` and `sum(X, 2)`: sums of the columns (a row) and of the rows (a column)."""
        array, which = self.node_of(part.children[0]), self.node_of(part.children[1])
        if is_lifted(array, which) or which.op.name != "number" or which.data not in (1, 2):
            raise ParseError(f"{name} takes one expression, an index and an expression, or an axis 1 or 2 at the end")
        rows, cols = array.shape
        size = rows if which.data == 1 else cols
        if is_one(size):
            return array
        total = matmul(transpose(ones(rows)), array) if which.data == 1 else matmul(array, ones(cols))
        return total if name == "sum" else times(reciprocal(dimension_number(size)), total)

    def _norm(self, part: Part) -> Any:
        array, kind = self.node_of(part.children[0]), self.node_of(part.children[1])
        if is_lifted(array, kind):
            raise UnsupportedError("norm(x, p) under a summation index; norm1(x) and norm2(x) are read")
        return MACROS["norm"](array, kind)

    def on_generator(self, place: int, part: Part) -> Any:
        """A sum over a bound index in python's spelling."""
        raise self.error(place, "write sum(i, EXPR) for a sum over an index")

    def _bound_sum(self, place: int, part: Part, name: str) -> Any:
        children = part.children
        body = self.node_of(children[-1])
        axis = self.bound_axis(place, name) if place in self.axes or len(children) == 2 else None
        if len(children) == 4:
            first, last = self.node_of(children[1]), self.size_of(children[2])
            if is_lifted(first) or first is not number(1):
                raise self.unsupported(children[1], f"the index {name} can only start at 1")
            if axis is None:
                axis = self.axes[place] = Axis(place, name, last)
            elif not same(axis.size, last):
                raise ShapeError(f"the index {name} runs to {last}, but what it indexes has size {axis.size}")
        assert axis is not None
        return lifted.total(axis, body)

    # -- indices -------------------------------------------------------------------------------
    def on_index(self, place: int, part: Part) -> Any:
        """An entry of what a function gives: `softmax(z)(k)`."""
        base, *children = part.children
        if isinstance(part.value, Bracketed) and not all(self._is_place(child) for child in children):
            before = self.tree.text[part.start : part.place].strip()
            message = f"an operator is missing between {before!r} and '('"
            raise ParseError(message, self.tree.text, part.place)
        return self._entries(self.node_of(base), self.tree.source(base), children)

    def _index(self, part: Part, name: str) -> Any:
        return self._entries(self.wrap(self.lookup(name)), name, list(part.children))

    def _entries(self, base: Value, name: str, children: list[int]) -> Any:
        keys = [self._key(child) for child in children]
        if isinstance(base, Lifted):
            return self._entry_of_lifted(base, keys, name)
        if base.ndim == 0:
            raise ShapeError(f"{name} is a scalar and has no entries; write {name}*(…) for a product")
        if len(keys) not in (1, 2):
            raise ParseError(f"{name} takes {base.ndim} {'index' if base.ndim == 1 else 'indices'}, not {len(keys)}")
        if len(keys) == 1 and base.ndim == 2:
            raise ShapeError(f"{has_shape(name, base.shape)}: give two indices, as in {name}(i,:)")
        if len(keys) == 1:
            keys = [keys[0], 0] if is_one(base.shape[1]) else [0, keys[0]]
        return entry_of(self, base, keys[0], keys[1], name)

    def _is_place(self, child: int) -> bool:
        """Is this `:`, a bound index, or a number that sizes and integers make up?"""
        value = self.values[child]
        return not isinstance(value, Node) or dimension_of(value) is not None

    def _entry_of_lifted(self, base: Lifted, keys: list[Any], name: str) -> Any:
        if len(keys) != 1 or base.node is None or base.kind == "scalar":
            raise UnsupportedError(f"{name} depends on a summation index: only one entry of a vector can be taken")
        key = _resolved(self, keys[0], base.node.shape[1], name)
        return base if key is None else lifted.take_entry(base, key)

    def _key(self, child: int) -> Any:
        """An index, counted from 0: a whole number, a node, a bound index, or `:`."""
        value = self.values[child]
        if isinstance(value, (Index, slice)):
            return value
        value = self.node_of(child)
        if is_lifted(value):
            raise self.unsupported(child, "an index can only be bound as it is, without arithmetic")
        if value.ndim:
            raise self.error(child, f"an index must be a whole number or a scalar; {self.tree.source(child)!r} is not")
        if value.op.name == "number":
            if not isinstance(value.data, int) or value.data < 1:
                raise self.error(child, f"indices are whole numbers from 1 on, not {value.data}")
            return value.data - 1
        if value.op.is_variable:
            self.indices.add(value.data.name)
        return add(value, number(-1))


def is_varying(term: Node) -> bool:
    """Is the node anything but a number, π or a dimension?"""
    return term.op.name not in ("number", "constant", "dimension")


def entry_of(builder: Builder, base: Node, row: Any, col: Any, name: str) -> Value:
    """`base` at 0-based keys: whole numbers, scalar nodes, bound indices, or slices for all."""
    rows, cols = base.shape
    row, col = _resolved(builder, row, rows, name), _resolved(builder, col, cols, name)
    if isinstance(row, Axis) or isinstance(col, Axis):
        return lifted.take(base, row, col)
    result = base
    if row is not None:
        result = matmul(transpose(row), result)
    return matmul(result, col) if col is not None else result


def _resolved(builder: Builder, key: Any, size: Any, name: str) -> Any:
    """A key of an axis: None for all of it, the axis of a bound index, or a unit vector."""
    if isinstance(key, slice):
        return None
    if isinstance(key, Index):
        return builder.axis(key, size)
    if is_one(size):
        if key not in (0, -1):
            raise ShapeError(f"{name} has size 1 there: the only index is 1")
        return None
    if isinstance(key, int):
        known = int(size) if size.is_Integer else None
        if key < 0:
            return basis(size + key, size)
        if known is not None and key >= known:
            raise ShapeError(f"{name} has only {known} entries there")
        return basis(key, size)
    return basis(key, size)


# -- the functions that take sizes -----------------------------------------------------------------
def _filled(make: Callable[..., Any]) -> Callable[[Columns, int, Part], Any]:
    def form(builder: Columns, place: int, part: Part) -> Any:
        sizes = [builder.size_of(child) for child in part.children]
        if len(sizes) not in (1, 2):
            raise ParseError("one or two dimensions are needed, as in ones(n) or ones(n, m)")
        return make(*sizes)

    return form


def _identity(builder: Columns, place: int, part: Part) -> Any:
    sizes = [builder.size_of(child) for child in part.children]
    if len(sizes) not in (1, 2) or not same(sizes[0], sizes[-1]):
        raise ParseError("eye takes one dimension, as in eye(n)")
    return eye(sizes[0])


def _onehot(builder: Columns, place: int, part: Part) -> Any:
    if len(part.children) != 2:
        raise ParseError("onehot takes an index and a dimension, as in onehot(k, n)")
    key, size = builder._key(part.children[0]), builder.size_of(part.children[1])
    if isinstance(key, Index):
        return lifted.unit_vectors(builder.axis(key, size))
    if isinstance(key, slice):
        raise ParseError("onehot takes an index and a dimension, as in onehot(k, n)")
    return basis(key, size)


def _transposed(builder: Columns, place: int, part: Part) -> Any:
    if len(part.children) != 1:
        raise ParseError("transpose takes one argument")
    return lifted.turn(builder.node_of(part.children[0]))


def _measured(pick: Callable[[Node], Any]) -> Callable[[Columns, int, Part], Any]:
    def form(builder: Columns, place: int, part: Part) -> Any:
        if len(part.children) != 1:
            raise ParseError("one argument is needed")
        value = builder.node_of(part.children[0])
        if is_lifted(value):
            raise UnsupportedError("the size of something that depends on a summation index")
        return dimension_number(pick(value))

    return form


def _size(builder: Columns, place: int, part: Part) -> Any:
    if len(part.children) != 2:
        raise ParseError("size takes an array and 1 or 2, as in size(X, 1)")
    value, which = (builder.node_of(child) for child in part.children)
    if is_lifted(value, which) or which not in (number(1), number(2)):
        raise ParseError("size takes an array and 1 or 2, as in size(X, 1)")
    return dimension_number(value.shape[which.data - 1])


def _einsum(builder: Columns, place: int, part: Part) -> Any:
    subscripts = builder.values[part.children[0]] if part.children else None
    if not isinstance(subscripts, str):
        raise ParseError('the first argument of einsum is a text, as in einsum("ij,j->i", A, x)')
    operands = [builder.node_of(child) for child in part.children[1:]]
    if is_lifted(*operands):
        raise UnsupportedError("einsum under a summation index")
    return einsum(subscripts, operands)[1]


def without_derivative(name: str, cure: str) -> Callable[..., Any]:
    """The form of a function that has no useful derivative: an error that says what to use instead."""

    def form(builder: Builder, place: int, part: Part) -> Any:
        raise UnsupportedError(f"{name} has no derivative; {cure}")

    return form


#: Functions without a derivative, and what is used in their place.
STEPS = {
    "argmax": "softmax is its smooth relative",
    "argmin": "softmax of the negative is its smooth relative",
    "round": "it is constant between jumps",
    "floor": "it is constant between jumps",
    "ceil": "it is constant between jumps",
    "sort": "it permutes the entries",
}
#: What the reader spells out itself, by name.
FORMS: dict[str, Any] = {
    "pi": Constant("pi"),
    "ones": _filled(ones),
    "zeros": _filled(zeros),
    "eye": _identity,
    "onehot": _onehot,
    "transpose": _transposed,
    "einsum": _einsum,
    "length": _measured(lambda node: node.shape[0] if is_one(node.shape[1]) else node.shape[1]),
    "numel": _measured(lambda node: node.shape[0] * node.shape[1]),
    "size": _size,
    **{name: without_derivative(name, cure) for name, cure in STEPS.items()},
}
