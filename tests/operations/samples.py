"""Sample applications of every operation and macro, at every rank they accept; all sizes differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import jax.numpy as jnp
from oracle import missing

from symcalc.graph.dimensions import dims
from symcalc.graph.node import Node
from symcalc.graph.operation import MACROS, REGISTRY, Operation
from symcalc.operations.leaves import matrix, ones, scalar, vector, zeros
from symcalc.operations.products import recast
from symcalc.operations.structure.einsum import EINSUM, Contraction

n, m, k = dims("n m k")
#: What the samples' dimensions are in numbers.
SIZES = {"n": 2, "m": 3, "k": 5}
t, s = scalar("t"), scalar("s")
x, y, z = vector("x", n), vector("y", n), vector("z", m)
X, Y, Z = matrix("X", n, m), matrix("Y", n, m), matrix("Z", m, k)
A = matrix("A", m, m)
# Arrays with a side of length 1.
x1, y1 = vector("x1", 1), vector("y1", 1)
R, C, E = matrix("R", 1, 3), matrix("C", 3, 1), matrix("E", 1, 1)

#: One operand at each rank, for functions of one operand.
ONE = {"scalar": t, "vector": x, "row": z.T, "matrix": X, "1-vector": x1, "1×3": R, "3×1": C, "1×1": E}
#: Two operands, each a scalar or an array.
TWO = {
    "scalars": (t, s),
    "vectors": (x, y),
    "rows": (x.T, y.T),
    "matrices": (X, Y),
    "matrix, scalar": (X, t),
    "scalar, matrix": (t, X),
    "vector, scalar": (x, t),
    "scalar, row": (t, z.T),
    "same": (x, x),
    "1-vectors": (x1, y1),
    "1×3, scalar": (R, t),
}
THREE = {
    "scalars": (t, s, scalar("u")),
    "vectors": (x, y, vector("w", n)),
    "matrix, scalars": (X, t, s),
    "scalar, arrays": (t, X, Y),
    "matrix, number, scalar": (X, t, 2),
    "1-vectors": (x1, y1, t),
}
#: An integer that is a variable.
whole = scalar("q", assume="integer")
SQUARE = {"matrix": A, "product": X @ X.T + Y @ Y.T}


def _op(name: str) -> Any:
    return REGISTRY[name]


def _each(name: str, operands: dict[str, Any]) -> dict[str, Node]:
    function = _op(name)
    return {label: function(*(a if isinstance(a, tuple) else (a,))) for label, a in operands.items()}


def _macro_of(name: str) -> Any:
    return MACROS[name]


def _einsum(terms: tuple, axes: tuple, *operands: Node) -> Node:
    return EINSUM.make(operands, Contraction(terms, axes))


def _clip() -> dict[str, Node]:
    """Bounds in order: l and l plus something positive."""
    exp = _op("exp")
    return {label: _op("clip")(a, low, low + exp(gap)) for label, (a, low, gap) in THREE.items()}


def _elementwise(op: Operation) -> dict[str, Node]:
    if op.name == "clip":
        return _clip()
    least, most = op.arity
    tables = {1: ONE, 2: TWO, 3: THREE}
    made = {}
    for count in range(least, (most or 3) + 1):
        made.update({f"{label} ({count})": node for label, node in _each(op.name, tables[count]).items()})
    if op.kinks is not None:  # equal operands may lie on a kink everywhere
        made.pop("same (2)", None)
    return made


#: Every operation that is not elementwise and has operands.
OTHERS: dict[str, Callable[[], dict[str, Node]]] = {
    "antidiagonal_map": lambda: {"n×m": _op("antidiagonal_map")(n, m) @ _op("vec")(X)},
    "commutation": lambda: {"n×m": _op("commutation")(n, m) @ _op("vec")(X)},
    "einsum": lambda: {
        "three matrices on one index": _einsum(((1, ((0, (0, 2)), (0, (1, 2)), (1, (1, 2))), (0, 1)),), (n, n), X, Y),
        "vector": _einsum(((-2, ((0, (0, 1)), (1, (1,))), (0,)),), (n,), X, z),
        "scalar": _einsum(((3, ((0, (0, 1)), (0, (0, 1)), (0, (0, 1))), ()),), (), X),
        "two terms": _einsum(((1, ((0, (0, 1)),), (0, 1)), (2, ((1, (0, 1)),), (0, 1))), (n, m), X, Y),
    },
    "add": lambda: {
        **{label: a + b for label, (a, b) in TWO.items()},
        "three": X + Y + t,
        "raw with a scalar": _op("add").make((t, X, s)),
        "constants": x + ones(n) + 2,
    },
    "times": lambda: {
        **_each("times", TWO),
        "three": _op("times")(t, X, Y),
        "two scalars": _op("times")(t, X, s),
        "four": _op("times")(X, t, Y, s, X),
    },
    "power": lambda: {
        **_each("power", TWO),
        "square": _op("power")(X, 2),
        "reciprocal": _op("power")(x, -1),
        "cube of a scalar": _op("power")(t, 3),
        "number base": _op("power")(2, x),
        "self": _op("power")(t, t),
    },
    "matmul": lambda: {
        "matrix vector": X @ z,
        "row matrix": x.T @ X,
        "matrix matrix": X @ Z,
        "inner": x.T @ y,
        "outer": x @ z.T,
        "chain": x.T @ X @ Z,
        "form": x.T @ X @ z,
        "square of a factor": A @ A,
        "xᵀx": x.T @ x,
        "1×3 times 3×1": R @ C,
        "3×1 times 1×3": C @ R,
        "1×1": E @ E,
        "vector times 1-vector": x @ x1,
    },
    "transpose": lambda: {"matrix": X.T, "vector": _op("transpose")(x), "row": _op("sum")(R.T) + R.T, "3×1": C.T},
    "recast": lambda: {
        "1×3 matrix": _op("tanh")(R).args[0],
        "3×1 matrix": _op("tanh")(C).args[0],
        "1×1 matrix": _op("tanh")(E).args[0],
        "back": recast(_op("tanh")(R), R.shape, 2),
    },
    "inv": lambda: {**_each("inv", SQUARE), "scalar": _op("inv")(t), "1×1": _op("inv")(E)},
    "det": lambda: {**_each("det", SQUARE), "scalar": _op("det")(t), "1×1": _op("det")(E)},
    "logdet": lambda: {**_each("logdet", SQUARE), "scalar": _op("logdet")(t), "1×1": _op("logdet")(E)},
    "tr": lambda: {
        **_each("tr", SQUARE),
        "scalar": _op("tr")(t),
        "rectangles": _op("tr")(X @ Y.T),
        "1×1": _op("tr")(E),
    },
    "matpow": lambda: {
        **{f"power {p}": _op("matpow")(A, p) for p in (-2, -1, 0, 1, 2, 3, 4)},
        "product": _op("matpow")(X @ Y.T, 3),
        "scalar": _op("matpow")(t, 3),
        "1×1": _op("matpow")(E, 2),
    },
    "norm2": lambda: _each("norm2", ONE),
    "norm1": lambda: _each("norm1", ONE),
    "sum": lambda: _each("sum", ONE),
    "softmax": lambda: _each("softmax", ONE),
    "log_softmax": lambda: _each("log_softmax", ONE),
    "logsumexp": lambda: _each("logsumexp", ONE),
    "diag": lambda: {
        "vector": _op("diag")(x),
        "row": _op("diag")(x.T),
        "scalar": _op("diag")(t),
        "1-vector": _op("diag")(x1),
    },
    "diagonal": lambda: {**_each("diag", SQUARE), "1×1": _op("diag")(E)},
    "vec": lambda: _each("vec", ONE),
    "unvec": lambda: {
        "matrix": _op("unvec")(_op("vec")(X), m, n),
        "vector": _op("unvec")(vector("v", n * m), n, m),
        "numbers": _op("unvec")(vector("v", 6), 3, 2),
        "row": _op("unvec")(vector("v", 6).T, 2, 3),
        "one column": _op("unvec")(x, n, 1),
        "one row": _op("unvec")(x, 1, n),
    },
    "kron": lambda: {
        "matrices": _op("kron")(X, Z),
        "same": _op("kron")(X, X),
        "vectors": _op("kron")(x, z),
        "rows": _op("kron")(x.T, z.T),
        "row, vector": _op("kron")(z.T, x),
        "vector, row": _op("kron")(x, z.T),
        "matrix, vector": _op("kron")(X, z),
        "row, matrix": _op("kron")(z.T, X),
        "scalar": _op("kron")(t, X),
        "1×3": _op("kron")(R, X),
        "1×1": _op("kron")(X, E),
    },
    "kron_left": lambda: {
        "matrices": _op("kron_left")(_op("kron")(X, Z), Z),
        "numbers": _op("kron_left")(matrix("G", 6, 10), matrix("B", 3, 5)),
        "vectors": _op("kron_left")(vector("g", 6), vector("v", 3)),
        "row": _op("kron_left")(X, z.T),
        "to a row": _op("kron_left")(matrix("G", 2, 15), matrix("B", 2, 5)),
        "to a scalar": _op("kron_left")(X, Y),
    },
    "kron_right": lambda: {
        "matrices": _op("kron_right")(_op("kron")(X, Z), X),
        "numbers": _op("kron_right")(matrix("G", 6, 10), matrix("B", 3, 5)),
        "vectors": _op("kron_right")(vector("g", 6), vector("v", 3)),
        "row": _op("kron_right")(X, z.T),
        "to a row": _op("kron_right")(matrix("G", 2, 15), matrix("B", 2, 5)),
        "to a scalar": _op("kron_right")(X, Y),
    },
}
OTHERS |= {
    "blocks": lambda: {
        "side by side": _macro_of("hstack")(X, matrix("D", n, k)),
        "n+k rows": _macro_of("vstack")(X, Z.T),
        "grid": _macro_of("block")([[X, matrix("D", n, k)], [A, Z]]),
        "vectors": _macro_of("vstack")(x, z),
        "vectors side by side": _macro_of("hstack")(x, y),
        "rows": _macro_of("hstack")(x.T, z.T),
        "scalars": _macro_of("block")([[t, z.T], [z, A]]),
        "scalars alone": _macro_of("vstack")(t, s, x),
        "same": _macro_of("vstack")(X, X),
        "zeros": _macro_of("block")([[X, zeros(n, n)], [zeros(m, m), X.T]]),
        "uneven": _macro_of("hstack")(_macro_of("vstack")(x, z), vector("v", n + m)),
        "1×3": _macro_of("vstack")(R, matrix("D", n, 3)),
    },
    "submatrix": lambda: {
        "inner": _op("submatrix")(matrix("G", 4, 6), 1, 2, 2, 3),
        "first rows": _op("submatrix")(matrix("G", n + m, k), 0, 0, n, k),
        "last columns": _op("submatrix")(matrix("G", k, n + m), 0, n, k, m),
        "vector": _op("submatrix")(vector("v", n + m), n, 0, m, 1),
        "row": _op("submatrix")(vector("v", n + m).T, 0, n, 1, m),
        "a column": _op("submatrix")(X, 0, 1, n, 1),
        "part of a row": _op("submatrix")(matrix("G", 4, 6), 1, 2, 1, 3),
        "an entry": _op("submatrix")(matrix("G", 4, 6), 1, 2, 1, 1),
        "an entry of a vector": _op("submatrix")(vector("v", 6), 4, 0, 1, 1),
    },
    "tril": lambda: {"square": _op("tril")(A), "wide": _op("tril")(X), "tall": _op("tril")(X.T), "1×1": _op("tril")(E)},
    "triu": lambda: {"square": _op("triu")(A), "wide": _op("triu")(X), "tall": _op("triu")(X.T), "1×1": _op("triu")(E)},
    "toeplitz_sums": lambda: {
        "square": _op("toeplitz_sums")(A),
        "wide": _op("toeplitz_sums")(X),
        "tall": _op("toeplitz_sums")(X.T),
    },
    "diagonal_sums": lambda: {"wide": _op("diagonal_sums")(X), "square": _op("diagonal_sums")(A)},
    "antidiagonal_sums": lambda: {"wide": _op("antidiagonal_sums")(X), "tall": _op("antidiagonal_sums")(X.T)},
    "expm": lambda: {**_each("expm", SQUARE), "scalar": _op("expm")(t), "1×1": _op("expm")(E)},
    "expm_frechet": lambda: {
        "matrices": _op("expm_frechet")(A, matrix("D", m, m)),
        "same": _op("expm_frechet")(A, A),
        "scalar": _op("expm_frechet")(t, s),
    },
    "matpow_symbol": lambda: {
        "square": A ** (whole + 2),
        "product": (X @ Y.T) ** (whole + 3),
        "twice a number": A ** (2 * whole + 1),
        "a dimension": A**n,
    },
    "matpow_frechet": lambda: {
        "cube": _op("matpow_frechet")(A, matrix("D", m, m), whole + 3),
        "first": _op("matpow_frechet")(A, matrix("D", m, m), whole + 1),
        "same": _op("matpow_frechet")(A, A, whole + 2),
        "scalar": _op("matpow_frechet")(t, s, whole + 2),
    },
    "conv1d": lambda: {
        "vectors": _op("conv1d")(vector("v", 6), x),
        "symbols": _op("conv1d")(vector("v", k), vector("w", m)),
        "rows": _op("conv1d")(vector("v", k).T, x.T),
        "same": _op("conv1d")(_op("convolve")(x, x), x),
        "one number": _op("conv1d")(z, t),
        "equal lengths": _op("conv1d")(x, y),
    },
    "convolve": lambda: _each("convolve", {"vectors": (x, z), "same": (x, x), "a number": (t, x)}),
    "conv_matrix": lambda: {
        "vector": _op("conv_matrix")(x, k),
        "number": _op("conv_matrix")(x, 4),
        "one row": _op("conv_matrix")(x, n),
    },
    "hankel": lambda: {
        "vector": _op("hankel")(vector("v", k), n),
        "number": _op("hankel")(vector("v", k), 3),
        "one row": _op("hankel")(x, 1),
    },
}
#: Leaves have no operands to differentiate by, but for the index of a unit vector, which is no real number.
LEAVES = {"variable", "number", "constant", "dimension", "ones", "zeros", "eye", "basis"}


def samples_of(op: Operation) -> dict[str, Node]:
    """Labelled sample applications of an operation."""
    if op.elementwise:
        return _elementwise(op)
    return OTHERS[op.name]() if op.name in OTHERS else {}


def operations() -> list[Operation]:
    """Every operation, once, leaves aside."""
    return [op for op in dict.fromkeys(REGISTRY.values()) if op.name not in LEAVES]


def untested() -> list[str]:
    """Operations and macros without samples, or that the oracle does not know."""
    without = [op.name for op in operations() if not samples_of(op)]
    return sorted({*missing(), *without, *(set(MACROS) - set(MACRO_SAMPLES))})


def all_samples() -> Iterator[tuple[str, Node]]:
    """Every sample with a name for the test report."""
    for op in operations():
        for label, node in samples_of(op).items():
            yield f"{op.name}: {label}", node


# -- macros: an application, and the same in JAX ------------------------------------------------------
EPS = 1e-5


def _normal(X: Any, axis: int | None, eps: Any = EPS) -> Any:
    return (X - X.mean(axis, keepdims=True)) / jnp.sqrt(X.var(axis, keepdims=True) + eps)


def _layer(X: Any, gamma: Any = 1.0, beta: Any = 0.0, eps: Any = EPS) -> Any:
    return _normal(X, -1, eps) * gamma + beta


def _batch(X: Any, gamma: Any = 1.0, beta: Any = 0.0, eps: Any = EPS) -> Any:
    return _normal(X, 0, eps) * gamma + beta


Reference = Callable[..., Any]


def _macro(name: str, reference: Reference, *operands: tuple) -> list[tuple[Node, Reference, tuple]]:
    return [(MACROS[name](*args), reference, args) for args in operands]


SPD = matrix("S", m, m, assume="spd")
gamma, beta = vector("gamma", m), vector("beta", m)
P = _op("softmax")(X)
MACRO_SAMPLES: dict[str, list[tuple[Node, Reference, tuple]]] = {
    "outer": _macro("outer", jnp.outer, (x, z), (x.T, z), (x1, z), (x, z.T)) + _macro("outer", jnp.multiply, (x1, y1)),
    "dot": _macro("dot", jnp.dot, (x, y), (x.T, y), (x, y.T), (t, s)) + _macro("dot", jnp.multiply, (x1, y1)),
    "hadamard": _macro("hadamard", jnp.multiply, (X, Y), (x, y), (t, s)),
    "rowsum": _macro("rowsum", lambda X: jnp.sum(X, axis=-1) if X.ndim else X, (t,), (z.T,), (X,))
    + _macro("rowsum", lambda x: x, (x,)),
    "colsum": _macro("colsum", lambda X: jnp.sum(X, axis=0) if X.ndim else X, (t,), (x,), (X,))
    + _macro("colsum", lambda x: x, (x.T,)),
    "cumsum": _macro("cumsum", lambda X: jnp.cumsum(X, axis=0), (x,), (x.T,), (X,)),
    "norm": _macro("norm", jnp.linalg.norm, (x,), (X,), (x.T,))
    + _macro(
        "norm",
        lambda x, p: jnp.sum(jnp.abs(x) ** p) ** (1 / p),
        *((x, p) for p in (1, 2, 3, 4, Fraction(3, 2))),
    ),
    "mahalanobis": _macro(
        "mahalanobis", lambda x, mu, S: jnp.sqrt((x - mu) @ jnp.linalg.solve(S, x - mu)), (z, vector("mu", m), SPD)
    ),
    "cosine_similarity": _macro(
        "cosine_similarity",
        lambda x, y: jnp.sum(x * y) / jnp.linalg.norm(x) / jnp.linalg.norm(y),
        (x, y),
        (x.T, y),
        (x, x),
    ),
    "frobenius": _macro("frobenius", lambda A, B: jnp.sum(A * B), (X, Y), (x, y), (t, s)),
    "kronsum": _macro(
        "kronsum",
        lambda A, B: jnp.kron(A, jnp.eye(B.shape[0])) + jnp.kron(jnp.eye(A.shape[0]), B),
        (A, matrix("D", n, n)),
        (A, A),
    ),
    "hstack": _macro("hstack", lambda *a: jnp.concatenate(a, axis=1), (X, matrix("D", n, k)), (X, Y, X)),
    "vstack": _macro("vstack", lambda *a: jnp.concatenate(a), (X, Z.T), (x, z)),
    "block": [
        (
            MACROS["block"]([[X, matrix("D", n, k)], [A, Z]]),
            lambda a, b, c, d: jnp.block([[a, b], [c, d]]),
            (X, matrix("D", n, k), A, Z),
        )
    ],
    "divide": _macro("divide", jnp.divide, (X, Y), (x, y), (x, t), (t, s)),
    "mean": _macro("mean", jnp.mean, (t,), (x,), (z.T,), (X,), (R,), (E,)),
    "square": _macro("square", jnp.square, (t,), (x,), (z.T,), (X,)),
    "cross_entropy": _macro("cross_entropy", lambda p, y: -jnp.sum(y * jnp.log(p)), (x, y), (X, Y), (t, s), (P, Y)),
    "layer_norm": _macro(
        "layer_norm",
        _layer,
        (z,),
        (X,),
        (z.T,),
        (X, gamma),
        (X, gamma, beta),
        (X, t, s),
        (z, gamma, beta),
        (X, gamma, beta, t),
    )
    + _macro("layer_norm", _layer, (z.T, gamma, beta), (X, gamma.T, beta.T), (C,)),
    "batch_norm": _macro(
        "batch_norm", _batch, (X,), (X, gamma), (X, gamma, beta), (X, t, s), (x,), (X, gamma, beta, t), (x, t, s)
    ),
}
