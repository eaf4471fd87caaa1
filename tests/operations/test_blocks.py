"""Block matrices, parts of matrices, sums along an axis, convolutions, matrix functions: forms, Jacobians, errors."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from oracle import evaluate, random_values

import symcalc as sc

n, m, k = sc.dims("n m k")
SIZES = {"n": 2, "m": 3, "k": 5}
A, B, C, X, D = (
    sc.matrix("A", n, m), sc.matrix("B", n, k), sc.matrix("C", k, m), sc.matrix("X", n, n), sc.matrix("D", m, m),
)  # fmt: skip
x, w, v, z, t = sc.vector("x", m), sc.vector("w", n), sc.vector("v", k), sc.vector("z", m + k), sc.scalar("t")
q = sc.scalar("q", assume="integer")

#: value, variable: Jacobians (and gradients) against JAX, from all backends
CASES = {
    "stacked": (sc.vstack(A @ x, sc.tanh(x)), x),
    "stacked with scalars": (sc.vstack(t * x, x.T @ x, sc.sin(x)), x),
    "stacked without the variable": (sc.vstack(w, sc.tanh(x)), x),
    "by a scalar": (sc.vstack(t * x, sc.sin(t) * w), t),
    "side by side": (sc.hstack(A, B) @ sc.tanh(z), z),
    "a part": (sc.tanh(z)[m:], z),
    "part of a product": (sc.tanh(C @ x)[1:3], x),
    "matrix of blocks by a matrix": (sc.hstack(A, B), A),
    "grid times vector": (sc.block([[A, B], [sc.eye(m), sc.zeros(m, k)]]) @ z, A),
    "row of blocks": (sc.hstack(x.T, v.T) @ sc.vstack(x, v) * x, x),
    "conv1d by the signal": (sc.conv1d(sc.tanh(v), x), v),
    "conv1d by the kernel": (sc.conv1d(v, sc.tanh(x)), x),
    "convolve by the first": (sc.convolve(sc.sin(x), w * t), x),
    "convolve by the second": (sc.convolve(w, sc.sin(x)), x),
    "conv_matrix": (sc.conv_matrix(w, k) @ v, w),
    "hankel": (sc.hankel(sc.tanh(v), k - m + 1) @ x, x),
    "cumsum": (sc.cumsum(sc.tanh(x)), x),
    "tril by a matrix": (sc.tril(X) @ X, X),
    "expm by a scalar": (sc.expm(t * X) @ w, t),
    "expm of a sum by a scalar": (sc.tr(sc.expm(X + t * X.T)), t),
    "expm times a vector": (sc.expm(X) @ w, w),
    "expm by its matrix": (w.T @ sc.expm(X @ X) @ w, X),
    "Kronecker sum": (sc.tr(sc.expm(sc.kronsum(X, D))), D),
    "symbolic power": (sc.tr(X ** (q + 3) @ X.T), X),
    "symbolic power by a scalar": ((t * X) ** (q + 2) @ w, t),
    "p-norm": (sc.norm(sc.sin(x), 3), x),
    "Mahalanobis": (sc.mahalanobis(x, sc.sin(x), sc.matrix("S", m, m, assume="spd")), x),
    "cosine": (sc.cosine_similarity(x, sc.sin(x)), x),
    "means of columns": (sc.mean(sc.tanh(w @ x.T), axis=0), x),
    "sums of rows": (sc.sum(sc.tanh(w @ x.T), axis=1), x),
}


@pytest.mark.parametrize("backend", ["numpy", "jax"])
@pytest.mark.parametrize("name", CASES)
def test_jacobian(name, backend):
    value, variable = CASES[name]
    values = random_values((value, variable), 1, SIZES)
    found = sc.lambdify(sc.jacobian(value, variable), backend=backend)(**{**SIZES, **values})

    def moved(array):
        return evaluate(value, {**values, variable.data.name: array}, SIZES)

    wanted = np.asarray(jax.jacobian(moved)(np.asarray(values[variable.data.name], dtype=float)))
    assert np.shape(found) == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(
    ("value", "variable", "printed"),
    [
        (CASES["stacked"][0], x, "[A; diag(1 − tanh²(x))]"),
        (CASES["stacked with scalars"][0], x, "[t I; 2 xᵀ; diag(cos(x))]"),
        (sc.conv1d(v, x), v, "conv_matrix(x, k)"),
        (sc.conv1d(v, x), x, "hankel(v, m)ᵀ"),
        (sc.conv_matrix(w, k) @ v, w, "hankel(v, n)ᵀ"),
        (sc.cumsum(x), x, "tril(𝟏 𝟏ᵀ)"),
        (sc.expm(t * X) @ w, t, "X expm(t X) w"),
        (sc.tr(sc.expm(X)), X, "expm(X)ᵀ"),
        (sc.tr(X**q), X, "q (X^(q − 1))ᵀ"),
    ],
)
def test_form(value, variable, printed):
    assert str(sc.jacobian(value, variable)) == printed


def test_gradients_of_blocks_are_their_parts():
    left, right = sc.gradient(w.T @ sc.tanh(sc.hstack(A, B) @ z), [A, B])
    assert str(left).endswith("z[1:m]ᵀ")
    assert str(right).endswith("z[m+1:k+m]ᵀ")


@pytest.mark.parametrize("spelling", ["matlab", "python"])
@pytest.mark.parametrize(
    "expr",
    [
        sc.hstack(A, B),
        sc.vstack(A, C),
        sc.block([[A, B], [C, sc.eye(k)]]),
        sc.vstack(x, v),
        sc.vstack(t, x),
        sc.block([[t, x.T], [x, D]]),
        sc.hstack(x, D),
        sc.vstack(x.T, A),
        z[m:],
        D[:, 1:],
        sc.tril(X) @ sc.triu(X),
        sc.expm(X),
        sc.expm_frechet(X, X.T),
        X ** (q + 2),
        sc.matpow_frechet(X, X.T, q),
        sc.conv1d(v, x),
        sc.conv_matrix(x, k) @ v,
        sc.hankel(v, k - m + 1) @ x,
        sc.toeplitz_sums(X),
    ],
    ids=str,
)
def test_text_is_read_back(expr, spelling):
    shapes = {variable.data.name: variable for variable in expr.free_symbols}
    assert sc.parse(sc.text(expr, spelling), shapes=shapes, syntax=spelling) is expr


def test_numpy_stacking_is_read_as_numpy_means_it():
    shapes = {"x": ("m",), "y": ("m",), "A": ("n", "m"), "B": ("k", "m")}
    y = sc.vector("y", m)
    assert sc.parse("np.hstack((x, y))", shapes=shapes, syntax="python") is sc.vstack(x, y)
    assert sc.parse("np.vstack((x, y))", shapes=shapes, syntax="python") is sc.vstack(x.T, y.T)
    assert sc.parse("np.vstack((A, B))", shapes=shapes, syntax="python") is sc.vstack(A, sc.matrix("B", k, m))


def test_nested_blocks_are_one_grid():
    assert sc.vstack(sc.hstack(A, B), sc.hstack(C, sc.eye(k))) is sc.block([[A, B], [C, sc.eye(k)]])
    assert sc.hstack([A, B]) is sc.hstack(A, B)
    assert sc.block([[A]]) is A


def test_latex_of_blocks():
    assert sc.latex(sc.block([[A, B], [C, sc.eye(k)]])) == r"\begin{bmatrix} A & B \\ C & I \end{bmatrix}"


def test_ranges():
    Y = sc.matrix("Y", n + m, k)
    assert sc.simplify(sc.vstack(A, D)[:n]) is A
    assert sc.simplify(sc.vstack(A, D)[n:, :]) is D
    assert Y[:n, 1:].shape == (n, k - 1)
    assert Y[n:, 2].shape == (m, 1)
    assert (x[:-1].shape, x[1:3].shape) == ((m - 1, 1), (2, 1))
    for wrong in (lambda: x[3:2], lambda: sc.vector("y", 4)[2:6], lambda: x[m:]):
        with pytest.raises(sc.ArgumentError, match="is no part of it"):
            wrong()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: sc.hstack(A, C), sc.ShapeError, "hstack: needs equal numbers of rows, but A is n×m, C is k×m"),
        (lambda: sc.vstack(A, B), sc.ShapeError, "vstack: needs equal numbers of columns, but A is n×m, B is n×k"),
        (lambda: sc.block(A), sc.ArgumentError, "row by row"),
        (lambda: sc.submatrix(sc.matrix("Y", 3, 4), 2, 0, 2, 1), sc.ShapeError, "rows 2 … 4 of Y, but Y is 3×4"),
        (lambda: sc.submatrix(x, 0, 1, 1, 1), sc.ShapeError, "columns 1 … 2 of x, but x has length m"),
        (lambda: sc.submatrix(x, 0, 0, t, 1), sc.ArgumentError, "t is no dimension"),
        (lambda: sc.tril(x), sc.ShapeError, "needs a matrix, x has length m"),
        (lambda: sc.toeplitz_sums(x), sc.ShapeError, "needs a matrix"),
        (lambda: sc.expm(A), sc.ShapeError, "needs a square matrix, A is n×m"),
        (lambda: sc.expm_frechet(X, D), sc.ShapeError, "the direction must have the shape of the matrix"),
        (lambda: X**t, sc.UnsupportedError, "assume='integer'"),
        (lambda: sc.gradient(sc.tr(X**q), q), sc.UnsupportedError, "q is an integer: it cannot move a little"),
        (lambda: sc.matpow_frechet(X, X, t), sc.UnsupportedError, "not certainly an integer"),
        (lambda: sc.conv1d(sc.vector("a", 2), sc.vector("b", 3)), sc.ShapeError, "the kernel is longer"),
        (lambda: sc.conv1d(A, x), sc.ShapeError, "vectors are convolved, but A is n×m"),
        (lambda: sc.hankel(sc.vector("a", 2), 3), sc.ShapeError, "3 rows are more than the entries"),
        (lambda: sc.conv_matrix(sc.vector("a", 4), 3), sc.ShapeError, "the kernel is longer"),
        (lambda: sc.diagonal_sums(sc.matrix("Y", 3, 2)), sc.ShapeError, "no more rows than columns"),
        (lambda: sc.sum(x, axis=1), sc.ArgumentError, r"sum\(x, axis=1\): x has length m; its axes are 0"),
        (lambda: sc.mean(A, axis=2), sc.ArgumentError, "its axes are 0 and 1"),
        (lambda: sc.tr(X, axis=1), sc.ArgumentError, "takes no option 'axis'"),
        (lambda: sc.cumsum(t), sc.ShapeError, "needs a vector or a matrix"),
        (lambda: sc.cumsum(x, axis=2), sc.ArgumentError, "no such axis"),
        (lambda: sc.norm(x, 0.5), sc.ArgumentError, "at least 1"),
        (lambda: sc.norm(A, 1), sc.UnsupportedError, "norm\\(vec\\(X\\), p\\)"),
        (lambda: sc.norm(x, float("inf")), sc.UnsupportedError, "logsumexp is smooth"),
        (lambda: sc.norm(x, "nuc"), sc.ArgumentError, "'fro'"),
        (lambda: sc.mahalanobis(x, v, D), sc.ShapeError, "two vectors of one length"),
        (lambda: sc.mahalanobis(x, x, X), sc.ShapeError, "the covariance is square"),
        (lambda: sc.frobenius(A, B), sc.ShapeError, "two arrays of one shape"),
        (lambda: sc.kronsum(A, X), sc.ShapeError, "needs a square matrix, A is n×m"),
    ],
)
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_sums_along_an_axis():
    assert str(sc.sum(A, axis=0, keepdims=True)) == "(Aᵀ 𝟏)ᵀ"
    assert str(sc.simplify(sc.sum(A, axis=0, keepdims=True))) == "𝟏ᵀ A"
    assert sc.sum(A, axis=-1) is sc.rowsum(A)
    assert sc.sum(x, axis=0) is sc.sum(x)
    assert str(sc.mean(A, axis=1)) == "A 𝟏/m"
    values = random_values(A, 1, SIZES)
    array = values["A"]
    for axis in (0, 1):
        np.testing.assert_allclose(sc.lambdify(sc.mean(A, axis=axis))(**values), array.mean(axis=axis))
        np.testing.assert_allclose(sc.lambdify(sc.cumsum(A, axis=axis))(**values), array.cumsum(axis=axis))


# -- the exponential as it is written out for NumPy --------------------------------------------------------
@pytest.mark.parametrize("scale", [0.0, 1e-8, 0.5, 3.0, 40.0])
def test_expm_without_scipy(scale):
    import scipy.linalg

    matrix = scale * np.random.default_rng(3).normal(size=(5, 5))
    function = sc.lambdify(sc.expm(X))
    assert "scipy" not in function.source
    np.testing.assert_allclose(function(matrix), scipy.linalg.expm(matrix), rtol=1e-11, atol=1e-13)


def test_gradient_of_expm_passes_the_check():
    s = w.T @ sc.expm(X) @ w
    assert sc.check_gradient(s, X, quiet=True).ok
    assert sc.check_gradient(sc.sum(sc.gradient(s, X)), X, quiet=True).ok


def test_explicit_entries():
    e = sc.block([[sc.matrix("P", 1, 2), sc.scalar("a")], [sc.matrix("Q", 2, 2), sc.vector("b", 2)]])
    assert e.as_explicit().shape == (3, 3)
    assert str(e.as_explicit()[0, 2]) == "a"
