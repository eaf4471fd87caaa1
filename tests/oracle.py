"""An independent evaluator of expressions: JAX in float64, written from the definitions and not from `op.code`.

Every array is two-dimensional inside (a vector is a column or a row, a scalar 1×1), so that ranks cannot be
mixed up; values go in and come out as users know them: 0-D, 1-D or 2-D.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import symcalc.notation
import symcalc.operations  # noqa: F401  (fills the registry)
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY
from symcalc.graph.walk import topological
from symcalc.operations.unknown import UnknownFunction

jax.config.update("jax_enable_x64", True)

#: Sizes for dimension symbols that got none: all different.
SIZES = (2, 3, 5, 4, 6, 7)
#: How far a sampled point keeps from kinks, and from the edge of a domain.
MARGIN = 0.05
#: What an unknown elementwise function f is, in numbers.
STAND_IN = jnp.tanh

Value = Callable[..., Any]


# -- the table: operation name -> (node, 2-D operands) -> 2-D value -------------------------------------
def _each(function: Value) -> Value:
    """An elementwise function of the operands."""
    return lambda node, *args: function(*args)


def _scalar(function: Value) -> Value:
    """A function of one matrix with a scalar value."""
    return lambda node, X: jnp.reshape(function(X), (1, 1))


def _rowwise(function: Value) -> Value:
    """On a matrix row by row, on a vector over all entries."""
    return lambda node, X: function(X, axis=1) if node.args[0].ndim == 2 else function(X, axis=None)


def _matmul(node: Node, *args: Any) -> Any:
    result = args[0]
    for arg in args[1:]:
        result = jnp.einsum("ij,jk->ik", result, arg)
    return result


def _times(node: Node, *args: Any) -> Any:
    result = args[0]
    for arg in args[1:]:
        result = jnp.multiply(result, arg)
    return result


def _power(node: Node, base: Any, exponent: Any) -> Any:
    """Whole exponents by repeated multiplication, so that negative bases and slopes at 0 are right."""
    p = whole_exponent(node)
    return jnp.power(base, exponent) if p is None else jax.lax.integer_pow(base, p)


def _matpow(node: Node, X: Any, k: Any) -> Any:
    result = X
    for _ in range(node.args[1].data - 1):
        result = result @ X
    return result


def _kron(node: Node, A: Any, B: Any) -> Any:
    blocks = jnp.einsum("ij,kl->ikjl", A, B)
    return blocks.reshape(A.shape[0] * B.shape[0], A.shape[1] * B.shape[1])


def _blocks(G: Any, rows: int, cols: int) -> list[list[Any]]:
    """G cut into a grid of rows×cols blocks."""
    return [jnp.split(strip, cols, axis=1) for strip in jnp.split(G, rows, axis=0)]


def _kron_left(node: Node, G: Any, B: Any) -> Any:
    grid = _blocks(G, G.shape[0] // B.shape[0], G.shape[1] // B.shape[1])
    return jnp.array([[jnp.sum(block * B) for block in row] for row in grid])


def _kron_right(node: Node, G: Any, A: Any) -> Any:
    grid = _blocks(G, *A.shape)
    return sum(A[i, j] * block for i, row in enumerate(grid) for j, block in enumerate(row))


def _norm(X: Any) -> Any:
    return jnp.sqrt(jnp.sum(X**2))


def _leaky(x: Any, a: Any) -> Any:
    return jnp.maximum(x, 0) + a * jnp.minimum(x, 0)


def _density(x: Any) -> Any:
    return jax.scipy.stats.norm.pdf(x)


def _einsum(node: Node, *args: Any) -> Any:
    total = 0.0
    for number, places, out in node.data.terms:
        operands = []
        for where, indices in places:
            shape = args[where].shape if len(indices) == 2 else (-1,) * len(indices)
            operands += [jnp.reshape(args[where], shape), list(indices)]
        total = total + float(number) * jnp.einsum(*operands, list(out))
    return total if len(node.data.axes) > 1 else jnp.reshape(total, (-1, 1))


def _antidiagonal_map(node: Node, rows: Any, cols: Any) -> Any:
    n, m = int(rows[0, 0]), int(cols[0, 0])
    columns = [jnp.zeros(n + m - 1).at[i + j].set(1.0) for j in range(m) for i in range(n)]
    return jnp.stack(columns, axis=1)


def _commutation(node: Node, rows: Any, cols: Any) -> Any:
    n, m = int(rows[0, 0]), int(cols[0, 0])
    columns = []
    for place in range(n * m):  # vec of the matrix with one 1 goes to vec of its transpose
        unit = jnp.zeros(n * m).at[place].set(1.0).reshape(m, n).T
        columns.append(jnp.concatenate([unit[i, :] for i in range(n)]))
    return jnp.stack(columns, axis=1)


def _grid(node: Node, *args: Any) -> Any:
    """Each block written into its place."""
    cols = node.data[1]
    heights, widths = [a.shape[0] for a in args[::cols]], [a.shape[1] for a in args[:cols]]
    whole = jnp.zeros((sum(heights), sum(widths)))
    for k, block in enumerate(args):
        top, left = sum(heights[: k // cols]), sum(widths[: k % cols])
        whole = whole.at[top : top + block.shape[0], left : left + block.shape[1]].set(block)
    return whole


def _part(node: Node, X: Any, *sizes: Any) -> Any:
    top, left, rows, cols = (int(size[0, 0]) for size in sizes)
    return X[top : top + rows, left : left + cols]


def _same_diagonals(node: Node, X: Any) -> Any:
    rows, cols = X.shape
    totals = {d: jnp.sum(jnp.diagonal(X, d)) for d in range(1 - rows, cols)}
    return jnp.array([[totals[j - i] for j in range(cols)] for i in range(rows)])


def _expm_frechet(node: Node, A: Any, E: Any) -> Any:
    return jax.jvp(jax.scipy.linalg.expm, (A,), (E,))[1]


def _power_sum(node: Node, A: Any, E: Any, k: Any) -> Any:
    count, eye = int(k[0, 0]), jnp.eye(A.shape[0])
    powers = [eye]
    for _ in range(count):
        powers.append(powers[-1] @ A)
    return sum((powers[r] @ E @ powers[count - 1 - r] for r in range(count)), 0.0 * E)


def _whole_power(node: Node, A: Any, k: Any) -> Any:
    result = jnp.eye(A.shape[0])
    for _ in range(int(k[0, 0])):
        result = result @ A
    return result


def _conv1d(node: Node, x: Any, w: Any) -> Any:
    rows = x.shape[0] - w.shape[0] + 1
    return jnp.array([[jnp.sum(w * x[i : i + w.shape[0]])] for i in range(rows)])


def _convolve(node: Node, a: Any, w: Any) -> Any:
    total = jnp.zeros(a.shape[0] + w.shape[0] - 1)
    for i in range(a.shape[0]):
        total = total.at[i : i + w.shape[0]].add(a[i, 0] * w[:, 0])
    return total[:, None]


def _conv_matrix(node: Node, w: Any, n: Any) -> Any:
    cols = int(n[0, 0])
    rows = []
    for i in range(cols - w.shape[0] + 1):
        rows.append(jnp.zeros(cols).at[i : i + w.shape[0]].set(w[:, 0]))
    return jnp.stack(rows)


def _hankel(node: Node, x: Any, rows: Any) -> Any:
    count = int(rows[0, 0])
    return jnp.stack([x[i : i + x.shape[0] - count + 1, 0] for i in range(count)])


def _antidiagonals(node: Node, G: Any) -> Any:
    rows, cols = G.shape
    return jnp.array([[jnp.sum(jnp.diagonal(G[:, ::-1], cols - 1 - l))] for l in range(rows + cols - 1)])


TABLE: dict[str, Value] = {
    "blocks": _grid,
    "submatrix": _part,
    "tril": lambda node, X: jnp.where(jnp.arange(X.shape[0])[:, None] >= jnp.arange(X.shape[1])[None, :], X, 0.0),
    "triu": lambda node, X: jnp.where(jnp.arange(X.shape[0])[:, None] <= jnp.arange(X.shape[1])[None, :], X, 0.0),
    "toeplitz_sums": _same_diagonals,
    "diagonal_sums": lambda node, G: jnp.array(
        [[jnp.sum(jnp.diagonal(G, j))] for j in range(G.shape[1] - G.shape[0] + 1)]
    ),
    "antidiagonal_sums": _antidiagonals,
    "expm": lambda node, A: jax.scipy.linalg.expm(A),
    "expm_frechet": _expm_frechet,
    "matpow_symbol": _whole_power,
    "matpow_frechet": _power_sum,
    "conv1d": _conv1d,
    "convolve": _convolve,
    "conv_matrix": _conv_matrix,
    "hankel": _hankel,
    "einsum": _einsum,
    "commutation": _commutation,
    "antidiagonal_map": _antidiagonal_map,
    "add": lambda node, *args: sum(args[1:], args[0]),
    "times": _times,
    "power": _power,
    "matmul": _matmul,
    "transpose": lambda node, X: X.T,
    "recast": lambda node, X: X,
    "inv": lambda node, X: jnp.linalg.inv(X),
    "matpow": _matpow,
    "det": _scalar(jnp.linalg.det),
    "logdet": _scalar(lambda X: jnp.linalg.slogdet(X)[1]),
    "tr": _scalar(jnp.trace),
    "sum": _scalar(jnp.sum),
    "norm2": _scalar(_norm),
    "norm1": _scalar(lambda X: jnp.sum(jnp.abs(X))),
    "softmax": _rowwise(jax.nn.softmax),
    "log_softmax": _rowwise(jax.nn.log_softmax),
    "logsumexp": _scalar(jax.nn.logsumexp),
    "diag": lambda node, v: jnp.diag(v[:, 0]),
    "diagonal": lambda node, X: jnp.diagonal(X)[:, None],
    "vec": lambda node, X: jnp.concatenate([X[:, j] for j in range(X.shape[1])])[:, None],
    "unvec": lambda node, v, n, m: jnp.stack(jnp.split(v[:, 0], int(m[0, 0])), axis=1),
    "kron": _kron,
    "kron_left": _kron_left,
    "kron_right": _kron_right,
    # elementwise
    "exp": _each(jnp.exp),
    "log": _each(jnp.log),
    "sin": _each(jnp.sin),
    "cos": _each(jnp.cos),
    "tan": _each(jnp.tan),
    "sinh": _each(jnp.sinh),
    "cosh": _each(jnp.cosh),
    "tanh": _each(jnp.tanh),
    "arctan": _each(jnp.arctan),
    "sqrt": _each(jnp.sqrt),
    "abs": _each(jnp.abs),
    "sign": _each(jnp.sign),
    "step": _each(lambda x: jnp.where(x > 0, 1.0, 0.0)),
    "threshold": _each(lambda x, theta: jnp.where(x > theta, 1.0, 0.0)),
    "sigmoid": _each(jax.nn.sigmoid),
    "relu": _each(jax.nn.relu),
    "leaky_relu": _each(_leaky),
    "prelu": _each(_leaky),
    "elu": _each(lambda x, a: jnp.maximum(x, 0) + a * jnp.expm1(jnp.minimum(x, 0))),
    "softplus": _each(jax.nn.softplus),
    "gelu": _each(lambda x: jax.nn.gelu(x, approximate=False)),
    "silu": _each(jax.nn.silu),
    "mish": _each(lambda x: x * jnp.tanh(jax.nn.softplus(x))),
    "hard_tanh": _each(jax.nn.hard_tanh),
    "hard_sigmoid": _each(lambda x: jnp.minimum(jnp.maximum(x + 3.0, 0.0), 6.0) / 6.0),
    "clip": _each(lambda x, low, high: jnp.minimum(jnp.maximum(x, low), high)),
    "max": _each(jnp.maximum),
    "min": _each(jnp.minimum),
    "erf": _each(jax.scipy.special.erf),
    "normcdf": _each(jax.scipy.stats.norm.cdf),
    "normpdf": _each(_density),
}
#: Leaves: the node and a function from dimensions to numbers -> 2-D value.
LEAVES: dict[str, Callable[[Node, Callable[[Any], int]], Any]] = {
    "number": lambda node, size: jnp.full((1, 1), float(Fraction(node.data))),
    "constant": lambda node, size: jnp.full((1, 1), {"pi": math.pi, "e": math.e}[node.data]),
    "dimension": lambda node, size: jnp.full((1, 1), float(size(node.data))),
    "ones": lambda node, size: jnp.ones((size(node.data[0]), size(node.data[1]))),
    "zeros": lambda node, size: jnp.zeros((size(node.data[0]), size(node.data[1]))),
    "eye": lambda node, size: jnp.eye(size(node.data[0])),
}
_OTHER = {"variable", "basis"}


def missing() -> list[str]:
    """Registered operations that the table does not know."""
    known = {*TABLE, *LEAVES, *_OTHER}
    return sorted({op.name for op in REGISTRY.values()} - known)


# -- evaluation ---------------------------------------------------------------------------------------
def evaluate(node: Node, values: Mapping[str, Any], sizes: Mapping[Any, int] | None = None) -> Any:
    """The value of an expression: a JAX array, 0-D, 1-D or 2-D as its rank says.

    values: arrays by the variables' names.  sizes: numbers by dimension symbol or name; the sizes of
    variables are read from their arrays.
    """
    return natural(node, everything((node,), values, sizes)[node])


def natural(node: Node, value: Any) -> Any:
    """A two-dimensional value in the rank of its node."""
    return value if node.ndim >= 2 else value.reshape(-1) if node.ndim else value.reshape(())


def everything(
    roots: tuple[Node, ...], values: Mapping[str, Any], sizes: Mapping[Any, int] | None = None
) -> dict[Node, Any]:
    """The two-dimensional values of all nodes below `roots`."""
    known = known_sizes(roots, values, sizes)

    def size(dimension: Any) -> int:
        return int(dimension.subs({symbol: known[str(symbol)] for symbol in dimension.free_symbols}))

    made: dict[Node, Any] = {}
    for node in topological(*roots):
        made[node] = _value(node, [made[arg] for arg in node.args], values, size)
        expected = tuple(map(size, node.shape))
        if made[node].shape != expected:
            made[node] = jnp.broadcast_to(made[node], expected)
    return made


def _value(node: Node, args: list[Any], values: Mapping[str, Any], size: Callable[[Any], int]) -> Any:
    op = node.op
    if op.is_variable:
        return jnp.asarray(values[node.data.name], dtype=float).reshape(size(node.shape[0]), size(node.shape[1]))
    if op.name == "basis":
        return jnp.eye(size(node.data))[:, [int(args[0][0, 0])]]
    if op.name in LEAVES:
        return LEAVES[op.name](node, size)
    if isinstance(op, UnknownFunction):
        return _derivative(op.order)(args[0])
    return TABLE[op.name](node, *args)


def _derivative(order: int) -> Value:
    function: Value = STAND_IN
    for _ in range(order):
        function = jax.grad(function)
    return jnp.vectorize(function)


def known_sizes(
    roots: tuple[Node, ...], values: Mapping[str, Any], sizes: Mapping[Any, int] | None = None
) -> dict[str, int]:
    """Numbers for the dimensions: those given, those of the arrays, and unequal ones for the rest."""
    known = {str(symbol): int(number) for symbol, number in (sizes or {}).items()}
    for node in topological(*roots):
        if node.op.is_variable and node.data.name in values:
            shape = np.shape(values[node.data.name])
            dimensions = node.shape if node.ndim == 2 else _length(node)
            for dimension, number in zip(dimensions, shape, strict=True):
                if dimension.is_Symbol:
                    known.setdefault(str(dimension), int(number))
    free = sorted({str(s) for node in topological(*roots) for d in node.shape for s in d.free_symbols} - set(known))
    left = [number for number in SIZES if number not in known.values()]
    known.update(zip(free, left, strict=False))
    return known


def _length(node: Node) -> tuple[Any, ...]:
    """The one dimension of a vector or a row; none of a scalar."""
    return (node.shape[0] if node.shape[1] == 1 else node.shape[1],) if node.ndim else ()


# -- sampling -----------------------------------------------------------------------------------------
def random_values(node: Node | tuple[Node, ...], seed: int, sizes: Mapping[Any, int] | None = None) -> dict[str, Any]:
    """Arrays for the variables: unequal sizes, assumptions kept, inside all domains, away from kinks.

    Raises `ValueError` if no such point is found.
    """
    roots = node if isinstance(node, tuple) else (node,)
    known = known_sizes(roots, {}, sizes)
    variables = [item for item in topological(*roots) if item.op.is_variable]
    watched = [item for item in topological(*roots) if _needs_care(item)]
    for attempt in range(80):
        draw = np.random.default_rng([seed, attempt])
        values = {item.data.name: _draw(item, known, draw, attempt) for item in variables}
        if not watched or _is_inside(roots, watched, values, known):
            return values
    raise ValueError(f"no point inside the domain of {node} found")


def _needs_care(node: Node) -> bool:
    op = node.op
    return not op.smooth or op.kinks is not None or set(op.domain) - {"real"} != set() or op.name == "power"


def _draw(node: Node, known: Mapping[str, int], draw: np.random.Generator, attempt: int) -> Any:
    shape = tuple(int(d.subs({s: known[str(s)] for s in d.free_symbols})) for d in node.shape)
    positive = attempt > 0 and draw.random() < 0.6
    plain = draw.uniform(0.2, 2.0, shape) if positive else draw.normal(size=shape)
    value = _assumed(node.data.assume, plain, shape, draw)
    return value if node.ndim >= 2 else value.reshape(-1) if node.ndim else float(value.reshape(()))


def _assumed(facts: frozenset[str], plain: Any, shape: tuple[int, int], draw: np.random.Generator) -> Any:
    n = shape[0]
    if "toeplitz" in facts:
        plain = np.array([[plain[max(i - j, 0), max(j - i, 0)] for j in range(shape[1])] for i in range(n)])
    if "lower_triangular" in facts:
        plain = np.tril(plain)
    if "upper_triangular" in facts:
        plain = np.triu(plain)
    if "spd" in facts and facts & {"toeplitz", "diagonal"}:
        plain = plain + plain.T
        return plain + (n + np.abs(plain).sum()) * np.eye(n)
    if "spd" in facts:
        return plain @ plain.T + n * np.eye(n)
    if "orthogonal" in facts:
        return np.linalg.qr(draw.normal(size=shape))[0]
    if "diagonal" in facts:
        return np.diag(np.diag(plain))
    if "symmetric" in facts:
        plain = plain + plain.T
    if "skew" in facts:
        return plain - plain.T
    if "onehotrows" in facts:
        return np.eye(shape[1])[draw.integers(shape[1], size=n)]
    if "onehot" in facts:
        return np.eye(max(shape))[draw.integers(max(shape))].reshape(shape)
    if "simplex" in facts:
        return draw.dirichlet(np.full(max(shape), 2.0)).reshape(shape)
    if "unit" in facts:
        return draw.uniform(0.1, 0.9, shape)
    if "binary" in facts:
        return draw.integers(2, size=shape).astype(float)
    if "signs" in facts:
        return draw.choice([-1.0, 1.0], size=shape)
    if "large" in facts:
        return draw.uniform(50.0, 100.0, shape)
    if "integer" in facts:
        return draw.integers(0, min(2, max(shape)), size=shape).astype(float)
    if facts & {"positive", "nonnegative"}:
        return draw.uniform(0.2, 2.0, shape)
    if "negative" in facts:
        return -draw.uniform(0.2, 2.0, shape)
    if "posdet" in facts and np.linalg.det(plain) < 0:
        plain[0] = -plain[0]
    return plain


def _is_inside(
    roots: tuple[Node, ...], watched: list[Node], values: Mapping[str, Any], known: Mapping[str, int]
) -> bool:
    kinks = {item: _kinks(item) for item in watched}
    made = everything((*roots, *(k for k in kinks.values() if k is not None)), values, known)
    if not all(np.all(np.isfinite(made[root])) for root in roots):
        return False
    for item, kink in kinks.items():
        if kink is not None and np.min(np.abs(made[kink])) < MARGIN:
            return False
        operands = [made[arg] for arg in item.args]
        if not all(_fits(fact, operand) for fact, operand in zip(domain(item), operands, strict=False)):
            return False
    return True


def _kinks(node: Node) -> Node | None:
    kinks = node.op.kinks
    return Node.hooks["convert"](kinks(*node.args)) if kinks is not None else None


def domain(node: Node) -> tuple[str, ...]:
    """What each operand must be; of a power it depends on the exponent."""
    if node.op.name != "power":
        return node.op.domain
    p = whole_exponent(node)
    if p is None:
        return ("positive", "real")
    return ("nonzero", "real") if p < 0 else ("real", "real")


def whole_exponent(node: Node) -> int | None:
    """The exponent of a power if it is a whole number, whichever way it is written (`2 − 1`)."""
    below = topological(node.args[1])
    if len(below) > 20 or any(item.op.name not in ("number", "add", "times") for item in below):
        return None
    made: dict[Node, Fraction] = {}
    for item in below:
        values = [made[arg] for arg in item.args]
        if item.op.name == "number":
            made[item] = Fraction(item.data)
        else:
            made[item] = sum(values, Fraction(0)) if item.op.name == "add" else math.prod(values, start=Fraction(1))
    value = made[node.args[1]]
    return int(value) if value.denominator == 1 and abs(value) < 50 else None


def _fits(fact: str, value: Any) -> bool:
    if fact == "positive":
        return bool(np.min(value) > MARGIN)
    if fact == "nonzero":
        return bool(np.min(np.abs(value)) > MARGIN)
    if fact == "unit":
        return bool(np.min(value) > MARGIN and np.max(value) < 1 - MARGIN)
    if fact == "invertible":
        return bool(abs(np.linalg.det(np.asarray(value))) > 0.2 and np.linalg.cond(np.asarray(value)) < 30)
    return True
