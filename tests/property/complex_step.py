"""A second independent evaluator, fast enough for tens of thousands of expressions: NumPy, many points at once.

Derivatives are taken by the complex step: f(x + ih) = f(x) + ih f′(x) + O(h²), with an h so small that nothing but
rounding is left (Squire & Trapp 1998).  No derivative rule is written down here: every entry of every variable
gets a point of its own in the batch, and the imaginary parts of the value are the Jacobian.  All values are
arrays (points, rows, columns); the definitions extend to complex numbers, kinks looking at the real part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.polynomial import Polynomial
from oracle import domain, whole_exponent
from scipy import special

from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY
from symcalc.graph.walk import depends_on, topological
from symcalc.operations.linalg.matrix_power import is_whole
from symcalc.operations.unknown import UnknownFunction

H = 1e-25
Value = Callable[..., Any]


# -- functions of a complex number near the real axis ---------------------------------------------------
def _below(x: Any, y: Any) -> Any:
    return np.real(x) < np.real(y)


def _lesser(a: Any, b: Any) -> Any:
    return np.where(_below(b, a), b, a)


def _greater(a: Any, b: Any) -> Any:
    return np.where(_below(a, b), b, a)


def _absolute(x: Any) -> Any:
    return np.where(_below(x, 0), -x, x)


def _erf(x: Any) -> Any:
    """The error function; along the imaginary axis it grows as the integral that defines it."""
    if not np.iscomplexobj(x):
        return special.erf(x)
    return special.erf(x.real) + 1j * x.imag * 2 / math.sqrt(math.pi) * np.exp(-(x.real**2))


def _normcdf(x: Any) -> Any:
    return (1 + _erf(x / math.sqrt(2))) / 2


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _softplus(x: Any) -> Any:
    return np.log(1 + np.exp(x))


def _elu(x: Any, a: Any) -> Any:
    return np.where(_below(0, x), x, a * (np.exp(np.where(_below(0, x), 0, x)) - 1))


def _leaky(x: Any, a: Any) -> Any:
    return np.where(_below(0, x), x, a * x)


def _is_above(x: Any, y: Any = 0) -> Any:
    return np.where(_below(y, x), 1.0, 0.0)


#: The stand-in tanh and its derivatives as polynomials in tanh: (p(t))′ = p′(t) (1 − t²).
_STAND_INS = [Polynomial([0, 1])]
for _ in range(4):
    _STAND_INS.append(_STAND_INS[-1].deriv() * Polynomial([1, 0, -1]))


# -- arrays -----------------------------------------------------------------------------------------------
def _turned(x: Any) -> Any:
    return np.swapaxes(x, 1, 2)


def _total(x: Any) -> Any:
    return np.sum(x, axis=(1, 2), keepdims=True)


def _scalar(x: Any) -> Any:
    return np.reshape(x, (-1, 1, 1))


def _rows(node: Node, x: Any) -> tuple[Any, Any]:
    """exp of the entries with the largest taken off, and their sum, along a row or (on a vector) over everything."""
    axes: Any = 2 if node.args[0].ndim == 2 else (1, 2)
    shifted = x - np.max(np.real(x), axis=axes, keepdims=True)
    return shifted, np.sum(np.exp(shifted), axis=axes, keepdims=True)


def _softmax(node: Node, x: Any) -> Any:
    shifted, total = _rows(node, x)
    return np.exp(shifted) / total


def _log_softmax(node: Node, x: Any) -> Any:
    shifted, total = _rows(node, x)
    return shifted - np.log(total)


def _power(node: Node, base: Any, exponent: Any) -> Any:
    p = whole_exponent(node)
    if p is None and is_whole(node.args[1]):  # an integer that is a variable; the base may be negative
        return base ** np.round(np.real(exponent)).astype(int)
    if p is None:
        return np.exp(exponent * np.log(base))
    result = np.ones_like(base)
    for _ in range(abs(p)):
        result = result * base
    return 1 / result if p < 0 else result


def _matpow(node: Node, x: Any, k: Any) -> Any:
    result = x
    for _ in range(node.args[1].data - 1):
        result = result @ x
    return result


def _matmul(node: Node, *args: Any) -> Any:
    result = args[0]
    for arg in args[1:]:
        result = np.matmul(result, arg)
    return result


def _times(node: Node, *args: Any) -> Any:
    return math.prod(args[1:], start=args[0])


def _determinant(x: Any) -> Any:
    return _scalar(np.linalg.det(x))


def _kron(node: Node, a: Any, b: Any) -> Any:
    blocks = np.einsum("zij,zkl->zikjl", *_same_length(a, b))
    return blocks.reshape(-1, a.shape[1] * b.shape[1], a.shape[2] * b.shape[2])


def _same_length(a: Any, b: Any) -> tuple[Any, Any]:
    points = max(len(a), len(b))
    return tuple(np.broadcast_to(x, (points, *x.shape[1:])) for x in (a, b))


def _grid(g: Any, other: Any) -> Any:
    """g as (point, block row, row, block column, column) with blocks of the shape of `other`."""
    p, q = other
    return g.reshape(-1, g.shape[1] // p, p, g.shape[2] // q, q)


def _kron_left(node: Node, g: Any, b: Any) -> Any:
    g, b = _same_length(g, b)
    return np.einsum("zikjl,zkl->zij", _grid(g, b.shape[1:]), b)


def _kron_right(node: Node, g: Any, a: Any) -> Any:
    g, a = _same_length(g, a)
    rows, cols = g.shape[1] // a.shape[1], g.shape[2] // a.shape[2]
    return np.einsum("zikjl,zij->zkl", _grid(g, (rows, cols)), a)


def _diag(node: Node, v: Any) -> Any:
    return v * np.eye(v.shape[1])


def _unvec(node: Node, v: Any, rows: Any, cols: Any) -> Any:
    return _turned(v.reshape(len(v), int(cols.flat[0].real), int(rows.flat[0].real)))


def _antidiagonal_map(node: Node, rows: Any, cols: Any) -> Any:
    n, m = int(rows.flat[0].real), int(cols.flat[0].real)
    return np.concatenate([np.eye(n + m - 1, n, -j) for j in range(m)], axis=1)[None]


def _commutation(node: Node, rows: Any, cols: Any) -> Any:
    n, m = int(rows.flat[0].real), int(cols.flat[0].real)
    return np.eye(n * m).reshape(m, n, n * m).transpose(1, 0, 2).reshape(1, n * m, n * m)


def _einsum(node: Node, *args: Any) -> Any:
    """An operand counts as a matrix or a vector by the indices it carries."""
    total: Any = 0.0
    points = max(map(len, args))
    arrays = [np.broadcast_to(array, (points, *array.shape[1:])) for array in args]
    for number, places, out in node.data.terms:
        operands = []
        for where, indices in places:
            array = arrays[where]
            shape = array.shape[1:] if len(indices) == 2 else (-1,) * len(indices)
            operands += [array.reshape(points, *shape), [0, *(i + 1 for i in indices)]]
        total = total + float(number) * np.einsum(*operands, [0, *(i + 1 for i in out)], optimize=len(places) > 2)
    return total if len(node.data.axes) > 1 else total.reshape(points, -1, 1)


def _expm(x: Any) -> Any:
    """Taylor's series of a part so small that twenty terms are exact to rounding, squared again."""
    squarings = max(0, math.ceil(math.log2(max(float(np.max(np.sum(np.abs(x), axis=2), initial=1.0)), 1.0)))) + 1
    result = term = np.broadcast_to(np.eye(x.shape[1]), x.shape)
    for k in range(1, 20):
        term = term @ x / (2.0**squarings * k)
        result = result + term
    for _ in range(squarings):
        result = result @ result
    return result


def _expm_frechet(a: Any, e: Any) -> Any:
    n = a.shape[1]
    a, e = _same_length(a, e)
    upper, lower = np.concatenate((a, e), axis=2), np.concatenate((0 * a, a), axis=2)
    return _expm(np.concatenate((upper, lower), axis=1))[:, :n, n:]


def _matpow_symbol(x: Any, k: Any) -> Any:
    """Each point has an exponent of its own."""
    x, k = _same_length(x, np.real(k))
    result: Any = np.broadcast_to(np.eye(x.shape[1]), x.shape)
    for r in range(int(np.max(k))):
        result = np.where(r < k, result @ x, result)
    return result


def _matpow_frechet(a: Any, e: Any, k: Any) -> Any:
    a, k = _same_length(a, np.real(k))
    powers = [_matpow_symbol(a, 0 * k + r) for r in range(int(np.max(k)) + 1)]
    return sum(
        np.where(r + s == k - 1, p @ e @ q, 0) for r, p in enumerate(powers) for s, q in enumerate(powers)
    ) + np.zeros_like(a)


def _blocks(node: Node, *cells: Any) -> Any:
    rows, cols = node.data
    points = max(map(len, cells))
    cells = tuple(np.broadcast_to(cell, (points, *cell.shape[1:])) for cell in cells)
    return np.concatenate([np.concatenate(cells[k * cols : (k + 1) * cols], axis=2) for k in range(rows)], axis=1)


def _submatrix(node: Node, x: Any, *sizes: Any) -> Any:
    top, left, rows, cols = (int(size.flat[0].real) for size in sizes)
    return x[:, top : top + rows, left : left + cols]


def _conv_matrix(w: Any, columns: int) -> Any:
    rows = columns - w.shape[1] + 1
    return sum(w[:, j : j + 1, :] * np.eye(rows, columns, j) for j in range(w.shape[1]))


def _hankel(x: Any, rows: int) -> Any:
    cols = x.shape[1] - rows + 1
    return np.concatenate([_turned(x[:, i : i + cols]) for i in range(rows)], axis=1)


def _diagonal_sums(x: Any) -> Any:
    rows, cols = x.shape[1:]
    return np.concatenate([_total(x * np.eye(rows, cols, j)) for j in range(cols - rows + 1)], axis=1)


def _antidiagonal_sums(x: Any) -> Any:
    rows, cols = x.shape[1:]
    flipped = x[:, :, ::-1]
    return np.concatenate([_total(flipped * np.eye(rows, cols, cols - 1 - l)) for l in range(rows + cols - 1)], axis=1)


def _toeplitz_sums(x: Any) -> Any:
    result = np.zeros_like(x)
    for k in range(1 - x.shape[1], x.shape[2]):
        on_it = np.eye(*x.shape[1:], k)
        result = result + _total(x * on_it) * on_it
    return result


def natural(node: Node, value: Any) -> Any:
    """A batch of (rows, columns) in the rank of its node."""
    if node.ndim >= 2:
        return value
    return value.reshape(len(value), -1) if node.ndim else value.reshape(len(value))


def _each(function: Value) -> Value:
    return lambda node, *args: function(*args)


TABLE: dict[str, Value] = {
    "add": lambda node, *args: sum(args[1:], args[0]),
    "times": _times,
    "power": _power,
    "matmul": _matmul,
    "transpose": _each(_turned),
    "recast": _each(lambda x: x),
    "inv": _each(np.linalg.inv),
    "matpow": _matpow,
    "det": _each(_determinant),
    "logdet": _each(lambda x: np.log(_determinant(x) ** 2) / 2),
    "tr": _each(lambda x: _scalar(np.trace(x, axis1=1, axis2=2))),
    "sum": _each(_total),
    "norm2": _each(lambda x: np.sqrt(_total(x * x))),
    "norm1": _each(lambda x: _total(_absolute(x))),
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _each(lambda x: np.log(_total(np.exp(x)))),
    "diag": _diag,
    "diagonal": _each(lambda x: np.einsum("zii->zi", x)[:, :, None]),
    "vec": _each(lambda x: _turned(x).reshape(len(x), -1, 1)),
    "unvec": _unvec,
    "commutation": _commutation,
    "antidiagonal_map": _antidiagonal_map,
    "kron": _kron,
    "kron_left": _kron_left,
    "kron_right": _kron_right,
    "einsum": _einsum,
    "expm": _each(_expm),
    "expm_frechet": _each(_expm_frechet),
    "matpow_symbol": _each(_matpow_symbol),
    "matpow_frechet": _each(_matpow_frechet),
    "blocks": _blocks,
    "submatrix": _submatrix,
    "conv1d": _each(lambda x, w: _conv_matrix(w, x.shape[1]) @ x),
    "convolve": _each(lambda a, w: _turned(_conv_matrix(w, a.shape[1] + w.shape[1] - 1)) @ a),
    "conv_matrix": _each(lambda w, n: _conv_matrix(w, int(n.flat[0].real))),
    "hankel": _each(lambda x, r: _hankel(x, int(r.flat[0].real))),
    "diagonal_sums": _each(_diagonal_sums),
    "antidiagonal_sums": _each(_antidiagonal_sums),
    "tril": _each(np.tril),
    "triu": _each(np.triu),
    "toeplitz_sums": _each(_toeplitz_sums),
    # elementwise
    "exp": _each(np.exp),
    "log": _each(np.log),
    "sin": _each(np.sin),
    "cos": _each(np.cos),
    "tan": _each(lambda x: np.sin(x) / np.cos(x)),
    "sinh": _each(np.sinh),
    "cosh": _each(np.cosh),
    "tanh": _each(np.tanh),
    "arctan": _each(np.arctan),
    "sqrt": _each(np.sqrt),
    "abs": _each(_absolute),
    "sign": _each(lambda x: _is_above(x) - _is_above(-x)),
    "step": _each(_is_above),
    "threshold": _each(_is_above),
    "sigmoid": _each(_sigmoid),
    "relu": _each(lambda x: _greater(x, 0)),
    "leaky_relu": _each(_leaky),
    "prelu": _each(_leaky),
    "elu": _each(_elu),
    "softplus": _each(_softplus),
    "gelu": _each(lambda x: x * _normcdf(x)),
    "silu": _each(lambda x: x * _sigmoid(x)),
    "mish": _each(lambda x: x * np.tanh(_softplus(x))),
    "hard_tanh": _each(lambda x: _lesser(_greater(x, -1), 1)),
    "hard_sigmoid": _each(lambda x: _lesser(_greater(x / 6 + 0.5, 0), 1)),
    "clip": _each(lambda x, low, high: _lesser(_greater(x, low), high)),
    "max": _each(_greater),
    "min": _each(_lesser),
    "erf": _each(_erf),
    "normcdf": _each(_normcdf),
    "normpdf": _each(lambda x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi)),
}
Size = Callable[[Any], int]
LEAVES: dict[str, Callable[[Node, Size], Any]] = {
    "number": lambda node, size: np.full((1, 1, 1), float(Fraction(node.data))),
    "constant": lambda node, size: np.full((1, 1, 1), {"pi": math.pi, "e": math.e}[node.data]),
    "dimension": lambda node, size: np.full((1, 1, 1), float(size(node.data))),
    "ones": lambda node, size: np.ones((1, size(node.data[0]), size(node.data[1]))),
    "zeros": lambda node, size: np.zeros((1, size(node.data[0]), size(node.data[1]))),
    "eye": lambda node, size: np.eye(size(node.data[0]))[None],
}


def missing() -> list[str]:
    """Registered operations that the tables do not know."""
    return sorted({op.name for op in REGISTRY.values()} - {*TABLE, *LEAVES, "variable", "basis"})


# -- evaluation ---------------------------------------------------------------------------------------------
def sizes_of(sizes: Mapping[str, int]) -> Size:
    """Dimensions as numbers, each worked out once."""
    known: dict[Any, int] = {}

    def size(dimension: Any) -> int:
        if dimension not in known:
            known[dimension] = int(dimension.subs({s: sizes[s.name] for s in dimension.free_symbols}))
        return known[dimension]

    return size


def everything(roots: tuple[Node, ...], points: Mapping[str, Any], size: Size) -> dict[Node, Any]:
    """The values (points, rows, columns) of all nodes below `roots`; a constant may have a single point."""
    made: dict[Node, Any] = {}
    with np.errstate(all="ignore"):
        for node in topological(*roots):
            made[node] = _value(node, [made[arg] for arg in node.args], points, size)
    return made


def _value(node: Node, args: list[Any], points: Mapping[str, Any], size: Size) -> Any:
    op = node.op
    if op.is_variable:
        return points[node.data.name]
    if op.name == "basis":
        return np.eye(size(node.data))[:, args[0].real.astype(int).ravel()].T[:, :, None]
    if op.name in LEAVES:
        return LEAVES[op.name](node, size)
    if isinstance(op, UnknownFunction):
        return _STAND_INS[op.order](np.tanh(args[0]))
    value = TABLE[op.name](node, *args)
    if len(node.shape) > 2:
        return value
    expected = (len(value), *map(size, node.shape))
    return value if value.shape == expected else np.broadcast_to(value, expected)


def derivatives(root: Node, point: Mapping[str, Any], size: Size) -> tuple[Any, dict[str, Any]]:
    """The value of `root` at a point of arrays (rows, columns), and its derivative by each variable.

    The derivative by a variable has the value's rows and columns, then the variable's.
    """
    count = sum(array.size for array in point.values())
    batch, at = {}, 0
    for name, array in point.items():
        steps = np.zeros((max(count, 1), array.size), dtype=complex)
        steps[at : at + array.size] = 1j * H * np.eye(array.size)
        batch[name] = array + steps.reshape(-1, *array.shape)
        at += array.size
    value = np.broadcast_to(everything((root,), batch, size)[root], (max(count, 1), *map(size, root.shape)))
    slopes, at = {}, 0
    for name, array in point.items():
        part = np.imag(value[at : at + array.size]) / H
        slopes[name] = np.moveaxis(part, 0, -1).reshape(*value.shape[1:], *array.shape)
        at += array.size
    return np.real(value[0]), slopes


# -- sampling -------------------------------------------------------------------------------------------------
#: How far a point keeps from kinks and from the edge of a domain (the ε of a normalisation is inside), and how large
#: a value may get.
MARGIN, EDGE, LARGEST = 0.02, 1e-6, 1000.0
_BATCH = 8
#: Assumptions under which a variable cannot move at all.
DISCRETE = {"onehot", "onehotrows", "binary", "signs", "integer"}


def sample(root: Node, seed: int, size: Size) -> dict[str, Any] | None:
    """Arrays (rows, columns) for the variables of `root`, inside all domains and away from kinks; None if not found."""
    nodes = topological(root)
    variables = [node for node in nodes if node.op.is_variable]
    moving = depends_on([root], [node for node in variables if not node.data.assume & DISCRETE])
    watched = [(node, _kink(node), domain(node)) for node in nodes if not node.op.is_variable]
    watched = [item for item in watched if item[1] is not None or set(item[2]) - {"real", "integer", "dimension"}]
    kinks = tuple(kink for _, kink, _ in watched if kink is not None)
    for attempt in range(8):
        draw = np.random.default_rng([seed, attempt])
        points = {v.data.name: _draw(v, draw, attempt, size) for v in variables}
        made = everything((root, *kinks), points, size)
        good = np.ones(_BATCH, dtype=bool)
        for node in nodes:
            good &= np.all(np.abs(made[node]) < LARGEST, axis=(1, 2))
        for node, kink, facts in watched:
            if kink is not None:
                # What never moves may stand on a kink: it has its value there, and no slope is asked for.
                away = np.abs(made[kink]) > MARGIN
                good &= np.all(away if node in moving else away | (made[kink] == 0), axis=(1, 2))
            for fact, arg in zip(facts, node.args, strict=False):
                good &= _fits(fact, made[arg])
        if good.any():
            k = int(np.argmax(good))
            return {name: array[k] for name, array in points.items()}
    return None


def _kink(node: Node) -> Node | None:
    kinks = node.op.kinks
    return Node.hooks["convert"](kinks(*node.args)) if kinks is not None else None


def _fits(fact: str, value: Any) -> Any:
    if fact == "positive":
        return np.min(value, axis=(1, 2)) > EDGE
    if fact == "nonzero":
        return np.min(np.abs(value), axis=(1, 2)) > EDGE
    if fact == "invertible":
        usable = np.where(np.isfinite(value).all(axis=(1, 2), keepdims=True), value, 0)
        return (np.abs(np.linalg.det(usable)) > 0.1) & (np.linalg.cond(usable) < 50)
    return True


def _draw(node: Node, draw: np.random.Generator, attempt: int, size: Size) -> Any:
    shape = (_BATCH, *map(size, node.shape))
    plain = draw.normal(size=shape) * (1.0, 0.7, 0.4, 1.5)[attempt % 4]
    if attempt % 3 == 2:
        plain = np.abs(plain) + 0.1
    if node.data.name == "power":  # an exponent, where any other integer is an index
        return draw.integers(1, 4, size=shape).astype(float)
    return _assumed(node.data.assume, plain, draw)


def _assumed(facts: frozenset[str], plain: Any, draw: np.random.Generator) -> Any:
    shape, (rows, cols) = plain.shape, plain.shape[1:]
    if "spd" in facts:
        return plain @ _turned(plain) / rows + np.eye(rows)
    if "orthogonal" in facts:
        return np.linalg.qr(draw.normal(size=shape))[0]
    if "diagonal" in facts:
        return plain * np.eye(rows)
    if "lower_triangular" in facts:
        plain = np.tril(plain)
    if "upper_triangular" in facts:
        plain = np.triu(plain)
    if "toeplitz" in facts:
        return _toeplitz_sums(plain) / _toeplitz_sums(np.ones_like(plain))
    if "symmetric" in facts:
        return (plain + _turned(plain)) / 2
    if "skew" in facts:
        return (plain - _turned(plain)) / 2
    if "onehotrows" in facts:
        return np.eye(cols)[draw.integers(cols, size=(_BATCH, rows))]
    if "onehot" in facts:
        return np.eye(rows * cols)[draw.integers(rows * cols, size=_BATCH)].reshape(shape)
    if "simplex" in facts:
        return draw.dirichlet(np.full(rows * cols, 2.0), size=_BATCH).reshape(shape)
    if "unit" in facts:
        return draw.uniform(0.1, 0.9, shape)
    if "binary" in facts:
        return draw.integers(2, size=shape).astype(float)
    if "signs" in facts:
        return draw.choice([-1.0, 1.0], size=shape)
    if "integer" in facts:
        return draw.integers(2, size=shape).astype(float)
    if "large" in facts:
        return draw.uniform(20.0, 40.0, shape)
    if facts & {"positive", "nonnegative"}:
        return np.abs(plain) + 0.1
    if "negative" in facts:
        return -np.abs(plain) - 0.1
    if "posdet" in facts:
        return plain / 2 + 2 * np.eye(rows)
    return plain
