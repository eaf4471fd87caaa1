"""Kronecker forms and directional derivatives agree with the arrays they stand for."""

import jax
import numpy as np
import pytest
from oracle import evaluate, random_values

import symcalc as sc

SIZES = {"n": 2, "m": 3, "p": 4, "q": 5}
A, X, B = sc.matrix("A", "p", "n"), sc.matrix("X", "n", "m"), sc.matrix("B", "m", "q")
C, Y = sc.matrix("C", "n", "m"), sc.matrix("Y", "n", "n")
x, z, u = sc.vector("x", "m"), sc.vector("z", "n"), sc.vector("u", "m")

KRONECKER = [
    (A @ X @ B, X, "Bᵀ ⊗ A"),
    (X, X, "I"),
    (X.T, X, "K(n, m)"),
    (X @ X.T, X, "(I ⊗ X) K(n, m) + X ⊗ I"),
    (sc.inv(Y), Y, "−Y⁻ᵀ ⊗ Y⁻¹"),
    (X @ x, X, "xᵀ ⊗ I"),
    (x @ x.T, x, "I ⊗ x + x ⊗ I"),
    (sc.hadamard(X, X), X, "2 diag(vec(X))"),
    (sc.tanh(X), X, "diag(vec(1 − tanh²(X)))"),
    (sc.hadamard(X, C) @ x, x, None),
    (sc.softmax(X @ x), X, None),
    (sc.tr(Y) * Y, Y, None),
    (Y**3, Y, None),
    (z @ (X @ x).T, x, None),
    (sc.diag(z) @ X, X, None),
    (X.T @ z, X, None),
]


def array_of(node, values):
    return np.asarray(evaluate(node, values, SIZES))


def flat(array, value, variable):
    """∂vec(Y)/∂vec(X)ᵀ from the array: columns stacked on both sides."""
    rows, cols = array.shape[: value.ndim], array.shape[value.ndim :]
    turned = array.transpose(*range(value.ndim)[::-1], *range(value.ndim, array.ndim)[::-1])
    assert len(cols) == variable.ndim
    return turned.reshape(int(np.prod(rows)), int(np.prod(cols)))


@pytest.mark.parametrize(("value", "variable", "printed"), KRONECKER)
def test_jacobian_of_any_rank(value, variable, printed):
    J = sc.jacobian(value, variable)
    values = random_values(value, seed=3, sizes=SIZES)
    name = variable.data.name

    def f(entry):
        return evaluate(value, {**values, name: entry}, SIZES)

    want = np.asarray(jax.jacobian(f)(np.asarray(values[name], float)))
    np.testing.assert_allclose(array_of(J, values), want, rtol=1e-9, atol=1e-9)
    generated = sc.lambdify(J)(**values, n=2, m=3, p=4, q=5)
    np.testing.assert_allclose(generated, want, rtol=1e-9, atol=1e-9)
    if J.ndim > 2:
        K = sc.vec_form(J)
        np.testing.assert_allclose(array_of(K, values), flat(want, value, variable), rtol=1e-9, atol=1e-9)
        if printed:
            assert str(K) == printed


@pytest.mark.parametrize(("value", "variable", "printed"), KRONECKER)
def test_directional_derivatives(value, variable, printed):
    rng = np.random.default_rng(0)
    name = variable.data.name
    direction = sc.matrix("V", *variable.shape) if variable.ndim == 2 else sc.vector("V", variable.shape[0])
    cotangent = sc.matrix("G", *value.shape) if value.ndim == 2 else sc.vector("G", value.shape[0])
    forward, backward = sc.jvp(value, variable, direction), sc.vjp(value, variable, cotangent)
    assert forward.shape == value.shape
    assert backward.shape == variable.shape
    values = random_values(value, seed=5, sizes=SIZES)
    V = rng.normal(size=np.shape(values[name]))

    def f(entry):
        return evaluate(value, {**values, name: entry}, SIZES)

    point = np.asarray(values[name], float)
    primal, tangent = jax.jvp(f, (point,), (V,))
    G = rng.normal(size=primal.shape)
    pulled = jax.vjp(f, point)[1](G)[0]
    np.testing.assert_allclose(array_of(forward, {**values, "V": V}), tangent, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(array_of(backward, {**values, "G": G}), pulled, rtol=1e-9, atol=1e-9)


def test_differentials_read_as_in_the_books():
    a = sc.vector("a", "n")
    assert str(sc.differential(A @ X @ B, X)) == "A dX B"
    assert str(sc.differential(sc.inv(Y))) == "−Y⁻¹ dY Y⁻¹"
    assert str(sc.differential(sc.logdet(Y))) == "tr(dY Y⁻¹)"
    assert str(sc.differential(sc.tr(Y @ Y))) == "2 tr(Y dY)"
    assert str(sc.differential(a.T @ Y @ a, [a, Y])) == "aᵀ (Y + Yᵀ) da + aᵀ dY a"


def test_hessian_vector_products_do_not_differentiate_the_direction():
    s = sc.sum(sc.exp(X @ x))
    hv = sc.hvp(s, x, 2 * x)
    values = random_values(s, seed=1, sizes=SIZES)
    H = array_of(sc.hessian(s, x), values)
    np.testing.assert_allclose(array_of(hv, values), H @ (2 * values["x"]), rtol=1e-9)


def test_hessian_by_a_matrix_has_rank_four():
    H = sc.hessian(sc.logdet(Y), Y)
    assert H.ndim == 4
    assert str(H) == "−(Y⁻¹)ⱼₖ (Y⁻¹)ₗᵢ"


def test_third_derivatives():
    H = sc.hessian(sc.logsumexp(x), x)
    T = sc.jacobian(H, x)
    values = random_values(H, seed=2, sizes=SIZES)

    def f(entry):
        return jax.nn.logsumexp(entry)

    want = jax.jacobian(jax.hessian(f))(np.asarray(values["x"], float))
    np.testing.assert_allclose(array_of(T, values), want, rtol=1e-9, atol=1e-9)


def test_no_kronecker_form_is_said():
    J = sc.jacobian(sc.diag(x), x)
    with pytest.raises(sc.UnsupportedError, match="more than two of the axes"):
        sc.vec_form(J)
    with pytest.raises(sc.UnsupportedError, match="rank 3 and 4"):
        sc.vec_form(A)


def test_a_direction_of_another_shape_is_an_error():
    with pytest.raises(sc.ShapeError, match="the direction must be shaped like X"):
        sc.jvp(A @ X, X, u)
