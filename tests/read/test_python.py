"""The python spelling: NumPy's meaning of what people type, checked against NumPy itself."""

from __future__ import annotations

import numpy as np
import oracle
import pytest

from symcalc.errors import ArgumentError, ParseError, ShapeError, SymcalcError, UnsupportedError
from symcalc.read import parse

SIZES = {"n": 3, "m": 2, "k": 4}
SHAPES = {
    "W": "n m", "V": "n m", "X": "n n", "U": "m k", "x": "m", "y": "n", "z": "n", "t": "", "r": (1, "m"),
    "c": ("n", 1),
}  # fmt: skip


def arrays():
    draw = np.random.default_rng(3)
    sizes = {
        "W": (3, 2),
        "V": (3, 2),
        "X": (3, 3),
        "U": (2, 4),
        "x": 2,
        "y": 3,
        "z": 3,
        "t": (),
        "r": (1, 2),
        "c": (3, 1),
    }
    values = {name: draw.uniform(0.2, 1.5, size) for name, size in sizes.items()}
    values["X"] = values["X"] + 2 * np.eye(3)
    return values


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis=-1):
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


def logsumexp(x, axis=None, keepdims=False):
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


NAMES = {"np": np, "sigmoid": sigmoid, "softmax": softmax, "logsumexp": logsumexp, "f": np.tanh,
         "relu": lambda x: np.maximum(x, 0), "range": range, "sum": sum, "len": len}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "W @ x", "y @ W", "y @ W @ x", "y @ X @ z", "x @ W.T @ y", "y @ z", "x.T @ x", "W.T", "W.T @ W", "2 * W @ x",
        "W @ U", "r @ U", "r @ x", "c.T @ y", "c @ r", "r.T @ r", "c.T @ c",
        # entry by entry, with broadcasting
        "W * V", "W + x", "x + W", "W * x", "W - 1", "1 / W", "W / V", "W ** 2", "2 ** y", "-y ** 2", "y ** -1",
        "t ** t",
        "W + r", "r + W", "W + c", "c * W", "c + r", "c - x", "y + c", "W / y[:, None]", "W * y[:, None] + x[None, :]",
        "y[:, None] @ x[None, :]", "y[:, np.newaxis] * x", "y.reshape(-1, 1) * x", "x.reshape(1, -1) + W",
        "np.reshape(y, (-1, 1)) @ r", "W.reshape(-1)", "W.ravel()", "y.flatten()",
        # functions
        "np.exp(y)", "np.log(W)", "np.tanh(W @ x)", "sigmoid(y)", "relu(y - 1)", "np.sqrt(y @ y)", "np.abs(y - 1)",
        "np.maximum(y, z)", "np.maximum(0, y - 1)", "np.minimum(W, x)", "np.clip(y, 0.5, 1)", "np.square(W)",
        "np.log1p(y)", "np.expm1(y)", "np.power(y, 3)", "np.multiply(W, V)", "np.add(W, x)", "np.subtract(y, z)",
        "np.divide(y, z)", "np.negative(y)", "np.reciprocal(y)", "np.logaddexp(y, z)", "np.logaddexp(0, y)",
        "np.heaviside(y - 1, 0.5)", "np.fabs(y)", "np.arctan(y)", "f(y) * z", "np.pi * t", "np.e ** t",
        # sums
        "np.sum(W)", "np.sum(W, axis=0)", "np.sum(W, axis=1)", "np.sum(W, 1)", "np.sum(y, axis=0)", "W.sum()",
        "W.sum(axis=-1)", "W - W.mean(axis=0)", "W - W.mean(axis=1, keepdims=True)", "np.mean(W, axis=0)", "y.mean()",
        "np.mean((W @ x - y) ** 2)", "np.exp(W) / np.exp(W).sum(axis=1, keepdims=True)", "np.average(y)",
        "c.sum(axis=1)",
        "W.sum(axis=0, keepdims=True) @ x", "r.sum(axis=0)",
        # products and linear algebra
        "np.dot(W, x)", "np.dot(y, z)", "np.dot(t, y)", "y.dot(z)", "W.dot(U)", "np.matmul(W, x)", "np.inner(y, z)",
        "np.inner(W, V)", "np.inner(W, x)", "np.outer(y, x)", "np.outer(y, x) @ x", "np.vdot(y, z)",
        "np.linalg.inv(X)", "np.linalg.det(X)", "np.linalg.slogdet(X)[1]", "np.linalg.solve(X, y)",
        "np.linalg.solve(X, W)", "np.linalg.matrix_power(X, 3)", "np.linalg.matrix_power(X, -1)", "np.trace(X)",
        "X.trace()", "np.diag(y)", "np.diag(X)", "np.diagonal(X)", "np.diag(y) @ W", "np.kron(X, W)", "np.kron(y, x)",
        "np.linalg.norm(y)", "np.linalg.norm(y, 1)", "np.linalg.norm(y, 2)", "np.linalg.norm(W)",
        "np.linalg.norm(W, 'fro')", "np.transpose(W)", "W.transpose()",
        "np.eye(n) - np.ones((n, n)) / n", "np.identity(n)", "np.ones(n) @ y", "np.zeros((n, m)) + W",
        "np.ones((n, 1)) * x",
        "np.ones_like(W) - W", "np.zeros_like(y)", "np.ones((1, n)) @ y", "X + np.eye(y.shape[0])", "W.shape[1] * t",
        "len(y) * t", "W.size * t", "np.ones((m,))",
        # rows
        "softmax(W)", "softmax(y)", "softmax(W, axis=1)", "softmax(W, axis=0)", "logsumexp(y)", "logsumexp(W)",
        "logsumexp(W, axis=1)", "np.log(softmax(W))",
        # entries
        "y[0]", "y[-1]", "W[0]", "W[1, :]", "W[:, 1]", "W[2, 0]", "W[-1, -1]", "W[0] @ x", "W[:, 0] @ y", "r[0]",
        "r[0, 1]",
        "c[2]", "softmax(y)[1]", "(W @ x)[0]", "W[:]", "W[1][0]",
        # einsum
        *(f"np.einsum({call})" for call in (
            "'ij,j->i', W, x", "'ij,i->j', W, y", "'i,ij,j->', y, W, x", "'ij,jk->ik', W, U", "'ij,kj->ik', W, V",
            "'ij,ij->', W, V", "'ij,ij->i', W, V", "'ij,ij->j', W, V", "'i,j->ij', y, x", "'i,j->ji', y, x",
            "'i,i->', y, z", "'i,i->i', y, z", "'i,i', y, z", "'ii', X", "'ii->i', X", "'ij->ji', W", "'ij->i', W",
            "'ij->', W", "'ij,j->ij', W, x", "'ij,i->ij', W, y", "'ij,jk,kl->il', X, W, U", "'ij,ji->', X, X",
            "'ij,ji->i', X, X", "',i->i', t, y", "'ij,jk', W, U", "'i,ij->j', y, X", "'ij,ik->jk', W, W",
            "'ij, jk -> ik', W, U", "'i,ij,ij->j', y, W, V", "'i,j->', y, x", "'ii,i->i', X, y",
        )),
        # sums over an index
        "sum(y[i] * W[i] for i in range(n))", "sum((W[i] @ x - y[i]) ** 2 for i in range(n)) / n",
        "sum(np.outer(W[i], W[i]) for i in range(n))", "sum(y[i] for i in range(n))",
        "sum(np.exp(W[:, j]) @ y for j in range(m))", "sum(X[i, i] for i in range(n))",
    ],
)  # fmt: skip
def test_means_what_numpy_computes(text):
    values = arrays()
    expected = np.asarray(eval(text, {**NAMES, **SIZES, **values}))
    node = parse(text, SHAPES, syntax="python")
    if expected.size == 1:
        assert node.ndim == 0
    found = np.asarray(oracle.evaluate(node, values, SIZES))
    assert np.allclose(found.reshape(expected.shape), expected)
    assert found.shape in (expected.shape, expected.reshape(-1).shape, ())


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("jnp.tanh(y)", "tanh(y)"), ("torch.sigmoid(y)", "sigmoid(y)"), ("F.relu(y)", "relu(y)"),
        ("jax.nn.softplus(y)", "softplus(y)"), ("torch.nn.functional.silu(y)", "silu(y)"),
        ("scipy.special.expit(y)", "sigmoid(y)"), ("torch.softmax(W, dim=1)", "softmax(W)"),
        ("jax.nn.softmax(W)", "softmax(W)"), ("scipy.special.logsumexp(y)", "logsumexp(y)"), ("torch.mm(W, U)", "W*U"),
        ("torch.mv(W, x)", "W*x"), ("torch.logdet(X)", "logdet(X)"), ("torch.trace(X)", "tr(X)"), ("W.t()", "W'"),
        ("X.inverse()", "inv(X)"), ("y.exp()", "exp(y)"), ("y.pow(2)", "y.^2"), ("y ∘ z", "y.*z"), ("t²", "t^2"),
        ("Wᵀ @ y", "W'*y"), ("math.sqrt(t)", "sqrt(t)"), ("np.linalg.slogdet(X).logabsdet", "logdet(X)"),
        ("torch.norm(y)", "norm2(y)"), ("F.T @ y", None),
    ],
)  # fmt: skip
def test_other_libraries_and_signs(text, plain):
    node = parse(text, {**SHAPES, "F": "n m"} if "F.T" in text else SHAPES, syntax="python")
    if plain is not None:
        assert node is parse(plain, SHAPES)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (
            "x @ y",
            ShapeError,
            r"x @ y: x has length m and y has length n\. Did you mean np\.outer\(x, y\), or dims m = n\?",
        ),
        ("W @ y", ShapeError, r"W @ y: W is n×m and y has length n\. Did you mean W\.T @ y, or dims m = n\?"),
        ("t @ y", ShapeError, r"t is a scalar; '@' multiplies arrays, write \* instead"),
        (
            "W + y",
            ShapeError,
            r"W \+ y: W is n×m and y has length n; NumPy lines up the last axes. Did you mean y\[:, None\]\?",
        ),
        ("W + W.T", ShapeError, r"W \+ W.T: W is n×m and W.T is m×n. Did you mean W\?"),
        ("x + y", ShapeError, "they cannot be combined entry by entry"),
        ("np.frobnicate(x)", ParseError, "unknown function 'frobnicate' at column 1"),
        ("frobnicate(x)", ParseError, "unknown function 'frobnicate' at column 1"),
        ("np.random.normal(x)", ParseError, "unknown function 'random.normal'"),
        ("np.tahn(x)", ParseError, "did you mean tan or tanh"),
        ("np.where(x, x, 0)", UnsupportedError, r"where: a choice by a condition is not read; write relu\(x\)"),
        ("np.where(x > 0, x, 0)", ParseError, r"comparisons are not read; step\(x\)"),
        ("np.linalg.pinv(W)", UnsupportedError, "pinv: the pseudo-inverse is not read"),
        ("np.max(x)", UnsupportedError, "the largest entry is not read"),
        ("np.argmax(x)", UnsupportedError, "argmax has no derivative; softmax is its smooth relative"),
        ("jax.nn.gelu(x)", UnsupportedError, r"approximation.*write gelu\(x\)"),
        ("scipy.special.softmax(W)", UnsupportedError, "give axis=1 for rows"),
        ("np.linalg.norm(W, 2)", UnsupportedError, "this norm"),
        ("np.einsum('i,j,k,l,m->ijklm', x, x, x, x, x)", UnsupportedError, "the result has 5 axes"),
        ("np.einsum('ij,k->ijk', W, x) + x", UnsupportedError, "combined with arrays of its own shape"),
        ("np.einsum('ij,k->ijk', W, x) + W", ShapeError, r"np.einsum\('ij,k->ijk', W, x\) is n×m×m and W is n×m"),
        ("np.einsum('ij,j->i', W, y)", ShapeError, "the subscript 'j' has size m and size n"),
        ("np.einsum('ij->i', x)", ShapeError, "'ij' has 2 subscripts for an array with 1 axes"),
        ("np.einsum('i->k', x)", ParseError, "the output has 'k'"),
        ("np.einsum('i,j->i', x)", ParseError, "2 groups of subscripts for 1 operands"),
        ("np.einsum('...i->i', x)", ParseError, "must be letters"),
        ("np.einsum(x, x)", ParseError, "subscripts must be a whole number|first argument of einsum"),
        ("np.sum(x, axis=1)", ParseError, "axis 1 does not exist"),
        ("np.sum(x, foo=1)", ParseError, "unexpected argument 'foo'"),
        ("x.__class__", ParseError, "names that start with _ are not read at column 3"),
        ("x.real", ParseError, "the attribute 'real' is not known"),
        ("x.tofile(y)", ParseError, r"the method .tofile\(\) is not known"),
        ("__import__('os')", ParseError, "names that start with _ are not read"),
        ("(lambda a: a)(x)", ParseError, "an operator is missing"),
        ("x(2)", ParseError, r"x is a variable: write x\*\(…\) for a product, x\[i\] for an entry"),
        ("x[0:2]", ParseError, "only whole rows and columns"),
        ("x[0, 0]", ShapeError, "x has 1 axes, not 2"),
        ("t[0]", ShapeError, "t is a scalar and has no entries"),
        ("W[:, None]", UnsupportedError, r"only x\[:, None\] and x\[None, :\]"),
        ("[x, y]", ParseError, "lists of numbers are not read"),
        ("x // 2", ParseError, "no derivative; write /"),
        ("x ^ 2", ParseError, r"write \*\*"),
        ("x = 2", ParseError, "without '='"),
        ("x'", ParseError, "this quote is never closed; in python the transpose is .T"),
        ("x if t else y", ParseError, "an operator is missing"),
        ("np.exp", ParseError, "there is no constant 'exp'"),
        ("x.reshape(2, -1)", UnsupportedError, "only x.reshape"),
        ("np.linalg.slogdet(X)[0]", UnsupportedError, "only the second part of slogdet"),
        ("np.linalg.inv(x)", ShapeError, "a matrix is needed, not a vector"),
        ("sum(x[i] for i in range(n))", ShapeError, "the index i runs over n, but what it indexes has size m"),
        ("np.sum(x[i] for i in y)", ParseError, r"the range of a sum is written range\(n\)"),
        ("np.ones(t)", ParseError, "'t' is no dimension"),
        ("x.sum(axis=y)", ParseError, "axis must be a whole number"),
        ("np.exp(x, axis=0)", ParseError, "exp takes no keyword 'axis'"),
    ],
)
def test_refusals(text, error, message):
    with pytest.raises(error, match=message):
        parse(text, SHAPES, syntax="python")


def test_fixed_sizes_limit_indices():
    with pytest.raises(ShapeError, match="x has size 3 there, indices 0 to 2"):
        parse("x[3]", {"x": 3}, syntax="python")
    with pytest.raises(SymcalcError):
        parse("x(4)", {"x": 3})


def test_unknown_spelling():
    with pytest.raises(ArgumentError, match="unknown syntax 'fortran'; there are matlab, python"):
        parse("x", syntax="fortran")
