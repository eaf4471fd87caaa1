"""The results of a first lecture on neural networks, each with its formula and in the form the lecture prints."""

from __future__ import annotations

import numpy as np
import pytest

import symcalc as sc

n, m = sc.dims("n m")
W, x, b, u, v = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n), sc.vector("v", n)
f = sc.activation("f")
z = W @ x + b
h = f(z)
s = u.T @ h


def value(expr, **arrays):
    return sc.lambdify(expr)(**arrays)


# -- one layer: s = uᵀ f(Wx + b) ------------------------------------------------------------------


def test_by_the_bias_it_is_the_upstream_gradient():
    """∂s/∂b = u ∘ f′(z)."""
    assert str(sc.gradient(s, b)) == "u ∘ f′(W x + b)"


def test_by_the_weights_it_is_an_outer_product():
    """∂s/∂W = δ xᵀ, δ = u ∘ f′(z): the outer product of the upstream gradient and the input."""
    delta = sc.gradient(s, b)
    assert str(sc.gradient(s, W)) == "(u ∘ f′(W x + b)) xᵀ"
    assert sc.gradient(s, W) is sc.simplify(delta @ x.T)


def test_by_the_input_the_upstream_gradient_goes_back_through_the_weights():
    """∂s/∂x = Wᵀ δ."""
    assert str(sc.gradient(s, x)) == "Wᵀ (u ∘ f′(W x + b))"


def test_by_the_score_vector_it_is_the_hidden_layer():
    """∂s/∂u = h."""
    assert str(sc.gradient(s, u)) == "f(W x + b)"


def test_upstream_gradient_is_shared():
    """∂s/∂z = δ appears once in the graph of all four results."""
    delta = sc.gradient(s, b)
    for result in sc.gradient(s, [W, x]):
        assert result.has(delta)


def test_gradients_have_the_shape_of_their_variable():
    """Shape convention: ∂s/∂W is n×m, not 1×nm."""
    for variable, result in zip((W, b, x, u), sc.gradient(s, [W, b, x, u]), strict=True):
        assert result.shape == variable.shape


# -- Jacobians --------------------------------------------------------------------------------------


def test_jacobian_of_an_activation_is_diagonal():
    """∂h/∂z = diag(f′(z))."""
    free = sc.vector("z", n)
    assert str(sc.jacobian(f(free), free)) == "diag(f′(z))"


def test_jacobian_of_a_layer():
    """∂(Wx + b)/∂x = W, ∂(Wx + b)/∂b = I."""
    assert sc.jacobian(z, x) is W
    assert sc.jacobian(z, b) is sc.eye(n)


def test_jacobian_of_a_dot_product_is_the_other_vector_as_a_row():
    """∂(uᵀv)/∂u = vᵀ."""
    assert sc.jacobian(u.T @ v, u) is v.T


def test_product_of_jacobians():
    """∂s/∂b = uᵀ diag(f′(z)) I = (u ∘ f′(z))ᵀ as a row."""
    hidden = sc.vector("z", n)
    chain = u.T @ sc.jacobian(f(hidden), hidden) @ sc.jacobian(z, b)
    assert str(sc.simplify(chain)) == "(u ∘ f′(z))ᵀ"
    assert str(sc.jacobian(s, b)) == "(u ∘ f′(W x + b))ᵀ"


# -- slopes in one variable -------------------------------------------------------------------------

t = sc.scalar("t")


@pytest.mark.parametrize(("at", "slope", "before", "after"), [(1, 3, 1, 1.03), (4, 48, 64, 64.48)])
def test_slope_of_the_cube(at, slope, before, after):
    """f = x³ has slope 3x²: at 1 a step of 0.01 adds 0.03, at 4 it turns 64 into 64.48."""
    derived = sc.gradient(t**3, t)
    assert str(derived) == "3 t²"
    assert value(derived, t=at) == slope
    assert value(t**3, t=at) == before
    assert before + 0.01 * value(derived, t=at) == pytest.approx(after)


def test_small_graph():
    """f = (x + y) max(y, z) at (1, 2, 0) is 6, with gradients 2, 5, 0."""
    a, c, e = sc.scalar("x"), sc.scalar("y"), sc.scalar("z")
    score = (a + c) * sc.max(c, e)
    point = {"x": 1.0, "y": 2.0, "z": 0.0}
    assert value(score, **point) == 6
    assert [float(g) for g in value(sc.gradient(score, [a, c, e]), **point)] == [2, 5, 0]


def test_slopes_by_differences():
    """f = (x + 2) max(y, 1) at (1, 2): changing x by 0.1 adds 0.2, changing y by 0.1 adds 0.3."""
    a, c = sc.scalar("x"), sc.scalar("y")
    score = (a + 2) * sc.max(c, 1)
    at = {"x": 1.0, "y": 2.0}
    assert value(score, **at) == 6
    assert (value(score, x=1.1, y=2.0) - 6) / 0.1 == pytest.approx(2)
    assert (value(score, x=1.0, y=2.1) - 6) / 0.1 == pytest.approx(3)
    assert [float(g) for g in value(sc.gradient(score, [a, c]), **at)] == [2, 3]


def test_tanh_is_a_rescaled_logistic_function():
    """tanh z = 2σ(2z) − 1, and so are their slopes."""
    points = np.linspace(-4, 4, 9)
    line = sc.vector("z", n)
    rescaled = 2 * sc.sigmoid(2 * line) - 1
    np.testing.assert_allclose(value(rescaled, z=points), np.tanh(points), atol=1e-15)
    slopes = [value(sc.gradient(sc.sum(g), line), z=points) for g in (rescaled, sc.tanh(line))]
    np.testing.assert_allclose(*slopes, atol=1e-15)


def test_composed_linear_layers_are_one_linear_layer():
    """W₂(W₁x) = (W₂W₁)x: the gradient by x is the one of the product matrix."""
    k = sc.dims("k")
    second = sc.matrix("W2", k, n)
    top = sc.vector("u", k)
    assert sc.simplify(second @ (W @ x)) is sc.simplify((second @ W) @ x)
    assert str(sc.gradient(top.T @ (second @ (W @ x)), x)) == "Wᵀ W₂ᵀ u"


# -- the eleven activations: value and slope at points on both sides of every kink --------------------

POINTS = np.array([-3.0, -0.7, -0.2, 0.3, 0.8, 2.5])
sigma = 1 / (1 + np.exp(-POINTS))
density = np.exp(-(POINTS**2) / 2) / np.sqrt(2 * np.pi)
normal = np.array([0.0013498980316301, 0.2419636522230730, 0.4207402905608970, 0.6179114221889526,
                   0.7881446014166034, 0.9937903346742238])  # fmt: skip
right = POINTS > 0

ACTIVATIONS = {
    "threshold": (lambda z: sc.threshold(z), right * 1.0, 0 * POINTS),
    "sigmoid": (lambda z: sc.sigmoid(z), sigma, sigma * (1 - sigma)),
    "tanh": (lambda z: sc.tanh(z), np.tanh(POINTS), 1 - np.tanh(POINTS) ** 2),
    "hard tanh": (lambda z: sc.hard_tanh(z), np.clip(POINTS, -1, 1), (abs(POINTS) < 1) * 1.0),
    "relu": (lambda z: sc.relu(z), POINTS * right, right * 1.0),
    "leaky relu": (lambda z: sc.leaky_relu(z, 0.1), np.where(right, 1, 0.1) * POINTS, np.where(right, 1, 0.1)),
    "prelu": (lambda z: sc.prelu(z, 0.25), np.where(right, 1, 0.25) * POINTS, np.where(right, 1, 0.25)),
    "swish": (lambda z: sc.swish(z), POINTS * sigma, sigma * (1 + POINTS * (1 - sigma))),
    "gelu": (lambda z: sc.gelu(z), POINTS * normal, normal + POINTS * density),
    "softplus": (lambda z: sc.softplus(z), np.log1p(np.exp(POINTS)), sigma),
    "elu": (lambda z: sc.elu(z), np.where(right, POINTS, np.expm1(POINTS)), np.where(right, 1, np.exp(POINTS))),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name):
    """Value and slope of each activation of the lecture."""
    activation, values, slopes = ACTIVATIONS[name]
    line = sc.vector("z", n)
    np.testing.assert_allclose(value(activation(line), z=POINTS), values, rtol=1e-12, atol=1e-14)
    slope = sc.gradient(sc.sum(activation(line)), line)
    np.testing.assert_allclose(value(slope, z=POINTS, n=len(POINTS)), slopes, rtol=1e-12, atol=1e-14)


def test_prelu_has_a_gradient_by_its_slope():
    """PReLU max(0, z) + a min(0, z): ∂/∂a is min(0, z)."""
    a, line = sc.scalar("a"), sc.vector("z", n)
    slope = sc.gradient(sc.sum(sc.prelu(line, a)), a)
    assert value(slope, z=POINTS, a=0.25) == pytest.approx(np.minimum(POINTS, 0).sum())
