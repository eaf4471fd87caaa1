"""LSTM and GRU cells: values and gradients against the same written with JAX, stacked parameters and separate ones."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symcalc as sc

n, m = sc.dims("n m")
x, h, c = sc.vector("x", m), sc.vector("h", n), sc.vector("c", n)
SIZES = {"n": 2, "m": 3}


def stacked(gates: int):
    W, U = sc.matrix("W", gates * n, m), sc.matrix("U", gates * n, n)
    return W, U, sc.vector("b", gates * n), sc.vector("d", gates * n)


def drawn(gates: int) -> dict:
    draw = np.random.default_rng(5).normal
    sizes = {"x": 3, "h": 2, "c": 2, "W": (gates * 2, 3), "U": (gates * 2, 2), "b": gates * 2, "d": gates * 2}
    return {name: draw(size=size) for name, size in sizes.items()}


def lstm(x, h, c, W, U, b):
    i, f, g, o = jnp.split(W @ x + U @ h + b, 4)
    cell = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(cell), cell


def gru(x, h, W, U, b, d):
    r, z, new = jnp.split(W @ x + b, 3)
    hr, hz, hn = jnp.split(U @ h + d, 3)
    r, z = jax.nn.sigmoid(r + hr), jax.nn.sigmoid(z + hz)
    return (1 - z) * jnp.tanh(new + r * hn) + z * h


def value_of(expr, values) -> np.ndarray:
    return sc.lambdify(expr)(**{**SIZES, **values})


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("name", ["x", "h", "c", "W", "U", "b"])
def test_lstm(which, name):
    W, U, b, _ = stacked(4)
    expr = sc.lstm_cell(x, h, c, W, U, b)[which]
    values = drawn(4)
    del values["d"]
    np.testing.assert_allclose(value_of(expr, values), lstm(**values)[which], rtol=1e-12)
    s = sc.sum(sc.sin(expr))
    wanted = jax.grad(lambda v: jnp.sum(jnp.sin(lstm(**{**values, name: v})[which])))(values[name])
    if which == 1 and name == "o":
        return
    np.testing.assert_allclose(value_of(sc.gradient(s, name), values), wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["x", "h", "W", "U", "b", "d"])
def test_gru(name):
    W, U, b, d = stacked(3)
    expr = sc.gru_cell(x, h, W, U, b, d)
    values = drawn(3)
    del values["c"]
    np.testing.assert_allclose(value_of(expr, values), gru(**values), rtol=1e-12)
    wanted = jax.grad(lambda v: jnp.sum(jnp.sin(gru(**{**values, name: v}))))(values[name])
    np.testing.assert_allclose(value_of(sc.gradient(sc.sum(sc.sin(expr)), name), values), wanted, rtol=1e-9, atol=1e-12)


def test_jacobians_of_the_state():
    W, U, b, d = stacked(3)
    values = drawn(3)
    del values["c"]
    J = sc.jacobian(sc.gru_cell(x, h, W, U, b, d), h)
    wanted = jax.jacobian(lambda v: gru(**{**values, "h": v}))(values["h"])
    np.testing.assert_allclose(value_of(J, values), wanted, rtol=1e-9, atol=1e-12)


def test_separate_parameters_are_the_stacked_ones():
    values = drawn(4)
    del values["d"]
    W, U, b = ([make(f"{letter}{k}") for k in range(4)] for letter, make in (
        ("W", lambda name: sc.matrix(name, n, m)),
        ("U", lambda name: sc.matrix(name, n, n)),
        ("b", lambda name: sc.vector(name, n)),
    ))  # fmt: skip
    state, cell = sc.lstm_cell(x, h, c, W, U, b)
    parts = {f"{letter}{k}": part for letter in "WUb" for k, part in enumerate(np.split(values[letter], 4))}
    given = {**{key: values[key] for key in "xhc"}, **parts}
    wanted = lstm(**values)
    np.testing.assert_allclose(value_of(state, given), wanted[0], rtol=1e-12)
    np.testing.assert_allclose(value_of(cell, given), wanted[1], rtol=1e-12)


def test_without_bias():
    W, U, _, _ = stacked(3)
    assert "b" not in {v.data.name for v in sc.gru_cell(x, h, W, U, None).free_symbols}


def test_errors():
    W, U, b, _ = stacked(3)
    with pytest.raises(sc.ShapeError, match=r"parameters of 4 gates have 4\*n rows, but W is 3\*n×m"):
        sc.lstm_cell(x, h, c, W, U, b)
    with pytest.raises(sc.ArgumentError, match="there are 3 gates, but 2 parameters"):
        sc.gru_cell(x, h, [sc.matrix("A", n, m)] * 2, U, b)
