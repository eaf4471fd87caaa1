"""The source that lambdify writes: what a person would write, and no more work than that."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

import symcalc as sc
from symcalc.operations.arithmetic import ADD

n, m, k = sc.dims("n m k")
t = sc.scalar("t")
x, u, v, b = sc.vector("x", m), sc.vector("u", n), sc.vector("v", n), sc.vector("b", n)
W, A, B = sc.matrix("W", n, m), sc.matrix("A", n, n), sc.matrix("B", n, n)


def source(*outputs, **options):
    return sc.lambdify(list(outputs) if len(outputs) > 1 else outputs[0], **options).source


def body(*outputs, **options):
    """The lines after the docstring."""
    return source(*outputs, **options).split('."""\n')[-1]


def test_layer():
    assert sc.lambdify(u.T @ sc.tanh(W @ x + b), name="value").source == (
        "import numpy as np\n"
        "\n"
        "\n"
        "def value(u, W, x, b):\n"
        '    """u: n, W: n×m, x: m, b: n."""\n'
        "    h = np.tanh(W @ x + b)\n"
        "    return u @ h\n"
    )


def test_layer_gradients():
    s = u.T @ sc.tanh(W @ x + b)
    assert sc.lambdify([s, *sc.gradient(s, [W, b, x, u])], [W, x, b, u], name="gradient").source == (
        "import numpy as np\n"
        "\n"
        "\n"
        "def gradient(W, x, b, u):\n"
        '    """W: n×m, x: m, b: n, u: n."""\n'
        "    h = np.tanh(W @ x + b)\n"
        "    d = u * (1 - h * h)\n"
        "    return [u @ h, np.outer(d, x), d, W.T @ d, h]\n"
    )


def test_least_squares():
    s = sc.sum(sc.square(W @ x - b))
    assert body(sc.gradient(s, x)) == "    r = W @ x - b\n    return 2 * (W.T @ r)\n"


def test_softmax_regression():
    y = sc.vector("y", n, assume="onehot")
    loss = -sc.log(y.T @ sc.softmax(W @ x))
    assert sc.lambdify(sc.gradient(loss, W), [W, x, y]).source == (
        "import numpy as np\n"
        "\n"
        "\n"
        "def softmax(z):\n"
        "    e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "    return e / e.sum(axis=-1, keepdims=True)\n"
        "\n"
        "\n"
        "def f(W, x, y):\n"
        '    """W: n×m, x: m, y: n."""\n'
        "    return np.outer(softmax(W @ x) - y, x)\n"
    )


def test_inverse_used_once_is_solved_for():
    assert body(sc.inv(A) @ v) == "    return np.linalg.solve(A, v)\n"
    assert body(v.T @ sc.inv(A)) == "    return np.linalg.solve(A.T, v)\n"
    assert body(B @ sc.inv(A)) == "    return np.linalg.solve(A.T, B.T).T\n"


def test_inverse_used_twice_is_computed_once():
    assert body(sc.inv(A) @ v, sc.inv(A) @ u) == ("    A_inv = np.linalg.inv(A)\n    return [A_inv @ v, A_inv @ u]\n")


@pytest.mark.parametrize(
    ("expr", "line"),
    [
        (sc.diag(v) @ W, "v[:, None] * W"),
        (W @ sc.diag(x), "W * x"),
        (sc.diag(v) @ W @ x, "v * (W @ x)"),
        (sc.diag(v) @ W @ sc.diag(x), "v[:, None] * W * x"),
        (sc.diag(v) @ u, "v * u"),
        (sc.diag(v) - v @ v.T, "np.diag(v) - np.outer(v, v)"),
        (W @ sc.ones(m), "W.sum(axis=1)"),
        (sc.ones(n).T @ W, "W.sum(axis=0)"),
        (W.T @ sc.ones(n), "W.sum(axis=0)"),
        (W[:, 1], "W[:, 1]"),
        (W[0], "W[0]"),
        (W[1, 2], "W[1, 2]"),
        (v[1], "v[1]"),
        (v @ x.T, "np.outer(v, x)"),
        (2 * t * v @ x.T, "np.outer(2 * t * v, x)"),
        (sc.tr(W @ W.T), "np.sum(W * W)"),
        (sc.tr(A @ B), "np.sum(A * B.T)"),
        (sc.tr(v @ u.T), "u @ v"),
        (sc.diag(A @ B), "(A * B.T).sum(axis=1)"),
        (A @ A @ A @ v, "A @ (A @ (A @ v))"),
        (v.T @ A @ A, "A.T @ (A.T @ v)"),
        (sc.power(v, 2), "v * v"),
        (sc.power(v, -1), "1 / v"),
        (sc.power(v, 0.5), "np.sqrt(v)"),
        (v / 3, "v / 3"),
        (1.5 * v, "1.5 * v"),
        (v * 2 / 3, "2 / 3 * v"),
        (1 - sc.hadamard(v, v), "1 - v * v"),
        (v - u / t, "v - u / t"),
        (-v + u, "u - v"),
        (-v - u, "-v - u"),
        (-(W @ x), "-(W @ x)"),
        (-sc.hadamard(u, v), "-u * v"),
        (sc.hadamard(b, W @ x), "b * (W @ x)"),
        (t * W @ x, "t * (W @ x)"),
        ((A + B) @ v, "(A + B) @ v"),
        ((A - B).T @ v, "(A - B).T @ v"),
        (v / (u.T @ v), "v / (u @ v)"),
        (sc.norm2(v), "np.sqrt(np.sum(v * v))"),
        (A + sc.ones(n, n), "A + 1"),
        (sc.sum(2 * v), "2 * np.sum(v)"),
    ],
)
def test_one_line(expr, line):
    assert body(expr) == f"    return {line}\n"


def test_sizes_are_read_from_arrays_in_the_source():
    assert body(sc.ones(n, m), W @ x / n) == "    n, m = W.shape\n    return [np.ones((n, m)), W @ x / n]\n"
    assert body(sc.sum(x) / m) == "    m = x.shape[0]\n    return np.sum(x) / m\n"


def test_cheapest_order_with_numbers():
    P, Q, R = sc.matrix("P", 10, 1000), sc.matrix("Q", 1000, 10), sc.matrix("R", 10, 1000)
    assert body(P @ Q @ R) == "    return P @ Q @ R\n"
    assert body(Q @ R @ Q) == "    return Q @ (R @ Q)\n"


def test_equal_work_is_done_once():
    z = W @ x + b
    text = source(sc.sum(sc.exp(z)), sc.exp(z), u.T @ W @ x, (W @ x).T @ W @ x)
    assert text.count("W @ x") == 1
    assert text.count("np.exp") == 1


def test_a_graph_with_very_many_paths_is_small():
    h = x
    for _ in range(60):
        h = sc.hadamard(h + x, h)
    assert len(source(h).splitlines()) < 80


@pytest.mark.parametrize(
    "s",
    [
        u.T @ sc.diag(v) @ W @ x,
        sc.sum(sc.softmax(W @ x)) + u.T @ sc.log_softmax(W @ x),
        sc.norm2(sc.relu(W @ x)),
        sc.logsumexp(W @ x + b) + u.T @ sc.layer_norm(W @ x),
        sc.tr(sc.diag(u) @ A @ sc.diag(v) @ B),
    ],
)
def test_gradients_build_no_diagonal_matrices(s):
    text = source(*sc.gradient(s, [W, x] if "W" in str(s) else [A, B]))
    assert "np.diag(" not in re.sub(r"np\.diag\(\w+\)\)", "", text) or "@" not in text
    assert "np.eye" not in text


def test_a_gradient_of_a_sum_stays_small():
    assert body(sc.gradient(sc.sum(W @ x), x)) == "    return W.sum(axis=0)\n"


# -- names --------------------------------------------------------------------------------------------
def test_names_of_the_user_are_kept_apart():
    names = ["np", "h", "f", "t", "t1", "math", "int"]
    variables = [sc.vector(name, n) for name in names]
    total = variables[0]
    for variable in variables[1:]:
        total = sc.tanh(total) + sc.hadamard(variable, sc.tanh(total))
    f = sc.lambdify(total)
    assert f.args == tuple(names)
    values = {name: np.full(2, 0.1 * k) for k, name in enumerate(names)}
    want = values["np"]
    for name in names[1:]:
        want = np.tanh(want) + values[name] * np.tanh(want)
    np.testing.assert_allclose(f(**values), want)


def test_a_variable_called_like_a_helper():
    z = sc.vector("softmax", n)
    sigmoid = sc.vector("sigmoid", n)
    f = sc.lambdify(sc.softmax(z) + sc.sigmoid(sigmoid))
    np.testing.assert_allclose(f(softmax=[0.0, 0.0], sigmoid=[0.0, 0.0]), [1.0, 1.0])


def test_greek_names():
    f = sc.lambdify(sc.scalar("λ") * sc.vector("θ", n))
    assert "λ * θ" in f.source
    assert f(λ=2, θ=[1, 2]).tolist() == [2.0, 4.0]
    assert sc.lambdify(2 * sc.scalar("ϕ"))(**{"ϕ": 3}) == 6.0


def test_a_size_and_a_variable_of_one_name():
    f = sc.lambdify(sc.scalar("n") * sc.sum(v) / n)
    assert f(n=3.0, v=[1.0, 3.0]) == 6.0


# -- the three packages ---------------------------------------------------------------------------------
def test_jax_reads_the_same():
    expr = sc.softmax(W @ sc.relu(x)) + sc.ones(n)
    assert body(expr, backend="jax") == "    return jax.nn.softmax(W @ jnp.maximum(x, 0.0), axis=-1) + 1\n"
    assert source(expr, backend="jax").startswith("import jax\nimport jax.numpy as jnp\n\n\ndef f")


def test_torch_reads_the_same():
    pytest.importorskip("torch")
    expr = sc.softmax(W @ sc.relu(x)) + sc.ones(n)
    assert body(expr, backend="torch") == "    return torch.softmax(W @ torch.clamp(x, min=0.0), dim=-1) + 1\n"
    assert body(W.T @ sc.ones(n), backend="torch") == "    return W.sum(dim=0)\n"


def test_a_missing_package_says_how_to_get_it(monkeypatch):
    from symcalc.evaluate import backends

    def refuse(name):
        raise ImportError(name)

    monkeypatch.setattr(backends.importlib, "import_module", refuse)
    with pytest.raises(sc.MissingExtraError, match=r"pip install 'symcalc\[torch\]'"):
        sc.lambdify(x, backend="torch")


# -- depth ----------------------------------------------------------------------------------------------
def deep_net(layers):
    h, weights = sc.vector("x", n), []
    for i in range(layers):
        weights.append(sc.matrix(f"W{i}", n, n))
        h = sc.tanh(weights[-1] @ h)
    return sc.sum(h), weights[0]


def test_ten_thousand_layers():
    shared, h = sc.matrix("W", n, n), sc.vector("x", n)
    for _ in range(10_000):
        h = sc.tanh(shared @ h)
    f = sc.lambdify(sc.sum(h))
    want = np.array([0.3, -0.2])
    matrix = np.array([[1.1, -0.5], [0.4, 0.9]])
    for _ in range(10_000):
        want = np.tanh(matrix @ want)
    assert f(W=matrix, x=[0.3, -0.2]) == pytest.approx(want.sum())


def test_a_deep_gradient():
    s, first = deep_net(300)
    text = source(sc.gradient(s, first))
    assert max(map(len, text.splitlines())) <= 120
    draw = np.random.default_rng(0)
    values = {f"W{i}": draw.normal(size=(2, 2)) for i in range(300)} | {"x": np.ones(2)}
    f = sc.lambdify(sc.gradient(s, first))
    assert f(**values).shape == (2, 2)


@pytest.mark.slow
def test_time_is_linear_in_depth():
    """Four times the layers take about four times as long; eight would be alarming."""

    def seconds(layers):
        s, _ = deep_net(layers)
        start = time.process_time()
        sc.lambdify(s)
        return time.process_time() - start

    seconds(100)
    short, long = min(seconds(500) for _ in range(3)), min(seconds(2000) for _ in range(3))
    assert long < 8 * short


@pytest.mark.parametrize("sign", [1, -2])
def test_long_sums(sign):
    many = [sc.vector(f"a{i}", n) for i in range(500)]
    total = many[0]
    for other in many[1:]:
        total = total + sign * other
    values = {f"a{i}": np.full(2, 1 + i % 3) for i in range(500)}
    want = values["a0"] + sign * np.sum(list(values.values())[1:], axis=0)
    np.testing.assert_allclose(sc.lambdify(total)(**values), want, rtol=1e-12)


def test_two_long_sums_that_share_their_beginning():
    """A running total that two sums need keeps its own name."""
    terms = tuple(sc.vector(f"a{i}", n) for i in range(30))
    longer = sc.lambdify([ADD.make(terms[:24]), ADD.make(terms), ADD.make(terms[:27])])
    values = {f"a{i}": np.full(2, 2.0**i) for i in range(30)}
    assert [got[0] for got in longer(**values)] == [2.0**24 - 1, 2.0**30 - 1, 2.0**27 - 1]


def test_long_products():
    many = [sc.vector(f"a{i}", n) for i in range(100)]
    values = {f"a{i}": np.full(2, 1 + i / 1000) for i in range(100)}
    got = sc.lambdify(sc.hadamard(*many))(**values)
    np.testing.assert_allclose(got, np.prod(list(values.values()), axis=0), rtol=1e-12)


def test_long_matrix_products():
    square = [sc.matrix(f"A{i}", n, n) for i in range(60)]
    product = sc.matmul(*square)
    values = {f"A{i}": np.array([[1.0, 0.1 * i], [0.0, 1.0]]) for i in range(60)}
    want = np.linalg.multi_dot(list(values.values()))
    np.testing.assert_allclose(sc.lambdify(product)(**values), want)
    np.testing.assert_allclose(sc.lambdify(product @ u)(**values, u=[1.0, 2.0]), want @ [1.0, 2.0])
