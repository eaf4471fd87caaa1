"""Operations of a user's own: derived, printed, checked, drawn and turned into code as the built-in ones are."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symcalc as sc
from symcalc.errors import ArgumentError, ShapeError, UnsupportedError
from symcalc.graph.operation import REGISTRY

VALUES = {
    "W": np.array([[0.3, -0.7, 0.2], [1.1, 0.4, -0.5]]),
    "x": np.array([0.5, -1.5, 2.0]),
    "b": np.array([0.1, 0.2]),
    "u": np.array([-1.0, 2.0]),
}


def variables():
    n, m = sc.dims("n m")
    return sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n)


def softsign():
    return sc.define(
        "softsign",
        lambda x: x / (1 + abs(x)),
        slope=lambda x, y: (1 - abs(y)) ** 2,
        latex=r"\operatorname{softsign}",
    )


def dense(**wrong):
    def backward(W, x, b, y, g):
        d = sc.hadamard(g, 1 - sc.hadamard(y, y))
        return wrong.get("W", d @ x.T), wrong.get("x", W.T @ d), d

    return sc.define("dense", lambda W, x, b: sc.tanh(W @ x + b), backward)


# -- as if it had come with symcalc -----------------------------------------------------------------------


def test_gradient_reads_like_that_of_a_built_in():
    W, x, b, u = variables()
    s = u.T @ softsign()(W @ x + b)
    assert str(sc.gradient(s, W)) == "(u ∘ (1 − |softsign(W x + b)|)²) xᵀ"
    assert sc.latex(s) == r"u^\top \operatorname{softsign}(W x + b)"
    assert str(sc.jacobian(softsign()(x), x)) == "diag((1 − |softsign(x)|)²)"


@pytest.mark.parametrize("make", [softsign, dense])
@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_code_computes_value_and_gradient(make, backend):
    W, x, b, u = variables()
    operation = make()
    s = u.T @ (operation(W @ x + b) if make is softsign else operation(W, x, b))
    value, *gradients = sc.lambdify([s, *sc.gradient(s, [W, x, b])], backend=backend)(**VALUES)

    def plain(W, x, b):
        z = W @ x + b
        return VALUES["u"] @ (z / (1 + jnp.abs(z)) if make is softsign else jnp.tanh(z))

    arguments = [VALUES[name] for name in ("W", "x", "b")]
    np.testing.assert_allclose(value, plain(*arguments), rtol=1e-6)
    for found, wanted in zip(gradients, jax.grad(plain, argnums=(0, 1, 2))(*arguments), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)


def test_gradients_of_every_order():
    op, (_, x, _, _) = softsign(), variables()
    first = sc.gradient(sc.sum(op(x)), x)
    second = sc.lambdify(sc.gradient(sc.sum(first), x))(x=VALUES["x"])
    np.testing.assert_allclose(second, -2 * np.sign(VALUES["x"]) * (1 + abs(VALUES["x"])) ** -3.0)


def test_read_by_name_and_offered_at_the_door():
    op = softsign()
    assert sc.softsign is op
    assert sc.parse("sum(softsign(A*x))") is sc.sum(op(sc.matrix("A", "n", "m") @ sc.vector("x", "m")))


def test_checked_derived_and_drawn():
    W, x, b, u = variables()
    for s in (u.T @ softsign()(W @ x + b), u.T @ dense()(W, x, b)):
        assert sc.check_gradient(s, quiet=True).ok
        derivation = sc.derive(s, W)
        derivation.check()
        assert derivation.result is sc.gradient(s, W)
        graph = sc.Graph(s)
        graph.forward(VALUES)
        np.testing.assert_allclose(graph.backward()["W"], sc.lambdify(sc.gradient(s, W))(**VALUES), rtol=1e-12)
        assert graph.draw().svg().startswith("<svg")
        assert graph.cost().forward > 0


def test_entries_in_sympy():
    value = softsign()(sc.vector("x", 2)).as_explicit()
    assert str(value[1, 0]) == "x[1, 0]/(Abs(x[1, 0]) + 1)"


def test_the_chain_rule_where_no_gradient_is_given():
    W, x, b, _ = variables()
    bump = sc.define("bump", lambda x: sc.exp(-(x**2)), elementwise=True)
    affine = sc.define("affine", lambda W, x, b: W @ x + b)
    s = sc.sum(bump(affine(W, x, b)))
    assert sc.check_gradient(s, quiet=True).ok
    assert str(sc.gradient(s, b)) == "−2 affine(W, x, b) ∘ exp(−affine(W, x, b)²)"


def test_own_operations_in_own_operations():
    inner = softsign()
    outer = sc.define("twice", lambda x: inner(inner(x)), elementwise=True)
    x = sc.vector("x", 3)
    np.testing.assert_allclose(sc.lambdify(outer(x))([1.0, -2.0, 0.0]), [1 / 3, -2 / 5, 0])
    assert sc.check_operation(outer, quiet=True).ok


def test_operands_of_unequal_kinds():
    scaled = sc.define("scaled", lambda x, a: a * x, slope=[lambda x, a, y: a, lambda x, a, y: x])
    x, a = sc.vector("x", "n"), sc.scalar("a")
    assert str(sc.gradient(sc.sum(scaled(x, a)), a)) == "sum(x)"
    assert sc.check_operation(scaled, quiet=True).ok


# -- NumPy code ------------------------------------------------------------------------------------------


def total_exp():
    return sc.define(
        "total_exp",
        """
        def total_exp(z):
            m = np.max(z)
            return m + np.log(np.sum(np.exp(z - m)))
        """,
        lambda z, y, g: g * sc.exp(z - y),
        shape=lambda z: (),
    )


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_numpy_code_as_a_function(backend):
    W, x, _, _ = variables()
    s = total_exp()(W @ x)
    value, slope = sc.lambdify([s, sc.gradient(s, x)], backend=backend)(**VALUES)
    z = VALUES["W"] @ VALUES["x"]
    np.testing.assert_allclose(value, np.log(np.sum(np.exp(z))), rtol=1e-6)
    np.testing.assert_allclose(slope, VALUES["W"].T @ (np.exp(z) / np.exp(z).sum()), rtol=1e-5)
    assert sc.check_gradient(s, quiet=True).ok


def test_numpy_code_as_an_expression_in_the_operands_names():
    op = sc.define("soft", "np.log1p(np.exp(x)) + 0*x", slope=lambda x, y: 1 / (1 + sc.exp(-x)))
    np.testing.assert_allclose(sc.lambdify(op(sc.vector("x", 2)))([0.0, 1.0]), np.log1p(np.exp([0.0, 1.0])))
    assert sc.check_operation(op, quiet=True).ok


@pytest.mark.parametrize("rule", [lambda A, x: x, lambda A, x: (2,), lambda A, x: 2])
def test_shape_rules(rule):
    op = sc.define("solved", "np.linalg.solve(A, x)", lambda A, x, y, g: (-g @ y.T, g), shape=rule)
    assert op(sc.matrix("A", 2, 2), sc.vector("x", 2)).shape == (2, 1)


# -- definitions that do not hold together -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "arguments", "options"),
    [
        ("symcalc has a function of this name", ("tanh", lambda x: x), {}),
        ("symcalc has a function of this name", ("mean", lambda x: x), {}),
        ("cannot name a function", ("no name", lambda x: x), {}),
        ("not both", ("q", lambda x: x, lambda x, y, g: g), {"slope": lambda x, y: 1}),
        ("2 operands, which need one each", ("q", lambda x, a: x), {"slope": lambda x, a, y: 1}),
        ("plain positional arguments", ("q", lambda *x: x[0]), {}),
        ("at least one operand", ("q", lambda: 1), {}),
        ("needs its local gradient", ("q", "np.exp(x)"), {}),
        ("needs its shape rule", ("q", "np.exp(x)", lambda x, y, g: g), {}),
        ("shape= is for NumPy code", ("q", lambda x: x), {"shape": lambda x: x}),
        ("one expression or one def", ("q", "import os"), {"slope": lambda x, y: 1}),
        ("one expression or one def", ("q", "np.exp(x"), {"slope": lambda x, y: 1}),
        ("needs its local gradient", ("q", "np.exp(x)", None), {"elementwise": True}),
        ("not both", ("q", lambda x: x, lambda x, y, g: g), {"elementwise": True}),
    ],
)
def test_definitions_that_do_not_go_together(message, arguments, options):
    with pytest.raises(ArgumentError, match=message):
        sc.define(*arguments, **options)
    assert "q" not in REGISTRY


def test_an_elementwise_function_is_written_for_one_entry():
    b = sc.vector("b", "n")
    with pytest.raises(ArgumentError, match="written for one entry"):
        sc.define("q", lambda x: x * sc.sum(b * 1) * b, elementwise=True)


def test_a_gradient_of_the_wrong_shape_is_named():
    W, x, b, u = variables()
    op = sc.define("dense", lambda W, x, b: W @ x + b, lambda W, x, b, y, g: (x @ g.T, W.T @ g, g))
    with pytest.raises(ShapeError, match="gradient by W is shaped like W: here W is n×m, but backward gives"):
        sc.gradient(u.T @ op(W, x, b), W)


def test_too_few_gradients_are_named():
    op = sc.define("dense", lambda W, x: W @ x, lambda W, x, y, g: W.T @ g)
    W, x, _, u = variables()
    with pytest.raises(ArgumentError, match="backward gives 1 gradient, but there are 2 operands: W, x"):
        sc.gradient(u.T @ op(W, x), W)


def test_defining_again_replaces():
    first, second = softsign(), softsign()
    assert sc.softsign is second
    assert first is not second


# -- check_operation ---------------------------------------------------------------------------------------


def test_a_wrong_gradient_is_caught_with_its_entry():
    W, x, b, _ = variables()
    check = sc.check_operation(dense(x=0 * x), W, x, b, quiet=True)
    assert not check.ok
    assert {row.variable for row in check.failures} == {"x"}
    worst = check.failures[0]
    assert worst.derived == 0
    assert abs(worst.two_sided) > 1e-3
    assert f"{worst.entry}: the local gradient gives 0, differences {worst.two_sided:.8g}" in str(check)


@pytest.mark.parametrize("factor", [1.0005, -1.0, 0.5])
def test_small_mistakes_are_caught(factor):
    op = sc.define("cubed", lambda x: x**3, slope=lambda x, y: 3 * factor * x**2)
    check = sc.check_operation(op, quiet=True)
    assert not check.ok
    assert check.failures[0].entry.startswith("x")


def test_a_transposed_gradient_is_caught_without_naming_operands():
    op = sc.define("product", lambda W, x: W @ x, lambda W, x, y, g: (x @ g.T, W.T @ g))
    check = sc.check_operation(op, quiet=True)
    assert not check.ok
    assert "the gradient by W is shaped like W" in str(check)


@pytest.mark.parametrize("name", ["tanh", "softmax", "matmul", "inv", "logdet", "max", "leaky_relu", "kron"])
def test_built_in_operations_pass(name):
    check = sc.check_operation(name, quiet=True)
    assert check.ok, str(check)
    assert check.max_error < 1e-6


def test_shapes_are_searched_for_with_different_dimensions():
    check = sc.check_operation(dense(), quiet=True)
    assert check.ok, str(check)
    shapes = [tuple(operand.shape for operand in operands) for operands in check.operands]
    n, m = sc.dims("n m")
    assert ((n, m), (m, 1), (n, 1)) in shapes


def test_it_prints_unless_told_not_to(capsys):
    sc.check_operation(sc.tanh)
    assert capsys.readouterr().out.startswith("tanh: the local gradient against two-sided differences, h = 1e-4\n")


def test_what_cannot_be_checked():
    with pytest.raises(ArgumentError, match="mean is written out in other operations"):
        sc.check_operation("mean")
    with pytest.raises(ArgumentError, match="no operation"):
        sc.check_operation("nothing")
    with pytest.raises(UnsupportedError, match="no local gradient"):
        sc.check_operation("basis")
    four = sc.define("four", lambda a, b, c, d: a + b + c + d)
    with pytest.raises(ArgumentError, match=r"Give variables to check it on: check_operation\(four, a, b, c, d\)"):
        sc.check_operation(four)
    assert sc.check_operation(four, *[sc.vector(name, "n") for name in "abcd"], quiet=True).ok


# -- node_class ----------------------------------------------------------------------------------------------


#: Made when a test asks: an operation that is defined while tests are collected would be one of the registry's.
EXPRESSIONS = {
    "dense": lambda W, x, b, u: sc.tanh(W @ x + b),
    "scalar": lambda W, x, b, u: u.T @ sc.tanh(W @ x + b),
    "sum": lambda W, x, b, u: sc.sum(x),
    "softmax": lambda W, x, b, u: sc.softmax(W @ x),
    "product": lambda W, x, b, u: sc.hadamard(b, u),
    "own": lambda W, x, b, u: softsign()(W @ x),
    "g": lambda W, x, b, u: sc.vector("g", "n") + sc.vector("y", "n"),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_node_class_computes_value_and_gradients(name):
    expr = EXPRESSIONS[name](*variables())
    made = sc.node_class(expr, "Layer")
    arrays = {**VALUES, "g": VALUES["u"], "y": VALUES["b"]}
    function = sc.lambdify(expr)
    arguments = [arrays[argument] for argument in function.args]
    node = made()
    np.testing.assert_allclose(node.forward(*arguments), function(*arguments))
    upstream = np.linspace(0.5, 1.5, np.size(function(*arguments)))[: None if expr.ndim else 1]
    upstream = upstream if expr.ndim else float(upstream[0])
    found = node.backward(upstream)
    found = found if isinstance(found, tuple) else (found,)
    for k, (argument, got) in enumerate(zip(arguments, found, strict=True)):

        def total(value, k=k):
            return np.sum(upstream * function(*arguments[:k], value, *arguments[k + 1 :]))

        for place in np.ndindex(argument.shape):
            step = np.zeros_like(argument)
            step[place] = 1e-6
            slope = (total(argument + step) - total(argument - step)) / 2e-6
            np.testing.assert_allclose(got[place], slope, atol=1e-7)


def test_node_class_stores_what_backward_needs_and_no_more():
    W, x, b, _ = variables()
    node = sc.node_class(sc.tanh(W @ x + b))()
    node.forward(VALUES["W"], VALUES["x"], VALUES["b"])
    assert sorted(vars(node)) == ["W", "x", "y"]
    assert "tanh(W x + b): forward stores what backward needs." in node.source


def test_node_class_errors():
    with pytest.raises(ArgumentError, match="no variable"):
        sc.node_class(sc.ones(3))
    with pytest.raises(ArgumentError, match="cannot name a class"):
        sc.node_class(sc.vector("x", 2), "no class")
