"""The reverse sweep: results, shapes, sharing, and what is refused."""

import numpy as np
import pytest
import sympy

import symcalc as sc
from symcalc.calculus import ZeroGradientWarning, reverse_sweep, sweep_for
from symcalc.graph.walk import topological
from symcalc.identities import simplify


@pytest.fixture
def layer():
    n, m = sc.dims("n m")
    W, x, b, u = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n)
    f = sc.activation("f")
    return W, x, b, u, f, u.T @ f(W @ x + b)


def test_the_layer_has_the_textbook_gradients(layer):
    W, x, b, u, _, s = layer
    by_W, by_b, by_x, by_u = sc.gradient(s, [W, b, x, u])
    assert str(by_W) == "(u ∘ f′(W x + b)) xᵀ"
    assert str(by_b) == "u ∘ f′(W x + b)"
    assert str(by_x) == "Wᵀ (u ∘ f′(W x + b))"
    assert str(by_u) == "f(W x + b)"
    assert [g.shape for g in (by_W, by_b, by_x, by_u)] == [v.shape for v in (W, b, x, u)]


def test_one_variable_a_name_and_a_list_agree(layer):
    W, x, _, _, _, s = layer
    assert sc.gradient(s, "W") is sc.gradient(s, W) is sc.gradient(s, [x, W])[1]
    assert sc.gradient(s, ["W"]) == [sc.gradient(s, W)]
    assert s.diff(x) is sc.jacobian(s, x)


def test_the_upstream_gradient_is_shared(layer):
    W, _, b, _, _, s = layer
    by_W, by_b = sc.gradient(s, [W, b])
    assert by_b in topological(by_W)


def test_an_intermediate_value_may_be_the_variable(layer):
    W, x, b, _, f, s = layer
    z = W @ x + b
    assert str(sc.gradient(s, z)) == "u ∘ f′(W x + b)"
    assert str(sc.gradient(s, f(z))) == "u"


def test_an_intermediate_value_that_does_not_occur_is_an_error(layer):
    *_, s = layer
    other = sc.vector("b", "n") + sc.vector("u", "n")
    with pytest.raises(sc.ArgumentError, match="does not occur"):
        sc.gradient(s, other)


def test_a_variable_that_does_not_occur_has_gradient_zero_and_it_is_said(layer):
    *_, s = layer
    V = sc.matrix("V", "k", "m")
    with pytest.warns(ZeroGradientWarning, match="does not depend on V"):
        zero = sc.gradient(s, V)
    assert zero.shape == V.shape
    assert str(zero) == "0"


def test_a_vector_has_no_gradient(layer):
    W, x, b, *_ = layer
    with pytest.raises(sc.ShapeError, match=r"needs a scalar, but \(W x \+ b\) has length n. Use jacobian"):
        sc.gradient(W @ x + b, x)


def test_an_unknown_name_lists_the_variables(layer):
    *_, s = layer
    with pytest.raises(sc.ArgumentError, match=r"there is no variable 'V' in .*; its variables: "):
        sc.gradient(s, "V")


def test_numbers_are_no_variables(layer):
    *_, s = layer
    with pytest.raises(sc.ArgumentError, match="is no variable"):
        sc.gradient(s, 3)


def test_two_variables_of_one_name_are_an_error():
    a, b = sc.vector("x", "n"), sc.vector("x", "m")
    with pytest.raises(sc.ArgumentError, match="two different variables are called x"):
        sc.gradient(sc.sum(a) + sc.sum(b), a)


def test_no_variable_is_an_error(layer):
    *_, s = layer
    with pytest.raises(sc.ArgumentError, match="at least one variable"):
        sc.gradient(s, [])


def test_sympy_matrix_expressions_are_accepted():
    n, m = sympy.symbols("n m", integer=True, positive=True)
    A, x = sympy.MatrixSymbol("A", n, m), sympy.MatrixSymbol("x", m, 1)
    assert str(sc.gradient(sympy.Trace(x.T * A.T * A * x), x)) == "2 Aᵀ A x"
    assert str(sc.gradient(sympy.Trace(A.T * A), A)) == "2 A"


def test_sizes_of_one_keep_the_shape_of_the_variable():
    W, x = sc.matrix("W", 1, "m"), sc.vector("x", "m")
    a = sc.vector("a", 1)
    s = sc.tanh(W @ x + a) * 3
    by_W, by_a = sc.gradient(s, [W, a])
    assert by_W.shape == W.shape
    assert by_W.ndim == 2
    assert by_a.ndim == 1
    values = {"W": np.ones((1, 3)), "x": np.arange(3.0), "a": np.zeros(1)}
    grad_W, grad_a = sc.lambdify([by_W, by_a])(**values)
    assert grad_W.shape == (1, 3)
    assert grad_a.shape == (1,)
    np.testing.assert_allclose(grad_W[0], 3 * (1 - np.tanh(3.0) ** 2) * np.arange(3.0))


def test_a_sweep_records_each_step_as_data(layer):
    W, _, b, _, _, s = layer
    sweep, _ = sweep_for(s, [W, b], note_identities=True)
    rules = [step.rule for step in sweep.steps]
    assert rules == ["matmul", "f", "add", "add", "matmul"]
    last = sweep.steps[-1]
    assert last.operand is W
    assert last.shape == W.shape
    assert str(last.upstream) == "u ∘ f′(W x + b)"
    assert "Magnus" in last.source


def test_composed_linear_layers_collapse():
    W1, W2, x, v = sc.matrix("W1", "n", "m"), sc.matrix("W2", "k", "n"), sc.vector("x", "m"), sc.vector("v", "k")
    s = v.T @ (W2 @ (W1 @ x))
    assert simplify(W2 @ (W1 @ x)) is simplify((W2 @ W1) @ x)
    assert str(sc.gradient(s, W1)) == "W₂ᵀ v xᵀ"
    assert str(sc.gradient(s, W2)) == "v xᵀ W₁ᵀ"


def test_a_batch_is_one_matrix_product():
    X, W, Y = sc.matrix("X", "N", "m"), sc.matrix("W", "m", "k"), sc.matrix("Y", "N", "k")
    assert str(sc.gradient(sc.norm2(X @ W - Y) ** 2 / 2, W)) == "Xᵀ (X W − Y)"


def network(depth):
    h, parameters = sc.vector("x0", "n"), []
    for layer in range(depth):
        W, b = sc.matrix(f"W{layer}", "n", "n"), sc.vector(f"b{layer}", "n")
        parameters += [W, b]
        h = sc.tanh(W @ h + b)
    return sc.vector("u", "n").T @ h, parameters


def test_depth_costs_linear_size():
    sizes = []
    for depth in (100, 200, 400):
        s, parameters = network(depth)
        gradients = sc.gradient(s, parameters)
        sizes.append(len(topological(*gradients)) / len(topological(s)))
    assert max(sizes) < 3
    assert max(sizes) - min(sizes) < 0.1


def test_ten_thousand_layers_need_no_recursion():
    s, parameters = network(10_000)
    gradients = sc.gradient(s, parameters)
    assert [g.shape for g in gradients] == [p.shape for p in parameters]


def test_two_to_the_sixty_paths_cost_sixty_nodes():
    t = sc.scalar("t")
    s = t
    for _ in range(60):
        s = sc.sin(s) * s
    sweep = reverse_sweep(simplify(s), [t])
    assert len(sweep.gradients) < 300
    assert len(topological(sc.gradient(s, t))) < 1500


@pytest.mark.parametrize("make", [lambda X, k: sc.det(X**k), lambda X, k: sc.tr(X**k), lambda X, k: sc.tr(X) ** k])
def test_an_integer_cannot_be_differentiated_by(make):
    k = sc.scalar("k", assume="integer")
    with pytest.raises(sc.UnsupportedError, match="k is an integer"):
        sc.gradient(make(sc.matrix("X", "n", "n"), k), k)
