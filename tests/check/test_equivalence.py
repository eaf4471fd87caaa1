"""Are two expressions the same function?  Wrong is never accepted."""

from __future__ import annotations

import numpy as np
import pytest

import symcalc as sc
from symcalc.check import equivalent

n, m = sc.dims("n m")
W, A = sc.matrix("W", n, m), sc.matrix("A", n, n, assume="invertible")
x, y, v = sc.vector("x", m), sc.vector("y", m), sc.vector("v", n)
t = sc.scalar("t")
f = sc.activation("f")
S = sc.matrix("S", n, n, assume="symmetric")
hot = sc.vector("hot", n, assume="onehot")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (W @ x + W @ y, W @ (x + y)),
        ((A @ W).T, W.T @ A.T),
        (sc.inv(A @ A), sc.inv(A) @ sc.inv(A)),
        (sc.sigmoid(-x), 1 - sc.sigmoid(x)),
        (1 - sc.square(sc.tanh(x)), sc.power(sc.cosh(x), -2)),
        (sc.log(x) + sc.log(y), sc.log(sc.hadamard(x, y))),
        (x.T @ x, sc.square(sc.norm2(x))),
        (S @ v, S.T @ v),
        (sc.sum(hot), sc.ones(n).T @ hot),
        (f(x + y), f(y + x)),
        (sc.gradient(sc.sum(f(x)), x), sc.gradient(sc.sum(f(x) + 1), x)),
        (sc.sum(x) - sc.sum(x), t - t),
        (sc.zeros(n), 0 * v),
    ],
)
def test_equal(a, b):
    assert equivalent(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (x.T @ x, x.T @ x * 1.0000001),
        (sc.tanh(x), sc.tanh(x) + 1e-7),
        (A @ A.T, A.T @ A),
        (A, A.T),
        (f(x), sc.tanh(x)),
        (sc.gradient(sc.sum(f(x)), x), 1 - sc.square(f(x))),  # true of tanh alone
        (sc.relu(x), sc.abs(x)),
        (sc.softmax(x), sc.exp(x)),
        (sc.sum(x) / m, sc.sum(x) / 3),  # sizes are not always 3
        (t / 10**6, 1.001 * t / 10**6),
        (sc.power(t, 2), t),
    ],
)
def test_different(a, b):
    found = equivalent(a, b)
    assert not found
    assert not found.equal
    assert found.max_error > 1e-9


def test_a_counterexample_is_one():
    found = equivalent(A @ v, A.T @ v)
    left = sc.lambdify(A @ v)(**{name: found.counterexample[name] for name in ("A", "v")})
    np.testing.assert_allclose(found.left, left)
    assert not np.allclose(found.left, found.right)


def test_shapes_that_differ_are_different():
    found = equivalent(x, x.T)
    assert not found
    assert found.reason == "the shapes differ: x has length m, xᵀ is a row of length m"


def test_sizes_differ_and_change_places():
    """Equal only for n < m would not do: both orders of size are tried."""
    from symcalc.check.equivalence import _settings

    first, second = _settings([W], None)
    assert (first[n] < first[m]) != (second[n] < second[m])
    assert len({*first.values()}) == len({*second.values()}) == 2


def test_several_at_once():
    assert equivalent(x + x, 2 * x, 3 * x - x)
    assert not equivalent(x + x, 2 * x, 3 * x)


def test_no_common_domain_is_an_error():
    with pytest.raises(sc.CheckError, match="no point was found"):
        equivalent(sc.log(t), sc.log(-t))


def test_sizes_can_be_given():
    assert equivalent(sc.sum(x) / m, sc.sum(x) / 3, sizes={m: 3})
