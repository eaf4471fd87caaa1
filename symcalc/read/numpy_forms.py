"""NumPy's functions, JAX's and torch's where they differ: what each means in operations of the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symcalc.errors import ParseError, ShapeError, UnsupportedError
from symcalc.graph.dimensions import ONE, same
from symcalc.graph.node import is_one
from symcalc.graph.operation import REGISTRY
from symcalc.operations.arithmetic import add, power, reciprocal, times
from symcalc.operations.leaves import basis, dimension_number, eye, number, ones, zeros
from symcalc.operations.linalg.inverse import inverse
from symcalc.operations.products import column, matmul, transpose
from symcalc.operations.structure.block import hstack, vstack
from symcalc.read import lifted
from symcalc.read.arrays import Array, Arrays, SignAndLog, array, lying, upright
from symcalc.read.build import is_lifted, negative, quotient
from symcalc.read.columns import STEPS, without_derivative
from symcalc.read.einsum import einsum
from symcalc.read.names import Constant, text_function
from symcalc.read.syntax import Part

#: Names for the operands of einsum, which have none.
_OPERANDS = "abcdefghijklmnopqrst"
Form = Callable[[Arrays, int, Part], Any]
FORMS: dict[str, Any] = {
    "pi": Constant("pi"),
    "None": Constant(None),
    "True": Constant(True),
    "False": Constant(False),
    **{name: without_derivative(name, cure) for name, cure in STEPS.items()},
}


class Call:
    """The arguments of one call, by name."""

    def __init__(self, builder: Arrays, place: int, part: Part, names: str, required: int):
        self.builder, self.place, self.part = builder, place, part
        self.names = names.split()
        self.given: dict[str, int] = {}
        for child in part.children:
            self._take(child)
        for name in self.names[:required]:
            if name not in self.given:
                raise ParseError(f"the argument {name!r} is missing", builder.tree.text, part.place)

    def _take(self, child: int) -> None:
        inner = self.builder.tree.parts[child]
        if inner.kind == "keyword":
            name = "axis" if inner.value == "dim" else "keepdims" if inner.value == "keepdim" else str(inner.value)
            child = inner.children[0]
        elif len(self.given) < len(self.names):
            name = self.names[len(self.given)]
        else:
            raise self.builder.error(child, f"too many arguments; it takes {', '.join(self.names)}")
        if name not in self.names or name in self.given:
            raise self.builder.error(child, f"unexpected argument {name!r}; it takes {', '.join(self.names)}")
        self.given[name] = child

    def array(self, name: str) -> Array:
        """An argument that is an array."""
        return self.builder.array_of(self.given[name])

    def word(self, name: str) -> Any:
        """An argument that is a whole number, None, True, False or a text; None if it is left out."""
        child = self.given.get(name)
        if child is None:
            return None
        value = self.builder.values[child]
        if isinstance(value, Constant):
            return value.value
        if isinstance(value, str):
            return value
        node = self.builder.array_of(child).node
        if is_lifted(node) or node.op.name != "number" or not isinstance(node.data, int):
            raise self.builder.error(child, f"{name} must be a whole number")
        return node.data


def form(names: str, arguments: str, required: int = 1, method: bool = False) -> Callable[[Callable[[Call], Any]], Any]:
    """Register a function under `names`, with the names of its arguments; also as a method if `method`."""

    def register(meaning: Callable[[Call], Any]) -> Callable[[Call], Any]:
        def build(builder: Arrays, place: int, part: Part) -> Any:
            return meaning(Call(builder, place, part, arguments, required))

        for name in names.split():
            FORMS[name] = build
            if method and "." not in name.removeprefix("np."):
                Arrays.METHODS[name.removeprefix("np.")] = build
        return meaning

    return register


# -- entry by entry --------------------------------------------------------------------------------
def _entrywise(names: str, arguments: str, function: Callable[..., Any]) -> None:
    @form(names, arguments, required=len(arguments.split()))
    def build(call: Call) -> Array:
        return call.builder.entrywise(function, call.place, *(call.given[name] for name in arguments.split()))


def _softplus(a: Any, b: Any) -> Any:
    """log(exp a + exp b)."""
    if b is number(0):
        return REGISTRY["softplus"](a)
    if a is number(0):
        return REGISTRY["softplus"](b)
    return add(a, REGISTRY["softplus"](add(b, negative(a))))


_entrywise("add", "x1 x2", add)
_entrywise("subtract sub", "x1 x2", lambda a, b: add(a, negative(b)))
_entrywise("multiply mul", "x1 x2", times)
_entrywise("divide true_divide div", "x1 x2", quotient)
_entrywise("power float_power pow", "x1 x2", power)
_entrywise("negative neg", "x", negative)
_entrywise("reciprocal", "x", reciprocal)
_entrywise("maximum", "x1 x2", lambda a, b: REGISTRY["max"](a, b))
_entrywise("minimum", "x1 x2", lambda a, b: REGISTRY["min"](a, b))
_entrywise("logaddexp", "x1 x2", _softplus)
_entrywise("heaviside", "x1 x2", lambda a, b: REGISTRY["step"](a))
_entrywise("log1p", "x", lambda a: REGISTRY["log"](add(number(1), a)))
_entrywise("expm1", "x", lambda a: add(REGISTRY["exp"](a), number(-1)))
_entrywise("absolute fabs", "x", lambda a: REGISTRY["abs"](a))
_entrywise("atan", "x", lambda a: REGISTRY["arctan"](a))
_entrywise("special.expit special.logistic", "x", lambda a: REGISTRY["sigmoid"](a))
_entrywise("norm.cdf stats.norm.cdf", "x", lambda a: REGISTRY["normcdf"](a))
_entrywise("norm.pdf stats.norm.pdf", "x", lambda a: REGISTRY["normpdf"](a))
for _name in ("pow", "mul", "sub", "div", "add"):
    Arrays.METHODS[_name] = FORMS[_name]


# -- sums ------------------------------------------------------------------------------------------
def _axis(call: Call, value: Array) -> int | None:
    """The axis that is summed, from 0; None for all of them."""
    axis = call.word("axis")
    if axis is None:
        return None
    if not isinstance(axis, int) or isinstance(axis, bool) or not -value.rank <= axis < value.rank:
        raise ParseError(f"axis {axis} does not exist: the array has {value.rank} axes")
    return axis % value.rank


def _summed(value: Array, axis: int, keep: bool) -> Array:
    """The sums along an axis: products with ones."""
    node: Any = value.node
    rows, cols = node.shape
    if is_one(rows if axis == 0 else cols):
        return Array(node, 2 if keep else 1)
    total = matmul(transpose(ones(rows)), node) if axis == 0 else matmul(node, ones(cols))
    return array(total, 2 if keep else 1)


def _reduce(call: Call, name: str) -> Array:
    value = call.array("a")
    axis = _axis(call, value)
    if is_lifted(value.node):
        if axis is not None and value.rank > 1:
            raise UnsupportedError(f"{name} along an axis under a summation index")
        return array(lifted.apply(name, REGISTRY.get(name) or text_function(name), False, [upright(value)]), 0)  # type: ignore[arg-type]
    if value.rank == 0:
        call.builder.oddness += 3 * call.builder.is_guess(call.given["a"])
    if axis is None or value.rank < 2:
        return array(text_function(name)(upright(value)), 0)  # type: ignore[misc]
    total = _summed(value, axis, bool(call.word("keepdims")))
    if name == "mean":
        size = value.node.shape[axis]
        return Array(times(reciprocal(dimension_number(size)), total.node), total.rank)
    return total


@form("sum", "a axis keepdims", method=True)
def _sum(call: Call) -> Array:
    return _reduce(call, "sum")


@form("mean average", "a axis keepdims", method=True)
def _mean(call: Call) -> Array:
    return _reduce(call, "mean")


def _refused(names: str, why: str) -> None:
    for name in names.split():

        def build(builder: Arrays, place: int, part: Part, name: str = name.rpartition(".")[2]) -> Any:
            raise UnsupportedError(f"{name}: {why}")

        FORMS[name] = build


_refused("where", "a choice by a condition is not read; write relu(x), abs(x), step(x) or np.maximum(a, b)")
_refused("linalg.pinv", "the pseudo-inverse is not read; for full rank write np.linalg.inv(X.T @ X) @ X.T")
_refused("nn.gelu", "jax's gelu is an approximation unless approximate=False; write gelu(x), the exact one")
_refused("np.max np.min amax amin", "the largest entry is not read; np.maximum(a, b) is elementwise")
_refused("functional.cross_entropy cross_entropy_loss", "it takes logits; write logsumexp(z) - y @ z")


# -- matrix products -------------------------------------------------------------------------------
@form("matmul mm mv", "x1 x2", required=2, method=True)
def _matmul(call: Call) -> Array:
    return call.builder.matmul(call.place, call.given["x1"], call.given["x2"])


@form("dot vdot", "a b", required=2, method=True)
def _dot(call: Call) -> Array:
    if call.array("a").rank == 0 or call.array("b").rank == 0:
        return call.builder.entrywise(times, call.place, call.given["a"], call.given["b"])
    return call.builder.matmul(call.place, call.given["a"], call.given["b"])


@form("inner", "a b", required=2, method=True)
def _inner(call: Call) -> Array:
    a, b = call.array("a"), call.array("b")
    if b.rank < 2:
        return _dot(call)
    if a.rank == 0:
        return call.builder.entrywise(times, call.place, call.given["a"], call.given["b"])
    first: Any = lying(a)
    second: Any = lifted.turn(b.node)
    if is_lifted(first, second):
        return array(lifted.product(first, second), a.rank)
    if not same(first.shape[1], second.shape[0]):
        raise ShapeError(f"inner: the last axes have sizes {first.shape[1]} and {second.shape[0]}")
    return array(matmul(first, second), a.rank)


@form("outer ger", "a b", required=2, method=True)
def _outer(call: Call) -> Array:
    a, b = upright(call.array("a")), upright(call.array("b"))
    if is_lifted(a, b):
        return array(lifted.apply("outer", None, False, [a, b]), 2)  # type: ignore[arg-type]
    return Array(matmul(column(a), transpose(column(b))), 2) if a.ndim and b.ndim else array(times(a, b), 1)


@form("linalg.solve solve", "a b", required=2)
def _solve(call: Call) -> Array:
    a, b = call.array("a"), call.array("b")
    if is_lifted(a.node, b.node):
        raise UnsupportedError("a system of equations that depends on a summation index")
    return array(matmul(inverse(a.node), upright(b)), b.rank)


@form("einsum", f"subscripts {' '.join(_OPERANDS)} optimize", required=2)
def _einsum(call: Call) -> Array:
    subscripts = call.word("subscripts")
    if not isinstance(subscripts, str):
        raise ParseError("the first argument of einsum is a text, as in 'ij,j->i'")
    arrays = [call.array(name) for name in _OPERANDS if name in call.given]
    if is_lifted(*(value.node for value in arrays)):
        raise UnsupportedError("einsum under a summation index")
    for value in arrays:
        if value.rank == 2 and value.node.ndim < 2:
            raise UnsupportedError("einsum of a matrix with one row or column: use a vector")
    labels, node = einsum(subscripts, [upright(value) for value in arrays])
    return array(node, len(labels))


# -- linear algebra --------------------------------------------------------------------------------
def _of_matrix(names: str, function: Callable[[Any], Any], method: bool = False) -> None:
    @form(names, "a", method=method)
    def build(call: Call) -> Array:
        value = call.array("a")
        if is_lifted(value.node):
            name = names.split()[0].rpartition(".")[2]
            return array(lifted.apply(name, REGISTRY[name], False, [upright(value)]), 0)
        if value.rank == 0:
            call.builder.oddness += 3 * call.builder.is_guess(call.given["a"])
        if value.rank == 1:
            raise ShapeError("a matrix is needed, not a vector")
        return array(function(value.node), 1)


_of_matrix("linalg.inv inv inverse linalg.inverse", inverse, method=True)
_of_matrix("linalg.det det", lambda node: REGISTRY["det"](node), method=True)
_of_matrix("logdet", lambda node: REGISTRY["logdet"](node), method=True)
_of_matrix("trace tr", lambda node: REGISTRY["tr"](node), method=True)
_of_matrix("diagonal", lambda node: text_function("diag")(node), method=True)  # type: ignore[misc]


@form("linalg.slogdet slogdet", "a")
def _slogdet(call: Call) -> SignAndLog:
    value = call.array("a")
    if value.rank != 2 or is_lifted(value.node):
        raise ShapeError("slogdet needs a square matrix")
    return SignAndLog(value.node)


@form("linalg.matrix_power matrix_power", "a n", required=2)
def _matrix_power(call: Call) -> Array:
    value, exponent = call.array("a"), call.array("n")
    if is_lifted(value.node, exponent.node) or value.rank != 2 or exponent.rank:
        raise UnsupportedError("matrix_power takes a matrix and a whole number")
    return array(REGISTRY["matpow"](value.node, exponent.node), 2)


def _masked(name: str) -> None:
    @form(name, "m")
    def build(call: Call) -> Array:
        value = call.array("m")
        if is_lifted(value.node) or value.rank != 2:
            raise UnsupportedError(f"{name} takes a matrix")
        return Array(REGISTRY[name](value.node), 2)


_masked("tril")
_masked("triu")


# -- stacking ----------------------------------------------------------------------------------------
def _stacked(names: str, axis: int) -> None:
    def build(builder: Arrays, place: int, part: Part) -> Array:
        children = list(part.children)
        if len(children) == 1 and isinstance(builder.values[children[0]], tuple):
            children = list(builder.values[children[0]])
        values = [builder.array_of(child) for child in children]
        if is_lifted(*(value.node for value in values)):
            raise UnsupportedError("stacking under a summation index")
        if axis == 1 and all(value.rank < 2 for value in values):
            return array(vstack(*[upright(value) for value in values]), 1)
        if axis == 1 and any(value.rank == 1 for value in values):
            raise ShapeError("hstack: 1-D arrays beside matrices; say which way they lie (x[:, None], x[None, :])")
        return array((hstack if axis else vstack)(*[lying(value) for value in values]), 2)

    for name in names.split():
        FORMS[name] = build


_stacked("hstack", 1)
_stacked("vstack", 0)


@form("linalg.norm norm", "x ord axis keepdims", method=True)
def _norm(call: Call) -> Array:
    value, kind = call.array("x"), call.word("ord")
    if call.word("axis") is not None and value.rank > 1:
        raise UnsupportedError("norms along an axis: write np.sqrt(np.sum(X**2, axis=…))")
    known = {None: "norm2", "fro": "norm2"} if value.rank == 2 else {None: "norm2", 1: "norm1", 2: "norm2"}
    which = known.get(kind)
    if which is None:
        raise UnsupportedError(f"this norm (ord={kind!r}) is not read: of vectors 1 and 2, of matrices 'fro'")
    if is_lifted(value.node):
        return array(lifted.apply(which, REGISTRY[which], False, [upright(value)]), 0)
    if value.rank == 0:
        call.builder.oddness += 3 * call.builder.is_guess(call.given["x"])
    return array(REGISTRY[which](upright(value)), 0)


@form("diag", "v", method=True)
def _diag(call: Call) -> Array:
    value = call.array("v")
    if is_lifted(value.node):
        raise UnsupportedError("diag of something that depends on a summation index")
    if value.rank == 2 and value.node.ndim < 2:
        raise ShapeError("diag needs a vector or a square matrix")
    return array(text_function("diag")(upright(value)), 1)  # type: ignore[misc]


@form("kron linalg.kron", "a b", required=2)
def _kron(call: Call) -> Array:
    a, b = call.array("a"), call.array("b")
    if is_lifted(a.node, b.node):
        raise UnsupportedError("kron of something that depends on a summation index")
    if {a.rank, b.rank} == {1, 2}:
        return array(REGISTRY["kron"](lying(a), lying(b)), 2)
    return array(REGISTRY["kron"](upright(a), upright(b)), max(a.rank, b.rank))


# -- rows: softmax and its relatives ---------------------------------------------------------------
def _along_rows(names: str, function: str) -> None:
    @form(names, "a axis")
    def build(call: Call) -> Array:
        value = call.array("a")
        axis = _axis(call, value)
        if is_lifted(value.node):
            return array(lifted.apply(function, REGISTRY[function], False, [upright(value)]), 1)
        if axis is None and value.rank == 2 and call.part.value.name.startswith("special."):  # type: ignore[attr-defined]
            raise UnsupportedError(f"scipy's {function} without axis is over the whole matrix; give axis=1 for rows")
        apply = REGISTRY[function]
        if axis == 0 and value.rank == 2:
            return Array(transpose(apply(transpose(value.node))), 2)
        return array(apply(upright(value)), value.rank)


for _path in ("", "special.", "nn.", "nn.functional.", "functional."):
    _along_rows(_path + "softmax", "softmax")
    _along_rows(_path + "log_softmax", "log_softmax")


@form("logsumexp special.logsumexp nn.logsumexp", "a axis keepdims")
def _logsumexp(call: Call) -> Array:
    value = call.array("a")
    axis = _axis(call, value)
    if is_lifted(value.node):
        return array(lifted.apply("logsumexp", REGISTRY["logsumexp"], False, [upright(value)]), 0)
    if axis is None or value.rank < 2:
        return array(REGISTRY["logsumexp"](upright(value)), 0)
    total = _summed(Array(REGISTRY["exp"](value.node), 2), axis, bool(call.word("keepdims")))
    return Array(REGISTRY["log"](total.node), total.rank)


# -- shapes ----------------------------------------------------------------------------------------
@form("transpose np.t", "a axes", method=True)
def _transpose(call: Call) -> Array:
    if "axes" in call.given:
        raise UnsupportedError("a transpose with axes; write X.T")
    value = call.array("a")
    return Array(lifted.turn(value.node), 2) if value.rank == 2 else value


@form("reshape", "a shape more", required=2, method=True)
def _reshape(call: Call) -> Array:
    value = call.array("a")
    wanted = [_whole(call, child) for child in _members(call, "shape", "more")]
    if is_lifted(value.node):
        raise UnsupportedError("reshape under a summation index")
    if wanted == [-1]:
        return _flat(value)
    if value.rank == 1 or (value.rank == 2 and value.node.ndim == 1):
        flat = Array(value.node, 1)
        if wanted == [-1, 1]:
            return Array(upright(flat), 2)
        if wanted == [1, -1]:
            return Array(lying(flat), 2)
    raise UnsupportedError("only x.reshape(-1), x.reshape(-1, 1) and x.reshape(1, -1) are read")


def _members(call: Call, *names: str) -> list[int]:
    """The parts of arguments that are given as a tuple or one by one."""
    children: list[int] = []
    for name in names:
        child = call.given.get(name)
        if child is not None:
            value = call.builder.values[child]
            children.extend(value if isinstance(value, tuple) else (child,))
    return children


def _whole(call: Call, child: int) -> Any:
    node = call.builder.array_of(child).node
    return node.data if not is_lifted(node) and node.op.name == "number" else None


def _flat(value: Array) -> Array:
    """Row after row, as NumPy flattens."""
    if value.rank < 2:
        return value
    if value.node.ndim < 2:
        return Array(value.node, 1)
    return array(REGISTRY["vec"](transpose(value.node)), 1)


@form("ravel flatten", "a", method=True)
def _ravel(call: Call) -> Array:
    value = call.array("a")
    if is_lifted(value.node):
        raise UnsupportedError("ravel under a summation index")
    return _flat(value)


@form("len", "a")
def _len(call: Call) -> Array:
    value = call.array("a")
    if value.rank == 0 or is_lifted(value.node):
        raise ShapeError("len needs a vector or a matrix")
    return array(dimension_number(value.sizes[0]), 0)


def _filled(names: str, make: Callable[..., Any]) -> None:
    @form(names, "shape more")
    def build(call: Call) -> Array:
        sizes = [call.builder.size_of(child) for child in _members(call, "shape", "more")]
        if len(sizes) not in (1, 2):
            raise ParseError("one or two sizes are needed, as in np.ones(n) or np.ones((n, m))")
        return array(make(*sizes), len(sizes))

    @form(f"{names}_like", "a")
    def like(call: Call) -> Array:
        value = call.array("a")
        if is_lifted(value.node):
            raise UnsupportedError("an array like something that depends on a summation index")
        return array(make(*value.node.shape), value.rank)


_filled("ones", ones)
_filled("zeros", zeros)


@form("eye identity", "n m")
def _eye(call: Call) -> Array:
    sizes = [call.builder.size_of(child) for child in call.given.values()]
    if not same(sizes[0], sizes[-1]):
        raise UnsupportedError("only square identity matrices are read")
    return array(eye(sizes[0]), 2) if sizes[0] != ONE else array(number(1), 0)


@form("onehot nn.one_hot one_hot", "k n", required=2)
def _onehot(call: Call) -> Array:
    key: Any = call.builder._key(call.given["k"])
    size = call.builder.size_of(call.given["n"])
    if isinstance(key, lifted.Index):
        return array(lifted.unit_vectors(call.builder.axis(key, size)), 1)
    if key is None or isinstance(key, slice):
        raise ParseError("onehot takes an index and a size")
    return array(basis(key, size), 1)
