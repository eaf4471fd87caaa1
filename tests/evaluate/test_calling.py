"""Calling generated functions: names, order, sizes, and what is said when they do not fit."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import symcalc as sc

n, m = sc.dims("n m")
W, x, b, u, t = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n), sc.scalar("t")
LAYER = u.T @ sc.tanh(W @ x + b)
VALUES = {"W": np.arange(6.0).reshape(2, 3) / 10, "x": [1, 2, 3], "b": [0.5, -0.5], "u": [1.0, 2.0]}


def refused(error, call, *args, **kwargs):
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def test_order_of_arguments():
    assert sc.lambdify(LAYER).args == ("u", "W", "x", "b")
    assert sc.lambdify(LAYER, [W, x, b, u]).args == ("W", "x", "b", "u")
    assert sc.lambdify(LAYER, "W, x b u").args == ("W", "x", "b", "u")
    assert sc.lambdify(LAYER, ["W", x, "b", u]).args == ("W", "x", "b", "u")


def test_by_name_by_position_and_mixed():
    f = sc.lambdify(LAYER, [W, x, b, u])
    want = f(**VALUES)
    assert f(*VALUES.values()) == want
    assert f(VALUES["W"], VALUES["x"], u=VALUES["u"], b=VALUES["b"]) == want


def test_source_runs_by_itself():
    f = sc.lambdify(LAYER, [W, x, b, u], name="layer")
    namespace: dict = {}
    exec(f.source, namespace)
    assert namespace["layer"](*map(np.asarray, VALUES.values())) == f(**VALUES)


def test_repr():
    assert repr(sc.lambdify(LAYER)) == "<f(u, W, x, b) → a scalar, numpy; .source shows the code>"
    assert repr(sc.lambdify(sc.ones(n) * t, name="g")) == (
        "<g(t, n) → a vector of length n, numpy; .source shows the code>"
    )


def test_functions_can_be_pickled():
    f = pickle.loads(pickle.dumps(sc.lambdify(sc.softmax(LAYER * b))))
    assert f(**VALUES).shape == (2,)


def test_integers_become_floats_and_lists_arrays():
    got = sc.lambdify(W @ x)([[1, 2], [3, 4]], [True, False])
    assert got.dtype == np.float64
    assert got.tolist() == [1.0, 3.0]


# -- sizes ------------------------------------------------------------------------------------------------
def test_a_size_by_name():
    f = sc.lambdify(sc.ones(n) * t)
    assert f(t=2.0, n=3).tolist() == [2.0] * 3
    assert f.source.count("n") > 0
    assert refused(sc.ArgumentError, f, t=2.0) == (
        "the size n cannot be read from the arrays: give it by name, f(…, n=3)"
    )
    assert refused(sc.ArgumentError, f, t=2.0, n=2.5) == "n = 2.5: a dimension is a positive integer"


def test_a_size_given_and_read_must_agree():
    f = sc.lambdify(W @ x)
    assert f(**VALUES, n=2).shape == (2,)
    assert refused(sc.ShapeError, f, **VALUES, n=5) == "W is 2×3, but n = 5 was given, which makes n = 5"


def test_surplus_arrays_are_accepted_and_show_sizes():
    g = sc.gradient(sc.sum(W @ x), W)  # 1 xᵀ: W is not in it, but n is
    assert "W" not in sc.lambdify(g).args
    assert sc.lambdify(g, [W, x])(**VALUES).tolist() == [[1.0, 2.0, 3.0]] * 2
    assert sc.lambdify(g, [W, x])(VALUES["W"], [1, 2, 3]).shape == (2, 3)
    assert sc.lambdify(g)(x=[1, 2, 3], n=2, whatever="ignored").shape == (2, 3)


# -- refusals ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"x": [1, 2, 3, 4]}, sc.ShapeError, "x has length 4, but W is 2×3, which makes m = 3"),
        ({"W": np.ones((3, 2))}, sc.ShapeError, "W is 3×2, but u has length 2, which makes n = 2"),
        (
            {"x": np.ones((3, 1))},
            sc.ShapeError,
            "x is a vector of length m, but the array has shape (3, 1); a vector is a 1-D array: pass x.ravel()",
        ),
        ({"x": 1.0}, sc.ShapeError, "x is a vector of length m, but the array has shape ()"),
        (
            {"W": [1.0, 2.0]},
            sc.ShapeError,
            "W is a matrix n×m, but the array has shape (2,); pass W.reshape(…) with both sizes",
        ),
        ({"x": "abc"}, sc.ArgumentError, "x is no array of numbers: holds <U3 values"),
        ({"x": [object()] * 3}, sc.ArgumentError, "x is no array of numbers: holds object values"),
        ({"x": None}, sc.ArgumentError, "x is None: give a number or an array"),
    ],
)
def test_arrays_that_do_not_fit(changes, error, message):
    assert refused(error, sc.lambdify(LAYER), **{**VALUES, **changes}) == message


def test_ragged_lists():
    assert refused(sc.ArgumentError, sc.lambdify(W @ x), [[1, 2], [3]], [1, 2]).startswith("W is no array of numbers: ")


def test_missing_and_doubled_arrays():
    f = sc.lambdify(LAYER)
    assert refused(sc.ArgumentError, f, W=VALUES["W"], x=[1, 2, 3], u=[1, 2]) == "f(u, W, x, b) needs the array b"
    assert refused(sc.ArgumentError, f, W=VALUES["W"]) == "f(u, W, x, b) needs the arrays u, x, b"
    assert refused(sc.ArgumentError, f, 1, 2, 3, 4, 5) == "f(u, W, x, b) takes 4 arrays, but 5 were given"
    assert refused(sc.ArgumentError, f, VALUES["u"], **VALUES) == "u was given twice, by position and by name"


def test_scalars_are_no_arrays():
    message = refused(sc.ShapeError, sc.lambdify(t * x), t=[1.0], x=[1.0])
    assert message == "t is a scalar, but the array has shape (1,); a scalar is a number or a 0-D array: pass t.item()"


def test_declared_sizes():
    f = sc.lambdify(sc.sum(sc.matrix("P", 2, 3)))
    assert refused(sc.ShapeError, f, np.ones((2, 2))) == "P is 2×2, but it is declared 2×3"
    g = sc.lambdify(sc.sum(sc.vector("p", 3)))
    assert refused(sc.ShapeError, g, np.ones(2)) == "p has length 2, but it is declared of length 3"


def test_arguments_that_make_no_sense():
    assert refused(sc.ArgumentError, sc.lambdify, LAYER, [W, x]) == "args lacks u, b, which the expression depends on"
    assert refused(sc.ArgumentError, sc.lambdify, W @ x, [W, x, x]) == "args names a variable twice"
    assert refused(sc.ArgumentError, sc.lambdify, W @ x, "W y").startswith("args: the expression has no variable 'y'")
    assert refused(sc.ArgumentError, sc.lambdify, W @ x, [W, W @ x]) == "args: W x is not a variable"
    assert refused(sc.ShapeError, sc.lambdify, W @ x, [W, sc.vector("x", n)]) == (
        "args: x is a vector of length n, but in the expression it is a vector of length m"
    )
    assert refused(sc.ArgumentError, sc.lambdify, x, backend="cupy") == (
        "backend='cupy': choose one of numpy, jax, torch"
    )
    two = sc.sum(x) + sc.sum(sc.vector("x", n))
    assert refused(sc.ArgumentError, sc.lambdify, two) == (
        "two different variables are called x: a vector of length m and a vector of length n"
    )
    assert "cannot name a function" in refused(sc.ArgumentError, sc.lambdify, x, name="no name")
